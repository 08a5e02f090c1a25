"""Promise P10: retries do not multiply cost. At a failure rate of 10 % the upstreams see at most 1.1 attempts for each
request; none after the first byte; refusals tell SDKs not to come again."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import promise
import harness
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, completion, event, whole

FAILING = 0.1
SEED = 20260310


def amplification(run):
    """Requests of several clients at providers that fail one request in ten."""
    chance, lock, attempts = random.Random(SEED), threading.Lock(), [0]

    def script(peer, _):
        with lock:
            attempts[0] += 1
            fails = chance.random() < FAILING
        peer.send(whole({"error": {"message": "no"}}, "503 No") if fails else whole())

    one, two = (run.enter(Upstream(script)) for _ in range(2))
    gateway = run.enter(harness.Gateway(harness.config(
        {"one": harness.provider(one.port), "two": harness.provider(two.port)}, {"m": "one", "n": "two"},
        router={"breaker": {"failures": 1000}})))
    count = run.pick(20000, 1000)
    began = time.monotonic()

    def load(number):
        with Client(gateway.port) as client:
            failed = 0
            for _ in range(number):
                client.post(harness.chat())
                failed += client.read().status != 200
            return failed

    with ThreadPoolExecutor(8) as clients:
        failed = sum(clients.map(load, [count // 8] * 8))
    took = time.monotonic() - began
    run.value("requests", count)
    ratio = run.value("amplification", attempts[0] / count)
    # Beside its share of requests a retry budget always has one retry a second, of which ten may be saved up.
    free = 10 + took
    run.require(attempts[0] <= count * 1.1 + free, f"{attempts[0]} attempts for {count} requests")
    run.tried(f"{count:,} requests at {FAILING:.0%} upstream failure: {ratio:.3f} attempts each, "
              f"{failed} answered with an error after retries")
    entries = gateway.wait_entries(count, 60)
    run.equal(attempts[0], sum(len(entry["attempts"]) for entry in entries), "attempts in the ledger")
    most = max(len(entry["attempts"]) for entry in entries)
    run.require(most <= 3, f"{most} attempts for one request, 3 are allowed")


def outage(run):
    """All providers fail: the worst case is bounded, too."""
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole({"error": {}}, "500 No"))))
    providers = {name: harness.provider(upstream.port) for name in ("one", "two")}
    gateway = run.enter(harness.Gateway(harness.config(
        providers, {"m": "one", "n": "two"}, router={"breaker": {"failures": 1000}})))
    count, began = run.pick(5000, 400), time.monotonic()
    with Client(gateway.port) as client:
        for _ in range(count):
            client.post(harness.chat())
            client.read()
    ratio = len(upstream.requests) / count
    run.figure(len(upstream.requests) <= count * 1.1 + 10 + time.monotonic() - began, f"{ratio:.2f} attempts in an outage")
    run.tried(f"in an outage {ratio:.3f}")


def after_the_first_byte(run):
    """A stream that breaks after its first byte is not begun anew."""
    arrived = threading.Event()

    def script(peer, one):
        if b"sound" in one.body:  # between them, so that the provider's breaker stays closed
            return peer.send(whole())
        peer.send(STREAM_HEAD + chunked(event({"content": "One"})))
        arrived.wait(harness.PATIENCE)  # an RST would overtake what came before it
        arrived.clear()
        return peer.reset()

    upstream = run.enter(Upstream(script))
    spare = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    gateway = run.enter(harness.Gateway(harness.config(
        {"one": harness.provider(upstream.port), "two": harness.provider(spare.port)}, {"m": "one", "n": "two"},
        router={"retries": {"budget": "100%"}, "breaker": {"failures": 1000}})))
    count = run.pick(900, 50)
    for _ in range(count):
        with Client(gateway.port) as client:
            client.post(harness.chat(stream=True))
            while b"One" not in client.input and client.fill():
                pass
            arrived.set()
            run.require(b"[DONE]" not in client.read().body, "a broken stream ended with [DONE]")
        for _ in range(2):
            ask(gateway.port, harness.chat(text="sound"))
    more = sum(len(entry["attempts"]) - 1 for entry in gateway.wait_entries(3 * count, 60)) + len(spare.requests)
    run.equal(0, more, "attempts after the first byte")
    run.tried(f"{count:,} streams broken after their first byte: {more} attempts more")


def refusals(run):
    """Budgets that are used up and keys that may not."""
    body = completion()
    body["usage"] = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole(body))))
    gateway = run.enter(harness.Gateway(harness.config(
        {"up": harness.provider(upstream.port)}, {"m": "up"},
        owners={"acme": {"budgets": [{"period": "total", "tokens": 100}]}})))
    made = promise.command("keys", "create", "--name", "app", "--owner", "acme", "--quiet", "--config", gateway.config_path,
                           directory=gateway.directory)
    fields = [("Authorization", f"Bearer {made.stdout.strip()}")]
    harness.wait_until(lambda: ask(gateway.port, harness.chat(max_tokens=40)).status == 401, "a key is needed")
    answers = [ask(gateway.port, harness.chat(max_tokens=40), fields) for _ in range(8)]
    refused = [one for one in answers if one.status == 429]
    run.require(refused, "the budget refused nothing")
    told = sum(one.field("x-should-retry") == "false" for one in refused)
    run.equal(len(refused), told, "refusals for money with x-should-retry: false")
    run.tried(f"{told} of {len(refused)} refusals for money say x-should-retry: false")


def measure(run):
    amplification(run)
    outage(run)
    after_the_first_byte(run)
    refusals(run)


if __name__ == "__main__":
    promise.main("P10", "retries do not multiply cost", measure)
