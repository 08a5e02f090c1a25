"""One classifier takes over from another while requests run: none fails, and each entry names who decided."""

import json
import os
import shutil
import signal
import subprocess
import threading
import unittest

import harness
from harness import wait_until
from wire import Client, Upstream, ask, whole

DESK = os.path.abspath("examples/support-desk/train.jsonl")
SWAPS = 20
TEXTS = ["I forgot my password", "please cancel my subscription", "why was I charged twice?", "tell me a joke"]


def categories():
    with open(DESK, encoding="utf-8") as file:
        return sorted({json.loads(line)["category"] for line in file} - {None})


class ClassifierSwap(unittest.TestCase):
    def setUp(self):
        self.upstream = self.enterContext(Upstream(lambda peer, request: peer.send(whole())))
        self.gateway = self.enterContext(harness.Gateway("", start=False))
        self.served = os.path.join(self.gateway.directory, "desk.pm")

    def train(self, name, *options):
        path = os.path.join(self.gateway.directory, name)
        done = subprocess.run([harness.BINARY, "train", DESK, "-o", path, *options], capture_output=True, text=True,
                              check=False, timeout=170, env={"PATH": os.environ["PATH"], "HOME": self.gateway.directory})
        self.assertEqual(0, done.returncode, done.stderr)
        return path

    def install(self, path):
        shutil.copyfile(path, self.served + ".new")
        os.replace(self.served + ".new", self.served)

    def serve(self, path):
        self.install(path)
        made = harness.config({"up": harness.provider(self.upstream.port)}, {"small": "up", "large": "up"})
        made["categories"] = {name: {"models": ["small"]} for name in categories()}
        made["router"] = {"fallback": ["large"], "classifier": os.path.basename(self.served)}
        self.gateway.write(made)
        self.gateway.start()

    def test_swapping_under_load_fails_no_request(self):
        one = self.train("one.pm", "--effort", "fast")
        other = self.train("other.pm")  # with the second view
        self.serve(one)
        stop = threading.Event()
        answers = [[] for _ in range(3)]

        def load(into):
            with Client(self.gateway.port) as client:
                while not stop.is_set():
                    client.post(harness.chat(text=TEXTS[len(into) % len(TEXTS)]))
                    into.append(client.read())

        threads = [threading.Thread(target=load, args=(into,)) for into in answers]
        for thread in threads:
            thread.start()
        for number in range(1, SWAPS + 1):
            self.install(other if number % 2 else one)
            self.gateway.process.send(signal.SIGHUP)
            wait_until(lambda: self.gateway.process.err().count("reloaded") >= number, f"swap {number}")
        stop.set()
        for thread in threads:
            thread.join(harness.PATIENCE)
        got = [one for into in answers for one in into]
        self.assertEqual([], [one for one in got if one.status != 200 or not one.whole][:3])
        entries = self.gateway.wait_entries(len(got), 30)
        self.assertEqual(2, len({entry["classifier_version"] for entry in entries}))
        self.assertIn("local", {entry["stage"] for entry in entries})
        print(f"{SWAPS} swaps, {len(got)} requests, none failed")

    def test_a_broken_artefact_is_refused_and_the_old_one_goes_on(self):
        one = self.train("one.pm", "--effort", "fast")
        self.serve(one)
        before = ask(self.gateway.port, harness.chat(text=TEXTS[0])).field("x-pointsman-category")
        with open(one, "rb") as file:
            bytes_of = bytearray(file.read())
        bytes_of[len(bytes_of) // 2] ^= 1
        broken = os.path.join(self.gateway.directory, "broken.pm")
        with open(broken, "wb") as file:
            file.write(bytes_of)
        self.install(broken)
        self.gateway.process.send(signal.SIGHUP)
        wait_until(lambda: "keeps serving" in self.gateway.process.err(), "the log tells")
        self.assertEqual(before, ask(self.gateway.port, harness.chat(text=TEXTS[0])).field("x-pointsman-category"))
        entries = self.gateway.wait_entries(2)
        self.assertEqual(1, len({entry["classifier_version"] for entry in entries}))


if __name__ == "__main__":
    harness.main()
