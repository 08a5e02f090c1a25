"""P13's other half: replicas that are cut off from the database while clients and the provider still reach them.

One is cut off for less than a lease, two for longer than their leases, one can ask and gets no answer, one is answered
and cannot ask. A replica that is cut off has what it leased and nothing else: it serves from that, for as long as the
lease lasts, and then says that it cannot check (503). So:

  spend     what the provider served is at most the budget and what was under way when a lease ended behind a cut
  refusals  no 429 before the budget is nearly used up; 503 only from a replica that was cut off, until it has asked again
  the end   once all replicas have stopped, nothing is leased to anybody, and the pool counts exactly what was served
"""

import time

import harness
from budget_scene import USED, WORST, Load, Scene, false_refusals
from islands import Island

LEASE = 5     # seconds
KEPT = 0.98   # of all requests have room in the budget: each that has none waits two seconds for some
BACK = 5      # seconds, in which a replica that is heard again serves again
BOTH, NO_ANSWERS, NO_QUESTIONS = {}, {"questions": False}, {"answers": False}


class Cut:
    def __init__(self, scene, islands, which, how, seconds):
        self.scene, self.islands, self.which, self.how, self.seconds = scene, islands, which, how, seconds

    def happen(self, load):
        gateways = [self.scene.gateways[i] for i in self.which]
        self.began = time.monotonic()
        for i in self.which:
            self.islands[i].cut(**self.how)
        time.sleep(self.seconds)
        for i in self.which:
            self.islands[i].heal()
        self.healed = time.monotonic()
        seen = [one for one in load.answers if self.began < one[1] < self.healed and one[3] in gateways]
        self.served = sum(1 for one in seen if one[2] == 200)
        harness.wait_until(lambda: all(self.serves(load, one) for one in gateways) or not any(one.is_alive() for one in load.threads),
                           "those that were cut off serve again", 30)
        self.back = time.monotonic() - self.healed

    def serves(self, load, gateway):
        return any(one[3] is gateway and one[2] == 200 for one in load.answers[-400:] if one[0] > self.healed)

    def explains(self, answer):
        """A 503 of a replica that was cut off, or had just been."""
        began, ended, _, gateway = answer
        return (gateway in [self.scene.gateways[i] for i in self.which] and ended >= self.began
                and began <= self.healed + BACK)


def measure(run):
    islands = [run.enter(Island(number)) for number in range(3)]
    scene = Scene(run, LEASE, run.pick(10_000, 700), KEPT, run.pick(0.05, 0.1), islands)
    clients = run.pick(15, 6)
    load = Load(scene.gateways, scene.key, scene.requests)
    load.start(clients)
    plans = [((2,), BOTH, 2), ((0,), NO_ANSWERS, 2)] if run.small else [
        ((2,), BOTH, 3), ((1, 2), BOTH, 2 * LEASE), ((0,), NO_ANSWERS, 3), ((1,), NO_QUESTIONS, 3)]
    cuts = []
    for number, (which, how, seconds) in enumerate(plans):
        share = 0.05 + 0.5 * number / len(plans)
        harness.wait_until(lambda share=share: load.count(200) * USED >= share * scene.budget, "requests go on", 300)
        cuts.append(Cut(scene, islands, which, how, seconds))
        cuts[-1].happen(load)
    over = time.monotonic()
    run.require(load.join(900), "clients hang")
    harness.wait_until(lambda: scene.late_leases() == 0, "what was leased behind a cut is given up or reported", 60)
    for one in scene.gateways:
        run.equal(0, one.terminate(30), "the exit code of a replica")
    report(run, scene, load, cuts, over)


def report(run, scene, load, cuts, over):
    served = len(scene.served.begins) * USED
    used, leased, _ = scene.pool()
    answers = load.answers
    per_replica = len(load.threads) // len(scene.gateways) + 1
    # A lease that ended behind a cut: what was set aside for calls under way then is no longer held.
    slack = sum(per_replica * len(one.which) * WORST for one in cuts if one.seconds > LEASE)
    early = sum(1 for _, ended, status, _ in answers if status == 429 and ended < over)
    wrong = false_refusals(scene, load, max(0, used - served))
    unchecked = [one for one in answers if one[2] == 503]
    strange = [one for one in unchecked if not any(cut.explains(one) for cut in cuts)]
    other = sorted({status for _, _, status, _ in answers} - {200, 429, 503})
    ways = f"{len(cuts)} cuts of {', '.join(str(one.seconds) for one in cuts)} s"
    run.tried(f"3 replicas in network namespaces, {len(answers)} answers at a budget of {scene.budget} tokens, {ways} between "
              f"replicas and database (both ways, questions or answers lost): {sum(one.served for one in cuts)} answers of those "
              f"cut off from what they had leased, {len(unchecked)} of 503, serving again after "
              f"{max(one.back for one in cuts):.1f} s; {served} tokens served, the pool counts {used}, {early + wrong} false 429, "
              f"{leased} still leased at the end")
    run.require(served <= scene.budget + slack, f"behind cuts {served} tokens were served of {scene.budget}")
    run.equal(0, early + wrong, "refusals while there was room, replicas being cut off")
    run.equal(0, len(strange), "503 of replicas that reached the database")
    run.equal([], other, "other answers, replicas being cut off")
    run.equal(0, leased, "tokens still leased after all have stopped")
    run.equal(served, used, "tokens that the pool counts after all have stopped")
    run.equal([], [text for *_, text, _ in load.broken], "connections that broke")
    run.require(all(one.served for one in cuts), "nothing was served behind a cut")
    run.figure(max(one.back for one in cuts) <= BACK, "a replica did not come back in time")
    for name, value in (("served", served), ("used", used), ("budget", scene.budget), ("leased", leased)):
        run.value(f"cut_off_{name}", value)
