"""`pointsman top` beside a gateway that serves: once, at a terminal, and from the ledger when it has gone."""

import os
import pty
import re
import select
import subprocess
import threading
import time
import unittest

import harness
from wire import ask


class Top(unittest.TestCase):
    def setUp(self):
        simulator = self.enterContext(harness.Simulator(("good",)))
        self.gateway = self.enterContext(harness.Gateway(harness.config(
            {"up": harness.provider(simulator.ports["good"])}, {"good": "up"})))
        self.over = threading.Event()
        self.load = threading.Thread(target=self.keep_asking)
        self.addCleanup(lambda: self.load.ident and self.load.join())
        self.addCleanup(self.over.set)

    def keep_asking(self):
        while not self.over.is_set():
            ask(self.gateway.port, harness.chat())

    def command(self, *arguments):
        return [harness.BINARY, "top", *arguments], {"PATH": os.environ["PATH"], "HOME": self.gateway.directory,
                                                     "TERM": "xterm"}

    def run_top(self, *arguments):
        command, environment = self.command(*arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)

    def url(self):
        return f"http://127.0.0.1:{self.gateway.port}"

    def test_once(self):
        self.load.start()
        run = self.run_top("--url", self.url(), "--once")
        self.assertEqual(0, run.returncode, run.stderr)
        requests = re.search(r"requests +([\d.]+) /s over 1 s", run.stdout)
        self.assertTrue(requests and float(requests[1]) > 0, run.stdout)
        self.assertRegex(run.stdout, r"p50 [\d.]+ (us|ms|s)")
        self.assertRegex(run.stdout, r"(?m)^  good .*100\.0 %")
        self.assertRegex(run.stdout, r"money +\$[\d.]+ /h   saved ")
        self.assertNotIn("\x1b", run.stdout)

    def test_at_a_terminal_it_is_drawn_until_q(self):
        self.load.start()
        ours, theirs = pty.openpty()
        command, environment = self.command("--url", self.url())
        child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment)
        self.addCleanup(child.stderr.close)
        os.close(theirs)
        seen = b""
        deadline = time.monotonic() + 30
        while seen.count(b"q ends") < 3 and time.monotonic() < deadline:
            if select.select([ours], [], [], 1)[0]:
                seen += os.read(ours, 65536)
        os.write(ours, b"q")
        reader = threading.Thread(target=self.drain, args=(ours,))
        reader.start()
        self.assertEqual(0, child.wait(30), child.stderr.read())
        os.close(ours)
        reader.join()
        self.assertGreaterEqual(seen.count(b"q ends"), 3)
        self.assertIn(b"requests", seen)

    @staticmethod
    def drain(terminal):
        try:
            while os.read(terminal, 65536):
                pass
        except OSError:
            pass

    def test_the_ledger_when_nobody_answers(self):
        for _ in range(6):
            ask(self.gateway.port, harness.chat())
        self.gateway.wait_entries(6)
        self.gateway.terminate()
        with open(self.gateway.config_path, encoding="utf-8") as file:
            text = file.read()
        self.gateway.write(text.replace('"127.0.0.1:0"', '"127.0.0.1:1"'))
        run = self.run_top("--config", self.gateway.config_path)
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("no gateway answers at http://127.0.0.1:1", run.stderr)
        self.assertRegex(run.stdout, r"requests +0\.1 /s over 60 s")

    def test_what_is_none_is_said_to_be_none(self):
        run = self.run_top("--url", "http://127.0.0.1:1", "--once")
        self.assertEqual(1, run.returncode)
        self.assertIn("http://127.0.0.1:1", run.stderr)
        self.assertEqual("", run.stdout)
        self.assertEqual(2, self.run_top("--url", "nonsense").returncode)
        self.assertIn("pointsman top --url", self.run_top("--help").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
