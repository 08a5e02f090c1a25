"""The small model behind the router, with the real program: a simulated one is measured beside a small classifier, and
the gateway that asks it decides as was promised, whatever the model does.
"""

import json
import os
import random
import signal
import subprocess
import unittest

import harness
from wire import Upstream, ask, whole

FILLING = "how do i get my the a of to in is and for not when please today again about".split()
# Words of which the classifier knows the first half of each category's and the model all.
WORDS = {"billing": ["invoice", "refund", "charge", "receipt", "tariff", "rebate", "levy", "dues"],
         "account": ["password", "login", "username", "profile", "moniker", "alias", "badge", "token"],
         "travel": ["flight", "hotel", "airport", "train", "voyage", "sojourn", "berth", "trek"],
         "cooking": ["recipe", "oven", "soup", "bread", "simmer", "braise", "knead", "glaze"]}
KNOWN, UNKNOWN = slice(0, 4), slice(4, 8)
SURE = "please how do i get my password login username"
ANSWER_FAULTS = {"refusal": "refused", "other-label": "unusable", "wrong-json": "unusable", "garbage": "unusable",
                 "close@300": "failed", "429": "failed", "hang": "late"}


def rows(count, seed, words=slice(0, 8)):
    rng = random.Random(seed)
    for i in range(count):
        category = rng.choice(sorted(WORDS))
        known = [rng.choice(WORDS[category][words]) for _ in range(2)]
        text = [*(rng.choice(FILLING) for _ in range(5)), *known, f"number {i}"]
        rng.shuffle(text)
        yield {"text": " ".join(text), "category": category}


class SmallModel(unittest.TestCase):
    STYLES = {"openai": ("openai", {}), "vllm": ("openai", {"structure": "choice"}),
              "anthropic": ("anthropic", {"confidence": "stated"})}

    def setUp(self):
        self.gateway = self.enterContext(harness.Gateway("", start=False))
        self.folder = self.gateway.directory
        self.write_rows("train.jsonl", rows(60, 1, KNOWN))
        self.write_rows("labelled.jsonl", rows(500, 2))
        self.write_rows("gold.jsonl", [*rows(500, 2), *rows(20, 3, UNKNOWN)])
        self.run_it("train", "train.jsonl", "-o", "small.pm", "--effort", "fast")

    def run_it(self, *arguments, code=0):
        done = subprocess.run([harness.BINARY, *arguments], capture_output=True, text=True, check=False, timeout=170,
                              cwd=self.folder, env={"PATH": os.environ["PATH"], "HOME": self.folder})
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def write_rows(self, name, made):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in made)

    def teacher(self, *arguments, latency="1"):
        return self.enterContext(harness.Simulator(("mini",), (
            "--teacher", os.path.join(self.folder, "gold.jsonl"), "--teacher-accuracy", "0.97",
            "--teacher-latency-ms", latency, *arguments)))

    def configure(self, port, kind="openai", category=None, **llm):
        upstream = getattr(self, "upstream", None)
        if upstream is None:
            upstream = self.upstream = self.enterContext(Upstream(lambda peer, request: peer.send(whole())))
        made = harness.config({"up": harness.provider(upstream.port), "tiny": harness.provider(port, kind=kind)},
                              {"small": "up", "large": "up"})
        made["models"]["large"]["price"] = {"input": 50, "output": 100}
        made["categories"] = {name: {"models": ["small"], "examples": [f"{words[0]} and {words[1]}"], **(category or {})}
                              for name, words in WORDS.items()}
        made["router"] = {"fallback": ["large"], "classifier": "small.pm", "breaker": {"failures": 3, "cooldown": "60s"},
                          "llm": {"provider": "tiny", "model": "mini", "price": {"input": 0.15, "output": 0.6},
                                  "deadline": "2s", "hedge": 0, **llm}}
        self.gateway.write(made)

    def pair(self, *more, code=0):
        return self.run_it("pair", "labelled.jsonl", "--config", self.gateway.config_path, "--any-mistake", "--risk", "8%",
                           "-o", "pair.json", "--json", *more, code=code)

    def decide(self, text):
        return json.loads(ask(self.gateway.port, harness.chat(text=text), path="/v1/route").body)

    def some_unsure(self):
        """Six texts that the classifier alone leaves open."""
        found = []
        for row in rows(20, 3, UNKNOWN):
            decided = json.loads(self.run_it("route", "--config", self.gateway.config_path, "--json", row["text"]).stdout)
            if decided["stage"] == "fallback":
                found.append(row["text"])
            if len(found) == 6:
                return found
        raise AssertionError(f"the classifier is unsure of {len(found)} texts only")

    def test_what_is_measured_is_what_is_served(self):
        teacher = self.teacher()
        for style, (kind, llm) in self.STYLES.items():
            with self.subTest(style=style):
                teacher.reset()
                self.configure(teacher.ports["mini"], kind, **llm)
                report = json.loads(self.pair("--answers", f"{style}.jsonl").stdout)
                self.assertTrue(report["pairing"]["certified"])
                self.assertGreater(report["both"]["kept"], report["alone"]["kept"] + 0.1)
                self.assertLess(report["both"]["dollars_per_request"], report["alone"]["dollars_per_request"])
                worth = report["opinions"][0]
                self.assertEqual("stated" if kind == "anthropic" else "logprobs", worth["source"])
                self.assertGreater(worth["pooled"]["accuracy"], worth["local"]["accuracy"])
                self.assertEqual(500, teacher.stats("mini")["requests"])
        again = json.loads(self.pair("--answers", "anthropic.jsonl").stdout)
        self.assertEqual(0, again["asking"]["questions"], "every answer was kept")
        self.assertEqual(report["pairing"], again["pairing"])
        self.assertEqual(500, teacher.stats("mini")["requests"])

    def test_what_was_answered_outlives_an_interruption(self):
        teacher = self.teacher(latency="40")
        self.configure(teacher.ports["mini"])
        answers = os.path.join(self.folder, "pair.json.answers.jsonl")
        running = harness.Process(["pair", "labelled.jsonl", "--config", self.gateway.config_path, "--any-mistake", "--risk",
                                   "8%", "-o", "pair.json"], self.folder, "pair")
        harness.wait_until(lambda: os.path.exists(answers) and self.lines_of(answers) >= 50, "50 answers")
        running.send(signal.SIGINT)
        self.assertEqual(-signal.SIGINT, running.wait())
        kept = self.lines_of(answers)
        self.assertLess(kept, 500)
        report = json.loads(self.pair().stdout)
        self.assertEqual((kept, 500 - kept), (report["asking"]["answers_kept_before"], report["asking"]["questions"]))
        shown = self.run_it("pair", "labelled.jsonl", "--config", self.gateway.config_path, "--any-mistake", "--risk", "8%",
                            "-o", "pair.json").stdout
        self.assertRegex(shown, r"asked +mini about 0 requests; 500 answers were kept from before")
        self.assertRegex(shown, r"classifier, then the small model +\d")

    @staticmethod
    def lines_of(path):
        with open(path, "rb") as file:
            return file.read().count(b"\n")

    def test_the_unsure_are_asked_about_and_the_ledger_says_so(self):
        teacher = self.teacher()
        self.configure(teacher.ports["mini"])
        self.assertIn("nobody has measured", self.run_it("check", "--config", self.gateway.config_path).stdout)
        self.pair()
        self.configure(teacher.ports["mini"], pairing="pair.json")
        shown = self.run_it("check", "--config", self.gateway.config_path).stdout
        self.assertRegex(shown, r"\d+ of at most 50 tokens|cannot count tokens")
        texts = self.some_unsure()
        teacher.reset()
        self.gateway.start()
        sure = ask(self.gateway.port, harness.chat(text=SURE))
        self.assertEqual("not_needed", sure.field("x-pointsman-llm"))
        self.assertEqual(0, teacher.stats("mini")["requests"])
        stages = set()
        for text in texts:
            answer = ask(self.gateway.port, harness.chat(text=text))
            self.assertEqual(("used", 200), (answer.field("x-pointsman-llm"), answer.status))
        self.assertEqual(len(texts), teacher.stats("mini")["requests"])
        for entry in self.gateway.wait_entries(len(texts) + 1)[1:]:
            stages.add(entry["stage"])
            self.assertEqual("used", entry["llm"]["outcome"])
            self.assertEqual("small" if entry["stage"] == "llm" else "large", entry["model"])
            self.assertGreater(float(entry["llm"]["cost_usd"]), 0)
            told = self.run_it("explain", entry["id"], "--ledger", self.gateway.ledger_path).stdout
            self.assertRegex(told, r"llm     mini: used, from log-probabilities")
            self.assertRegex(told, r"category +classifier +small model +both +threshold")
            self.assertNotIn("differs", told)
        self.assertIn("llm", stages)
        self.same_by_hand(texts[0])

    def same_by_hand(self, text):
        """`route` says that it would ask, asks if it is told to, and then decides as the gateway does."""
        served = self.decide(text)
        command = ("route", "--config", self.gateway.config_path)
        self.assertIn("would be asked", self.run_it(*command, text).stdout)
        asked = json.loads(self.run_it(*command, "--ask", "--json", text).stdout)
        for key in ("category", "stage", "reason", "model", "confidence"):
            self.assertEqual(served[key], asked[key])
        self.assertEqual(served["llm"]["probabilities"], asked["llm"]["probabilities"])
        self.assertRegex(self.run_it(*command, "--ask", text).stdout, r"llm       mini: used, from .*\$0\.0")

    def test_the_likely_model_is_called_meanwhile(self):
        teacher = self.teacher(latency="40")
        self.configure(teacher.ports["mini"])
        self.pair()
        self.configure(teacher.ports["mini"], pairing="pair.json", category={"speculate": 0.01, "strategy": "preference"})
        texts = self.some_unsure()
        self.gateway.start()
        self.assertEqual("", ask(self.gateway.port, harness.chat(text=SURE)).field("x-pointsman-speculation") or "")
        answers = [ask(self.gateway.port, harness.chat(text=text)) for text in texts]
        outcomes = [answer.field("x-pointsman-speculation") for answer in answers]
        entries = self.gateway.wait_entries(len(texts) + 1)[1:]
        for answer, entry, outcome in zip(answers, entries, outcomes):
            self.assertEqual("released" if entry["stage"] == "llm" else "cancelled", outcome)
            self.assertEqual("small" if outcome == "released" else "large", answer.field("x-pointsman-model"))
            self.assertEqual(1 if outcome == "released" else 2, len(entry["attempts"]))
            self.assertEqual("small", entry["attempts"][0]["model"])
            told = self.run_it("explain", entry["id"], "--ledger", self.gateway.ledger_path).stdout
            self.assertIn("while the small model was asked: released" if outcome == "released" else
                          "speculation_cancelled", told)
            self.assertNotIn("differs", told)
        self.assertIn("released", outcomes)
        counted = {name: value for name, value in self.gateway.metrics().items() if "speculations_total" in name}
        self.assertEqual(len(texts), sum(counted.values()), counted)

    def test_whatever_the_model_does_the_request_is_answered(self):
        teacher = self.teacher()
        self.configure(teacher.ports["mini"])
        self.pair()
        self.configure(teacher.ports["mini"], pairing="pair.json")
        texts = self.some_unsure()
        for fault, outcome in ANSWER_FAULTS.items():
            with self.subTest(fault=fault):
                try:
                    self.fails_as(fault, outcome, texts)
                finally:
                    self.gateway.process.end()

    def fails_as(self, fault, outcome, texts):
        with harness.Simulator(("mini",), ("--teacher", os.path.join(self.folder, "gold.jsonl"), "--teacher-latency-ms", "1",
                                           "--fault", fault + "=1")) as sick:
            self.configure(sick.ports["mini"], pairing="pair.json", deadline="150ms", cache=0)
            before = len(self.gateway.entries()) if self.gateway.starts else 0
            self.gateway.start()
            outcomes = []
            for text in texts[:6]:
                answer = ask(self.gateway.port, harness.chat(text=text))
                self.assertEqual((200, "large"), (answer.status, answer.field("x-pointsman-model")))
                outcomes.append(answer.field("x-pointsman-llm"))
            self.assertEqual(outcome, outcomes[0])
            self.assertEqual("resting", outcomes[-1], outcomes)
            entries = self.gateway.wait_entries(before + 6)[before:]
            self.assertEqual(outcomes, [entry["llm"]["outcome"] for entry in entries])
            self.assertEqual("llm_" + outcome, entries[0]["reason"])
            told = self.run_it("explain", entries[-1]["id"], "--ledger", self.gateway.ledger_path).stdout
            self.assertIn("failed too often", told)
            metrics = self.gateway.metrics()
            self.assertTrue(any("llm" in name and 'outcome="resting"' in name and value > 0
                                for name, value in metrics.items()), [name for name in metrics if "llm" in name])
            self.assertEqual(200, self.gateway.ready())
            self.assertEqual(0, self.gateway.terminate())

    def test_what_cannot_be_measured_is_said_before_it_costs_anything(self):
        self.configure(1)
        self.write_rows("few.jsonl", rows(40, 5))
        few = self.run_it("pair", "few.jsonl", "--config", self.gateway.config_path, "-o", "pair.json", code=1).stderr
        self.assertRegex(few, r"40 requests are too few, so nobody was asked.*label about \d+ in all")
        self.assertIn("prove nothing", self.run_it("pair", "train.jsonl", "--config", self.gateway.config_path, "-o",
                                                   "pair.json", code=1).stderr)
        dead = self.pair(code=1).stderr
        self.assertRegex(dead, r"mini: .*(connect|refused)")
        refusing = self.teacher("--fault", "bad-key=1")
        self.configure(refusing.ports["mini"])
        self.assertRegex(self.pair(code=1).stderr, r"mini: .*answered 401.*; check the provider's api_key; answers so far")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "pair.json")))


if __name__ == "__main__":
    harness.main()
