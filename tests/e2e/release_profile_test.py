"""What the release is laid out by: the counts can be read and are of a request's way, and what makes them still works."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
PROFDATA = "llvm-profdata-19"
# Of each part of a request's way, as names are mangled.
WAY = ("4http8Exchange", "4json6Cursor", "3llm10SseScanner", "4wire11openai_chat", "4wire18anthropic_messages", "8classify8sum_rows",
       "5route", "6limits9QuotaTree5enter", "7gateway", "8upstream", "6ledger", "7journal")


class ReleaseProfile(unittest.TestCase):
    @unittest.skipIf(shutil.which(PROFDATA) is None, f"{PROFDATA} is not installed")
    def test_the_counts_are_of_a_requests_way(self):
        run = subprocess.run([PROFDATA, "show", "--all-functions", os.path.join(ROOT, "packaging/release.profdata")],
                             capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual([], [part for part in WAY if f"N9pointsman{part}" not in run.stdout
                              and f"NK9pointsman{part}" not in run.stdout], "./dev profile counts anew")

    @unittest.skipUnless(os.access(harness.BINARY, os.X_OK), f"there is no program at {harness.BINARY}")
    def test_its_requests_are_answered(self):
        with tempfile.TemporaryDirectory() as counts:
            run = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tools/dev/profile_load.py"), harness.BINARY,
                                  counts, "400"], capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(0, run.returncode, run.stderr)


if __name__ == "__main__":
    harness.main()
