"""A small source tree in a temporary folder, for the tests of the checkers."""
import pathlib
import shutil
import tempfile
import unittest

import source_tree

LAYERS = """order = ["base", "json", "net", "app"]
pure = ["json"]
"""
HEADER = "// What it is.\n// Who owns it.\n#pragma once\n"


class SampleTest(unittest.TestCase):
    """Gives each test an empty tree; `write` adds a file to it."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pointsman-sample-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("tools/layers.toml", LAYERS)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def tree(self):
        return source_tree.Tree(self.root)

    def assert_one(self, findings, *words):
        """Exactly one finding, holding each of the words."""
        self.assertEqual(len(findings), 1, findings)
        for word in words:
            self.assertIn(word, findings[0])
