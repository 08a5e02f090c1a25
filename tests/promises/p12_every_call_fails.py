"""Promise P12: every error of the disk, of sockets and of memory is survived. For each kind of call, the first, the
second, ... that a request leads to is made to fail (fail_call.c), until there is none left to fail: the client gets an
answer, an error or a cut connection, the process goes on, the next request is served, and the database is sound."""

import contextlib
import errno
import mmap
import os
import sqlite3
import struct
import subprocess
import time

import promise
import harness
from wire import Client, Upstream, stream, whole

KINDS = {"open": (1, ("EMFILE", "ENOSPC", "EIO")), "read": (2, ("EIO",)), "write": (3, ("ENOSPC", "EIO", "short")),
         "fsync": (4, ("EIO",)), "accept": (5, ("EMFILE",)), "socket": (6, ("EMFILE", "ENOBUFS")),
         "send": (7, ("ECONNRESET", "ENOBUFS")), "receive": (8, ("ECONNRESET",)), "epoll": (9, ("ENOMEM",)),
         "memory": (10, ("ENOMEM",))}
LATE = ("open", "read", "write", "fsync")  # by the thread that commits, behind the answer
FIELDS = ("armed", "kind", "number", "error", "calls", "failed", "partial")
IN_A_ROW = 3  # numbers that hit nothing, after which there is nothing left


class Orders:
    """The page that fail_call.c reads."""

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(4096))
        self.file = open(path, "r+b")
        self.page = mmap.mmap(self.file.fileno(), 4096)

    def set(self, name, value):
        struct.pack_into("i", self.page, 4 * FIELDS.index(name), value)

    def get(self, name):
        return struct.unpack_from("i", self.page, 4 * FIELDS.index(name))[0]

    def arm(self, kind, number, error):
        for name, value in (("kind", KINDS[kind][0]), ("number", number), ("calls", 0), ("failed", 0),
                            ("partial", error == "short"), ("error", getattr(errno, error, errno.ENOSPC))):
            self.set(name, value)
        self.set("armed", 1)

    def disarm(self):
        self.set("armed", 0)
        return bool(self.get("failed"))


class Patient:
    """The program with the library in it."""

    def __init__(self, run):
        self.run = run
        self.upstream = run.enter(Upstream(self.play))
        self.gateway = run.enter(harness.Gateway(harness.config(
            {"up": harness.provider(self.upstream.port)}, {"m": "up"},
            router={"breaker": {"failures": 1000, "cooldown": "100ms"}}), start=False))
        library = os.path.join(self.gateway.directory, "fail_call.so")
        compiler = promise.on_path("cc") or promise.on_path("clang-19")
        if compiler is None:
            raise promise.Skip("there is no C compiler")
        subprocess.run([compiler, "-O1", "-fexceptions", "-shared", "-fPIC", "-o", library,
                        os.path.join(promise.HERE, "fail_call.c"), "-ldl"], check=True)
        orders = os.path.join(self.gateway.directory, "orders")
        self.orders = Orders(orders)
        self.gateway.environment.update(LD_PRELOAD=library, FAIL_CALL_FILE=orders,
                                        **{name: "1" for name in ("FAIL_CALL_TRACE",) if name in os.environ})
        self.gateway.start()
        self.crashes, self.strange, self.untrusted = [], [], 0
        self.calm()

    def play(self, peer, one):
        """Answers, and closes, so that each request needs a socket of its own."""
        answer = stream() if one.json().get("stream") else whole()
        peer.send(answer.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
        peer.close()

    def ask(self, streamed):
        """What a client sees: a status, "cut", or "refused"."""
        try:
            with Client(self.gateway.port) as client:
                client.post(harness.chat("m", stream=streamed))
                answer = client.read(5)
        except TimeoutError:
            return "nothing"
        except OSError:
            return "refused"
        if answer.status == 0 or not answer.whole:
            return "cut"
        return answer.status

    def one(self, kind, number, error):
        """Lets one call fail in the course of one request. False when there was no such call."""
        self.orders.arm(kind, number, error)
        seen = self.ask(number % 2 == 0)
        if kind in LATE:
            until = time.monotonic() + 0.05
            while not self.orders.get("failed") and time.monotonic() < until:
                time.sleep(0.002)
        hit = self.orders.disarm()
        if hit and seen == "nothing":
            self.strange.append(f"{kind} {number} {error}: no answer")
        if hit and isinstance(seen, int) and seen != 200 and seen < 500:
            self.strange.append(f"{kind} {number} {error}: status {seen}")
        if hit and self.ended(wait=not isinstance(seen, int)):
            self.crashes.append(f"{kind} {number} {error}")
            self.run.note(f"ended with {self.gateway.process.child.returncode} at {self.crashes[-1]}: "
                          f"{self.gateway.process.err()[-300:]}")
            self.gateway.start()
        return hit

    def ended(self, wait):
        """Whether the process is gone; one that aborts takes a moment."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.gateway.process.child.wait(0.3 if wait else 0)
        return self.gateway.process.child.poll() is not None

    def calm(self):
        """Served again."""
        harness.wait_until(lambda: self.ask(False) == 200, "a request after a fault is served", 15)

    def distrust(self):
        """After a failed fsync nobody knows what the disk has: no request is taken until somebody has started anew."""
        self.untrusted += 1
        until = time.monotonic() + 5
        while (seen := self.ask(False)) == 200 and time.monotonic() < until:
            pass  # what was under way
        if seen == 200:
            self.strange.append("went on after a failed fsync")
        self.gateway.kill()
        self.gateway.start()
        self.calm()

    def sound(self):
        path = f"file:{self.gateway.ledger_path}/ledger.sqlite?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
            return database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def every_call(patient, kind, error, most):
    """The number of calls that were made to fail."""
    hits, missed, number = 0, 0, 0
    while missed < IN_A_ROW and number < most:
        number += 1
        before = len(patient.crashes)
        if patient.one(kind, number, error):
            hits, missed = hits + 1, 0
            if kind == "fsync":
                patient.distrust()
        else:
            missed += 1
        if len(patient.crashes) > before or number % 10 == 0:
            patient.calm()
        if len(patient.crashes) >= 20:
            break
    patient.calm()
    patient.run.note(f"{kind} {error}: {hits} calls failed, {len(patient.crashes)} crashes so far")
    return hits


def measure(run):
    patient = Patient(run)
    counts = {}
    for kind, (_, errors) in KINDS.items():
        for error in errors[:run.pick(9, 1)]:
            hits = every_call(patient, kind, error, run.pick(100000, 12))
            counts[kind] = counts.get(kind, 0) + hits
            run.require(patient.sound(), f"the database is not sound after {kind} {error}")
    answered = {patient.ask(streamed) for streamed in (False, True)}
    run.equal({200}, answered, "answers after all faults")
    code = patient.gateway.terminate()
    run.equal(0, code, "the exit code at the end")
    total = sum(counts.values())
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    run.tried(f"{total:,} calls made to fail one by one ({told}): {len(patient.crashes)} crashes, {len(patient.strange)} "
              f"requests without an answer, integrity_check ok; after each of {patient.untrusted} failed fsyncs no request was taken "
              f"until a restart")
    run.require(not patient.crashes, f"{len(patient.crashes)} crashes: {', '.join(patient.crashes[:5])}")
    run.require(not patient.strange, f"{len(patient.strange)} without an answer: {', '.join(patient.strange[:5])}")
    # No file is opened for a request; every other kind must have come, or nothing was tried.
    never = [kind for kind, count in counts.items() if not count and kind != "open"]
    run.require(run.small or not never, f"kinds of calls that never came: {never}")


if __name__ == "__main__":
    promise.main("P12", "every I/O or allocation error is survived", measure)
