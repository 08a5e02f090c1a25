#!/usr/bin/env python3
"""Arrows between modules only point down, pure modules stay pure, and CMake says what the includes say.

Reads tools/layers.toml. A module is a folder of src/. Findings are `file:line: what is wrong; what to do`.
"""
import re

import source_tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
PM_MODULE = re.compile(r"pm_module\(\s*(\w+)([^)]*)\)")

# What a pure module may not touch, by the name an exception in layers.toml uses.
IMPURE = {
    "asio": r"#\s*include\s*<boost/asio|#\s*include\s*\"net/",
    "sockets": r"#\s*include\s*<(?:sys/socket\.h|netinet/|arpa/|netdb\.h|sys/un\.h|poll\.h|sys/epoll\.h)",
    "unistd": r"#\s*include\s*<(?:unistd\.h|fcntl\.h|sys/stat\.h|sys/mman\.h)",
    "files": r"#\s*include\s*<(?:fstream|filesystem|cstdio|stdio\.h)>|std::filesystem|std::[io]?fstream",
    "clocks": r"\b(?:system_clock|steady_clock|high_resolution_clock)::now|\bclock_gettime\s*\(|\bgettimeofday\s*\(",
    "threads": r"#\s*include\s*<(?:thread|condition_variable|future)>",
}


def modules_of(tree):
    """Folder -> (its DEPS, the CMakeLists.txt that names them)."""
    found = {}
    for name in tree.files("src/*/CMakeLists.txt"):
        match = PM_MODULE.search(tree.text(name))
        if not match:
            continue
        words = match.group(2).split()
        deps = []
        if "DEPS" in words:
            for word in words[words.index("DEPS") + 1:]:
                if word == "LIBS":
                    break
                deps.append(word)
        found[name.split("/")[1]] = (match.group(1), deps, name)
    return found


def reachable(module, modules):
    """The module and everything its DEPS lead to."""
    seen, todo = set(), [module]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(modules[name][1] if name in modules else [])
    return seen


def check_cmake(modules, order):
    """DEPS only name lower modules of the table."""
    findings = []
    for folder, (name, deps, file) in modules.items():
        if name != folder:
            findings.append(f"{file}:1: pm_module({name}) stands in src/{folder}; the two must be the same word")
        if folder not in order:
            findings.append(f"{file}:1: module {folder} is not in the order of tools/layers.toml; add it")
            continue
        for dep in deps:
            if dep not in order:
                findings.append(f"{file}:1: DEPS names {dep}, which is no module")
            elif order.index(dep) >= order.index(folder):
                findings.append(f"{file}:1: DEPS names {dep}, which does not stand below {folder}; turn the arrow round")
    return findings


def check_includes(tree, name, modules, order):
    """Every quoted include of a file points to its own module or to one its CMake DEPS reach."""
    findings = []
    folder = name.split("/")[1]
    text = source_tree.without_comments(tree.text(name), strings=True)
    is_test = name.endswith("_test.cc")
    for match in INCLUDE.finditer(text):
        where = f"{name}:{source_tree.line_of(text, match.start())}"
        target = match.group(1).split("/")[0]
        if "/" not in match.group(1):
            findings.append(f'{where}: include "{match.group(1)}" must name its module: "{folder}/{match.group(1)}"')
        elif is_test and target == "support":
            continue
        elif target not in order:
            findings.append(f"{where}: {target} is not in the order of tools/layers.toml")
        elif target != folder and order.index(target) >= order.index(folder):
            findings.append(f"{where}: {folder} may not include {match.group(1)}: {target} does not stand below it")
        elif folder in modules and target not in reachable(folder, modules):
            findings.append(f"{where}: includes {match.group(1)}, but src/{folder}/CMakeLists.txt has no DEPS leading to {target}")
    return findings


def check_purity(tree, name, allowed):
    """A pure file takes bytes and time as arguments."""
    findings = []
    text = source_tree.without_comments(tree.text(name), strings=False)
    for kind, pattern in IMPURE.items():
        if kind in allowed:
            continue
        for match in re.finditer(pattern, text):
            where = f"{name}:{source_tree.line_of(text, match.start())}"
            findings.append(f"{where}: pure code may not use {kind} ({match.group().strip()}); take bytes and time as arguments")
    return findings


def check(tree):
    table = tree.toml("tools/layers.toml")
    order, pure = table["order"], table.get("pure", [])
    exceptions = table.get("exceptions", {})
    modules = modules_of(tree)
    findings = check_cmake(modules, order)
    for name, entry in exceptions.items():
        if not entry.get("reason"):
            findings.append(f"tools/layers.toml: the exception for {name} gives no reason")
        if unknown := set(entry.get("uses", [])) - set(IMPURE):
            findings.append(f"tools/layers.toml: the exception for {name} names {', '.join(sorted(unknown))}; known: {', '.join(IMPURE)}")
    pure_globs = [f"src/{module}/*" for module in pure] + table.get("pure_files", [])
    for name in tree.files("src/*/*.h", "src/*/*.cc"):
        findings += check_includes(tree, name, modules, order)
        if source_tree.matches(name, pure_globs) and not name.endswith("_test.cc"):
            findings += check_purity(tree, name, exceptions.get(name, {}).get("uses", []))
    return findings


if __name__ == "__main__":
    source_tree.main(check, "layers")
