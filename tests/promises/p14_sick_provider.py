"""Promise P14: a sick dependency is not our outage. A fault proxy stands before one of two providers; whatever it does,
requests are answered by the other one, the breaker opens, and then the sick one costs nothing. Nothing broken is passed
on as sound, and /readyz stays true."""

import json
import time

import promise
import harness
from fault_proxy import Fault, FaultProxy
from wire import Upstream, ask, completion, stream, whole

FAULTS = (Fault("drop"), Fault("reset", at=0), Fault("reset", at=60), Fault("half_close", at=0), Fault("half_close", at=60),
          Fault("black_hole"), Fault("trickle", seconds=0.02), Fault("delay", seconds=0.5, jitter=0.3), Fault("corrupt", at=3),
          Fault("corrupt", at=12), Fault("duplicate", at=0))


OPEN = 2  # as the metric counts


class Scene:
    def __init__(self, run):
        self.run = run
        script = lambda text: lambda peer, one: peer.send(  # noqa: E731
            stream() if one.json().get("stream") else whole(completion(text)))
        self.sick = run.enter(FaultProxy(run.enter(Upstream(script("from the sick one"))).port))
        self.well = run.enter(Upstream(script("from the well one")))
        providers = {"sick": harness.provider(self.sick.port, first_byte_timeout="300ms", idle_timeout="300ms",
                                              connect_timeout="300ms"),
                     "well": harness.provider(self.well.port)}
        self.gateway = run.enter(harness.Gateway(harness.config(
            providers, {"m": "sick", "n": "well"}, router={"retries": {"budget": "100%"},
                                                           "breaker": {"failures": 5, "cooldown": "1m"}})))

    def breaker(self):
        return self.gateway.metrics()['pointsman_breaker_state{model="m"}']

    def ask(self, streamed):
        began = time.monotonic()
        answer = ask(self.gateway.port, harness.chat(stream=streamed))
        return answer, time.monotonic() - began


def sound(answer, streamed):
    """Whether a client would take it for a good answer, and if it is one."""
    if answer.status != 200 or not answer.whole:
        return None
    if streamed:
        return b"[DONE]" in answer.body and b"word7" in answer.body
    try:
        return json.loads(answer.body)["choices"][0]["message"]["content"].startswith("from the ")
    except (ValueError, KeyError, TypeError):
        return False


def one_fault(run, fault, requests):
    scene = Scene(run)
    name = fault.kind + (f"@{fault.at}" if fault.at else "")
    quiet = sorted(scene.ask(False)[1] for _ in range(run.pick(300, 30)))
    scene.sick.fault = fault
    scene.sick.cut()
    lost, false, opened = 0, 0, None
    began = time.monotonic()
    for number in range(requests):
        answer, _ = scene.ask(number % 2 == 1)
        good = sound(answer, number % 2 == 1)
        lost += good is None
        false += good is False
        if opened is None and scene.breaker() == OPEN:
            opened = time.monotonic() - began
    later = sorted(scene.ask(False)[1] for _ in range(run.pick(300, 30)))
    added = harness.quantile(later, 0.5) - harness.quantile(quiet, 0.5)
    run.value(f"{name}: lost", lost)
    run.value(f"{name}: breaker open after_s", opened if opened is not None else -1)
    run.value(f"{name}: added p50 behind the breaker_ms", added * 1000)
    run.note(f"{name}: {lost} of {requests} failed, {false} broken ones passed on, breaker "
             f"{'stayed closed' if opened is None else f'open after {opened:.2f} s'}, then +{added * 1000:.2f} ms")
    run.equal(200, scene.gateway.ready(), f"{name}: /readyz")
    return name, lost, false, opened, added


def measure(run):
    requests = run.pick(100, 16)
    results = [one_fault(run, fault, requests) for fault in (FAULTS if not run.small else FAULTS[:1] + FAULTS[2:6])]
    lost, false = sum(one[1] for one in results), sum(one[2] for one in results)
    opened = [one for one in results if one[3] is not None]
    worst = max((one[4] for one in opened), default=0)
    run.tried(f"{len(results)} faults x {requests} requests before one of two providers: {lost} requests failed, {false} broken "
              f"answers passed on as sound; the breaker opened at {len(opened)}, then +{worst * 1000:.2f} ms at most (p50)")
    silent = [one[0] for one in results if one[3] is None and one[0].partition("@")[0] in
              ("drop", "reset", "black_hole")]
    run.require(not silent, f"the breaker stayed closed at {silent}")
    run.require(false == 0, f"broken answers passed on: {[one[0] for one in results if one[2]]}")
    cut = sum(one[1] for one in results if one[0] in ("drop", "black_hole", "reset", "half_close"))
    run.equal(0, cut, "requests lost before the first byte")
    run.figure(worst <= run.pick(0.001, 0.05), f"behind the breaker {worst * 1000:.1f} ms more, 1 ms allowed")


if __name__ == "__main__":
    promise.main("P14", "a sick provider is not our outage", measure)
