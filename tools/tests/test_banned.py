import pathlib
import unittest

import check_banned
from tests.sample import SampleTest

TABLE = pathlib.Path(__file__).resolve().parents[1] / "banned.toml"

BAD = {
    "#include <regex>": "std::regex",
    "#include <iostream>": "terminal",
    "void f() { std::cout << 1; }": "terminal",
    'void f() { printf("x"); }': "terminal",
    "#include <boost/asio.hpp>": "umbrella",
    "#include <boost/beast/http.hpp>": "Beast",
    "#include <spdlog/spdlog.h>": "one file",
    "co_spawn(ex, f(), asio::detached);": "task group",
    'void f() { sprintf(b, "x"); }': "fmt::format",
    "void f() { strcpy(a, b); }": "size",
    'void f() { return system("ls"); }': "shell",
    'void f() { std::system("ls"); }': "shell",
    "using namespace std;": "names come from",
    "int f() { return rand(); }": "rng.h",
    'auto v = std::getenv("HOME");': "environment",
    'int f() { return atoi("1"); }': "from_chars",
}
GOOD = (
    "// std::regex, printf(, system(\n",
    'auto s = "std::cout << rand()";\n',
    "std::string system() const;\nauto x = request.system();\n",
    "using namespace std::chrono_literals;\n",
    'auto n = std::snprintf(b, sizeof b, "x");\n',
    "auto r = operand();\n",
)


class Banned(SampleTest):
    def setUp(self):
        super().setUp()
        self.write("tools/banned.toml", TABLE.read_text(encoding="utf-8"))

    def findings(self):
        return check_banned.check(self.tree())

    def test_finds_each_banned_thing(self):
        for code, reason in BAD.items():
            with self.subTest(code):
                self.write("src/net/a.cc", f"\n{code}\n")
                self.assert_one(self.findings(), "src/net/a.cc:2", reason)

    def test_stays_quiet_on_what_only_looks_like_it(self):
        for code in GOOD:
            with self.subTest(code):
                self.write("src/net/a.cc", code)
                self.assertEqual(self.findings(), [])

    def test_forbids_sleeping_in_tests_only(self):
        sleep = "void f() { std::this_thread::sleep_for(1ms); }\n"
        self.write("src/net/a.cc", sleep)
        self.assertEqual(self.findings(), [])
        self.write("src/net/a_test.cc", sleep)
        self.assert_one(self.findings(), "a_test.cc", "sleeps")

    def test_lets_the_command_line_print(self):
        self.write("src/cli/a.cc", "#include <iostream>\n")
        self.assertEqual(self.findings(), [])

    def test_a_ban_needs_a_reason(self):
        self.write("tools/banned.toml", "[[ban]]\npattern = 'x'\n")
        self.assert_one(self.findings(), "gives no reason")


if __name__ == "__main__":
    unittest.main()
