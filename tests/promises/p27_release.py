"""Promise P27: a release can be trusted. The bill of materials is complete and the same each time; the same sources give
the same objects in another folder at another time; with --full, two whole builds are compared bit by bit, without a
compiler cache, which takes hours on a small machine."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import promise
import harness

SOURCES = ("src/base/hash.cc", "src/http/chunked.cc", "src/json/document.cc", "src/limits/circuit_breaker.cc", "src/json/text.cc")


def owner(library):
    """The package that a library's file belongs to; dpkg knows it by one of two names where /lib is a link."""
    run = subprocess.run(["dpkg", "-S", library, "/usr" + library], capture_output=True, text=True, check=False)
    return run.stdout.partition(":")[0]


def materials(run):
    command = [sys.executable, "-B", os.path.join(promise.ROOT, "tools/sbom.py"), "--program", harness.BINARY]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    run.equal((0, ""), (first.returncode, first.stderr), "the bill of materials")
    run.require(first.stdout == second.stdout, "the bill of materials differs from run to run")
    made = json.loads(first.stdout)
    versions = {one["name"]: one.get("version") for one in made["components"]}
    linked = subprocess.run(["ldd", harness.BINARY], capture_output=True, text=True, check=False).stdout
    libraries = re.findall(r"^\s*\S+ => (/\S+)", linked, re.MULTILINE)
    run.require(libraries, "the program loads no library at all")
    run.equal([], [one for one in libraries if not versions.get(owner(one))], "loaded libraries that are not in it")
    run.tried(f"CycloneDX bill of {len(versions)} packages, the same each time, all {len(libraries)} loaded libraries in it")


def one_object(source, name, folder):
    """Compiles one copy of a source in a folder of its own, as the presets do; the object's hash."""
    place = os.path.join(folder, name)
    os.makedirs(os.path.join(place, "build"))
    shutil.copytree(os.path.join(promise.ROOT, "src"), os.path.join(place, "src"))
    output = os.path.join(place, "build", "object.o")
    subprocess.run(["clang++-19", "-std=c++23", "-O2", "-g1", f"-ffile-prefix-map={place}=.", "-I", "../src", "-c",
                    f"../{source}", "-o", output], cwd=os.path.join(place, "build"), check=True, capture_output=True)
    with open(output, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def objects(run):
    if promise.on_path("clang++-19") is None:
        raise promise.Skip("clang-19 is not here")
    same = 0
    wanted = [one for one in SOURCES if os.path.exists(os.path.join(promise.ROOT, one))]
    for source in wanted[:run.pick(5, 1)]:
        with tempfile.TemporaryDirectory(prefix="pointsman-twice-") as folder:
            same += one_object(source, "one", folder) == one_object(source, "another-place", folder)
    count = len(wanted[:run.pick(5, 1)])
    run.equal(count, same, "objects that are the same in two folders")
    run.tried(f"{same} of {count} objects the same in two folders")
    run.require(promise.ROOT.encode() not in open(harness.BINARY, "rb").read(), "the program holds the folder it was built in")


def whole_build(folder, name):
    """Two configurations of the same sources; the program's hash."""
    place = os.path.join(folder, name)
    subprocess.run(["git", "worktree", "add", "--detach", place, "HEAD"], cwd=promise.ROOT, check=True, capture_output=True)
    try:
        subprocess.run(["cmake", "--preset", "release"], cwd=place, check=True, stdout=sys.stderr)
        subprocess.run(["cmake", "--build", "--preset", "release", "--target", "pointsman"], cwd=place, check=True,
                       stdout=sys.stderr, env={**os.environ, "CCACHE_DISABLE": "1"})
        with open(os.path.join(place, "build/release/pointsman"), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", place], cwd=promise.ROOT, check=False, capture_output=True)


def measure(run):
    materials(run)
    objects(run)
    if run.small:
        return
    if not run.full:
        raise promise.Skip("; ".join(run.parts) + "; two whole builds only with --full")
    with tempfile.TemporaryDirectory(prefix="pointsman-build-") as folder:
        first, second = (whole_build(folder, name) for name in ("one", "another-place"))
    run.value("sha256", [first, second])
    run.equal(first, second, "two builds")
    run.tried("two whole builds in two folders are the same, bit by bit")


if __name__ == "__main__":
    promise.main("P27", "a release can be trusted", measure)
