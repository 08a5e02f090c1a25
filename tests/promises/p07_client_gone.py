"""Promise P7: when the client is gone, so is the upstream's request, in every state; nothing is tried again for it, and
it is on record. What it cost is unknown then, never zero: no provider has said; with `on_disconnect: drain` the answer is
read to its end and the cost is known."""

import threading
import time

import promise
import harness
from disconnects_test import FullBacklog, head_only, silent, some_tokens
from harness import wait_until
from wire import STREAM_HEAD, USAGE, Client, Upstream, chunked, event, stream, whole

LIMIT = 0.1  # seconds at p99


class Books:
    """How late each upstream connection went, over all states."""

    def __init__(self, run):
        self.run, self.late, self.kills, self.orphans, self.retries = run, [], 0, 0, 0

    def start(self, port, spare=None, **more):
        providers = {"up": harness.provider(port, first_byte_timeout="60s", connect_timeout="60s", **more)}
        models = {"m": "up"}
        if spare:
            providers["spare"] = harness.provider(spare)
            models["n"] = "spare"
        return self.run.enter(harness.Gateway(harness.config(providers, models)))

    def check_ledger(self, gateway, count, state, streamed_something=False):
        entries = gateway.wait_entries(count, 60)
        wrong = [one for one in entries if (one["outcome"], one["status"]) != ("client_gone", 499)]
        self.run.require(not wrong, f"{state}: {len(wrong)} entries are not client_gone with 499")
        self.retries += sum(len(one["attempts"]) - 1 for one in entries)
        if streamed_something:
            silent_ones = [one for one in entries if one["response_bytes"] == 0 or one["cost_usd"] is not None]
            self.run.require(not silent_ones, f"{state}: {len(silent_ones)} entries without what had come")

    def add(self, state, late):
        self.kills += len(late)
        self.late += late
        self.run.value(f"{state}_p99_ms", harness.quantile(late, 0.99) * 1000)
        self.run.value(f"{state}_worst_ms", max(late) * 1000)
        self.run.note(f"{state}: {len(late)} kills, p50 {harness.quantile(late, 0.5) * 1000:.2f} ms, "
                      f"p99 {harness.quantile(late, 0.99) * 1000:.2f} ms, worst {max(late) * 1000:.2f} ms")


def answered(books, state, script, stream, kills, wait_for_event=False):
    """States in which the upstream has the request."""
    upstream = books.run.enter(Upstream(script))
    spare = books.run.enter(Upstream(lambda peer, _: peer.send(whole())))
    gateway = books.start(upstream.port, spare.port)
    late = []
    for number in range(kills):
        client = Client(gateway.port)
        client.post(harness.chat(stream=stream))
        peer = wait_until(lambda: len(upstream.requests) > number and upstream.requests[number].peer, "the request arrives")
        while wait_for_event and b"data: " not in client.input:
            client.fill()
        left_at = time.monotonic()
        client.leave("rst" if number % 2 else "fin")
        gone = wait_until(lambda: peer.gone_at, "the upstream's connection closes")
        late.append(max(0.0, gone - left_at))
    books.orphans += sum(one.peer.gone_at is None for one in upstream.requests)
    books.retries += len(upstream.requests) - kills + len(spare.requests)
    books.check_ledger(gateway, kills, state, wait_for_event)
    books.add(state, late)


def counted(gateway):
    """Requests that the gateway has ended because the client left."""
    return sum(value for name, value in gateway.metrics().items()
               if name.startswith("pointsman_requests_total") and 'code="499"' in name)


def queued(books, kills):
    """All connections to the provider are busy: a place in the queue is what must not outlive the client."""
    upstream = books.run.enter(Upstream(lambda peer, _: None))
    gateway = books.start(upstream.port, max_connections=1)
    attempts = 'pointsman_upstream_requests_total{provider="up",model="m"}'
    holder = books.run.enter(Client(gateway.port))
    holder.post(harness.chat())
    wait_until(lambda: len(upstream.requests) == 1, "the first request holds the connection")
    late = []
    for number in range(kills):
        client = Client(gateway.port)
        client.post(harness.chat(text="queued"))
        wait_until(lambda: gateway.metrics().get(attempts) == number + 2, "the request waits for a connection")
        left_at = time.monotonic()
        client.leave("rst" if number % 2 else "fin")
        wait_until(lambda: counted(gateway) == number + 1, "the place in the queue is given up")
        late.append(time.monotonic() - left_at)
    upstream.requests[0].peer.send(whole())
    books.run.equal(200, holder.read().status, "queued: the one that held the connection")
    holder.post(harness.chat(text="afterwards"))
    wait_until(lambda: len(upstream.requests) == 2, "the connection is free again")
    books.orphans += b"afterwards" not in upstream.requests[1].body
    upstream.requests[1].peer.send(whole())
    holder.read()
    entries = gateway.wait_entries(kills + 2, 60)
    books.run.equal(kills, sum(one["outcome"] == "client_gone" for one in entries), "queued: entries of those who left")
    books.add("queued", late)


def connecting(books, kills):
    upstream = books.run.enter(FullBacklog())
    gateway = books.start(upstream.port)
    late = []
    for number in range(kills):
        client = Client(gateway.port)
        client.post(harness.chat())
        wait_until(lambda: upstream.connecting() == 1, "the gateway is connecting")  # also: the one before is not
        left_at = time.monotonic()
        client.leave("rst" if number % 2 else "fin")
        wait_until(lambda: counted(gateway) == number + 1, "the gateway gives up")
        late.append(time.monotonic() - left_at)
    books.orphans += upstream.connecting()
    books.check_ledger(gateway, kills, "connecting")
    books.add("connecting", late)


def drained(books, kills):
    """With `on_disconnect: drain` the upstream ends its answer, and what it reports is on record."""
    go_on = threading.Event()

    def script(peer, _):
        peer.send(STREAM_HEAD + chunked(event({"content": "One"})))
        go_on.wait(harness.PATIENCE)
        peer.send(stream()[len(STREAM_HEAD):])

    upstream = books.run.enter(Upstream(script))
    gateway = books.start(upstream.port, on_disconnect="drain")
    for number in range(kills):
        go_on.clear()
        client = Client(gateway.port)
        client.post(harness.chat(stream=True))
        while b"data: " not in client.input:
            client.fill()
        client.leave("rst" if number % 2 else "fin")
        wait_until(lambda: gateway.metrics()['pointsman_connections{state="open"}'] <= 1, "the client's end is noticed")
        go_on.set()
        wait_until(lambda: counted(gateway) == number + 1, "the rest was read")
    entries = gateway.wait_entries(kills, 60)
    known = sum(one["output_tokens"] == USAGE["completion_tokens"] for one in entries)
    books.run.equal(kills, known, "drained answers whose usage is on record")
    books.run.tried(f"{known} of {kills} drained answers with their usage")


def measure(run):
    books = Books(run)
    kills = run.pick(2000, 40)
    queued(books, kills)
    connecting(books, kills)
    answered(books, "awaiting_headers", silent, False, kills)
    answered(books, "awaiting_first_token", head_only, True, kills)
    answered(books, "mid_stream", some_tokens, True, kills, wait_for_event=True)
    drained(books, run.pick(200, 10))
    p99, worst = harness.quantile(books.late, 0.99), max(books.late)
    run.parts.insert(0, f"{books.kills:,} kills in 5 states, upstream closed after p99 {promise.milliseconds(p99)}, worst "
              f"{promise.milliseconds(worst)}; {books.orphans} orphans, {books.retries} retries")
    run.figure(p99 <= run.pick(LIMIT, 1.0), f"p99 {promise.milliseconds(p99)}, {promise.milliseconds(LIMIT)} allowed")
    run.equal(0, books.orphans, "orphans")
    run.equal(0, books.retries, "retries for a client that is gone")


if __name__ == "__main__":
    promise.main("P7", "client gone -> upstream gone", measure)
