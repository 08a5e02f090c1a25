"""Promise P2: parsers never crash. Replays the inputs that are kept for each fuzz target on a build that counts lines, and
says how many lines of the parsers they reach. Each target names its parsers in its second line (`// parses: ...`, paths
below src/ without their ending, as globs). The fuzzing itself is ./dev fuzz, and a minute for each target in ./dev test."""

import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import promise

LEAST = 0.90
BUILD = os.path.join(promise.ROOT, "build/coverage")


def parsers_of(target):
    """The sources whose lines count for a target."""
    with open(target, encoding="utf-8") as file:
        named = re.search(r"^// parses: (.*(?:\n//   .*)*)", file.read(), re.MULTILINE)
    found = []
    for pattern in re.sub(r"\n//", " ", named.group(1)).split() if named else ():
        matches = glob.glob(os.path.join(promise.ROOT, "src", pattern + ".cc"))
        found += [one for one in matches if not one.endswith("_test.cc")] or [pattern]
    return found


def built(names):
    """Builds the targets so that they count lines; some minutes the first time."""
    configure = ["cmake", "--preset", "coverage", "-DPOINTSMAN_FUZZ=ON"]
    for command in (configure, ["cmake", "--build", BUILD, "--target", *names]):
        done = subprocess.run(command, cwd=promise.ROOT, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise promise.Skip(f"the build that counts lines fails ({' '.join(command[:2])})")


def replay(name, folder):
    """Runs a target over its kept inputs; (how many, where the counts are, what it said if it failed)."""
    kept = os.path.join(promise.ROOT, "fuzz/corpus", name.removesuffix("_fuzz"))
    raw = os.path.join(folder, f"{name}.profraw")
    done = subprocess.run([os.path.join(BUILD, "fuzz", name), "-runs=0", "-rss_limit_mb=4096", kept], capture_output=True,
                          text=True, errors="replace", cwd=folder, check=False, env={**os.environ, "LLVM_PROFILE_FILE": raw})
    return len(os.listdir(kept)), raw, done.stderr[-2000:] if done.returncode else ""


def lines_of(names, raws, folder):
    """Source -> (lines reached, lines)."""
    merged = os.path.join(folder, "all.profdata")
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", *raws, "-o", merged], check=True)
    objects = [part for name in names for part in ("-object", os.path.join(BUILD, "fuzz", name))][1:]
    told = subprocess.run(["llvm-cov-19", "export", "-summary-only", f"-instr-profile={merged}", *objects],
                          capture_output=True, text=True, check=True)
    # The build names its sources from its root.
    return {os.path.normpath(os.path.join(promise.ROOT, one["filename"])):
            (one["summary"]["lines"]["covered"], one["summary"]["lines"]["count"])
            for one in json.loads(told.stdout)["data"][0]["files"]}


def measure(run):
    targets = sorted(glob.glob(os.path.join(promise.ROOT, "fuzz/*_fuzz.cc")))
    names = [os.path.basename(one).removesuffix(".cc") for one in targets]
    wanted = sorted({source for target in targets for source in parsers_of(target)})
    run.require(all(parsers_of(one) for one in targets), "a fuzz target does not say what it parses")
    run.equal([], [one for one in wanted if not os.path.exists(one)], "parsers that are named and not there")
    fuzzed = f"{len(targets)} fuzz targets, a minute each with ASan and UBSan in ./dev test"
    if run.small and not run.reasons:
        raise promise.Skip(f"{fuzzed}; the full form counts the lines that they reach")
    run.tried(fuzzed)
    if run.small:
        return
    promise.need("cmake", "llvm-cov-19", "llvm-profdata-19")
    built(names)
    with tempfile.TemporaryDirectory(prefix="pointsman-lines-") as folder:
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            replayed = list(pool.map(lambda name: replay(name, folder), names))
        for name, (_, _, failure) in zip(names, replayed, strict=True):
            run.require(not failure, f"{name} fails on an input that is kept: {failure}")
        lines = lines_of(names, [raw for _, raw, _ in replayed if os.path.exists(raw)], folder)
    run.equal([], [one for one in wanted if one not in lines], "parsers whose lines were not counted")
    counted = {source: lines.get(source, (0, 0)) for source in wanted}
    reached, all_lines = (sum(values) for values in zip(*counted.values(), strict=True))
    for source, (some, whole) in sorted(counted.items(), key=lambda one: one[1][0] / max(1, one[1][1])):
        run.note(f"{some / max(1, whole):7.1%} of {whole:4} lines  {os.path.relpath(source, promise.ROOT)}")
    share = run.value("share_of_lines", reached / max(1, all_lines))
    inputs = run.value("inputs", sum(count for count, _, _ in replayed))
    run.require(share >= LEAST, f"the inputs that are kept reach {share:.1%} of the parsers' lines, {LEAST:.0%} wanted")
    run.tried(f"{inputs:,} kept inputs replayed, 0 crashes; they reach {share:.1%} of the {all_lines:,} lines of "
              f"{len(wanted)} parsers")


if __name__ == "__main__":
    promise.main("P2", "parsers never crash", measure)
