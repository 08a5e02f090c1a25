#!/usr/bin/env python3
"""Links in Markdown lead somewhere, the commands it shows exist, and the table of promises is what was measured.

Commands are looked for in ```sh blocks. `./dev X` is compared with ./dev's own help. `pointsman X` is compared with the
program's --help: it is taken from --program, or build/release/pointsman; where neither is built, that part is left out
and the output says so.
"""
import argparse
import pathlib
import re
import subprocess
import sys

import promise_table
import source_tree

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ANY_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DEV_CALL = re.compile(r"(?:^|[\s;&|(])\./dev +([a-z][\w-]*)")
POINTSMAN_CALL = re.compile(r"(?:^|[;&|(]\s*|\$ |\bsudo )(?:\w+=\S+ +)*(?:\./|[\w./-]+/)?pointsman +([a-z][\w-]*)", re.MULTILINE)


def slug(heading):
    """The anchor a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading.strip().lower()))
    return kept.replace(" ", "-")


def anchors(text):
    return {slug(title) for title in re.findall(r"^#+ +(.+)$", ANY_BLOCK.sub("", text), re.MULTILINE)}


def check_links(tree):
    findings = []
    for name in tree.files("*.md"):
        text = tree.text(name) or ""
        prose = ANY_BLOCK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        for match in LINK.finditer(prose):
            target = match.group(1) or match.group(2)
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            where = f"{name}:{source_tree.line_of(prose, match.start())}"
            path, _, anchor = target.partition("#")
            file = (tree.root / name).parent / path if path else tree.root / name
            if not file.exists():
                findings.append(f"{where}: the link {target} leads nowhere")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                findings.append(f"{where}: the link {target} names a heading that is not there")
    return findings


def check_calls(tree, call, known, program):
    findings = []
    for name in tree.files("*.md"):
        text = tree.text(name) or ""
        for block in BLOCK.finditer(text):
            for match in call.finditer(block.group(1)):
                if match.group(1) not in known:
                    line = source_tree.line_of(text, block.start(1) + match.start(1))
                    findings.append(f"{name}:{line}: {program} has no command '{match.group(1)}'")
    return findings


def dev_commands(tree):
    """The commands of ./dev, from its help text."""
    return set(re.findall(r"^  ([a-z]\w*)", tree.text("dev") if (tree.root / "dev").exists() else "", re.MULTILINE))


def program_commands(help_text):
    """The subcommands a --help lists: the first words of the indented lines under a heading that says commands."""
    commands, listing = set(), False
    for line in help_text.splitlines():
        if re.match(r"\S.*commands.*:?\s*$", line, re.IGNORECASE):
            listing = True
        elif listing and (match := re.match(r"\s{1,4}([a-z][\w-]*)", line)):
            commands.add(match.group(1))
        elif re.match(r"\S", line):
            listing = False
    return commands


def check(tree, program=None):
    findings = check_links(tree) + promise_table.check(tree.root)
    findings += check_calls(tree, DEV_CALL, dev_commands(tree), "./dev")
    program = pathlib.Path(program) if program else tree.root / "build/release/pointsman"
    if program.exists():
        shown = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=30, check=False).stdout
        commands = program_commands(shown)
        if not commands:
            findings.append(f"{program.name} --help lists no commands")
        findings += check_calls(tree, POINTSMAN_CALL, commands, "pointsman")
    else:
        print("docs: the program is not built, so its commands are not compared here; `./dev test e2e` does that")
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--program")
    arguments = parser.parse_args()
    findings = check(source_tree.Tree(arguments.root), arguments.program)
    for finding in findings:
        print(finding)
    print(f"docs: {len(findings)} findings" if findings else "docs: clean")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
