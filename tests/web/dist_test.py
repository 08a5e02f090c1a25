#!/usr/bin/env python3
"""web/dist is what the source gives, byte for byte, and at most 150 KiB with gzip.

Building again needs node and web/node_modules; without them that part is skipped, with the reason.
"""
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import web_modules

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEB, DIST = ROOT / "web", ROOT / "web/dist"
LIMIT = 150 * 1024


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def why_not():
    return web_modules.why_not("vite")


REASON = why_not()


class Dist(unittest.TestCase):
    def test_is_small(self):
        sizes = {name: len(gzip.compress(content, 9, mtime=0)) for name, content in files(DIST).items()}
        for name, size in sizes.items():
            print(f"{size:7d}  {name}")
        print(f"{sum(sizes.values()):7d}  bytes with gzip, of {LIMIT}")
        self.assertLessEqual(sum(sizes.values()), LIMIT)

    def test_names_carry_hashes(self):
        for name in files(DIST):
            if name.startswith("assets/"):
                self.assertRegex(name, r"-[\w-]{8}\.(js|css)$")

    def test_page_names_only_files_that_are_there(self):
        page = (DIST / "index.html").read_text(encoding="utf-8")
        named = re.findall(r'(?:src|href)="/dashboard/([^"]+)"', page)
        self.assertGreaterEqual(len(named), 3)
        for name in named:
            self.assertTrue((DIST / name).is_file(), name)
        self.assertNotRegex(page, r"<style|\son\w+=|<script(?![^>]*\bsrc=)")

    def test_versions_are_pinned(self):
        package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
        for group in ("dependencies", "devDependencies"):
            for name, version in package[group].items():
                self.assertRegex(version, r"^\d+\.\d+\.\d+$", name)
        self.assertLessEqual(len(package["dependencies"]), 2)

    @unittest.skipIf(REASON, REASON or "")
    def test_is_what_the_source_gives(self):
        with tempfile.TemporaryDirectory() as folder:
            command = ["node", "node_modules/vite/bin/vite.js", "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"]
            subprocess.run(command, cwd=WEB, check=True, timeout=300)
            built, kept = files(pathlib.Path(folder)), files(DIST)
        self.assertEqual(sorted(built), sorted(kept), "build again: npm run --prefix web build")
        for name, content in built.items():
            self.assertEqual(content, kept[name], f"{name} differs: npm run --prefix web build")


if __name__ == "__main__":
    unittest.main()
