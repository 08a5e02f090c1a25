"""The OpenAI SDK for JavaScript against the gateway: node/openai_test.mjs, with its own copy of the SDK.

Skipped without Node or npm, and when the locked version of the SDK cannot be installed here.
"""

import os
import shutil
import subprocess
import sys
import unittest

import harness

NODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")


def why_not():
    """Why the SDK cannot be used here, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are needed"
    if os.path.exists(os.path.join(NODE, "node_modules", "openai", "package.json")):
        return None
    try:
        run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE, capture_output=True,
                             text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "npm ci took longer than 120 s"
    return f"npm ci failed: {run.stderr.strip()[-300:]}" if run.returncode else None


class Sdk(unittest.TestCase):
    def test_every_scenario_of_the_openai_sdk(self):
        simulator = self.enterContext(harness.Simulator())
        configuration = harness.config({"up": harness.provider(simulator.ports["sim"])}, {"m": "up"},
                                       router={"breaker": {"failures": 1000}})
        configuration["models"]["m"]["upstream"] = "sim"
        gateway = self.enterContext(harness.Gateway(configuration))
        run = subprocess.run(["node", "--test", os.path.join(NODE, "openai_test.mjs")], check=False, timeout=120,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env={**os.environ, "GATEWAY_URL": f"http://127.0.0.1:{gateway.port}",
                                  "SIMULATOR_URL": f"http://127.0.0.1:{simulator.ports['sim']}"})
        sys.stdout.write(run.stdout)
        self.assertEqual(0, run.returncode)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(harness.SKIPPED)
    harness.main()
