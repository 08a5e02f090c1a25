#!/usr/bin/env python3
"""The manual page pointsman(1), made from what the program says of itself: --help, and --help of every command.

    man_page.py PROGRAM [--date YYYY-MM-DD] > pointsman.1

The date is that of SOURCE_DATE_EPOCH where it is set, so that two builds of one commit give the same page.
"""
import argparse
import datetime
import os
import re
import subprocess
import sys

HEADINGS = ("Options:", "Subcommands:", "Positionals:")
CLOSING = """.SH FILES
.TP
.I /etc/pointsman/pointsman.yaml
The configuration, if none is named and there is none in the current folder or in the user's.
.TP
.I /etc/pointsman/credentials
Keys of providers, one in each file, for the service.
.TP
.I /var/lib/pointsman/ledger
The ledger of the service.
.SH ENVIRONMENT
.TP
.B POINTSMAN_CONFIG
The configuration file, where \\-\\-config does not name one.
.TP
.B CREDENTIALS_DIRECTORY
The folder that ${credential:NAME} in the configuration is read from.
.TP
.BR OPENAI_API_KEY ", " ANTHROPIC_API_KEY " and others"
Keys of well-known providers: with one of them no configuration is needed.
.SH EXIT STATUS
0: done. 1: failed. 2: the command line is wrong. 3: what was checked is not in order.
.SH SEE ALSO
.UR file:///usr/share/doc/pointsman
.UE
"""


def said(program, *arguments):
    run = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=True,
                         env={"PATH": os.environ.get("PATH", ""), "NO_COLOR": "1"})
    return run.stdout


def roff(text):
    """Text as it is: no backslash, dash or leading dot means anything."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


class Help:
    """What --help prints, taken apart: purpose, sections of entries, and the closing words."""

    def __init__(self, text):
        lines = text.splitlines()
        usage = next(number for number, line in enumerate(lines) if line.startswith("Usage:"))
        self.purpose = " ".join(lines[:usage]).strip()
        self.entries, self.closing, section = {}, [], None
        for line in lines[usage + 1:]:
            if line in HEADINGS:
                section = self.entries.setdefault(line.rstrip(":"), [])
            elif section is not None and line.startswith("  "):
                self.add(section, line)
            elif section is not None and not line:
                section = None
            elif line or self.closing:
                self.closing.append(line)

    @staticmethod
    def add(section, line):
        if re.match(r"  \S", line):
            name, _, words = line.strip().partition("  ")
            section.append([name, words.strip()])
        elif section:
            section[-1][1] = (section[-1][1] + " " + line.strip()).strip()


def entries(found):
    out = []
    for name, text in found:
        out += [".TP", ".B " + roff(name), roff(text) or "\\&"]
    return out


def command(program, words):
    """A command's section, and those of the commands below it."""
    found = Help(said(program, *words, "--help"))
    heading = ".SH" if len(words) == 1 else ".SS"
    out = [f'{heading} "{roff("pointsman " + " ".join(words))}"', roff(found.purpose)]
    for kind in ("Positionals", "Options"):
        out += entries(one for one in found.entries.get(kind, ()) if one[0] != "-h,--help")
    if found.closing:
        out += [".PP", ".nf", roff("\n".join(found.closing)), ".fi"]
    for name, _ in found.entries.get("Subcommands", ()):
        out += command(program, [*words, name])
    return out


def page(program, date):
    top = Help(said(program, "--help"))
    version = said(program, "version").split()[-1]
    commands = top.entries["Subcommands"]
    out = [f'.TH POINTSMAN 1 "{date}" "pointsman {version}" "User Commands"', ".SH NAME",
           "pointsman \\- routing gateway for language models", ".SH SYNOPSIS", ".B pointsman", ".I command",
           r"[\fIoption\fR ...]", ".SH DESCRIPTION", roff(top.purpose), ".SH COMMANDS", *entries(commands)]
    for name, _ in commands:
        out += command(program, [name])
    return "\n".join(out) + "\n" + CLOSING


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--date")
    arguments = parser.parse_args()
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    day = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    sys.stdout.write(page(arguments.program, arguments.date or day.date().isoformat()))


if __name__ == "__main__":
    main()
