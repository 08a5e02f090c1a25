"""One classifier takes over from another while requests run: none fails, and each entry names who decided."""

import os
import signal
import subprocess
import unittest

import desk
import harness
from harness import wait_until
from wire import Upstream, ask, whole

SWAPS = 20


class ClassifierSwap(unittest.TestCase):
    def setUp(self):
        self.upstream = self.enterContext(Upstream(lambda peer, request: peer.send(whole())))
        self.gateway = self.enterContext(harness.Gateway("", start=False))

    def train(self, name, *options):
        path = os.path.join(self.gateway.directory, name)
        done = subprocess.run([harness.BINARY, "train", desk.EXAMPLES, "-o", path, *options], capture_output=True, text=True,
                              check=False, timeout=170, env={"PATH": os.environ["PATH"], "HOME": self.gateway.directory})
        self.assertEqual(0, done.returncode, done.stderr)
        return path

    def test_swapping_under_load_fails_no_request(self):
        one = self.train("one.pm", "--effort", "fast")
        other = self.train("other.pm")  # with the second view
        desk.serve(self.gateway, self.upstream, one)
        got = desk.swap_under_load(self.gateway, one, other, SWAPS)
        self.assertEqual([], [one for one in got if one.status != 200 or not one.whole][:3])
        entries = self.gateway.wait_entries(len(got), 30)
        self.assertEqual(2, len({entry["classifier_version"] for entry in entries}))
        self.assertIn("local", {entry["stage"] for entry in entries})
        print(f"{SWAPS} swaps, {len(got)} requests, none failed")

    def test_a_broken_artefact_is_refused_and_the_old_one_goes_on(self):
        one = self.train("one.pm", "--effort", "fast")
        desk.serve(self.gateway, self.upstream, one)
        before = ask(self.gateway.port, harness.chat(text=desk.TEXTS[0])).field("x-pointsman-category")
        with open(one, "rb") as file:
            bytes_of = bytearray(file.read())
        bytes_of[len(bytes_of) // 2] ^= 1
        broken = os.path.join(self.gateway.directory, "broken.pm")
        with open(broken, "wb") as file:
            file.write(bytes_of)
        desk.install(self.gateway, broken)
        self.gateway.process.send(signal.SIGHUP)
        wait_until(lambda: "keeps serving" in self.gateway.process.err(), "the log tells")
        self.assertEqual(before, ask(self.gateway.port, harness.chat(text=desk.TEXTS[0])).field("x-pointsman-category"))
        entries = self.gateway.wait_entries(2)
        self.assertEqual(1, len({entry["classifier_version"] for entry in entries}))


if __name__ == "__main__":
    harness.main()
