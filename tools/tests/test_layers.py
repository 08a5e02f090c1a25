import unittest

import check_layers
from tests.sample import SampleTest


class Layers(SampleTest):
    def setUp(self):
        super().setUp()
        self.write("src/base/CMakeLists.txt", "pm_module(base LIBS fmt::fmt)\n")
        self.write("src/json/CMakeLists.txt", "pm_module(json DEPS base LIBS x)\n")
        self.write("src/net/CMakeLists.txt", "pm_module(net DEPS base)\n")

    def findings(self):
        return check_layers.check(self.tree())

    def test_accepts_downward_includes(self):
        self.write("src/json/a.cc", '#include "json/a.h"\n#include "base/b.h"\n#include <vector>\n')
        self.assertEqual(self.findings(), [])

    def test_finds_an_include_that_points_up(self):
        self.write("src/base/a.cc", '\n#include "net/loop.h"\n')
        self.assert_one(self.findings(), "src/base/a.cc:2", "may not include net/loop.h")

    def test_finds_an_include_without_its_dependency_in_cmake(self):
        self.write("src/net/a.cc", '#include "json/a.h"\n')
        self.assert_one(self.findings(), "src/net/a.cc:1", "no DEPS leading to json")

    def test_accepts_a_dependency_reached_through_another(self):
        self.write("src/app/CMakeLists.txt", "pm_module(app DEPS json)\n")
        self.write("src/app/a.cc", '#include "base/b.h"\n')
        self.assertEqual(self.findings(), [])

    def test_finds_a_cmake_dependency_that_points_up(self):
        self.write("src/json/CMakeLists.txt", "pm_module(json DEPS base net)\n")
        self.assert_one(self.findings(), "src/json/CMakeLists.txt", "DEPS names net")

    def test_finds_impure_code_in_a_pure_module(self):
        for code, kind in (("#include <fstream>\n", "files"), ("#include <sys/socket.h>\n", "sockets"),
                           ("auto t = std::chrono::steady_clock::now();\n", "clocks"),
                           ("#include <boost/asio/buffer.hpp>\n", "asio"), ("#include <unistd.h>\n", "unistd")):
            with self.subTest(kind):
                self.write("src/json/a.cc", code)
                self.assert_one(self.findings(), "src/json/a.cc:1", f"may not use {kind}")

    def test_ignores_comments_and_the_tests_of_a_pure_module(self):
        self.write("src/json/a.cc", "// #include <fstream>\n/* steady_clock::now() */\n")
        self.write("src/json/a_test.cc", '#include <fstream>\n#include "support/x.h"\n')
        self.assertEqual(self.findings(), [])

    def test_an_exception_needs_a_reason(self):
        self.write("src/json/a.cc", "#include <fstream>\n")
        extra = '[exceptions]\n"src/json/a.cc" = { uses = ["files"], reason = "%s" }\n'
        base = self.tree().text("tools/layers.toml")
        self.write("tools/layers.toml", base + extra % "reads its table")
        self.assertEqual(self.findings(), [])
        self.write("tools/layers.toml", base + extra % "")
        self.assert_one(self.findings(), "gives no reason")

    def test_finds_an_include_without_a_module(self):
        self.write("src/net/a.cc", '#include "loop.h"\n')
        self.assert_one(self.findings(), "must name its module")


if __name__ == "__main__":
    unittest.main()
