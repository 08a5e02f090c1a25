"""Prometheus's own tool on what we ship and serve: the alert rules, their tests, and a scrape of the program.

Names and labels in rules and dashboard are held against the table of metrics by tools/check_monitoring.py. Skipped where
promtool is not (Debian's package `prometheus`); the scrape also where the program is not built.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import harness
from wire import ask

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import metric_names  # noqa: E402
import promql  # noqa: E402
import source_tree  # noqa: E402

RULES = os.path.join(ROOT, "packaging/prometheus")
DASHBOARD = os.path.join(ROOT, "packaging/grafana/pointsman.json")
NOT_BUILT = f"there is no program at {harness.BINARY} (set POINTSMAN_BINARY)"
SAMPLE = re.compile(r"^([a-z_]\w*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="(?:[^"\\]|\\.)*"')


def promtool(*arguments, text=None):
    """What it said, where it was not content."""
    run = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, check=False, cwd=RULES,
                         timeout=540)
    return "" if run.returncode == 0 else f"promtool {' '.join(arguments)}: {run.returncode}\n{run.stdout}{run.stderr}"


def table():
    return metric_names.read(source_tree.Tree(ROOT))


class Rules(unittest.TestCase):
    def test_are_well_formed(self):
        self.assertEqual("", promtool("check", "rules", "pointsman.rules.yaml"))

    def test_fire_when_they_must_and_only_then(self):
        self.assertEqual("", promtool("test", "rules", "pointsman.rules.test.yaml"))


class Dashboard(unittest.TestCase):
    def test_every_query_is_good_promql(self):
        """As recording rules, with Grafana's variables filled in; a file of JSON is one of YAML."""
        with open(DASHBOARD, encoding="utf-8") as file:
            board = json.load(file)
        queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
        queries += [one["expr"] for one in board["annotations"]["list"] if "expr" in one]
        self.assertGreater(len(queries), 50)
        rules = [{"record": f"query:{number}", "expr": re.sub(r"\$__\w+", "5m", query)}
                 for number, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            self.assertEqual("", promtool("check", "rules", file.name))


class Metrics(unittest.TestCase):
    def test_every_metric_of_the_table_is_named_as_prometheus_asks(self):
        self.assertEqual("", promtool("check", "metrics", text=metric_names.exposition(table())))

    def test_a_bad_name_is_noticed(self):
        bad = metric_names.Metric("counter", (), "Requests.")
        self.assertIn("_total", promtool("check", "metrics", text=metric_names.exposition({"pointsman_requests": bad})))


@unittest.skipUnless(os.access(harness.BINARY, os.X_OK), NOT_BUILT)
class Scrape(unittest.TestCase):
    """After whole answers, streams, failures and refusals."""

    @classmethod
    def setUpClass(cls):
        good = cls.enterClassContext(harness.Simulator(("good",)))
        bad = cls.enterClassContext(harness.Simulator(("bad",), ("--fault", "500=1")))
        cls.gateway = cls.enterClassContext(harness.Gateway(harness.config(
            {"one": harness.provider(bad.ports["bad"]), "two": harness.provider(good.ports["good"])},
            {"bad": "one", "good": "two"}, router={"retries": {"budget": "100%"}})))
        for stream in (False, True):
            answer = ask(cls.gateway.port, harness.chat(stream=stream))
            assert answer.status == 200, answer.body
        ask(cls.gateway.port, harness.chat(model="bad"))
        ask(cls.gateway.port, {"model": "auto"})
        harness.wait_until(lambda: len(cls.gateway.entries()) >= 3, "three requests are over")
        with urllib.request.urlopen(f"http://127.0.0.1:{cls.gateway.port}/metrics", timeout=harness.PATIENCE) as page:
            cls.text = page.read().decode()

    def test_is_clean(self):
        self.assertEqual("", promtool("check", "metrics", text=self.text))

    def test_has_only_metrics_of_the_table_with_their_labels(self):
        known = {name: promql.Known(metric.kind, set(metric.labels)) for name, metric in table().items()}
        samples = [SAMPLE.match(line) for line in self.text.splitlines() if not line.startswith("#")]
        self.assertTrue(samples)
        for sample in samples:
            self.assertIsNotNone(sample)
            metric, problem = promql.find(sample[1], known)
            self.assertEqual("", problem)
            self.assertEqual(metric.labels, set(LABEL.findall(sample[2] or "")), sample[0])

    def test_counts_what_was_asked(self):
        for part in ('pointsman_upstream_failures_total{provider="one",model="bad",reason="status_500"}',
                     'pointsman_requests_total{route="none",model="good",code="200"} 2', "pointsman_build_info{version=",
                     "process_resident_memory_bytes "):
            self.assertIn(part, self.text)


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        print("skipped: there is no promtool (Debian's package `prometheus`; ./dev setup installs it)")
        sys.exit(harness.SKIPPED)
    sys.exit(not unittest.main(verbosity=2, exit=False).result.wasSuccessful())
