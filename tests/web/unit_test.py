#!/usr/bin/env python3
"""The pure parts of the dashboard under `node --test`: esbuild turns them into plain modules first.

Skipped, with the reason, where node or esbuild is absent.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import web_modules

HERE = pathlib.Path(__file__).resolve().parent
WEB = HERE.parents[1] / "web"


def why_not():
    return web_modules.why_not("esbuild")


REASON = why_not()


@unittest.skipIf(REASON, REASON or "")
class Logic(unittest.TestCase):
    def test_passes_its_tests(self):
        with tempfile.TemporaryDirectory() as folder:
            tests = sorted(str(path) for path in (HERE / "unit").glob("*_test.ts"))
            build = ["node", "node_modules/esbuild/bin/esbuild", *tests, "--bundle", "--platform=node", "--format=esm", "--out-extension:.js=.mjs", f"--outdir={folder}", "--log-level=error"]
            subprocess.run(build, cwd=WEB, check=True, timeout=120)
            made = sorted(str(path) for path in pathlib.Path(folder).glob("*.mjs"))
            done = subprocess.run(["node", "--test", *made], capture_output=True, text=True, timeout=300, check=False)
        print("\n".join(line for line in done.stdout.splitlines() if line.startswith(("# tests", "# pass", "# fail", "ℹ tests", "ℹ pass", "ℹ fail"))))
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    if REASON:
        print(f"skipped: {REASON}")
        sys.exit(77)
    unittest.main()
