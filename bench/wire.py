"""What the wire costs: ./dev bench wire

    bench/wire.py [--section NAME]... [--limit SECONDS] [--quick] [--json] [--out FILE]

  translate  requests of 1 to 200 KB: routed and forwarded in their protocol, or turned into another (six pairs); chunks of
             streams, of text and of arguments of calls: watched in their protocol, or turned into another
  schema     JSON that grows, 1 to 100 KB in pieces of 4 bytes, held against a schema, beside the scanner alone
  partial    the same without a schema: the scanner, a growing value, its events on the wire, and in Node our client
             beside partial-json, best-effort-json-parser, the AI SDK's parser and jsonriver

The Node libraries are installed by npm ci from bench/wire/package-lock.json; without Node or npm that half is skipped, and
the table says why. A library that takes longer than the limit (60 s) for one document is stopped there. Times are
processor time: of the C++ side the least of several repetitions, of Node one run. --quick is to see that it runs,
not to quote. Prints one table of targets and writes FILE (bench/results/wire.json by default; nothing with --quick or
--section, unless FILE is named). Exits with 1 if a section failed; a target that was missed is a result.
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from encoder import table
from shared.loopback import BENCH, BUILT, RESULTS, machine, say

RIVALS = BENCH / "wire"
SIZES = (1000, 10_000, 100_000)
SCHEMA_SIZES = (1 << 10, 10 << 10, 100 << 10)
PROTOCOLS = ("chat", "messages", "responses")
PAIRS = [f"{one}_to_{other}" for one in PROTOCOLS for other in PROTOCOLS if one != other]
# Of one request, in microseconds by size.
ROUTE_GOALS = {"1KB": 5, "20KB": 20, "200KB": 200}
TRANSLATE_GOALS = {"1KB": 10, "20KB": 100, "200KB": 1000}
# Nanoseconds. The fastest models take about a millisecond for a token; turning it may cost a thousandth of that.
METER_GOAL, CHUNK_GOAL = 150, 1000


def target(name, value, unit, goal=None, holds=None, note=""):
    row = {"name": name, "value": value, "unit": unit, "note": note}
    return row if goal is None else row | {"goal": goal, "holds": holds}


def at_most(name, value, unit, goal, note=""):
    return target(name, value, unit, goal, value <= goal, note)


def run_google_benchmark(program, quick):
    """Name -> the repetition with the least processor time."""
    often = ["--benchmark_repetitions=1", "--benchmark_min_time=0.02"] if quick else [
        "--benchmark_repetitions=7", "--benchmark_min_time=0.2"]
    done = subprocess.run([program, "--benchmark_format=json", *often], capture_output=True, text=True, check=True)
    best = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        if run.get("error_occurred"):
            raise RuntimeError(f"{run['run_name']}: {run['error_message']}")
        if run["run_type"] != "iteration":
            continue
        name = run["run_name"]
        if name not in best or run["cpu_time"] < best[name]["cpu_time"]:
            best[name] = run
    return best


def request_rows(best, kind, says, name, goals):
    rows = []
    for size, goal in goals.items():
        run = best[f"{kind}/{name}/{size}"]
        note = f"{run['cpu_time'] / run['body']:.2f} ns a byte, {run['allocations']:.0f} allocations"
        rows.append(at_most(f"{says}, {size[:-2]} KB", run["cpu_time"] / 1000, "us", goal, note))
    per_byte = [best[f"{kind}/{name}/{size}"]["cpu_time"] / best[f"{kind}/{name}/{size}"]["body"] for size in ("20KB", "200KB")]
    rows.append(at_most(f"{says}: a byte of 200 KB against one of 20 KB", per_byte[1] / per_byte[0], "x", 1.5, "linear is 1"))
    return rows


def chunk_rows(best, kind, says, name, goal):
    rows = []
    for said in ("text", "arguments"):
        run = best[f"{kind}/{name}/{said}"]
        note = f"{run['chunk_bytes']:.0f} bytes, {run['allocations']:.2f} allocations"
        rows.append(at_most(f"{says}, a chunk of {said}", run["ns_per_chunk"], "ns", goal, note))
    return rows


def run_translate(options):
    program = BUILT / "wire_bench"
    if not program.exists():
        return {"skipped": f"{program} is not built (preset release)"}
    best = run_google_benchmark(program, options.quick)
    rows = []
    for name in PROTOCOLS:
        rows += request_rows(best, "route", f"{name}: routed and forwarded", name, ROUTE_GOALS)
    for name in PAIRS:
        rows += request_rows(best, "translate", f"{name.replace('_', ' ')}: translated", name, TRANSLATE_GOALS)
    for name in (*PROTOCOLS, "chat_hiding_usage"):
        rows += chunk_rows(best, "meter", f"{name.replace('_', ' ')}: watched", name, METER_GOAL)
    for name in PAIRS:
        rows += chunk_rows(best, "chunk", f"{name.replace('_', ' ')}: translated", name, CHUNK_GOAL)
    return {"targets": rows}


def run_schema(options):
    program = BUILT / "json_schema_bench"
    if not program.exists():
        return {"skipped": f"{program} is not built (preset release)"}
    best = run_google_benchmark(program, options.quick)
    rows = []
    # The second kind of schema is harder than what was promised for.
    for name, says, goal in (("scanner_alone", "without a schema", 50), ("with_schema/extraction", "an extraction's schema", 150),
                             ("with_schema/alternatives", "a schema of alternatives", None)):
        for size in SCHEMA_SIZES:
            run = best[f"{name}/{size}"]
            row = f"{says}, {size >> 10} KB: a piece of 4 bytes"
            note = f"{run['allocations']:.0f} allocations in all" if "allocations" in run else ""
            rows.append(target(row, run["ns_per_chunk"], "ns", goal, goal is not None and run["ns_per_chunk"] <= goal, note))
        growth = best[f"{name}/{SCHEMA_SIZES[2]}"]["ns_per_chunk"] / best[f"{name}/{SCHEMA_SIZES[1]}"]["ns_per_chunk"]
        rows.append(at_most(f"{says}: a piece of 100 KB against one of 10 KB", growth, "x", 1.5, "linear is 1"))
    for name, says in (("extraction", "an extraction's schema"), ("alternatives", "a schema of alternatives")):
        rows.append(target(f"{says}: compiled, once", best[f"compile/{name}"]["cpu_time"] / 1000, "us"))
    return {"targets": rows}


def scanner_targets(best):
    rows = []
    for name, says, goal in (("scanner", "scanner alone", 50), ("growing_value", "growing value, without changes", 50),
                             ("growing_value_with_changes", "growing value that tells its changes", 50),
                             ("patch_events", "events for the client", 50)):
        for size in SIZES:
            nanoseconds = 1e9 * best[f"{name}/{size}"]["seconds_per_piece"]
            rows.append(at_most(f"{says}, {size // 1000} KB: a piece of 4 bytes", nanoseconds, "ns", goal))
        growth = best[f"{name}/{SIZES[2]}"]["seconds_per_piece"] / best[f"{name}/{SIZES[1]}"]["seconds_per_piece"]
        rows.append(at_most(f"{says}: a piece of 100 KB against one of 10 KB", growth, "x", 1.5, "linear is 1"))
    for size in SIZES:
        ratio = best[f"patch_events/{size}"]["wire_ratio"]
        row = f"events on the wire against the document, {size // 1000} KB"
        rows.append(at_most(row, ratio, "x", 2) if size == SIZES[2] else target(row, ratio, "x", note="the first 2 KiB are free"))
    return rows


def why_no_rivals():
    """Why the Node half cannot run here, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are needed"
    if (RIVALS / "node_modules/jsonriver/package.json").exists():
        return None
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=RIVALS, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return "npm ci took longer than 300 s"
    return f"npm ci failed: {done.stderr.strip()[-200:]}" if done.returncode else None


def rival_targets(runs, best):
    """Each library's time for a whole document, and how often the events of ours would have been made in it."""
    rows = []
    for size in SIZES:
        pieces = best[f"patch_events/{size}"]["pieces"]
        ours = best[f"patch_events/{size}"]["seconds_per_piece"] * pieces
        for run in (one for one in runs if one["size"] == size):
            per_piece = run["seconds"] / run["pieces"]
            note = f"{per_piece * 1e6:,.{0 if per_piece > 1e-4 else 2}f} us a piece"
            if run["name"] == "pointsman-partial":
                note += "; applies ready events, reads after each"
            else:
                note += f"; {run['seconds'] / ours:,.0f} x our events" + ("" if run["finished"] else ", and more")
            if run["finished"] and not run["equal"]:
                note += "; the value is WRONG"
            stopped = "" if run["finished"] else f" (stopped at {run['pieces']} of {run['of']} pieces)"
            version = "" if run["version"] == "this" else f" {run['version']}"
            rows.append(target(f"{run['name']}{version}, {size // 1000} KB{stopped}", 1000 * run["seconds"], "ms", note=note))
    if finished := [one for one in runs if one["name"] == "jsonriver" and one["size"] == SIZES[2] and one["finished"]]:
        client = next(one for one in runs if one["name"] == "pointsman-partial" and one["size"] == SIZES[2])
        rows.append(at_most("our client against the fastest library (jsonriver), 100 KB",
                            client["seconds"] / finished[0]["seconds"], "x", 1))
    return rows


def run_partial(options):
    program = BUILT / "growing_json_bench"
    if not program.exists():
        return {"skipped": f"{program} is not built (preset release)"}
    best = run_google_benchmark(program, options.quick)
    result = {"targets": scanner_targets(best), "missing": []}
    if reason := why_no_rivals():
        result["missing"] = [f"libraries for Node: {reason}"]
        return result
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "--write-documents", folder], check=True)
        limit = 2 if options.quick else options.limit
        done = subprocess.run(["node", RIVALS / "partial_rivals.mjs", folder, "--limit", str(limit)], capture_output=True,
                              text=True, check=False)
    if done.returncode != 0:
        return result | {"failed": done.stderr.strip()[-300:]}
    rivals = json.loads(done.stdout)
    result["targets"] += rival_targets(rivals["runs"], best)
    result["missing"] = rivals["missing"]
    return result | {"rivals": rivals}


SECTIONS = {"translate": run_translate, "schema": run_schema, "partial": run_partial}


def run_section(name, options):
    try:
        return SECTIONS[name](options)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        return {"failed": str(error)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--section", action="append", choices=list(SECTIONS), help="only this one; may be repeated")
    parser.add_argument("--limit", type=float, default=60, help="seconds for one library and one document")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, and 2 s for each library")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args()
    about, sections = machine(), []
    for name in [one for one in SECTIONS if one in (options.section or SECTIONS)]:
        say(f"{name} ...")
        began = time.monotonic()
        result = run_section(name, options)
        sections.append({"name": name, "seconds": round(time.monotonic() - began, 1), "targets": []} | result)
    result = {"bench": "wire", "quick": options.quick, "machine": about, "sections": sections}
    print(table(result), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.out is None and not options.quick and not options.section:
        options.out = RESULTS / "wire.json"
    if options.out:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(json.dumps(result) + "\n")
    if options.json:
        print(json.dumps(result))
    return 1 if any("failed" in section for section in sections) else 0


if __name__ == "__main__":
    sys.exit(main())
