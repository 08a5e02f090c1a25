"""A TCP proxy that misbehaves on demand, between a gateway and whatever it depends on: providers, PostgreSQL, Redis.

    with FaultProxy(port_of_the_real_one) as proxy:
        proxy.fault = Fault("reset", at=100)

The fault holds for connections from then on, and for open ones from their next byte. Kinds: none; delay (before each
piece, `seconds` with `jitter`); drop (the connection is closed as soon as it is made); reset (RST after `at` bytes of the
answer); half_close (FIN to the client after `at` bytes, reading goes on); trickle (one byte at a time, `seconds` apart); corrupt (a bit of the byte
at `at` is flipped); duplicate (the piece at `at` comes twice); black_hole (accepts and says nothing).
"""

import random
import socket
import struct
import threading
import time
from dataclasses import dataclass

KINDS = ("none", "delay", "drop", "reset", "half_close", "trickle", "corrupt", "duplicate", "black_hole")


@dataclass
class Fault:
    kind: str = "none"
    at: int = 0
    seconds: float = 0.0
    jitter: float = 0.0


class FaultProxy:
    def __init__(self, target, host="127.0.0.1", seed=14):
        self.target, self.fault, self.connections = (host, target), Fault(), 0
        self.chance, self.over = random.Random(seed), threading.Event()
        self.open = set()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.listener.close()
        self.cut()

    def cut(self):
        """Ends all connections that are open."""
        for one in list(self.open):
            one.close()

    def accept(self):
        while not self.over.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        if self.fault.kind == "drop":
            return client.close()
        self.open.add(client)
        try:
            if self.fault.kind == "black_hole":
                return self.swallow(client)
            with socket.create_connection(self.target, 5) as server:
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    one.settimeout(None)
                self.open.add(server)
                up = threading.Thread(target=self.forward, args=(client, server), daemon=True)
                up.start()
                self.answer(server, client)
                self.open.discard(server)
        except OSError:
            pass
        finally:
            self.open.discard(client)
            client.close()
        return None

    def swallow(self, client):
        try:
            while client.recv(65536):
                pass
        except OSError:
            pass

    def forward(self, source, sink):
        """The client's bytes, as they are."""
        try:
            while data := source.recv(65536):
                if self.fault.kind != "black_hole":
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for one in (source, sink):
                one.close()

    def answer(self, source, sink):
        """The other side's bytes, through the fault."""
        passed = 0
        while data := source.recv(65536):
            fault = self.fault
            if not self.pass_on(sink, data, fault, passed):
                return
            passed += len(data)
        sink.shutdown(socket.SHUT_WR)

    def pass_on(self, sink, data, fault, passed):
        """One piece. False: the connection is over."""
        cut = max(0, fault.at - passed)
        if fault.kind == "black_hole":
            return True
        if fault.kind == "delay":
            self.over.wait(fault.seconds + self.chance.uniform(0, fault.jitter))
        if fault.kind == "trickle":
            for at in range(len(data)):
                sink.sendall(data[at:at + 1])
                self.over.wait(fault.seconds)
            return True
        if fault.kind in ("reset", "half_close") and passed + len(data) > fault.at:
            sink.sendall(data[:cut])
            if fault.kind == "reset":
                time.sleep(0.01)  # an RST overtakes what came before it
                sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sink.close()
            else:
                sink.shutdown(socket.SHUT_WR)
            return False
        if fault.kind == "corrupt" and cut < len(data):
            data = data[:cut] + bytes([data[cut] ^ 0x04]) + data[cut + 1:]
        sink.sendall(data)
        if fault.kind == "duplicate" and passed <= fault.at < passed + len(data):
            sink.sendall(data)
        return True
