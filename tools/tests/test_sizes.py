import unittest

import check_sizes
from tests.sample import SampleTest


def body(lines):
    return "".join(f"  use({n});\n" for n in range(lines))


class Sizes(SampleTest):
    def findings(self):
        return check_sizes.check(self.tree())

    def test_finds_a_long_file(self):
        self.write("src/json/a.cc", "int x;\n" * 501)
        self.assert_one(self.findings(), "src/json/a.cc", "501 lines")

    def test_accepts_the_limits_themselves(self):
        self.write("src/json/a.cc", "void f() {\n" + body(58) + "}\n" + "int x;\n" * 440)
        self.assertEqual(self.findings(), [])

    def test_finds_a_long_function_among_classes_and_initialisers(self):
        self.write("src/json/a.cc", "namespace a {\nstruct S {\n  S(int a) : a_{a}, b_{1} {\n" + body(60) + "  }\n"
                   "  int a_{0};\n};\nconst int kTable[] = {\n" + "  1,\n" * 80 + "};\n}\n")
        self.assert_one(self.findings(), "src/json/a.cc:3", "S has 62 lines")

    def test_is_not_misled_by_braces_in_literals_and_digit_separators(self):
        self.write("src/json/a.cc", 'void f() {\n  g("{", \'{\', R"({{)", 1\'000);  // {\n}\nvoid h() {\n' + body(60) + "}\n")
        self.assert_one(self.findings(), "h has 62 lines")

    def test_an_exemption_counts_and_must_be_needed(self):
        self.write("src/json/a.cc", "int x;\n" * 501)
        self.write("tools/sizes.toml", '[files]\n"src/json/a.cc" = "a table"\n')
        self.assertEqual(self.findings(), [])
        self.write("src/json/a.cc", "int x;\n")
        self.assert_one(self.findings(), "not needed any more")


if __name__ == "__main__":
    unittest.main()
