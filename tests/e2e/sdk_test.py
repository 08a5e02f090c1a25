"""The OpenAI SDK for JavaScript against the gateway before a simulated provider: node/openai_test.mjs.

Skipped without Node or npm, and when the locked versions of the SDKs cannot be installed here.
"""

import sys
import unittest

import harness
import node_sdks


class Sdk(unittest.TestCase):
    def test_every_scenario_of_the_openai_sdk(self):
        simulator = self.enterContext(harness.Simulator())
        configuration = harness.config({"up": harness.provider(simulator.ports["sim"])}, {"m": "up"},
                                       router={"breaker": {"failures": 1000}})
        configuration["models"]["m"]["upstream"] = "sim"
        gateway = self.enterContext(harness.Gateway(configuration))
        run = node_sdks.run("openai_test.mjs", GATEWAY_URL=f"http://127.0.0.1:{gateway.port}",
                            SIMULATOR_URL=f"http://127.0.0.1:{simulator.ports['sim']}")
        sys.stdout.write(run.stdout)
        self.assertEqual(0, run.returncode)


if __name__ == "__main__":
    reason = node_sdks.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(harness.SKIPPED)
    harness.main()
