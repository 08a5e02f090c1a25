"""Encoders by the command line and in the running gateway: a model of random weights is imported, distilled and trained
with; artefacts with and without token vectors take over from each other under load; a certificate is proved with an
encoder and served with it. Where POINTSMAN_ENCODER names a real model, artefacts that ask it are swapped as well.
"""

import json
import os
import random
import signal
import subprocess
import sys
import unittest

import desk
import harness
from harness import wait_until
from wire import Upstream, ask, whole

RANDOM_MODEL = os.path.abspath("tools/encoder/random_model.py")
REAL = os.environ.get("POINTSMAN_ENCODER", "")
SWAPS = 10
FILLING = "how do i reset my password the a of to in is and for not when write code".split()


def pairs(count, seed):
    """Texts whose first and last word together tell the category, and neither alone: too far apart for the words' model.
    The vectors of random weights are not linear in the words, so they know some of it."""
    rng = random.Random(seed)
    for _ in range(count):
        first, last = rng.randrange(2), rng.randrange(2)
        words = [("money", "weather")[first], *(rng.choice(FILLING) for _ in range(4)), ("city", "train")[last]]
        yield {"text": " ".join(words), "category": "same" if first == last else "other"}


class Encoders(unittest.TestCase):
    def setUp(self):
        self.gateway = self.enterContext(harness.Gateway("", start=False))
        self.folder = self.gateway.directory

    def run_it(self, *arguments, code=0):
        done = subprocess.run([harness.BINARY, *arguments], capture_output=True, text=True, check=False, timeout=170,
                              cwd=self.folder, env={"PATH": os.environ["PATH"], "HOME": self.folder})
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def random_model(self, *arguments):
        path = os.path.join(self.folder, "random")
        os.makedirs(path, exist_ok=True)
        subprocess.run([sys.executable, RANDOM_MODEL, path, *arguments], check=True, capture_output=True)
        return path

    def write_rows(self, name, rows):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def bytes_of(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def few(self, count):
        """`count` examples of each intent of the support desk."""
        path, taken = os.path.join(self.folder, f"few{count}.jsonl"), {}
        with open(desk.EXAMPLES, encoding="utf-8") as file, open(path, "w", encoding="utf-8") as out:
            for line in file:
                category = json.loads(line)["category"]
                taken[category] = taken.get(category, 0) + 1
                if category is not None and taken[category] <= count:
                    out.write(line)
        return path

    def test_a_model_is_imported_checked_distilled_and_trained_with(self):
        self.assertIn("no encoders in", self.run_it("encoder", "list").stderr)
        self.run_it("encoder", "import", self.random_model(), "--name", "tiny")
        self.assertIn("exists; --force", self.run_it("encoder", "import", "random", "--name", "tiny", code=1).stderr)
        listed = self.run_it("encoder", "list").stdout
        self.assertRegex(listed, r"tiny +transformer, 2 layers +48 ")
        checked = json.loads(self.run_it("encoder", "check", "tiny", "--json").stdout)
        self.assertEqual(48, checked["dimensions"])
        self.assertEqual(64, len(checked["id"]))
        self.assertIn("f32", self.run_it("encoder", "bench", "tiny", "--seconds", "0.1").stdout)
        self.run_it("encoder", "distill", "tiny", "-o", "tiny.table", "--texts", desk.EXAMPLES, "--dimensions", "32")
        self.assertEqual(32, json.loads(self.run_it("encoder", "check", "tiny.table", "--json").stdout)["dimensions"])
        first = self.bytes_of("tiny.table")
        self.run_it("encoder", "distill", "tiny", "-o", "tiny.table", "--texts", desk.EXAMPLES, "--dimensions", "32",
                    "--threads", "1")
        self.assertEqual(first, self.bytes_of("tiny.table"), "on any number of threads")
        report = json.loads(self.run_it("train", self.few(8), "-o", "desk.pm", "--table", "tiny.table", "--encoder",
                                        "tiny", "--effort", "fast", "--json").stdout)
        self.assertIn("kept", report["encoder"])
        why = json.loads(self.run_it("classify", "I forgot my password", "--model", "desk.pm", "--json").stdout)
        self.assertIn("meaning", why)

    def test_what_is_no_model_is_refused_with_the_place(self):
        model = self.random_model()
        with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        config["hidden_act"] = "swish"
        with open(os.path.join(model, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        refused = self.run_it("encoder", "check", model, code=3).stderr
        self.assertIn("config.json", refused)
        self.assertIn("hidden_act", refused)
        self.assertIn("no directory of a model", self.run_it("encoder", "check", "nowhere", code=3).stderr)
        self.run_it("encoder", "bench", "nowhere", code=1)

    def serve(self, path, router=None):
        upstream = self.enterContext(Upstream(lambda peer, request: peer.send(whole())))
        desk.serve(self.gateway, upstream, path, router)

    def swap_under_load(self, one, other, before=0):
        got = desk.swap_under_load(self.gateway, one, other, SWAPS)
        self.assertEqual([], [one for one in got if one.status != 200 or not one.whole][:3])
        entries = self.gateway.wait_entries(before + len(got), 30)
        self.assertEqual(2, len({entry["classifier_version"] for entry in entries}))
        print(f"{SWAPS} swaps, {len(got)} requests, none failed")
        return entries

    def test_artefacts_with_and_without_token_vectors_take_over_from_each_other(self):
        self.run_it("encoder", "distill", self.random_model(), "-o", "tiny.table", "--dimensions", "32")
        data = self.few(8)
        self.run_it("train", data, "-o", "words.pm", "--effort", "fast")
        self.run_it("train", data, "-o", "dense.pm", "--effort", "fast", "--table", "tiny.table")
        self.serve(os.path.join(self.folder, "words.pm"))
        self.swap_under_load(os.path.join(self.folder, "words.pm"), os.path.join(self.folder, "dense.pm"))

    def tune(self, *more):
        self.run_it("tune", "labelled.jsonl", "--model", "pairs.pm", "--any-mistake", "--risk", "15%", "-o", "risk.json",
                    *more)
        with open(os.path.join(self.folder, "risk.json"), encoding="utf-8") as file:
            return json.load(file)

    def write_certified(self, encoder):
        made = harness.config({"up": harness.provider(self.port)}, {"small": "up", "large": "up"})
        made["categories"] = {name: {"models": ["small"]} for name in ("other", "same")}
        made["router"] = {"fallback": ["large"], "classifier": "pairs.pm",
                          "risk": {"any_mistake": "15%", "certificate": "risk.json"}, **encoder}
        self.gateway.write(made)

    def test_a_certificate_is_proved_with_the_encoder_and_served_with_it(self):
        self.random_model("--hidden", "96")
        self.write_rows("train.jsonl", pairs(800, 1))
        self.write_rows("labelled.jsonl", pairs(400, 2))
        report = self.run_it("train", "train.jsonl", "-o", "pairs.pm", "--effort", "fast", "--encoder", "random", "--json")
        self.assertTrue(json.loads(report.stdout)["encoder"]["kept"])
        proved = self.tune("--encoder", "random")
        self.assertEqual(json.loads(self.run_it("encoder", "check", "random", "--json").stdout)["id"], proved["encoder"])
        self.assertGreater(proved["evidence"]["kept"], 100)
        self.port = self.enterContext(Upstream(lambda peer, request: peer.send(whole()))).port
        self.write_certified({})
        refused = self.run_it("check", "--config", self.gateway.config_path, code=3).stderr
        self.assertRegex(refused, r"pointsman\.yaml:\d+:\d+: router\.risk\.certificate: is about the classifier with the "
                                  r"sentence encoder [0-9a-f]{12}, and router\.encoder is not set")
        self.write_certified({"encoder": {"path": "random", "deadline": "20s"}})
        self.gateway.start()
        texts = [row["text"] for row in pairs(60, 3)]
        ways = {(one["encoder"], one["stage"]) for one in self.obey(proved, texts)}
        self.assertLessEqual({("used", "local"), ("used", "fallback")}, ways)
        self.tells_both_opinions(next(text for text in texts if self.decision_on(text)["encoder"]["outcome"] == "used"))
        self.assertNotIn("encoder", self.tune())
        self.gateway.process.send(signal.SIGHUP)
        wait_until(lambda: "reloaded" in self.gateway.process.err(), "the certificate of the classifier alone")
        self.assertIn("the sentence encoder is not asked", self.gateway.process.err())
        self.assertNotIn("used", {self.decision_on(text)["encoder"]["outcome"] for text in texts})

    def decision_on(self, text):
        return json.loads(ask(self.gateway.port, harness.chat(text=text), path="/v1/route").body)

    def obey(self, proved, texts):
        """The entries of requests with these texts, each decided by its certified threshold and explained as it was."""
        thresholds = {one["name"]: one["threshold"] for one in proved["categories"]}
        for text in texts:
            self.assertEqual(200, ask(self.gateway.port, harness.chat(text=text)).status)
        entries = self.gateway.wait_entries(len(texts))
        for entry in entries:
            kept = entry["probability"] >= thresholds[entry["category"]]
            self.assertEqual("local" if kept else "fallback", entry["stage"])
            self.assertEqual("at_or_above_certified_threshold" if kept else "below_certified_threshold", entry["reason"])
            self.assertEqual("small" if kept else "large", entry["model"])
        for entry in entries[:5]:
            self.run_it("explain", entry["id"], "--ledger", self.gateway.ledger_path)
        return entries

    def tells_both_opinions(self, text):
        served = self.decision_on(text)
        local = json.loads(self.run_it("route", "--config", self.gateway.config_path, "--json", text).stdout)
        for key in ("category", "confidence", "stage", "reason", "model", "probabilities"):
            self.assertEqual(served[key], local[key])
        for decision in (served, local):
            self.assertEqual("used", decision["encoder"]["outcome"])
            self.assertNotEqual(decision["probabilities"], decision["encoder"]["before"]["probabilities"])
        self.assertEqual(served["encoder"]["before"], local["encoder"]["before"])
        shown = self.run_it("route", "--config", self.gateway.config_path, text).stdout
        self.assertRegex(shown, r"encoder   used, after .*; the classifier alone said (same|other) \(0\.\d{4}\)")

    @unittest.skipUnless(REAL, "POINTSMAN_ENCODER names no model directory")
    def test_a_real_encoder_is_asked_out_of_doubt_and_swapped(self):
        data = self.few(5)
        self.run_it("train", data, "-o", "words.pm", "--effort", "fast")
        report = json.loads(self.run_it("train", data, "-o", "asks.pm", "--effort", "fast", "--encoder", REAL,
                                        "--json").stdout)
        self.assertTrue(report["encoder"]["kept"])
        self.serve(os.path.join(self.folder, "asks.pm"), {"encoder": {"path": REAL, "deadline": "2s"}})
        answer = ask(self.gateway.port, harness.chat(text="my login stopped being accepted"))
        self.assertEqual("used", answer.field("x-pointsman-encoder"))
        entries = self.swap_under_load(os.path.join(self.folder, "asks.pm"), os.path.join(self.folder, "words.pm"), 1)
        self.assertIn("used", {entry.get("encoder") for entry in entries})


if __name__ == "__main__":
    harness.main()
