"""What docs/scaling.md says is what ./dev bench scaling found, and the bench still runs; leases never overspend."""

import json
import os
import subprocess
import sys
import unittest

import harness

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "bench"))
os.environ.setdefault("POINTSMAN_BINARY", harness.BINARY)
import scaling  # noqa: E402
from scaling_model.leases import Setup, Simulation, simulate  # noqa: E402


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Document(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = read("docs/scaling.md")
        cls.report = json.loads(read("bench/results/scaling.json"))

    def test_has_the_table_of_the_results(self):
        self.assertIn(scaling.markdown(self.report), self.page)

    def test_quotes_the_measured_figures(self):
        capacity, entry = self.report["capacity"], self.report["entry"]
        for figure in (capacity["requests_per_second"], entry["row_bytes"], entry["database_bytes"],
                       entry["written_bytes"], entry["columns"]["record"]):
            self.assertIn(f"{int(figure + 0.5):,}", self.page)
        self.assertEqual(capacity, scaling.capacity(), "overhead.json was measured anew: run ./dev bench scaling")


class Leases(unittest.TestCase):
    def test_the_same_seed_gives_the_same_history(self):
        setup = Setup(3, 10, 500, budget_requests=300, seed=7)
        self.assertEqual(simulate(setup), simulate(setup))

    def test_no_setup_overspends(self):
        for seed in range(5):
            for more in ({}, {"shrink": False}, {"kill": True}, {"skew": 1.5}):
                done = Simulation(Setup(4, 20, 400, budget_requests=1_500, seed=seed, **more)).run()
                self.assertLessEqual(done.spent, done.budget)
                self.assertGreater(done.spent, 0.5 * done.budget, more)

    def test_the_check_notices_money_from_nowhere(self):
        simulation = Simulation(Setup(2, 10, 100, budget_requests=100))
        simulation.free += 1
        with self.assertRaises(AssertionError):
            simulation.run()


@unittest.skipUnless(os.access(harness.BINARY, os.X_OK), f"there is no program at {harness.BINARY}")
class Bench(unittest.TestCase):
    def test_runs(self):
        run = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "bench/scaling.py"), "--quick", "--json"],
                             capture_output=True, text=True, timeout=300, check=False,
                             env={**os.environ, "POINTSMAN_BINARY": harness.BINARY})
        self.assertEqual(0, run.returncode, run.stderr)
        report = json.loads(run.stdout)
        self.assertGreater(report["entry"]["row_bytes"], 500)
        self.assertEqual(100, report["entry"]["entries"])


if __name__ == "__main__":
    harness.main()
