#!/usr/bin/env python3
"""Files of at most 500 lines, functions of at most 60.

Functions are found by counting braces: an opening brace at namespace or class level that follows a parameter list opens
one. Exemptions stand in tools/sizes.toml, each with its reason; one that is no longer needed is a finding too.
"""
import re

import source_tree

FILE_LINES = 500
FUNCTION_LINES = 60
CODE = ("*.cc", "*.h", "*.py", "*.sh", "*.js", "*.mjs", "*.ts", "*.tsx", "*.css", "*.cmake", "*CMakeLists.txt", "dev")
CONTAINER = re.compile(r"\b(?:namespace|class|struct|union|enum)\b|\bextern\s*$")
NAME = re.compile(r"([\w:~]+|operator\s*\S+)\s*\(")


def strip_preprocessor(text):
    """Blanks preprocessor lines, with their continuations."""
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.MULTILINE)


def kind_of(header, parens):
    """What an opening brace after `header` at namespace or class level opens."""
    if parens or header.rstrip().endswith("="):
        return "data"
    before_list = header.split("(")[0]
    if CONTAINER.search(before_list) or re.search(r"\bextern\s*$", header):
        return "container"
    return "function" if "(" in header else "data"


def functions(text):
    """Yields (name, first line, number of lines) of each function of C++ text."""
    code = strip_preprocessor(source_tree.without_comments(text))
    stack, parens, header = [], 0, 0
    for match in re.finditer(r"[{}();]", code):
        char, at = match.group(), match.start()
        inside = any(kind != "container" for kind, _ in stack)
        if char == "(" and not inside:
            parens += 1
        elif char == ")" and not inside:
            parens = max(0, parens - 1)
        elif char == ";" and not inside and not parens:
            header = at + 1
        elif char == "{":
            kind = "nested" if inside else kind_of(code[header:at], parens)
            stack.append((kind, header))
            if kind == "container":
                header = at + 1
        elif char == "}" and stack:
            kind, begin = stack.pop()
            follows = code[at + 1:at + 200].lstrip()[:1]
            if kind == "function" and follows not in (",", "{"):  # those two: the braces of an initialiser list
                begin += len(code[begin:at]) - len(code[begin:at].lstrip())
                name = NAME.search(code[begin:at])
                yield (name.group(1) if name else "?", source_tree.line_of(code, begin), code.count("\n", begin, at) + 1)
                header = at + 1
            elif kind == "container":
                header = at + 1


def check(tree):
    table = tree.toml("tools/sizes.toml")
    generated = list(table.get("data", {}))
    files, long_functions = table.get("files", {}), table.get("functions", {})
    needed, findings = set(), []
    for name in tree.files(*CODE):
        text = None if source_tree.matches(name, generated) else tree.text(name)
        if text is None:
            continue
        if (lines := text.count("\n")) > FILE_LINES:
            needed.add(name)
            if name not in files:
                findings.append(f"{name}:{lines}: {lines} lines, at most {FILE_LINES}; split it by idea")
        for function, line, length in functions(text) if name.endswith((".cc", ".h")) else ():
            if length > FUNCTION_LINES:
                needed.add(f"{name}:{function}")
                if f"{name}:{function}" not in long_functions:
                    findings.append(f"{name}:{line}: {function} has {length} lines, at most {FUNCTION_LINES}; name its parts")
    for entry, reason in {**files, **long_functions}.items():
        if entry not in needed:
            findings.append(f"tools/sizes.toml: the exemption for {entry} is not needed any more; take it out")
        elif not str(reason).strip():
            findings.append(f"tools/sizes.toml: the exemption for {entry} gives no reason")
    return findings


if __name__ == "__main__":
    source_tree.main(check, "sizes")
