#!/usr/bin/env python3
"""The dashboard as the built program serves it, in Debian's chromium, over traffic that the program recorded.

Skipped, with the reason, where node, chromium, web/node_modules or the program is absent.
"""
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import browser_test
import harness
import hostile
from wire import ask

REASON = browser_test.REASON or (None if os.access(harness.BINARY, os.X_OK) else f"there is no program at {harness.BINARY} (set POINTSMAN_BINARY)")


def password_hash(password):
    return subprocess.run([harness.BINARY, "passwd"], input=password + "\n", text=True, capture_output=True, check=True).stdout.strip()


@unittest.skipIf(REASON, REASON or "")
class Program(unittest.TestCase):
    def test_every_page_works_over_what_was_recorded(self):
        users = {"ada": {"password": password_hash("pointsman"), "role": "admin"}}
        with harness.Simulator(("sim",)) as simulator:
            configuration = harness.config({"sim": harness.provider(simulator.ports["sim"])}, {"sim": "sim"}, admin={"address": "127.0.0.1:0", "users": users}, ledger={"store_prompts": "full"})
            configuration["categories"] = {name: {"models": ["sim"]} for name in ("simple", "reasoning", "tool_use")}
            configuration["router"]["classifier"] = "builtin"
            with harness.Gateway(configuration) as gateway:
                port = int(gateway.process.expect(r"dashboard is at http://127\.0\.0\.1:(\d+)/").group(1))
                texts = hostile.payloads() + [f"Reset the password of user {number}." for number in range(50)]
                for text in texts:
                    self.assertEqual(ask(gateway.port, harness.chat(text=text)).status, 200)
                gateway.wait_entries(len(texts))

                class Server:
                    address = f"http://127.0.0.1:{port}"

                done = browser_test.run("program", Server)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    if REASON:
        print(f"skipped: {REASON}")
        sys.exit(77)
    unittest.main()
