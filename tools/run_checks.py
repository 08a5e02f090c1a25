#!/usr/bin/env python3
"""Runs every checker of this folder and their own tests; one line each, exit code 1 when any found something.

--results FILE also writes "passed NAME" or "failed NAME" lines, which ./dev test adds up.
"""
import argparse
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def commands():
    """Name -> command of each check."""
    found = {script.stem: [sys.executable, script] for script in sorted(HERE.glob("check_*.py"))}
    found["checker_tests"] = [sys.executable, "-m", "unittest", "discover", "-q", "-s", HERE / "tests", "-t", HERE]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=pathlib.Path)
    arguments = parser.parse_args()
    lines = []
    for name, command in commands().items():
        began = time.monotonic()
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)
        word = "failed" if run.returncode else "passed"
        lines.append(f"{word} {name}")
        print(f"  {'ok  ' if word == 'passed' else 'FAIL'}  {name} ({time.monotonic() - began:.1f} s)")
        shown = (run.stdout + run.stderr).splitlines()
        for line in shown if run.returncode else [line for line in shown if "not built" in line]:
            print(f"        {line}")
    if arguments.results:
        arguments.results.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    sys.exit(any(line.startswith("failed") for line in lines))


if __name__ == "__main__":
    main()
