#!/usr/bin/env python3
"""What our C++ does not call or include, and why: tools/banned.toml."""
import re

import source_tree


def check(tree):
    findings = []
    bans = tree.toml("tools/banned.toml").get("ban", [])
    for ban in bans:
        if not ban.get("reason"):
            findings.append(f"tools/banned.toml: the ban of {ban['pattern']} gives no reason")
    for name in tree.files("*.cc", "*.h"):
        text = tree.text(name)
        if text is None:
            continue
        code = source_tree.without_comments(text)
        for ban in bans:
            if not source_tree.matches(name, ban.get("paths", ["*"])) or source_tree.matches(name, ban.get("allow", [])):
                continue
            for match in re.finditer(ban["pattern"], code, re.MULTILINE):
                found = " ".join(match.group().split())
                findings.append(f"{name}:{source_tree.line_of(code, match.start())}: {found}: {ban['reason']}")
    return findings


if __name__ == "__main__":
    source_tree.main(check, "banned")
