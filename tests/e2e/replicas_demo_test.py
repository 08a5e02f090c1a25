"""./dev demo --replicas: three gateways, a balancer, a death, and what is shared, on a part of the workload."""

import json
import os
import shutil
import subprocess
import sys
import unittest

import databases
import harness
import redis_server

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
DEMO = os.path.join(ROOT, "tools/dev/replicas_demo.py")
REQUESTS = 240


def demo(*arguments):
    return subprocess.run([sys.executable, "-B", DEMO, *arguments], capture_output=True, text=True, timeout=240, check=False,
                          env={**os.environ, "POINTSMAN_BINARY": harness.BINARY})


class ReplicasDemo(unittest.TestCase):
    def expect_sound(self, *arguments):
        run = demo("--json", "--requests", str(REQUESTS), *arguments)
        self.assertEqual(0, run.returncode, run.stderr)
        report = json.loads(run.stdout)
        self.assertEqual(0, report["failed"])
        self.assertGreaterEqual(report["entries"], REQUESTS)
        self.assertLessEqual(report["entries"], REQUESTS + report["asked_again"])
        self.assertEqual(3, len(report["served_by"]))
        self.assertGreater(min(report["served_by"].values()), 0)
        self.assertGreater(report["cost_usd"], 0)
        return report

    def test_with_the_balancer_of_its_own_and_ledgers_of_their_own(self):
        report = self.expect_sound("--balancer", "builtin", "--postgres", "none")
        self.assertIn("round robin", report["balancer"])
        # Nothing is shared, and the demonstration must not say that it is.
        self.assertEqual(report["entries"], sum(report["served_by"].values()))
        self.assertEqual([], [what for what, found in report["shared"].items() if found["shared"]])

    @unittest.skipUnless(databases.programs(), "PostgreSQL is not installed (Debian package postgresql)")
    def test_with_a_ledger_that_is_shared(self):
        report = self.expect_sound("--balancer", "builtin")
        self.assertEqual({report["entries"]}, set(report["served_by"].values()))
        self.assertTrue(report["shared"]["ledger"]["shared"])
        self.assertTrue(report["shared"]["keys"]["shared"])
        if redis_server.program():
            self.assertTrue(report["shared"]["limits and budgets"]["shared"])

    @unittest.skipUnless(shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "nginx is not here")
    def test_with_nginx(self):
        self.assertIn("nginx", self.expect_sound()["balancer"])

    def test_a_store_that_does_not_answer_is_told_and_leaves_nothing_running(self):
        run = demo("--requests", "10", "--redis", "127.0.0.1:1")
        if run.returncode == 0:  # a build with the driver: Redis is a cache, and its absence no outage
            self.assertIn("NOT shared", run.stdout)
        else:
            self.assertIn("demo: ", run.stderr)
            self.assertNotIn("Traceback", run.stderr)


if __name__ == "__main__":
    harness.main()
