"""Runs the promises one after the other, prints their lines as a table, and keeps the figures of a full run.

`./dev promises` calls this. A full run writes results.json: of every promise that ran, the latest figures. --write-docs
puts the table into docs/promises.md (tools/promise_table.py makes it).
"""

import argparse
import datetime
import glob
import json
import os
import platform
import re
import subprocess
import sys

import promise

sys.path.insert(0, os.path.join(promise.ROOT, "tools"))
import promise_table  # noqa: E402

RESULTS = os.path.join(promise.HERE, "results.json")


def programs():
    """Number of the promise -> its program, in order."""
    found = {}
    for path in glob.glob(os.path.join(promise.HERE, "p[0-9][0-9]_*.py")):
        found[int(os.path.basename(path)[1:3])] = path
    return {f"P{number}": found[number] for number in sorted(found)}


def wanted(names, known):
    chosen = {f"P{int(re.sub('[^0-9]', '', name) or 0)}": name for name in names}
    for number, name in chosen.items():
        if number not in known:
            sys.exit(f"promises: there is no {name}; there are {' '.join(known)}")
    return [one for one in known if not chosen or one in chosen]


def run_one(path, options):
    """The result of one program; a program that breaks has missed."""
    run = subprocess.run([sys.executable, "-B", path, "--json", *options], stdout=subprocess.PIPE, text=True, check=False,
                         cwd=promise.ROOT, stderr=None if os.environ.get("POINTSMAN_PROMISES_LOG") else subprocess.DEVNULL)
    try:
        return json.loads(run.stdout)
    except ValueError:
        number = f"P{int(os.path.basename(path)[1:3])}"
        return {"promise": number, "title": os.path.basename(path), "tried": "", "verdict": promise.MISSED,
                "reason": f"its program ended with {run.returncode}", "small": False, "seconds": 0, "values": {}}


def machine():
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) * 1024
    return {"cores": os.cpu_count(), "memory_bytes": memory, "kernel": platform.release()}


def keep(results):
    """Adds a full run's figures to those that are kept."""
    kept = {}
    if os.path.exists(RESULTS):
        with open(RESULTS, encoding="utf-8") as file:
            kept = {one["promise"]: one for one in json.load(file)["promises"]}
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    for one in results:
        kept[one["promise"]] = {**one, "date": today, "machine": machine()}
    ordered = sorted(kept.values(), key=lambda one: int(one["promise"][1:]))
    with open(RESULTS, "w", encoding="utf-8") as file:
        json.dump({"command": "./dev promises", "promises": ordered}, file, indent=1)
        file.write("\n")


def options_of(arguments):
    given = ["--small"] if arguments.small else []
    given += ["--full"] if arguments.full else []
    return given + ([f"--minutes={arguments.minutes}"] if arguments.minutes else [])


def main():
    parser = argparse.ArgumentParser(prog="./dev promises", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="P7", help="only these")
    parser.add_argument("--small", action="store_true", help="seconds each; nothing is kept")
    parser.add_argument("--full", action="store_true", help="also what takes hours (P27's two builds)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--minutes", type=float, help="length of the soak (P17)")
    parser.add_argument("--write-docs", action="store_true", help="put the table of the kept results into docs/promises.md")
    arguments = parser.parse_args()
    results = []
    known = programs()
    for number in wanted(arguments.names, known):
        result = run_one(known[number], options_of(arguments))
        results.append(result)
        print(promise.line(result), file=sys.stderr if arguments.json else sys.stdout, flush=True)
        if not arguments.small:
            keep([result])
    if arguments.json:
        print(json.dumps({"machine": machine(), "promises": results}, indent=1))
    else:
        count = {word: sum(one["verdict"] == word for one in results) for word in promise.EXIT}
        print(", ".join(f"{number} {word}" for word, number in count.items()))
    if arguments.write_docs:
        promise_table.write(promise.ROOT)
    sys.exit(any(one["verdict"] == promise.MISSED for one in results))


if __name__ == "__main__":
    main()
