"""Promise P16: restarts lose nothing. Three replicas behind a small balancer are restarted one after the other while
clients ask: no request fails. Readiness ends at once when a replica is told to stop, and a start takes no second."""

import signal
import socket
import threading
import time

import promise
import harness
from wire import Client, Upstream, stream, whole

REPLICAS = 3
CLIENTS = 6


class Balancer:
    """What any balancer does: asks /readyz often, gives new connections to replicas that are ready, tries the next where
    one cannot be connected to. A connection stays with its replica."""

    def __init__(self, replicas):
        self.replicas, self.turn, self.over = replicas, 0, threading.Event()
        self.ready, self.given, self.out = [True] * len(replicas), [0] * len(replicas), set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        for work in (self.watch, self.accept):
            threading.Thread(target=work, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.listener.close()

    def watch(self):
        while not self.over.wait(0.02):
            self.ready = [one.ready() == 200 for one in self.replicas]

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def connect(self):
        for _ in range(200):
            self.turn += 1
            number = self.turn % len(self.replicas)
            if not self.ready[number] or number in self.out:
                continue
            try:
                made = socket.create_connection(("127.0.0.1", self.replicas[number].port), 1)
            except OSError:
                continue
            self.given[number] += 1
            return made
        raise OSError("no replica is ready")

    def serve(self, client):
        with client, self.connect() as server:
            server.settimeout(None)
            back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
            back.start()
            self.pump(client, server)
            back.join()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Load(threading.Thread):
    """A client with a connection for each few requests, half of them streams."""

    def __init__(self, port, stop):
        super().__init__(daemon=True)
        self.port, self.stop, self.count, self.bad = port, stop, 0, []
        self.start()

    def run(self):
        while not self.stop.is_set():
            streamed = self.count % 2 == 1
            try:
                with Client(self.port) as client:
                    client.post(harness.chat(stream=streamed), [("Connection", "close")])
                    answer = client.read()
                good = answer.status == 200 and answer.whole and (not streamed or b"[DONE]" in answer.body)
            except OSError as error:
                answer, good = error, False
            self.count += 1
            if not good:
                self.bad.append(repr(answer))


def restart(run, balancer, number, told_first):
    """Told to stop, ended, started again; seconds to readiness. `told_first`: the balancer is, as by a preStop hook."""
    replica = balancer.replicas[number]
    if told_first:
        balancer.out.add(number)
        time.sleep(0.1)  # connections that were just given out arrive
    replica.process.send(signal.SIGTERM)
    run.equal(0, replica.process.wait(40), "the exit code of a replica that was told to stop")
    took = replica.start()
    balancer.out.discard(number)
    given = balancer.given[number]
    harness.wait_until(lambda: balancer.given[number] > given, "the replica gets traffic again")
    return took


def rolling(run, upstream, told_first, rounds):
    replicas = [run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"})))
                for _ in range(REPLICAS)]
    balancer = run.enter(Balancer(replicas))
    stop = threading.Event()
    clients = [Load(balancer.port, stop) for _ in range(CLIENTS)]
    began = time.monotonic()
    starts = [restart(run, balancer, number, told_first) for _ in range(rounds) for number in range(REPLICAS)]
    took = time.monotonic() - began
    stop.set()
    for one in clients:
        one.join(harness.PATIENCE)
    total, bad = sum(one.count for one in clients), [text for one in clients for text in one.bad]
    for text in bad[:5]:
        run.note(text)
    answered = total - len(bad)
    harness.wait_until(lambda: sum(len(one.entries()) for one in replicas) >= answered, f"{answered} ledger entries")
    run.equal(answered, sum(len(one.entries()) for one in replicas), "ledger entries")
    how = "the balancer told first" if told_first else "SIGTERM alone, /readyz asked every 20 ms"
    run.value(f"failed, {how}", len(bad))
    run.tried(f"{how}: {REPLICAS * rounds} restarts of {REPLICAS} replicas under {total / took:,.0f} requests/s ({total:,} in "
              f"all), {len(bad)} failed")
    run.require(not bad, f"{how}: {len(bad)} failed")
    return starts


def measure(run):
    def play(peer, one):
        time.sleep(0.01)  # an upstream that takes its time, so that requests are under way when a replica stops
        peer.send(stream() if one.json().get("stream") else whole())

    upstream = run.enter(Upstream(play, backlog=512))
    rounds = run.pick(20, 2)
    starts = rolling(run, upstream, True, rounds)
    if not run.small:
        starts += rolling(run, upstream, False, rounds)
    p50 = run.value("start_to_ready_p50_s", harness.quantile(starts, 0.5))
    run.tried(f"from start to ready {promise.milliseconds(p50)} (p50), {promise.milliseconds(max(starts))} at most")
    run.figure(p50 <= run.pick(1.0, 10.0), f"ready after {p50:.1f} s, 1 allowed")


if __name__ == "__main__":
    promise.main("P16", "restart without loss", measure)
