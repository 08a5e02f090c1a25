"""The SDKs that people use, each in its own protocol, answered through the gateway by providers of every protocol: the
tests of node/*_test.mjs that need a fake provider.

Skipped without Node or npm, and when the locked versions of the SDKs cannot be installed here.
"""

import re
import sys
import unittest

import harness
import node_sdks
import protocol_pairs
from fake_provider import FakeProvider


class Sdks(unittest.TestCase):
    def check(self, file, **environment):
        provider = self.enterContext(FakeProvider())
        gateway = self.enterContext(harness.Gateway(protocol_pairs.configuration(provider.port)))
        run = node_sdks.run(file, GATEWAY_URL=f"http://127.0.0.1:{gateway.port}",
                            PROVIDER_URL=f"http://127.0.0.1:{provider.port}", **environment)
        faults = re.findall(r"^not ok \d+ - .*$", run.stdout, re.M)
        counts = "".join(re.findall(r"^# (?:pass|fail) .*\n", run.stdout, re.M))
        sys.stdout.write(run.stdout if run.returncode else counts)
        self.assertEqual((0, []), (run.returncode, faults))

    def test_the_openai_sdk_with_chat_completions(self):
        self.check("openai_chat_test.mjs")

    def test_the_openai_sdk_with_the_responses_api(self):
        self.check("openai_responses_test.mjs")

    def test_the_anthropic_sdk(self):
        self.check("anthropic_test.mjs")

    def test_the_ai_sdk(self):
        self.check("ai_sdk_test.mjs")

    def test_langchain(self):
        self.check("langchain_test.mjs")


if __name__ == "__main__":
    reason = node_sdks.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(harness.SKIPPED)
    harness.main()
