import unittest

import check_headers
from tests.sample import HEADER, SampleTest


class Headers(SampleTest):
    def setUp(self):
        super().setUp()
        self.write("src/README.md", "| `json` | reads | pure |\n")
        self.write("src/json/a.h", HEADER)

    def findings(self):
        return check_headers.check(self.tree())

    def test_accepts_a_described_header_in_a_listed_module(self):
        self.assertEqual(self.findings(), [])

    def test_finds_a_header_that_does_not_say_what_it_is(self):
        self.write("src/json/a.h", "#pragma once\n")
        self.assert_one(self.findings(), "src/json/a.h:1", "0 lines")

    def test_finds_a_header_that_says_too_much_at_once(self):
        self.write("src/json/a.h", "// x\n" * 19)
        self.assert_one(self.findings(), "19 lines")

    def test_finds_a_module_without_its_line(self):
        self.write("src/net/a.cc", "")
        self.assert_one(self.findings(), "no line for the module net")

    def test_finds_a_module_listed_twice_or_unknown(self):
        self.write("src/README.md", "| `json` | a | b |\n| `json` | a | b |\n| `jsn` | a | b |\n")
        self.assertEqual(len(self.findings()), 2)

    def test_finds_a_path_of_one_machine(self):
        for folder in ("work", "root", "home"):
            with self.subTest(folder):
                self.write("docs/a.md", f"see\n`/{folder}/someone/x`\n")
                self.assert_one(self.findings(), "docs/a.md:2", "one machine")

    def test_leaves_addresses_and_longer_paths_alone(self):
        home, root = "/" + "home", "/" + "root"
        self.write("docs/a.md", f"https://example.org{root}/x and src{home}/y and $DIR{root}/z, or {home}/me/x\n")
        self.assertEqual(self.findings(), [])


if __name__ == "__main__":
    unittest.main()
