#!/usr/bin/env python3
"""A bill of materials in CycloneDX 1.5: Debian packages that are linked or needed, with the versions installed here, and
the JavaScript packages of the lock files. With --program, also every package that the program loads a library from, those
which only another library needs among them.

Deterministic: the same versions give the same bytes. --check says what is wrong with one instead of writing it.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What the program opens by itself once it needs it, beside what it is linked to (src/ledger_postgres/libpq.cc).
OPENED = ("libpq.so.5",)
LOCKS = ("web/package-lock.json", "clients/js/package-lock.json")


def library_path(name):
    """Where the loader finds it."""
    run = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True)
    path = re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", run.stdout, re.MULTILINE)
    if path is None:
        raise SystemExit(f"{name} is not installed: a bill cannot name its package")
    return path[1]


def loaded(program):
    """The packages whose libraries the program loads, directly or by another library. The base system's folders are
    links on a merged /usr, and dpkg knows a file by one of the two names only."""
    opened = [library_path(name) for name in OPENED]
    run = subprocess.run(["ldd", program, *opened], capture_output=True, text=True, check=True)
    found = set()
    for path in sorted({*opened, *re.findall(r"=> (/\S+)", run.stdout)}):
        names = [path, "/usr" + path, path.removeprefix("/usr")]
        owner = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True, check=False).stdout
        if not owner:
            raise SystemExit(f"{program} loads {path}, which no package owns: a bill cannot name it")
        found.add(owner.split(":")[0])
    return found


def debian(root, program):
    """Name -> version of the packages, listed or loaded by the program, that are installed; "" where one is not."""
    text = (root / "packaging/debian-packages.txt").read_text(encoding="utf-8")
    names = {line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")}
    if program:
        names |= loaded(program)
    run = subprocess.run(["dpkg-query", "-W", "-f", "${binary:Package} ${Version}\\n"], capture_output=True, text=True,
                         check=False)
    versions = {}
    for line in run.stdout.splitlines():
        name, _, version = line.partition(" ")
        versions[name.split(":")[0]] = version
    return {name: versions.get(name, "") for name in names}


def javascript(root):
    """(name, version, integrity, only for development) of each locked package."""
    for lock in LOCKS:
        if not (root / lock).exists():
            continue
        packages = json.loads((root / lock).read_text(encoding="utf-8"))["packages"]
        for path, one in packages.items():
            if path and "version" in one:
                yield path.rpartition("node_modules/")[2], one["version"], one.get("integrity", ""), one.get("dev", False)


def hashes(integrity):
    """An npm integrity string as CycloneDX has it."""
    algorithm, _, value = integrity.partition("-")
    if not value:
        return {}
    return {"hashes": [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(value).hex()}]}


def components(root, program):
    made = {}
    for name, version in debian(root, program).items():
        purl = f"pkg:deb/debian/{name}@{version}?distro=bookworm" if version else f"pkg:deb/debian/{name}?distro=bookworm"
        made[purl] = {"type": "library", "bom-ref": purl, "name": name, "purl": purl,
                      **({"version": version} if version else {})}
    for name, version, integrity, dev in javascript(root):
        purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
        made[purl] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
                      "scope": "excluded" if dev else "required", **hashes(integrity)}
    return [made[purl] for purl in sorted(made)]


def bill(root, version, program):
    found = components(root, program)
    digest = hashlib.sha256(json.dumps([version, found], sort_keys=True).encode()).hexdigest()
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{uuid.UUID(digest[:32])}",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": "pointsman", "version": version}},
            "components": found}


def version_of(root):
    match = re.search(r"project\(\s*\w+\s+VERSION\s+([\d.]+)", (root / "CMakeLists.txt").read_text(encoding="utf-8"), re.I)
    return match.group(1) if match else "0"


def problems(made):
    """What CycloneDX 1.5 requires and this one lacks."""
    found = [f"{key} is missing" for key in ("bomFormat", "specVersion", "components", "metadata") if key not in made]
    seen = set()
    for one in made.get("components", ()):
        if not one.get("type") or not one.get("name"):
            found.append(f"a component without type or name: {one}")
        if one.get("bom-ref") in seen:
            found.append(f"{one['bom-ref']} comes twice")
        seen.add(one.get("bom-ref"))
        if "purl" in one and not re.match(r"pkg:[a-z]+/", one["purl"]):
            found.append(f"{one['purl']} is no package URL")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=ROOT, type=pathlib.Path)
    parser.add_argument("--program", help="the built program whose libraries belong to the bill")
    parser.add_argument("--check", type=pathlib.Path)
    arguments = parser.parse_args()
    made = json.loads(arguments.check.read_text(encoding="utf-8")) if arguments.check else bill(
        arguments.root, version_of(arguments.root), arguments.program)
    found = problems(made)
    for one in found:
        print(one, file=sys.stderr)
    if not arguments.check:
        json.dump(made, sys.stdout, indent=1)
        print()
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
