#!/usr/bin/env python3
"""Headers and folders say what they are, and nothing names the machine it was written on.

Every header opens with a comment of 2 to 12 lines; every module has one line in src/README.md; no file holds a path of
somebody's machine.
"""
import re

import source_tree

# Written so that this file does not hold what it looks for. The homes of "me", "you" and "user" are nobody's.
MACHINE_PATH = re.compile(r"(?<![\w.~:/$}*<>)\]-])/(?:%s)/(?!(?:me|you|user)\b)[\w.~-]" % "|".join(("work", "root", "home", "Users")))
README_LINE = re.compile(r"^\| *`(\w+)` *\|", re.MULTILINE)
LEAST, MOST = 2, 18


def opening_comment(text):
    """The number of comment lines a header begins with."""
    lines = 0
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines += 1
    return lines


def check_modules(tree):
    readme = tree.text("src/README.md") if (tree.root / "src/README.md").exists() else ""
    listed = README_LINE.findall(readme)
    findings = [f"src/README.md: {name} has {listed.count(name)} lines" for name in sorted(set(listed)) if listed.count(name) > 1]
    for folder in sorted({name.split("/")[1] for name in tree.files("src/*/*")}):
        if folder not in listed:
            findings.append(f"src/README.md: no line for the module {folder}; write: | `{folder}` | what it is | kind |")
    order = tree.toml("tools/layers.toml").get("order", [])
    for name in listed:
        if name not in order:
            findings.append(f"src/README.md: lists {name}, which is not in the order of tools/layers.toml")
    return findings


def check(tree):
    findings = check_modules(tree)
    for name in tree.files("src/*.h", "tests/*.h", "bench/*.h", "fuzz/*.h"):
        lines = opening_comment(tree.text(name) or "")
        if not LEAST <= lines <= MOST:
            findings.append(f"{name}:1: opens with {lines} lines of comment; {LEAST} to {MOST} say what it is, who owns it, "
                            "which thread, what it guarantees")
    for name in tree.files():
        text = None if source_tree.matches(name, ["fuzz/corpus/*", "*package-lock.json"]) else tree.text(name)
        for match in MACHINE_PATH.finditer(text or ""):
            findings.append(f"{name}:{source_tree.line_of(text, match.start())}: a path of one machine: {match.group()}...")
    return findings


if __name__ == "__main__":
    source_tree.main(check, "headers")
