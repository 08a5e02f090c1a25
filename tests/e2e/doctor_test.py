"""`pointsman doctor` against providers, ports and files that are in order, and that are not."""

import json
import os
import subprocess
import tempfile
import unittest

import harness
from wire import Upstream, whole

SECRET = "sk-canary-of-the-doctor"


def models(peer, request):
    """A list of models for who has the key."""
    if request.field("authorization") == f"Bearer {SECRET}":
        peer.send(whole({"object": "list", "data": []}))
    else:
        peer.send(whole({"error": "no"}, status="401 Unauthorized"))


class Doctor(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory(prefix="pointsman-e2e-"))
        self.path = os.path.join(self.directory, "pointsman.yaml")

    def configure(self, providers, mode=0o600, **more):
        configuration = harness.config(providers, {name: name for name in providers}, **more)
        configuration["ledger"] = {"path": os.path.join(self.directory, "ledger")}
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(configuration, file)
        os.chmod(self.path, mode)

    def run_doctor(self, *arguments):
        run = subprocess.run([harness.BINARY, "doctor", "--config", self.path, *arguments], capture_output=True, text=True,
                             timeout=60, check=False, env={"PATH": os.environ["PATH"], "HOME": self.directory})
        self.assertNotIn(SECRET, run.stdout + run.stderr)
        return run

    def examine(self, *arguments):
        run = self.run_doctor("--json", *arguments)
        told = json.loads(run.stdout)
        self.assertEqual(told["ok"], run.returncode == 0, run.stdout)
        self.assertEqual(any(one["state"] == "bad" for one in told["checks"]), not told["ok"])
        return run.returncode, {one["check"]: one for one in told["checks"]}

    def test_what_is_in_order(self):
        upstream = self.enterContext(Upstream(models))
        self.configure({"up": {"base_url": f"http://127.0.0.1:{upstream.port}/v1", "api_key": SECRET}})
        code, checks = self.examine()
        self.assertEqual(0, code, checks)
        for name in ("configuration", "keys", "ledger", "disk", "catalogue", "provider up"):
            self.assertEqual("ok", checks[name]["state"], checks[name])
        self.assertIn("clock", checks)
        self.assertEqual("/v1/models", upstream.seen()[0].line.split(" ")[1])
        self.assertFalse(os.path.exists(os.path.join(self.directory, "ledger")), "it only looks")
        self.assertEqual(["pointsman.yaml"], os.listdir(self.directory))
        text = self.run_doctor().stdout
        self.assertRegex(text, r"(?m)^ok    provider up +reached in \d+ ms, the key is good$")
        self.assertRegex(text, r"\d+ checks: \d+ in order, \d+ to look at, 0 bad\n$")

    def test_what_is_not(self):
        upstream = self.enterContext(Upstream(models))
        self.configure({"wrong": {"base_url": f"http://127.0.0.1:{upstream.port}/v1", "api_key": "sk-another"},
                        "away": {"base_url": "http://127.0.0.1:1/v1", "api_key": SECRET}}, mode=0o666)
        code, checks = self.examine()
        self.assertEqual(3, code)
        for name in ("provider wrong", "provider away", "files"):
            self.assertEqual("bad", checks[name]["state"], checks)
            self.assertTrue(checks[name]["fix"], checks[name])
        code, checks = self.examine("--offline")
        self.assertNotIn("provider away", checks)
        self.assertEqual(0, len(upstream.seen()) - 1, "offline asks nobody")

    def test_a_port_that_is_ours_or_anothers(self):
        upstream = self.enterContext(Upstream(models))
        gateway = self.enterContext(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"})))
        provider = {"up": {"base_url": f"http://127.0.0.1:{upstream.port}/v1", "api_key": SECRET}}
        self.configure(provider, listen=f"127.0.0.1:{gateway.port}")
        code, checks = self.examine()
        self.assertEqual(("ok", 0), (checks["port"]["state"], code), checks)
        self.assertIn("Pointsman", checks["port"]["text"])
        self.configure(provider, listen=f"127.0.0.1:{upstream.port}")
        code, checks = self.examine()
        self.assertEqual(("bad", 3), (checks["port"]["state"], code))

    def test_a_configuration_that_cannot_be_read(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("providers: {up: {base_url: 'http://127.0.0.1:1', api_key: '${NOT_SET_ANYWHERE}'}}\n")
        code, checks = self.examine()
        self.assertEqual(3, code)
        self.assertEqual("bad", checks["configuration"]["state"])
        self.assertIn("NOT_SET_ANYWHERE", self.run_doctor().stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
