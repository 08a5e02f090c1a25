import unittest

import check_docs
from tests.sample import SampleTest

DEV = "#!/bin/sh\ncat <<X\n  demo [ARGS]   run\n  test          run\nX\n"
PROGRAM = "#!/bin/sh\ncat <<X\nusage\n\nSubcommands:\n  serve    Runs\n  check    Reads\n\nOptions:\n  zzz  no\nX\n"


class Docs(SampleTest):
    def setUp(self):
        super().setUp()
        self.write("dev", DEV)
        self.write("docs/b.md", "# A heading, here\n")

    def findings(self, page):
        self.write("README.md", page)
        return check_docs.check(self.tree(), self.root / "build/release/pointsman")

    def build_program(self):
        self.write("build/release/pointsman", PROGRAM)
        (self.root / "build/release/pointsman").chmod(0o755)

    def test_accepts_links_that_lead_somewhere(self):
        self.build_program()
        self.assertEqual(self.findings("# T\n[a](docs/b.md) [b](docs/b.md#a-heading-here) [c](#t) [d](https://x.org)\n"), [])

    def test_finds_a_link_that_leads_nowhere(self):
        self.build_program()
        self.assert_one(self.findings("\n[a](docs/c.md)\n"), "README.md:2", "docs/c.md leads nowhere")

    def test_finds_a_link_to_a_missing_heading(self):
        self.build_program()
        self.assert_one(self.findings("[a](docs/b.md#other)\n"), "heading")

    def test_finds_a_dev_command_that_does_not_exist(self):
        self.build_program()
        self.assert_one(self.findings("```sh\n./dev demo\n./dev destroy\n```\n"), "README.md:3", "destroy")

    def test_finds_a_program_command_that_does_not_exist(self):
        self.build_program()
        page = "```sh\npointsman serve\nKEY=x pointsman check a | pointsman zzz\n```\n"
        self.assert_one(self.findings(page), "README.md:3", "zzz")

    def test_a_program_without_commands_in_its_help_is_a_finding(self):
        self.write("build/release/pointsman", "#!/bin/sh\necho hello\n")
        (self.root / "build/release/pointsman").chmod(0o755)
        self.assert_one(self.findings("# T\n"), "lists no commands")


if __name__ == "__main__":
    unittest.main()
