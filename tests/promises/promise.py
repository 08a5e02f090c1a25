"""What the promises' programs have in common: a run that is measured, its one line, its exit code.

Each program pNN_*.py says what is promised, tries it and gives figures. `--small` takes seconds and is what ./dev test
keeps; without it the promise's own numbers are used. Standard output is one line, or with --json one object; whatever
else there is to tell goes to standard error.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
E2E = os.path.join(ROOT, "tests/e2e")
sys.path.insert(0, E2E)
sys.dont_write_bytecode = True

import harness  # noqa: E402

HOLDS, MISSED, SKIPPED = "HOLDS", "MISSED", "SKIPPED"
EXIT = {HOLDS: 0, MISSED: 1, SKIPPED: harness.SKIPPED}


class Skip(Exception):
    """The promise cannot be tried here, or is not measured by this program; the reason."""


class Run:
    """One trial of a promise. `small`: seconds, not minutes. `enter` keeps what must be ended at the end."""

    def __init__(self, small, minutes=None, full=False):
        self.small, self.minutes, self.full = small, minutes, full
        self.reasons, self.parts, self.values = [], [], {}
        self.contexts = contextlib.ExitStack()

    def enter(self, context):
        return self.contexts.enter_context(context)

    def pick(self, full, small):
        """The number of the full form, or of the small one."""
        return small if self.small else full

    def tried(self, text):
        """What was done and what came out, as it stands in the line."""
        self.parts.append(text)

    def value(self, name, value):
        """A figure for --json."""
        self.values[name] = round(value, 6) if isinstance(value, float) else value
        return value

    def require(self, condition, reason):
        """The promise is missed where `condition` is false."""
        if not condition and reason not in self.reasons:
            self.reasons.append(reason)
        return bool(condition)

    def figure(self, condition, reason):
        """As require() for times and sizes, which depend on what else the machine does: the small form, which is part of
        the tests, says so and goes on."""
        if self.small and not condition:
            self.note(f"not held this time: {reason}")
            return False
        return self.require(condition, reason)

    def equal(self, wanted, got, what):
        return self.require(wanted == got, f"{what}: {got} instead of {wanted}")

    def note(self, text):
        print(text, file=sys.stderr, flush=True)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def megabytes(size):
    return f"{size / 2**20:.1f} MiB"


def raise_descriptors(wanted=20000):
    """As many open files as are wanted or allowed; the number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def need(*programs):
    """Skips where one of the programs is not installed."""
    missing = [one for one in programs if not on_path(one)]
    if missing:
        raise Skip(f"not installed: {', '.join(missing)}; ./dev promises --install has the packages")


def on_path(program):
    places = [*os.environ["PATH"].split(":"), "/usr/sbin", "/sbin"]
    return next((path for place in places if os.access(path := os.path.join(place, program), os.X_OK)), None)


def data(*parts):
    """A file of the public test data; skips where there is none."""
    folder = os.environ.get("POINTSMAN_DATA", os.path.join(ROOT, "../shared/data"))
    path = os.path.join(folder, *parts)
    if not os.path.exists(path):
        raise Skip("the public test data is not here (set POINTSMAN_DATA)")
    return path


def command(*arguments, text=None, directory=None, timeout=120, environment=None):
    """Runs the program with these arguments, in an environment that holds nothing of ours."""
    keep = {"PATH": os.environ["PATH"], "HOME": directory or "/nonexistent", **(environment or {})}
    return subprocess.run([harness.BINARY, *arguments], input=text, capture_output=True, text=True, timeout=timeout,
                          check=False, env=keep, cwd=directory)


def suite(run, path, seconds=600):
    """Runs one of the test programs that exist already; its last lines where it failed."""
    done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, path)], capture_output=True, text=True, cwd=ROOT,
                          timeout=seconds, check=False, env={**os.environ, "POINTSMAN_BINARY": harness.BINARY})
    run.note(done.stdout + done.stderr[-4000:])
    if done.returncode == harness.SKIPPED:
        raise Skip(f"{path} could not run here")
    run.require(done.returncode == 0, f"{path} fails")
    return done.stdout


def judge(run, measure):
    """Tries the promise: the verdict and its reason."""
    try:
        with run.contexts:
            measure(run)
    except Skip as skip:
        return SKIPPED, str(skip)
    except Exception as error:  # whatever breaks, the promise was not shown
        traceback.print_exc()
        first = (str(error).splitlines() or [type(error).__name__])[0]
        return MISSED, "; ".join([*run.reasons, f"broke off: {first[:160]}"])
    return (MISSED, "; ".join(run.reasons)) if run.reasons else (HOLDS, "")


def line(result):
    """P7  client gone -> upstream gone: what was tried  HOLDS"""
    reason = f" ({result['reason']})" if result["reason"] else ""
    tried = f": {result['tried']}" if result["tried"] else ""
    return f"{result['promise']:<4}{result['title']}{tried}  {result['verdict']}{reason}"


def main(number, title, measure):
    parser = argparse.ArgumentParser(description=f"{number}: {title}.")
    parser.add_argument("--small", action="store_true", help="a few seconds, as ./dev test runs it")
    parser.add_argument("--full", action="store_true", help="also what takes hours")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the line")
    parser.add_argument("--minutes", type=float, help="for how long, where that is the point (P17)")
    arguments = parser.parse_args()
    run = Run(arguments.small, arguments.minutes, arguments.full)
    began = time.monotonic()
    if os.access(harness.BINARY, os.X_OK):
        verdict, reason = judge(run, measure)
    else:
        verdict, reason = SKIPPED, "the program is not built (set POINTSMAN_BINARY)"
    result = {"promise": number, "title": title, "tried": "; ".join(run.parts), "verdict": verdict, "reason": reason,
              "small": run.small, "seconds": round(time.monotonic() - began, 1), "values": run.values}
    print(json.dumps(result) if arguments.json else line(result), flush=True)
    sys.exit(EXIT[verdict])
