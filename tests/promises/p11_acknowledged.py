"""Promise P11: an acknowledged decision is never lost. kill -9 under load, again and again: each answer that a client
has read to its end has exactly one entry after the restart, and the database is sound. Power cuts, in which what was not
synced is forgotten, are another program's subject."""

import contextlib
import random
import sqlite3
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


def measure(run):
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
    promise.main("P11", "an acknowledged decision is never lost (kill -9)", measure)
