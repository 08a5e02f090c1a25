"""Promise P6: memory is bounded for each connection. A thousand clients ask for streams of 10 MB and stop reading; the
gateway holds none of it: it stops reading as well, and so does the upstream stop sending."""

import socket
import threading

import promise
import harness
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, event, whole

LARGE = 10_000_000
GROWTH = 150e6


def kernel_memory():
    """What the kernel keeps of all TCP connections of the machine, in bytes (proc_net(5): in pages)."""
    with open("/proc/net/sockstat", encoding="ascii") as file:
        words = next(line for line in file if line.startswith("TCP:")).split()
    return int(words[words.index("mem") + 1]) * 4096


class Faucet:
    """Streams of LARGE bytes in events of a given length; counts what went out."""

    def __init__(self, event_length):
        self.sent, self.lock = 0, threading.Lock()
        self.piece = chunked(event({"content": "x" * event_length}) * (16000 // event_length))

    def play(self, peer, one):
        if b"large" not in one.body:
            return peer.send(whole())
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)  # so that what is kept is the gateway's
        peer.send(STREAM_HEAD)
        for _ in range(LARGE // len(self.piece)):
            if not peer.send(self.piece):
                return None
            with self.lock:
                self.sent += len(self.piece)
        return peer.send(chunked(event(finish="stop"), b"data: [DONE]\n\n") + b"0\r\n\r\n")


class Readers:
    """Clients that have asked for a stream each and read no more than its head."""

    def __init__(self, run, gateway, count):
        self.run, self.gateway = run, gateway
        self.clients = [run.enter(Client(gateway.port, receive_buffer=4096)) for _ in range(count)]
        for client in self.clients:
            client.post(harness.chat(text="large", stream=True))
        for client in self.clients:
            run.equal(200, client.read_head(60).status, "the head of a stream")

    def wait_settled(self, faucet):
        """Until nothing goes out between two looks, a fifth of a second apart."""
        last = [-1]

        def settled():
            same, last[0] = faucet.sent == last[0], faucet.sent
            return same or threading.Event().wait(0.2)

        harness.wait_until(settled, "all streams have come to a stop", 120)

    def read_on(self, count):
        """How many of the first so many can be read to their end from where they stopped."""
        ended = 0
        for client in self.clients[:count]:
            while b"[DONE]" not in client.input[-64:]:
                client.input = client.input[-64:]
                if not client.fill(30):
                    break
            ended += b"[DONE]" in client.input[-64:]
        return ended


def stall(run, readers, event_length):
    """Grows the gateway by so many stalled readers of events of one length."""
    faucet = Faucet(event_length)
    upstream = run.enter(Upstream(faucet.play, backlog=1024))
    gateway = run.enter(harness.Gateway(harness.config(
        {"up": harness.provider(upstream.port, max_connections=readers + 100)}, {"m": "up"}, workers=2,
        limits={"write_timeout": "10m"})))
    for _ in range(200):
        ask(gateway.port, harness.chat())
    before, kernel_before = gateway.memory(), kernel_memory()
    stalled = Readers(run, gateway, readers)
    stalled.wait_settled(faucet)
    growth = run.value(f"growth_bytes_{event_length}", gateway.memory() - before)
    each = growth / readers
    kernel = run.value(f"kernel_bytes_{event_length}", kernel_memory() - kernel_before)
    answered = sum(ask(gateway.port, harness.chat()).status == 200 for _ in range(100))
    read_on = stalled.read_on(10)
    for client in stalled.clients:
        client.leave("rst")
    name = f"events of {event_length:,} characters"
    run.tried(f"{name}: RSS +{growth / 1e6:.0f} MB ({each / 1024:.0f} KiB each), the kernel's buffers "
              f"+{kernel / 1e6:.0f} MB, {faucet.sent / (readers * LARGE):.0%} of the "
              f"bytes sent, {answered} of 100 other requests answered, {read_on} of 10 read on to the end")
    allowed = run.pick(GROWTH, GROWTH * readers / 1000 + 10e6)
    run.figure(growth <= allowed, f"{name}: RSS grew by {growth / 1e6:.0f} MB, {allowed / 1e6:.0f} allowed")
    run.figure(run.small or each <= 128 * 1024, f"{name}: {each / 1024:.0f} KiB for each stream, 128 allowed")
    run.equal(100, answered, "other requests answered")
    run.equal(10, read_on, "streams that could be read on")


def measure(run):
    readers = run.pick(1000, 100)
    promise.raise_descriptors()
    threading.stack_size(256 * 1024)
    run.tried(f"{readers:,} stalled readers of 10 MB streams")
    stall(run, readers, 800)
    stall(run, readers, 16000)


if __name__ == "__main__":
    promise.main("P6", "memory is bounded for each connection", measure)
