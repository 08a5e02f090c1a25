"""The SDKs for Python, `openai` and `anthropic`, answered through the gateway by providers of every protocol:
python/sdk_cases.py, with the versions of python/requirements.txt in a virtual environment of its own.

Skipped where no environment can be made or the packages cannot be had.
"""

import os
import subprocess
import sys
import tempfile
import unittest

import harness
import protocol_pairs
from fake_provider import FakeProvider

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python")


def install(directory):
    """The interpreter that has the SDKs; raises unittest.SkipTest with the reason if there can be none."""
    python = os.path.join(directory, "bin", "python")
    for command in ([sys.executable, "-m", "venv", directory],
                    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement",
                     os.path.join(HERE, "requirements.txt")]):
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            raise unittest.SkipTest(f"took longer than 300 s: {' '.join(command)}") from None
        if run.returncode:
            raise unittest.SkipTest(f"failed: {' '.join(command)}: {(run.stderr or run.stdout).strip()[-300:]}")
    return python


class PythonSdks(unittest.TestCase):
    def test_every_scenario(self):
        python = install(os.path.join(self.enterContext(tempfile.TemporaryDirectory(prefix="pointsman-sdks-")), "venv"))
        provider = self.enterContext(FakeProvider())
        gateway = self.enterContext(harness.Gateway(protocol_pairs.configuration(provider.port)))
        run = subprocess.run([python, "-B", os.path.join(HERE, "sdk_cases.py")], check=False, timeout=180, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env={**os.environ, "GATEWAY_URL": f"http://127.0.0.1:{gateway.port}",
                                  "PROVIDER_URL": f"http://127.0.0.1:{provider.port}"})
        sys.stdout.write(run.stdout)
        self.assertEqual(0, run.returncode)


if __name__ == "__main__":
    harness.main()
