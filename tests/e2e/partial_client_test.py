"""The JavaScript client of growing values (clients/js) against events as the gateway writes them: its own tests, with a
program that turns documents into events.

    partial_client_test.py PROGRAM

Skipped without Node. Where the locked TypeScript can be installed, also: the built client in clients/js/dist is what its
source says, and the React example type-checks.
"""

import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CLIENT = pathlib.Path(__file__).resolve().parents[2] / "clients" / "js"
SKIPPED = 77


def run(*command, **more):
    return subprocess.run([str(part) for part in command], cwd=CLIENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=300, check=False, **more)


def why_no_compiler():
    """Why TypeScript cannot be used here, or nothing."""
    if (CLIENT / "node_modules/typescript/bin/tsc").exists():
        return None
    if not shutil.which("npm"):
        return "npm is needed to install TypeScript"
    try:
        done = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    except subprocess.TimeoutExpired:
        return "npm ci took longer than 300 s"
    return f"npm ci failed: {done.stdout.strip()[-300:]}" if done.returncode else None


class PartialClient(unittest.TestCase):
    def test_follows_what_the_gateway_writes(self):
        done = run("node", "--test", env={**os.environ, "PARTIAL_EVENTS": os.path.abspath(sys.argv[1])})
        sys.stdout.write(done.stdout)
        self.assertEqual(0, done.returncode)
        self.assertIn("# skipped 0", done.stdout)

    def test_is_under_3_kb(self):
        self.assertLess(len(gzip.compress((CLIENT / "dist/index.js").read_bytes())), 3 * 1024)

    def test_the_built_client_is_what_the_source_says(self):
        if reason := why_no_compiler():
            self.skipTest(reason)
        with tempfile.TemporaryDirectory() as folder:
            done = run("node", "node_modules/typescript/bin/tsc", "-p", ".", "--outDir", folder)
            self.assertEqual((0, ""), (done.returncode, done.stdout))
            for name in ("index.js", "index.d.ts"):
                self.assertEqual((CLIENT / "dist" / name).read_text(), pathlib.Path(folder, name).read_text(), name)
        done = run("node", "node_modules/typescript/bin/tsc", "-p", "tsconfig.examples.json")
        self.assertEqual((0, ""), (done.returncode, done.stdout))


if __name__ == "__main__":
    if not shutil.which("node"):
        print("skipped: node is needed")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
