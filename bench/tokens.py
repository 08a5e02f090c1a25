"""What counting tokens exactly costs: ./dev bench tokens

    bench/tokens.py [--rounds N] [--quick] [--json] [--out FILE]

Ours beside npm tiktoken (the reference's code in WebAssembly) and gpt-tokenizer, on the same texts: prose and code of this
repository, Chinese, JSON, base64, hexadecimal and 100 KB of one letter, in o200k_base and cl100k_base. One core each, in
turns, N rounds (3); of every figure the least processor time counts. The Node libraries are installed by npm ci from
bench/tokens/package-lock.json; without Node or npm that half is skipped, and the table says why. --quick is to see that it
runs, not to quote. Prints one table and writes FILE (bench/results/tokens.json by default; nothing with --quick, unless
FILE is named). Exits with 1 if it failed; a target that was missed is a result.
"""
import argparse
import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from encoder import table
from shared.loopback import BENCH, BUILT, RESULTS, machine, say
from wire import target

ROOT = BENCH.parent
RIVALS = BENCH / "tokens"
ENCODINGS = ("o200k_base", "cl100k_base")
TEXTS = ("prose", "code", "chinese", "json", "base64", "hex", "one_letter")
MEGABYTE = 1_000_000
PROSE_GOAL = 90  # MB/s
# 100 KB of one letter may take as long as 100 KB of prose.
LETTER_GOAL = 1.0


def files(*patterns):
    return "".join(path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(ROOT.glob(pattern)))


def records(rng):
    """Like the body of a list endpoint: ids, dates, numbers, short texts."""
    words = "order refund pending shipped address customer express gift damaged partial invoice return".split()
    size, rows = 0, []
    while size < MEGABYTE:
        row = json.dumps({"id": f"ord_{rng.randrange(16 ** 12):012x}", "created_at": 1_700_000_000 + rng.randrange(10 ** 7),
                          "amount": round(rng.uniform(1, 900), 2), "currency": rng.choice(("usd", "eur", "jpy")), "paid": rng.random() < 0.8,
                          "tags": rng.sample(words, 3), "note": " ".join(rng.choices(words, k=12)), "parent": None})
        size += len(row)
        rows.append(row)
    return "[" + ",".join(rows) + "]"


def write_texts(folder):
    rng = random.Random(8)
    data = rng.randbytes(MEGABYTE * 3 // 4)
    chinese = (RIVALS / "chinese.txt").read_text(encoding="utf-8")
    texts = {"prose": files("docs/*.md", "*.md"), "code": files("src/**/*.cc", "src/**/*.h"),
             "chinese": chinese * (MEGABYTE // len(chinese.encode()) + 1), "json": records(rng),
             "base64": base64.b64encode(data).decode(), "hex": data[:MEGABYTE // 2].hex(), "one_letter": "x" * 100_000}
    for name in TEXTS:
        (folder / f"{name}.txt").write_text(texts[name], encoding="utf-8")
    return {name: len(texts[name].encode()) for name in TEXTS}


def why_no_rivals():
    """Why the Node half cannot run here, or nothing."""
    if all((RIVALS / "node_modules" / name / "package.json").exists() for name in ("tiktoken", "gpt-tokenizer")):
        return None
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=RIVALS, capture_output=True,
                              text=True, timeout=300, check=False)
    except FileNotFoundError:
        return "node and npm are needed"
    except subprocess.TimeoutExpired:
        return "npm ci took longer than 300 s"
    return f"npm ci failed: {done.stderr.strip()[-200:]}" if done.returncode else None


def keep_best(best, key, seconds, tokens, version=""):
    if key not in best or seconds < best[key]["seconds"]:
        best[key] = {"seconds": seconds, "tokens": tokens, "version": version}


def run_ours(program, folder, options, best):
    often = "0.05" if options.quick else "0.3"
    done = subprocess.run([program, "--benchmark_format=json", "--benchmark_filter=count/", f"--benchmark_min_time={often}"],
                          capture_output=True, text=True, check=True, env={**os.environ, "POINTSMAN_TEXTS": str(folder)})
    for run in json.loads(done.stdout)["benchmarks"]:
        if run.get("error_occurred"):
            raise RuntimeError(f"{run['name']}: {run['error_message']}")
        _, text, encoding = run["name"].split("/")
        keep_best(best, ("ours", encoding, text), run["cpu_time"] / 1e9, int(run["tokens"]))


def run_rivals(folder, options, best):
    done = subprocess.run(["node", RIVALS / "rivals.mjs", folder, "--seconds", "0" if options.quick else "2"], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-300:])
    for run in json.loads(done.stdout)["runs"]:
        keep_best(best, (run["library"], run["encoding"], run["text"]), run["seconds"], run["tokens"], run["version"])


def rows(best, sizes, encoding):
    result = []
    for text in TEXTS:
        ours = best["ours", encoding, text]
        speed = sizes[text] / ours["seconds"] / MEGABYTE
        note = f"{sizes[text] / ours['tokens']:.2f} bytes a token"
        goal = PROSE_GOAL if (text, encoding) == ("prose", "o200k_base") else None
        result.append(target(f"{text}: ours", speed, "MB/s", goal, goal is not None and speed >= goal, note))
        for library in ("tiktoken", "gpt-tokenizer"):
            if (one := best.get((library, encoding, text))) is None:
                continue
            note = f"ours is {one['seconds'] / ours['seconds']:,.1f} x as fast"
            if one["tokens"] != ours["tokens"]:
                note += f"; counts {one['tokens']}, ours {ours['tokens']}"
            result.append(target(f"{text}: {library} {one['version']}", sizes[text] / one["seconds"] / MEGABYTE, "MB/s", note=note))
    letter, prose = (best["ours", encoding, text]["seconds"] / sizes[text] for text in ("one_letter", "prose"))
    result.append(target("a byte of one letter against one of prose", letter / prose, "x", LETTER_GOAL, letter / prose <= LETTER_GOAL))
    return result


def measure(options):
    program = BUILT / "tokens_bench"
    if not program.exists():
        return [{"name": "tokens", "seconds": 0, "targets": [], "failed": f"{program} is not built (preset release)"}]
    best, began, reason = {}, time.monotonic(), why_no_rivals()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = write_texts(folder)
        for round_ in range(options.rounds):
            say(f"round {round_ + 1} of {options.rounds} ...")
            run_ours(program, folder, options, best)
            if not reason:
                run_rivals(folder, options, best)
    took = round(time.monotonic() - began, 1)
    missing = [f"libraries for Node: {reason}"] if reason else []
    return [{"name": encoding, "seconds": took, "targets": rows(best, sizes, encoding), "missing": missing} for encoding in ENCODINGS]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, help="default 3, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="one short run of each")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    about = machine()
    try:
        sections = measure(options)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sections = [{"name": "tokens", "seconds": 0, "targets": [], "failed": str(error)}]
    result = {"bench": "tokens", "quick": options.quick, "machine": about, "sections": sections}
    print(table(result), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.out is None and not options.quick:
        options.out = RESULTS / "tokens.json"
    if options.out:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(json.dumps(result) + "\n")
    if options.json:
        print(json.dumps(result))
    return 1 if any("failed" in section for section in sections) else 0


if __name__ == "__main__":
    sys.exit(main())
