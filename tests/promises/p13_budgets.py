"""Promise P13: budgets hold with several replicas. Three gateways share one budget in one PostgreSQL; clients of one key
ask all of them at once until it is used up. On the way one replica is killed with calls under way, and the database
stands still for a while. What clients and the provider saw is then gone through:

  spend     what the provider served is at most the budget and what was under way when the replica died
  refusals  none while there was certainly room (429), and "cannot be checked" (503) only while the database stood still
  the dead  nothing is leased to it any more 60 s later, and the others use the budget up to the last request

Then again with each replica in a network namespace of its own, and the way between it and the database cut: partitions.py.
"""

import contextlib
import subprocess
import threading
import time

import promise
import harness
import databases
import partitions
from budget_scene import KEPT, USED, WORST, Load, Scene, false_refusals


class Release(threading.Thread):
    """Notes how long after its making nothing is held any more by a lease that was not renewed."""

    def __init__(self, scene):
        super().__init__(daemon=True)
        self.scene, self.began, self.after = scene, time.monotonic(), None
        self.start()

    def over(self):
        with contextlib.suppress(RuntimeError, OSError, subprocess.SubprocessError):  # while the database stands still
            return self.scene.late_leases() == 0 and time.monotonic() - self.began > self.scene.lease
        return False

    def run(self):
        while not self.over():
            time.sleep(0.5)
        self.after = time.monotonic() - self.began

    def wait(self):
        harness.wait_until(lambda: self.after is not None, "what was leased to the dead one is given up", 90)
        return self.after


def disturb(run, scene, load):
    """Kills the last replica at a third of the budget, and stops the database at a half; what waits for the
    dead one's lease, and when the database stood still."""
    third, half = (int(scene.requests * KEPT * share) for share in (1 / 3, 1 / 2))
    harness.wait_until(lambda: load.count(200) >= third, "a third of the budget is used", 600)
    dead = scene.gateways[2]
    dead.kill()
    release = Release(scene)
    harness.wait_until(lambda: load.count(200) >= half, "half of the budget is used", 600)
    stood = time.monotonic()
    scene.database.pause()
    time.sleep(run.pick(4, 2))  # shorter than a lease: slices serve on
    scene.database.resume()
    return release, (stood, time.monotonic() + 3)


def measure(run):
    try:
        killed_and_paused(run)
        cut_off(run)
    except databases.unittest.SkipTest as why:
        raise promise.Skip(str(why)) from why


def cut_off(run):
    """Said where it cannot be tried: the rest was."""
    try:
        partitions.measure(run)
    except promise.Skip as why:
        run.tried(f"cut off from the database: not tried ({why})")


def killed_and_paused(run):
    scene = Scene(run, run.pick(30, 5), run.pick(10_000, 400))
    load = Load(scene.gateways, scene.key, scene.requests)
    load.start(run.pick(48, 12))
    release, stood = disturb(run, scene, load)
    run.require(load.join(900), "clients hang")
    # The others go on asking, so that the dead one's part is used, too.
    released = release.wait()
    rest = Load(scene.gateways[:2], scene.key, scene.requests)
    rest.start(4)
    harness.wait_until(lambda: rest.count(429) >= 8 or not any(one.is_alive() for one in rest.threads),
                       "the budget is used up", 300)
    rest.go_on = False
    rest.join(60)
    report(run, scene, load, rest, {"stood": stood, "released": released})


def report(run, scene, load, rest, seen):
    served = len(scene.served.begins) * USED
    used, _, _ = scene.pool()
    dead_calls = sum(1 for *_, gateway in load.broken if gateway is scene.gateways[2])
    lost = max(0, used - served)
    wrong = false_refusals(scene, load, lost)
    unchecked = [one for one in load.answers + rest.answers if one[2] == 503]
    outside = sum(1 for began, ended, *_ in unchecked if ended < seen["stood"][0] or began > seen["stood"][1])
    other = sorted({status for _, _, status, _ in load.answers + rest.answers} - {200, 429, 503})
    ok, refused = load.count(200) + rest.count(200), load.count(429) + rest.count(429)
    run.tried(f"3 replicas, {ok + refused + len(unchecked)} requests at a budget of {scene.budget} tokens, kill -9 with "
              f"{dead_calls} calls under way, database still for {run.pick(4, 2)} s: {served} tokens served, {lost} given up "
              f"for used, {wrong} false 429, {len(unchecked)} of 503, the dead one's lease over after {seen['released']:.0f} s")
    run.require(served <= scene.budget + dead_calls * WORST, f"{served} tokens were served of {scene.budget}")
    run.require(used <= scene.budget + dead_calls * WORST, f"the pool counts {used} of {scene.budget}")
    run.equal(0, wrong, "refusals while there was room")
    run.equal(0, outside, "503 while the database answered")
    run.equal([], other, "other answers")
    run.require(seen["released"] <= 60, f"the dead one's lease was over after {seen['released']:.0f} s")
    run.require(scene.budget - used < WORST, f"{scene.budget - used} tokens of the budget could not be used")
    run.require(refused > 0, "nothing was refused")
    for name, value in (("served", served), ("budget", scene.budget), ("lost", lost), ("false_refusals", wrong),
                        ("unchecked", len(unchecked)), ("released_seconds", seen["released"]), ("dead_calls", dead_calls)):
        run.value(name, value)


if __name__ == "__main__":
    promise.main("P13", "budgets hold with several replicas", measure)
