"""Everything that is claimed of encoders and tables, measured in one go: ./dev bench encoder.

    bench/encoder.py [--section NAME]... [--seeds N] [--quick] [--json] [--out FILE]

  rivals    the encoder beside ONNX Runtime and sentence-transformers on the same core, in turns (encoder_rivals.py)
  speed     the transformer in each precision, a table, a decision with one
  serving   what a gateway that asks the encoder takes from those who do not need it (encoder_serving.py)
  pairs     the closest categories of a public set, beside the nearest mean embedding
  trade     ten close intents of one trade
  near      do the nearest training examples mean the same
  views     words, table and encoder on the public intent sets, with few examples and in full

What depends on time comes first; sections run one after the other. POINTSMAN_ENCODER names the model's directory,
POINTSMAN_DATA the folder of the public sets, POINTSMAN_PYTHON an interpreter that has onnxruntime, torch and
transformers (default: this one). What cannot run is skipped, and the table says why. --quick is to see that it runs, not
to quote. Prints one table of targets and writes FILE (bench/results/encoder.json by default; nothing with --quick or
--section, unless FILE is named); with --json the object goes to standard output, and the table to standard error. Exits
with 1 if a section failed; a target that was missed is a result.
"""
import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from shared.loopback import BENCH, BUILT, RESULTS, machine, say

PYTHON = os.environ.get("POINTSMAN_PYTHON", sys.executable)
NO_DATA = 77  # how the program's sections say that a data set is missing


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def run_script(command, accepted=(0,)):
    """The object on the last line of a script's standard output."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode not in accepted:
        return {"failed": last_line(done.stderr) or f"exit {done.returncode}"}
    return json.loads(last_line(done.stdout))


def run_rivals(options):
    command = [PYTHON, BENCH / "encoder_rivals.py", "--rounds", 1 if options.quick else 3, "--json"]
    if os.environ.get("POINTSMAN_ENCODER"):
        command += ["--model", os.environ["POINTSMAN_ENCODER"]]
    result = run_script(command)
    if result.get("missing") and not result["targets"]:
        result["skipped"] = "; ".join(result["missing"])
    return result


def run_serving(options):
    command = [sys.executable, BENCH / "encoder_serving.py", "--json"]
    if options.quick:
        command += ["--rounds", 1, "--seconds", 2]
    return run_script(command, accepted=(0, 3))  # 3: a target was missed


def run_program(name):
    """A section of the C++ program of the same name as this file."""
    def run(options):
        program = BUILT / "encoder"
        if not program.exists():
            return {"skipped": f"{program} is not built (preset release)"}
        quick = ["--quick"] if options.quick else []  # before the seeds, which it sets as well
        command = [program, *quick, "--section", name, "--json", "--seeds", options.seeds]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode == NO_DATA:
            return {"skipped": last_line(done.stderr)}
        if done.returncode != 0:
            return {"failed": last_line(done.stderr) or f"exit {done.returncode}"}
        return json.loads(done.stdout)["sections"][0]
    return run


SECTIONS = {"rivals": run_rivals, "speed": run_program("speed"), "serving": run_serving,
            **{name: run_program(name) for name in ("pairs", "trade", "near", "views")}}


def measure(options):
    """Runs the sections asked for."""
    about = machine()
    sections = []
    for name in [one for one in SECTIONS if one in (options.section or SECTIONS)]:
        say(f"{name} ...")
        began = time.monotonic()
        result = SECTIONS[name](options)
        own = {"name": name, "seconds": round(time.monotonic() - began, 1), "targets": []}
        sections.append(own | {key: value for key, value in result.items() if key not in ("bench", "name", "seconds")})
    return {"bench": "encoder", "seeds": options.seeds, "quick": options.quick, "machine": about, "sections": sections}


def row(verdict, name, value="", unit="", goal="", note=""):
    return f"  {verdict:<7} {name:<84} {value:>9} {unit:<4} {goal:<11} {note}".rstrip()


def table(result):
    """Name, value, goal, held or MISSED, of every section."""
    about = result["machine"]
    lines = [f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}; load average before: "
             f"{about['load_average_before']}"]
    for section in result["sections"]:
        lines.append(f"{section['name']} ({section['seconds']:.0f} s)")
        for one in section["targets"]:
            goal = "" if "goal" not in one else f"goal {one['goal']:.4g}"
            verdict = "" if "goal" not in one else "held" if one["holds"] else "MISSED"
            lines.append(row(verdict, one["name"], f"{one['value']:.4g}", one["unit"], goal, one.get("note", "")))
        whys = [section["skipped"]] if "skipped" in section else section.get("missing", [])
        lines += [row("skipped", why) for why in whys]
        if "failed" in section:
            lines.append(row("FAILED", section["failed"]))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--section", action="append", choices=list(SECTIONS), help="only this one; may be repeated")
    parser.add_argument("--seeds", type=int, help="of what is drawn at random (default 3, with --quick 1)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rows and seeds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args()
    if options.seeds is None:
        options.seeds = 1 if options.quick else 3
    result = measure(options)
    print(table(result), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.out is None and not options.quick and not options.section:
        options.out = RESULTS / "encoder.json"
    if options.out:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(json.dumps(result) + "\n")
    if options.json:
        print(json.dumps(result))
    return 1 if any("failed" in section for section in result["sections"]) else 0


if __name__ == "__main__":
    sys.exit(main())
