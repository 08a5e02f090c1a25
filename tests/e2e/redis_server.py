"""A Redis of the test's own: on a free port of loopback, keeping nothing, stopped with the test.

    redis = self.enterContext(Redis())
    harness.config(..., shared={"redis": {"address": redis.address}})

Skips the test, saying so, where Debian's package redis-server is not installed.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import harness


def program():
    """The server's, or None."""
    return shutil.which("redis-server")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    def __init__(self, *arguments):
        self.program = program()
        if self.program is None:
            raise unittest.SkipTest("Redis is not installed (Debian package redis-server)")
        self.arguments, self.port, self.child = arguments, free_port(), None
        self.directory = tempfile.mkdtemp(prefix="pointsman-redis-")
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        """On the same port again, with nothing in it."""
        self.child = subprocess.Popen(
            [self.program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir",
             self.directory, *self.arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        harness.wait_until(lambda: self.say("PING") == b"+PONG\r\n", "Redis takes connections")

    def kill(self):
        if self.child is not None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()
            self.child = None

    def stall(self):
        """It takes connections, for the kernel does, and says nothing."""
        self.child.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.child.send_signal(signal.SIGCONT)

    def say(self, line):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(line.encode() + b"\r\n")
                return connection.recv(65536)
        except OSError:
            return b""

    def words(self, *words):
        """What a command answers: a text, a number, or a list of texts."""
        sent = [one if isinstance(one, bytes) else str(one).encode() for one in words]
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection, connection.makefile("rb") as file:
            connection.sendall(b"*%d\r\n" % len(sent) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in sent))
            return read_reply(file)


def read_reply(file):
    """One value of RESP2; an error is raised."""
    kind, rest = (line := file.readline())[:1], line[1:-2]
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b"$":
        return file.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    if kind == b"*":
        return [read_reply(file) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest
