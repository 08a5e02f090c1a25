"""From labelled requests to a promise that a running gateway keeps: tune, check, serve, reload, explain."""

import json
import os
import re
import signal
import subprocess
import unittest

import harness
from harness import wait_until
from wire import Client, Upstream, ask, whole

LABELLED = os.path.abspath("data/starter/workload.jsonl")
ORDER = ["simple", "tool_use", "reasoning"]
ASKED = 150


def labelled(count=None):
    with open(LABELLED, encoding="utf-8") as file:
        return [json.loads(line) for line in file][:count]


class Guarantee(unittest.TestCase):
    def setUp(self):
        self.upstream = self.enterContext(Upstream(lambda peer, request: peer.send(whole())))
        self.gateway = self.enterContext(harness.Gateway("", start=False))
        self.certificate = os.path.join(self.gateway.directory, "risk.json")

    def run_it(self, *arguments):
        return subprocess.run([harness.BINARY, *arguments], capture_output=True, text=True, check=False,
                              timeout=60, env={"PATH": os.environ["PATH"], "HOME": self.gateway.directory})

    def tune(self, data=LABELLED, risk="5%"):
        return self.run_it("tune", data, "--risk", risk, "--order", ",".join(ORDER), "-o", self.certificate)

    def write(self, risk="5%"):
        models = {"small": "up", "tools": "up", "large": "up"}
        made = harness.config({"up": harness.provider(self.upstream.port)}, models)
        made["categories"] = {name: {"models": [model]} for name, model in zip(ORDER, models)}
        made["router"] = {"fallback": ["large"],
                          "risk": {"under_routing": risk, "certificate": os.path.basename(self.certificate)}}
        self.gateway.write(made)

    def proved(self):
        with open(self.certificate, encoding="utf-8") as file:
            return json.load(file)

    def serve(self):
        self.write()
        self.gateway.start()

    def test_what_is_served_obeys_the_certified_thresholds(self):
        tuned = self.tune()
        self.assertEqual(0, tuned.returncode, tuned.stdout + tuned.stderr)
        thresholds = {one["name"]: one["threshold"] for one in self.proved()["categories"]}
        self.serve()
        rows = labelled(ASKED)
        for row in rows:
            self.assertEqual(200, ask(self.gateway.port, harness.chat(text=row["text"])).status)
        stages = set()
        for entry in self.gateway.wait_entries(len(rows)):
            stages.add(entry["stage"])
            self.assertAlmostEqual(thresholds[entry["category"]], entry["threshold"], places=5)
            kept = entry["probability"] >= entry["threshold"]
            self.assertEqual("local" if kept else "fallback", entry["stage"])
            self.assertEqual("at_or_above_certified_threshold" if kept else "below_certified_threshold", entry["reason"])
            if not kept:
                self.assertEqual("large", entry["model"])
        self.assertIn("local", stages)

    def ready(self):
        with Client(self.gateway.port) as client:
            client.get("/readyz")
            return client.read().body.decode()

    def decision_on(self, text):
        return json.loads(ask(self.gateway.port, harness.chat(text=text), path="/v1/route").body)

    def test_other_requests_than_certified_suspend_the_thresholds_until_ordinary_ones_return(self):
        self.tune()
        self.serve()
        rows = [row["text"] for row in labelled()]
        sure = next(text for text in rows if self.decision_on(text)["stage"] == "local")
        odd = [f"zq{n} vlorb{n * 7} kxy {n}? " for n in range(200)]
        for text in odd:
            self.decision_on(text)
        self.assertEqual("ok\n", self.ready(), "asking for a decision alone is no traffic")
        sent = 0
        while "shift" not in self.ready():
            self.assertLess(sent, len(odd), "the flag is not raised")
            ask(self.gateway.port, harness.chat(text=odd[sent]))
            sent += 1
        decision = self.decision_on(sure)
        self.assertEqual((True, "fallback", "shift", "large"),
                         tuple(decision[key] for key in ("shift", "stage", "reason", "model")))
        self.assertEqual("large", ask(self.gateway.port, harness.chat(text=sure)).field("x-pointsman-model"))
        entry = self.gateway.wait_entries(sent + 1)[-1]
        self.assertEqual(("shift", "fallback"), (entry["reason"], entry["stage"]))
        shown = self.run_it("explain", entry["id"], "--ledger", self.gateway.ledger_path)
        self.assertNotIn("differ", shown.stdout)
        metrics = self.gateway.metrics()
        self.assertEqual((1, 1), (metrics["pointsman_shift_raised"], metrics["pointsman_shift_alarms_total"]))
        self.assertIn("certified thresholds are suspended", self.gateway.process.err())
        for text in rows:
            ask(self.gateway.port, harness.chat(text=text))
            if "shift" not in self.ready():
                break
        self.assertEqual("ok\n", self.ready())
        self.assertEqual(0, self.gateway.metrics()["pointsman_shift_raised"])
        self.assertEqual("local", self.decision_on(sure)["stage"])

    def test_decisions_name_the_promise(self):
        self.tune()
        self.serve()
        answer = ask(self.gateway.port, harness.chat(text="What is the capital of France?"), path="/v1/route")
        decision = json.loads(answer.body)
        self.assertEqual("certificate", decision["threshold_from"])
        self.assertEqual("at most 5 % under-routed, with 95 % confidence", decision["promise"])
        ask(self.gateway.port, harness.chat(text="What is the capital of France?"))
        entry = self.gateway.wait_entries(1)[0]
        shown = self.run_it("explain", entry["id"], "--ledger", self.gateway.ledger_path)
        self.assertEqual(0, shown.returncode, shown.stderr)
        self.assertIn("certified_threshold", shown.stdout)
        self.assertRegex(shown.stdout, r"\d\.\d{4}, certified")
        self.assertNotIn("differ", shown.stdout)

    def test_too_few_labels_send_everything_to_the_fallback_and_say_so(self):
        few = os.path.join(self.gateway.directory, "few.jsonl")
        with open(few, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in labelled(20))
        tuned = self.tune(few)
        self.assertEqual(3, tuned.returncode)
        self.assertRegex(tuned.stdout, r"label about \d+ more requests")
        self.serve()
        self.assertRegex(self.gateway.process.err(), r"pointsman\.yaml:\d+:\d+: router\.risk\.certificate: nothing is certified")
        answer = ask(self.gateway.port, harness.chat(text="What is the capital of France?"))
        self.assertEqual("large", answer.field("x-pointsman-model"))
        self.assertEqual("nothing_certified", self.gateway.wait_entries(1)[0]["reason"])

    def test_a_weaker_or_foreign_certificate_is_refused_at_check_and_at_reload(self):
        self.tune()
        self.serve()
        self.write("1%")
        checked = self.run_it("check", "--config", self.gateway.config_path)
        self.assertEqual(3, checked.returncode)
        self.assertRegex(checked.stderr, r"pointsman\.yaml:\d+:\d+: router\.risk\.certificate: promises less")
        self.assertIn("run `pointsman tune DATA.jsonl --model builtin --risk 1%", checked.stderr)
        self.write()
        foreign = {**self.proved(), "classifier": "0" * 64}
        with open(self.certificate, "w", encoding="utf-8") as file:
            json.dump(foreign, file)
        self.gateway.process.send(signal.SIGHUP)
        wait_until(lambda: re.search(r"is about the classifier 000000000000.*keeps serving", self.gateway.process.err()),
                   "the reload is refused")
        checked = self.run_it("check", "--config", self.gateway.config_path)
        self.assertEqual(3, checked.returncode)
        self.assertRegex(checked.stderr, r"pointsman\.yaml:\d+:\d+: .*is about the classifier 000000000000")
        self.assertEqual(200, ask(self.gateway.port, harness.chat()).status)


if __name__ == "__main__":
    harness.main()
