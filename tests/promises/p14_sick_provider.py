"""Promise P14: a sick dependency is not our outage. A fault proxy stands before one of two providers; whatever it does,
requests are answered by the other one, the breaker opens, and then the sick one costs nothing. Nothing broken is passed
on as sound, and /readyz stays true. Then it stands before the ledger's PostgreSQL: requests go on as if nothing were the
matter, and when it is well again every answer is on record once. Then before Redis, where requests look for answers of other
replicas: none fails, the connection is given up within a second, and from then on nobody waits."""

import json
import time
import unittest

import promise
import harness
from databases import Postgres
from redis_server import Redis
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


DATABASE_FAULTS = (Fault("black_hole"), Fault("drop"), Fault("reset", at=0), Fault("reset", at=200),
                   Fault("half_close", at=0), Fault("trickle", seconds=0.02), Fault("delay", seconds=0.5, jitter=0.3),
                   Fault("corrupt", at=3), Fault("duplicate", at=0))


def one_database_fault(run, database, fault, requests):
    name = f"PostgreSQL {fault.kind}" + (f"@{fault.at}" if fault.at else "")
    upstream = run.enter(Upstream(lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
    proxy = run.enter(FaultProxy(database.port))
    place = {"postgres": {"url": database.url_at(proxy.port), "timeout": "300ms", "connect_timeout": "300ms"}}
    def make(ledger):
        started = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, ledger=ledger)))
        started.place = database.url
        return started

    gateway = make(place)
    twin = make({"postgres": {"url": database.url, "timeout": "300ms", "connect_timeout": "300ms"}})  # it sees no fault
    decisions, lost = [], 0

    def asked(which, number):
        nonlocal lost
        began = time.monotonic()
        answer = ask(which.port, harness.chat(stream=number % 2 == 1))
        took = time.monotonic() - began
        if answer.status == 200 and answer.whole:
            decisions.append(answer.decision())
        else:
            lost += 1
        return took

    for number in range(requests // 5):
        asked(gateway, number)
    proxy.fault = fault
    proxy.cut()
    times = [(asked(gateway, number), asked(twin, number)) for number in range(requests)]
    run.equal(200, gateway.ready(), f"{name}: /readyz")
    proxy.fault = Fault()
    proxy.cut()
    harness.wait_until(lambda: gateway.metrics().get("pointsman_ledger_queue_depth") == 0, f"{name}: all is written", 60)
    ids = [one["id"] for one in gateway.wait_decisions(decisions)]
    run.equal(len(ids), len(set(ids)), f"{name}: entries that are there once")
    run.equal(0, len(set(decisions) - set(ids)), f"{name}: answers that no entry tells of")
    added, tail = (harness.quantile([one[0] for one in times], share) - harness.quantile([one[1] for one in times], share)
                   for share in (0.5, 0.99))
    run.value(f"{name}: added p50_ms", added * 1000)
    run.value(f"{name}: added p99_ms", tail * 1000)
    run.note(f"{name}: {lost} of {requests * 11 // 5} failed, +{added * 1000:.2f} ms (p50), +{tail * 1000:.2f} ms (p99)")
    return lost, added, tail


def measure_database(run):
    try:
        database = run.enter(Postgres(["max_connections=400"]))  # a gateway for each fault stays
    except unittest.SkipTest as missing:
        return run.tried(f"PostgreSQL left out: {missing}")
    requests = run.pick(1000, 20)
    faults = DATABASE_FAULTS if not run.small else DATABASE_FAULTS[:3]
    results = [one_database_fault(run, database, fault, requests) for fault in faults]
    lost, added = sum(one[0] for one in results), max(one[1] for one in results)
    tail = max(one[2] for one in results)
    run.tried(f"{len(faults)} faults x {requests} requests before the ledger's PostgreSQL: {lost} failed, every answer on record "
              f"once afterwards; +{added * 1000:.2f} ms at most (p50), +{tail * 1000:.2f} ms (p99)")
    run.equal(0, lost, "requests that failed because the database was sick")
    run.figure(tail <= 0.001, f"p99 is {tail * 1000:.1f} ms more while the database is sick, 1 ms allowed")


REDIS_FAULTS = (Fault("black_hole"), Fault("drop"), Fault("reset", at=0), Fault("reset", at=300), Fault("half_close", at=0),
                Fault("half_close", at=300), Fault("trickle", seconds=0.02), Fault("delay", seconds=0.5, jitter=0.3),
                Fault("corrupt", at=3), Fault("corrupt", at=300), Fault("duplicate", at=0))
SLOW = Fault("delay", seconds=0.01)  # within the timeout: requests wait as long as it takes


class RedisScene:
    """A gateway that looks for answers in Redis through the proxy, and one that has no Redis, to compare with."""

    def __init__(self, run, redis, proxy):
        upstream = run.enter(Upstream(lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
        keeping = {"general": {"models": ["m"], "cache_ttl": "10m"}}
        make = lambda **more: run.enter(harness.Gateway(harness.config(  # noqa: E731
            {"up": harness.provider(upstream.port)}, {"m": "up"}, categories=keeping, **more)))
        self.redis, self.proxy, self.asked, self.lost = redis, proxy, 0, 0
        self.alone = make()
        self.gateway = make(shared={"redis": {"address": f"127.0.0.1:{proxy.port}", "secret": "of-the-promise-and-32-characters!"}})

    def metric(self, name):
        return self.gateway.metrics().get(name, 0)

    def ask(self, gateway):
        """One that no cache can answer."""
        self.asked += 1
        body = harness.chat(text=f"Number {self.asked}", stream=self.asked % 2 == 1)
        began = time.monotonic()
        answer = ask(gateway.port, body, [("x-pointsman-route", "general")])
        self.lost += answer.status != 200 or not answer.whole
        return time.monotonic() - began

    def added(self, requests):
        """What Redis adds to the 99th percentile and to the median, both gateways asked in turn."""
        times = [(self.ask(self.gateway), self.ask(self.alone)) for _ in range(requests)]
        at = lambda which, share: harness.quantile([one[which] for one in times], share)  # noqa: E731
        return at(0, 0.99) - at(1, 0.99), at(0, 0.5) - at(1, 0.5)

    def until_it_is_used(self):
        def used():
            before = self.metric('pointsman_redis_operations_total{operation="find",result="miss"}')
            self.ask(self.gateway)
            return self.metric('pointsman_redis_operations_total{operation="find",result="miss"}') > before
        harness.wait_until(used, "requests look in Redis", 30)


def one_redis_fault(run, scene, fault, requests):
    name = f"Redis {fault.kind}" + (f"@{fault.at}" if fault.at else "")
    scene.proxy.fault = Fault()
    scene.until_it_is_used()
    scene.lost = 0
    scene.proxy.fault = fault
    if fault.kind in ("drop", "duplicate"):  # which open connections do not feel
        scene.proxy.cut()
    began, opened = time.monotonic(), None
    while opened is None and time.monotonic() - began < 10:
        scene.ask(scene.gateway)
        if scene.metric("pointsman_redis_up") == 0:
            opened = time.monotonic() - began
    tail, middle = scene.added(requests)
    run.equal(200, scene.gateway.ready(), f"{name}: /readyz")
    run.value(f"{name}: given up after_s", opened if opened is not None else -1)
    run.value(f"{name}: added p99 afterwards_ms", tail * 1000)
    run.note(f"{name}: {scene.lost} failed, given up after {-1 if opened is None else opened:.2f} s, then "
             f"+{middle * 1000:.2f} ms (p50), +{tail * 1000:.2f} ms (p99)")
    return name, scene.lost, opened, tail, middle


def measure_redis(run):
    try:
        redis = run.enter(Redis())
    except unittest.SkipTest as missing:
        return run.tried(f"Redis left out: {missing}")
    requests = run.pick(500, 20)
    scene = RedisScene(run, redis, run.enter(FaultProxy(redis.port)))
    faults = REDIS_FAULTS if not run.small else REDIS_FAULTS[:2] + REDIS_FAULTS[7:8]
    results = [one_redis_fault(run, scene, fault, requests) for fault in faults]
    scene.proxy.fault = SLOW
    slow, _ = scene.added(run.pick(200, 10))
    run.value("Redis 10 ms slower: added p99_ms", slow * 1000)
    lost = sum(one[1] for one in results)
    unopened = [one[0] for one in results if one[2] is None]
    latest = max((one[2] for one in results if one[2] is not None), default=0)
    tail, middle = max(one[3] for one in results), max(one[4] for one in results)
    run.tried(f"{len(faults)} faults x {requests} requests before Redis: {lost} failed, given up within {latest:.2f} s, then "
              f"+{middle * 1000:.2f} ms at most (p50), +{tail * 1000:.2f} ms (p99)")
    run.equal(0, lost, "requests that failed because Redis was sick")
    run.require(not unopened, f"Redis was not given up at {unopened}")
    run.figure(latest <= run.pick(1, 5), f"Redis was given up after {latest:.2f} s, 1 s allowed")
    run.figure(tail <= run.pick(0.001, 0.05), f"p99 is {tail * 1000:.1f} ms more while Redis is sick, 1 ms allowed")
    run.figure(slow <= run.pick(0.06, 0.5), f"p99 is {slow * 1000:.0f} ms more while Redis is slow, its timeout of 50 ms allowed")


def measure(run):
    measure_providers(run)
    measure_database(run)
    measure_redis(run)


def measure_providers(run):
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
