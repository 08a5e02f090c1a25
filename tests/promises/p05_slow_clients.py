"""Promise P5: slow clients cannot starve others. slowhttptest keeps thousands of connections open that send heads or
bodies drop by drop, or read answers drop by drop; others are served as quickly as before.

The attack comes from the same machine and takes its share of the processor. What that costs is seen by a client that asks
the simulated provider itself, past the gateway: by as much as its requests became slower, those through the gateway may,
too."""

import os
import subprocess
import threading
import time

import promise
import harness
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, event, whole

WAYS = {"-H": "slow heads", "-B": "slow bodies", "-X": "slow readers"}


def script(peer, one):
    if b"large" not in one.body:
        return peer.send(whole())
    peer.send(STREAM_HEAD)
    piece = chunked(event({"content": "x" * 8000}))
    for _ in range(100):
        if not peer.send(piece):
            return None
    return peer.send(chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n")


class Normal(threading.Thread):
    """A client that behaves: asks again and again, 200 times a second at most, and notes how long each took."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.took, self.failed, self.over = port, [], 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                good = ask(self.port, harness.chat()).status == 200
            except OSError:
                good = False
            self.took.append(time.monotonic() - began)
            self.failed += not good
            self.over.wait(0.005)

    def end(self):
        self.over.set()
        self.join(harness.PATIENCE)
        return self


def attack(run, gateway, way, connections, seconds):
    """Starts slowhttptest. Slow readers are of an answer that exists: the list of models."""
    arguments = ["slowhttptest", way, "-c", str(connections), "-r", str(max(200, connections // 5)), "-i", "3", "-x", "24",
                 "-l", str(seconds), "-p", "3", "-f", "application/json", "-t", "POST" if way == "-B" else "GET",
                 "-u", f"http://127.0.0.1:{gateway.port}/v1/{'chat/completions' if way == '-B' else 'models'}"]
    if way == "-X":
        arguments += ["-k", "3", "-n", "5", "-w", "10", "-y", "20", "-z", "32"]
    output = open(os.path.join(gateway.directory, f"slow{way}.out"), "wb")
    run.contexts.callback(output.close)
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=gateway.directory)


def open_connections(gateway):
    return gateway.metrics()['pointsman_connections{state="open"}']


def one_way(run, way, connections, seconds):
    gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(run.upstream.port)}, {"m": "up"}, workers=2,
                                                        limits={name: "120s" for name in ("header_timeout", "body_timeout")})))

    def both():
        """The times through the gateway, and past it."""
        clients = [Normal(gateway.port), Normal(run.upstream.port)]
        time.sleep(run.pick(20, 2))  # the length of the measurement
        return [one.end() for one in clients]

    quiet, quiet_past = both()
    # The deadlines that would end the attack are out of its way here; deadlines() looks at them.
    slow = attack(run, gateway, way, connections, seconds)
    harness.wait_until(lambda: open_connections(gateway) >= connections * 0.9 or slow.poll() is not None,
                       f"{connections} slow connections", 60)
    held = open_connections(gateway)
    busy, busy_past = both()
    still = open_connections(gateway)
    slow.terminate()
    slow.wait()
    name = WAYS[way]
    before, after, past_before, past_after = (harness.quantile(one.took, 0.99) for one in (quiet, busy, quiet_past, busy_past))
    run.value(f"{name}: connections", held)
    run.value(f"{name}: p99 before_ms", before * 1000)
    run.value(f"{name}: p99 with_ms", after * 1000)
    run.value(f"{name}: p99 past the gateway before_ms", past_before * 1000)
    run.value(f"{name}: p99 past the gateway with_ms", past_after * 1000)
    run.note(f"{name}: {held:.0f} to {still:.0f} open, p50 {harness.quantile(quiet.took, 0.5) * 1000:.2f} -> "
             f"{harness.quantile(busy.took, 0.5) * 1000:.2f} ms, p99 {before * 1000:.2f} -> {after * 1000:.2f} ms")
    run.equal(0, busy.failed, f"failed requests among {name}")
    if way != "-X":  # a short answer is read at once, however slowly: such connections come and go
        run.require(held >= connections * 0.9, f"{name}: only {held:.0f} connections were open")
    allowed = max(before * 1.2, before + 0.001) + max(0, past_after - past_before) if not run.small else before + 0.5
    changed = (f"p99 {promise.milliseconds(before)} -> {promise.milliseconds(after)} (past the gateway "
               f"{promise.milliseconds(past_before)} -> {promise.milliseconds(past_after)})")
    run.figure(after <= allowed, f"{name}: {changed}")
    return f"{name} {held:.0f} held, {changed}"


def deadlines(run):
    """Each way of being slow ends by a deadline of its own."""
    gateway = run.enter(harness.Gateway(harness.config(
        {"up": harness.provider(run.upstream.port)}, {"m": "up"},
        limits={"header_timeout": "200ms", "body_timeout": "200ms", "idle_timeout": "300ms", "write_timeout": "1s"})))
    body = b'{"model":"auto","messages":[]}'
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    for sent, status in ((head[:40], 408), (head + body[:9], 408), (b"", 0)):
        with Client(gateway.port) as client:
            client.send(sent)
            run.equal(status, client.read().status, f"the answer to {len(sent)} slow bytes")
    return "each way has its deadline"


def measure(run):
    promise.need("slowhttptest")
    limit = promise.raise_descriptors()
    connections = run.pick(5000, 300)
    if limit < 2 * connections + 500:
        raise promise.Skip(f"{limit} open files are allowed here, {2 * connections + 500} are needed")
    run.upstream = run.enter(Upstream(script))
    told = [one_way(run, way, connections, run.pick(120, 30)) for way in WAYS]
    run.tried(f"slowhttptest with {connections:,} connections each: {'; '.join(told)}; {deadlines(run)}")


if __name__ == "__main__":
    promise.main("P5", "slow clients cannot starve others", measure)
