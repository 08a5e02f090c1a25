"""Promise P11: an acknowledged decision is never lost. kill -9 under load, again and again: each answer that a client
has read to its end has exactly one entry after the restart, and the database is sound.

Then power cuts, in which what was not synced is forgotten, wholly or in parts: src/ledger_sqlite/power_cut_test.cc runs
the ledger's own code on such a disk. What was committed must be there. An answer may end some milliseconds before its
entry is committed, so that this promise is about the commit."""

import contextlib
import glob
import json
import os
import random
import sqlite3
import subprocess
import tempfile
import time

import promise
import harness
from kill_test import CLIENTS, Load
from wire import Upstream, stream, whole

SEED = 20260101
READY = 2.0


class Cycle:
    def __init__(self, run):
        self.run = run
        upstream = run.enter(Upstream(lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
        configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, workers=2)
        self.gateway = run.enter(harness.Gateway(configuration))
        self.acknowledged, self.ready = [], []

    def kill_once(self, moment):
        clients = [Load(self.gateway.port, number) for number in range(CLIENTS)]
        harness.wait_until(lambda: sum(len(one.whole) for one in clients) >= 5, "the load runs")
        time.sleep(moment)  # the moment is the subject, nothing waits for it
        self.gateway.kill()
        for one in clients:
            one.join(harness.PATIENCE)
            self.run.require(one.wrong is None, f"an answer was {one.wrong}")
            self.acknowledged += one.whole
        self.ready.append(self.gateway.start())

    def sound(self):
        path = f"file:{self.gateway.ledger_path}/ledger.sqlite?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
            return database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def power_program():
    """The ledger's tests, of the build that is tried or else of the newest."""
    name = "src/ledger_sqlite/ledger_sqlite_test"
    own = os.path.join(os.path.dirname(harness.BINARY), name)
    built = sorted(glob.glob(os.path.join(promise.ROOT, "build/*", name)), key=os.path.getmtime)
    return own if os.access(own, os.X_OK) else built[-1] if built else None


def cut_power(run):
    """Cuts at random calls to the disk, the same ones each time."""
    program, cuts = power_program(), run.pick(500, 8)
    if program is None:
        run.tried("power cuts not tried")
        run.require(run.small, "no build has the ledger's tests, which power cuts are tried with")
        return
    with tempfile.TemporaryDirectory() as directory:
        report = os.path.join(directory, "report.json")
        done = subprocess.run([program, "--gtest_filter=PowerCut.*", f"--gtest_output=json:{report}"], cwd=directory,
                              env={**os.environ, "POINTSMAN_POWER_CUTS": str(cuts), "TMPDIR": directory}, text=True,
                              capture_output=True, timeout=3600, check=False)
        run.note(done.stdout[-2000:])
        run.require(done.returncode == 0, "what was committed is not there after a power cut, or there twice")
        with open(report, encoding="utf-8") as file:
            seen = json.load(file)["testsuites"][0]["testsuite"][0]
    committed, recovered = (run.value(f"power_{name}", int(seen[name])) for name in ("committed", "recovered"))
    run.equal(cuts, int(seen["cuts"]), "power cuts")
    failed = "0 lost, 0 twice, integrity_check ok" if done.returncode == 0 else "not all of it sound"
    run.tried(f"{cuts:,} simulated power cuts: {committed:,} entries committed before, {failed}; {recovered:,} more came out "
              f"of journals that nobody had synced")


def measure(run):
    kill_again_and_again(run)
    cut_power(run)


def kill_again_and_again(run):
    cycle, kills, unsound = Cycle(run), run.pick(1000, 10), 0
    moments = random.Random(SEED)
    for number in range(kills):
        cycle.kill_once(moments.uniform(0, 0.1))
        if number % 50 == 49 or number == kills - 1:
            unsound += not cycle.sound()
            run.note(f"{number + 1} kills, {len(cycle.acknowledged)} answers")
    cycle.gateway.terminate()
    ids = [one["id"] for one in cycle.gateway.entries()]
    lost = len(set(cycle.acknowledged) - set(ids))
    twice = len(ids) - len(set(ids))
    worst = run.value("ready_worst_s", max(cycle.ready))
    run.tried(f"{kills:,} kill -9 under load: {len(cycle.acknowledged):,} answers acknowledged, {lost} lost, {twice} twice, "
              f"integrity_check ok; ready again after at most {promise.milliseconds(worst)}")
    run.equal(0, lost, "answers lost")
    run.equal(0, twice, "entries that are there twice")
    run.equal(0, unsound, "databases that were not sound")
    run.figure(worst <= run.pick(READY, 10), f"ready again after {worst:.1f} s, {READY:.0f} allowed")


if __name__ == "__main__":
    promise.main("P11", "an acknowledged decision is never lost (kill -9, power cuts)", measure)
