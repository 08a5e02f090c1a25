"""A PostgreSQL of the test's own: in a temporary directory, on a free port of 127.0.0.1, gone at the end.

    with Postgres() as database:
        harness.config(..., ledger={"postgres": {"url": database.url}})

Skips the test, saying so, where Debian's package postgresql is not installed. Runs as an unprivileged user where the
test runs as root, and syncs nothing unless told to.
"""

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PATIENCE = 30.0
FAST = ("full_page_writes=off", "shared_buffers=16MB", "max_connections=60", "autovacuum=off", "logging_collector=off")


def programs():
    """The newest version's folder, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Postgres:
    def __init__(self, settings=(), durable=False):
        self.programs = programs()
        if self.programs is None:
            raise unittest.SkipTest("PostgreSQL is not installed (Debian package postgresql)")
        self.directory = tempfile.mkdtemp(prefix="pointsman-postgres-")
        self.data = os.path.join(self.directory, "data")
        self.settings = [*settings] if durable else [*FAST, *settings]
        self.durable, self.child, self.port = durable, None, free_port()
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.owner:
            os.chown(self.directory, self.owner.pw_uid, self.owner.pw_gid)
        made = self.run("initdb", "-D", self.data, "-U", "pointsman", "-A", "trust", "-N", "-E", "UTF8",
                        "--locale=C.UTF-8")
        if made.returncode != 0:
            raise RuntimeError(f"initdb: {made.stdout}{made.stderr}")
        self.start()

    @property
    def url(self):
        return self.url_at(self.port)

    @staticmethod
    def url_at(port):
        return f"postgresql://pointsman@127.0.0.1:{port}/postgres"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)

    def admit(self, network):
        """Everybody from there, besides this machine."""
        with open(os.path.join(self.data, "pg_hba.conf"), "a", encoding="ascii") as file:
            file.write(f"host all all {network} trust\n")
        self.ask("SELECT pg_reload_conf()")

    def as_owner(self):
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}

    def run(self, program, *arguments, **more):
        return subprocess.run([os.path.join(self.programs, program), *arguments], capture_output=True, text=True,
                              timeout=120, check=False, cwd=self.directory,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **self.as_owner(), **more)

    def start(self):
        """Returns when it takes connections."""
        words = [word for setting in [f"port={self.port}", "listen_addresses=127.0.0.1", *self.settings]
                 for word in ("-c", setting)]
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.child = subprocess.Popen(
                [os.path.join(self.programs, "postgres"), "-D", self.data, "-k", self.directory,
                 *([] if self.durable else ["-F"]), *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **self.as_owner())
        deadline = time.monotonic() + PATIENCE
        while self.run("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)).returncode != 0:
            if self.child.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"PostgreSQL did not start: {log.read()[-2000:]}")
            time.sleep(0.05)

    def stop(self, number=signal.SIGINT):
        """SIGINT ends sessions and stops in order; SIGQUIT is a crash."""
        if self.child is None or self.child.poll() is not None:
            return
        self.resume()
        self.signal(self.child.pid, number)
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def sessions(self):
        """The processes that the server has made; any of them may have ended by now."""
        return [int(word) for word in subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.child.pid)],
                                                     capture_output=True, text=True, check=False).stdout.split()]

    @staticmethod
    def signal(pid, number):
        """A process that has ended needs no signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def pause(self):
        """All of it stands still: connections stay open and nothing answers. The server first, so that it makes no
        more of them."""
        self.signal(self.child.pid, signal.SIGSTOP)
        for pid in self.sessions():
            self.signal(pid, signal.SIGSTOP)

    def resume(self):
        for pid in [*self.sessions(), self.child.pid]:
            self.signal(pid, signal.SIGCONT)

    def ask(self, sql):
        """Rows of texts."""
        got = self.run("psql", "-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                       str(self.port), "-U", "pointsman", "-d", "postgres", "-c", sql)
        if got.returncode != 0:
            raise RuntimeError(got.stderr)
        return [line.split("\t") for line in got.stdout.splitlines() if line]
