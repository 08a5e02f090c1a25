"""Promise P8: peers that are gone without a word are found: no FIN, no RST, only packets that nobody takes. Clients that
vanish while they wait, in the middle of a stream and between two requests; a client that stops reading; a provider that
vanishes in the middle of its answer."""

import threading
import time

import promise
import harness
from black_hole import BlackHole
from harness import wait_until
from wire import STREAM_HEAD, Client, Upstream, chunked, event, request, whole

LIMIT = 60.0


class Scene:
    """Clients at the far end of a network that vanishes, and an upstream that knows when it is left."""

    def __init__(self, run):
        self.run, self.over = run, threading.Event()
        self.hole = run.enter(BlackHole())
        self.upstream = run.enter(Upstream(self.play))
        run.contexts.callback(self.over.set)
        port = self.hole.free_port()
        limits = {} if not run.small else {"write_timeout": "11s"}
        configuration = harness.config(
            {"up": harness.provider(self.upstream.port, first_byte_timeout="10m", idle_timeout="10m"),
             "mortal": harness.provider(self.upstream.port, **({"idle_timeout": "5s"} if run.small else {}))},
            {"m": "up", "n": "mortal"}, limits=limits, listeners=[{"address": "127.0.0.1:0"},
                                                                  {"address": f"{self.hole.near}:{port}"}])
        del configuration["listen"]
        self.gateway = run.enter(harness.Gateway(configuration))
        self.address = (self.hole.near, port)
        self.released = {}

    def play(self, peer, one):
        if b"awaits" in one.body:
            return peer.wait_gone(200)
        if b"streams" in one.body:  # a token a second, as slow models do; the kernel's buffers never fill
            peer.send(STREAM_HEAD)
            while not self.over.wait(0.2) and not peer.is_gone():
                if not peer.send(chunked(event({"content": "slow "}))):
                    break
            return peer.close()
        if b"stops" in one.body:
            peer.send(STREAM_HEAD)
            while peer.send(chunked(event({"content": "x" * 16000}))):
                pass
            peer.gone_at = time.monotonic()
            return peer.close()
        if b"dies" in one.body:
            peer.send(STREAM_HEAD + chunked(event({"content": "One"})))
            return self.over.wait(200)
        return peer.send(whole())

    def far_client(self, text, stream):
        one = self.hole.socket()
        one.settimeout(harness.PATIENCE)
        one.connect(self.address)
        one.sendall(request(harness.chat("m", text=text, stream=stream)))
        self.run.contexts.callback(one.close)
        return one

    def peer_of(self, text):
        return wait_until(lambda: next((one.peer for one in self.upstream.requests if text.encode() in one.body), None),
                          f"the request {text} arrives")

    def note(self, name, seconds):
        self.released[name] = seconds
        self.run.value(f"{name}_s", seconds)
        self.run.note(f"{name}: released after {seconds:.1f} s")


def open_connections(gateway):
    return gateway.metrics()['pointsman_connections{state="open"}']


def vanishing_clients(run, scene, longest):
    waits = scene.far_client("awaits", False)
    streams = scene.far_client("streams", True)
    idle = scene.far_client("idle", False)
    idle.recv(65536)
    streams.recv(65536)
    peers = {"awaiting an answer": scene.peer_of("awaits"), "in the middle of a stream": scene.peer_of("streams")}
    stalled = run.enter(Client(scene.gateway.port, receive_buffer=4096))
    stalled.post(harness.chat("m", text="stops", stream=True))
    stopped = scene.peer_of("stops")
    dying = run.enter(Client(scene.gateway.port))
    dying.post(harness.chat("n", text="dies", stream=True))
    while b"One" not in dying.input:
        dying.fill()
    base = 5  # of these clients; the gauge follows a little later
    wait_until(lambda: open_connections(scene.gateway) >= base, "five connections are counted")
    scene.hole.vanish()
    began = time.monotonic()

    def look(what, happened):
        wait_until(happened, f"{what} is released", longest)
        scene.note(what, time.monotonic() - began)

    watchers = [threading.Thread(target=look, args=one) for one in (
        *((name, lambda peer=peer: peer.gone_at) for name, peer in peers.items()),
        ("a reader that stopped", lambda: stopped.gone_at),
        ("three dead connections", lambda: open_connections(scene.gateway) <= base - 3))]
    for one in watchers:
        one.start()
    answer = dying.read_to_end(longest)
    scene.note("a provider that vanished", time.monotonic() - began)
    run.require(answer in ("fin", "rst"), "the client of a dead provider is told")
    for one in watchers:
        one.join(longest)
    del waits, idle


def measure(run):
    scene = Scene(run)
    vanishing_clients(run, scene, run.pick(150, 60))
    run.equal(5, len(scene.released), "kinds of dead peers released")
    worst = max(scene.released.values(), default=0)
    told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in sorted(scene.released.items()))
    run.tried(f"peers that take no packet any more{' (with shorter limits)' if run.small else ''}: released after {told}")
    limit = run.pick(LIMIT, 20.0)
    run.figure(worst <= limit + 1, f"released after {worst:.1f} s, {limit:.0f} allowed")
    outcomes = {one["outcome"] for one in scene.gateway.entries() if one["stream"] and one["model"] == "m"}
    run.equal({"client_gone"}, outcomes, "outcomes of streams whose clients vanished")


if __name__ == "__main__":
    promise.main("P8", "half-open peers are found", measure)
