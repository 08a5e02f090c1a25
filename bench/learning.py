"""The proofs of a router that learns, in one go: ./dev bench learning

    bench/learning.py [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]

  improve     labels that the review queue needs, beside random picking: simulated people, simulated days
  memory      how often a remembered correction is right about a prompt like the corrected one
  gate        which candidates the promotion gate stops: damaged and honestly improved ones
  audit       the audit of what a candidate learnt from, alone
  canary      how soon a bad canary is stopped, how often a good one: simulated conversations
  drift       how soon drift is noticed, how often there is a false alarm: simulated traffic
  off_policy  estimates of what another router would have brought, against the truth
  swap        1,000 changes of the classifier under load: failures, mixed decisions (learning_live.py)
  crash       200 processes killed while they train, promote or roll back (learning_live.py)

People, traffic and providers are simulated. POINTSMAN_DATA names the folder of the public sets; what cannot run is
skipped, and the table says why. --quick is to see that it runs, not to quote. Prints one table of targets and writes FILE
(bench/results/learning.json by default; nothing with --quick or --section, unless FILE is named). Exits with 1 if a
section failed; a target that was missed is a result.
"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from encoder import table
from shared.loopback import BENCH, BUILT, RESULTS, machine, say

NO_DATA = 77  # how the program's sections say that a data set is missing
OF_PROGRAM = ("improve", "memory", "gate", "audit", "canary", "drift", "off_policy")


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def run_program(name, options):
    program = BUILT / "learning"
    if not program.exists():
        return {"skipped": f"{program} is not built (preset release)"}
    quick = ["--quick"] if options.quick else []  # before the seeds, which it sets as well
    seeds = ["--seeds", str(options.seeds)] if options.seeds else []
    done = subprocess.run([program, *quick, "--section", name, "--json", *seeds], capture_output=True, text=True)
    if done.returncode == NO_DATA:
        return {"skipped": last_line(done.stderr)}
    if done.returncode != 0:
        return {"failed": last_line(done.stderr) or f"exit {done.returncode}"}
    return json.loads(done.stdout)["sections"][0]


def run_live(name, options):
    quick = {"swap": ["--swaps", "50", "--rate", "200"], "crash": ["--kills", "12"]}[name] if options.quick else []
    done = subprocess.run([sys.executable, BENCH / "learning_live.py", "--section", name, "--json", *quick],
                          capture_output=True, text=True)
    if done.returncode != 0:
        return {"failed": last_line(done.stderr) or f"exit {done.returncode}"}
    return json.loads(last_line(done.stdout))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*OF_PROGRAM, "swap", "crash"]
    parser.add_argument("--section", action="append", choices=names, help="only this one; may be repeated")
    parser.add_argument("--seeds", type=int, help="of what is drawn at random (default: each section's own)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rows and seeds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args()
    about, sections = machine(), []
    for name in [one for one in names if one in (options.section or names)]:
        say(f"{name} ...")
        began = time.monotonic()
        result = run_program(name, options) if name in OF_PROGRAM else run_live(name, options)
        own = {"name": name, "seconds": round(time.monotonic() - began, 1), "targets": []}
        sections.append(own | {key: value for key, value in result.items() if key not in ("bench", "name", "seconds")})
    result = {"bench": "learning", "quick": options.quick, "machine": about, "sections": sections}
    print(table(result), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.out is None and not options.quick and not options.section:
        options.out = RESULTS / "learning.json"
    if options.out:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(json.dumps(result) + "\n")
    if options.json:
        print(json.dumps(result))
    return 1 if any("failed" in section for section in sections) else 0


if __name__ == "__main__":
    sys.exit(main())
