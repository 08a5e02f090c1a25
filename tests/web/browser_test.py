#!/usr/bin/env python3
"""The built dashboard in Debian's chromium, against the fixture server.

Skipped, with the reason, where node, chromium or web/node_modules is absent. --screenshots writes docs/images/dashboard.
"""
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

import contract
import fixture_server
import web_modules

HERE = pathlib.Path(__file__).resolve().parent
CHROMIUM = os.environ.get("POINTSMAN_CHROMIUM", "/usr/bin/chromium")


def why_not():
    """Why there can be no browser here, or nothing."""
    if not pathlib.Path(CHROMIUM).exists():
        return f"there is no {CHROMIUM}: apt-get install chromium, or set POINTSMAN_CHROMIUM"
    return web_modules.why_not("playwright-core")


REASON = why_not()


def run(scenario, server, seconds=900):
    command = ["node", str(HERE / "browser/run.mjs"), scenario, server.address]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env={**os.environ, "POINTSMAN_CHROMIUM": CHROMIUM})


@unittest.skipIf(REASON, REASON or "")
class Browser(unittest.TestCase):
    def scenario(self, name, **options):
        server = fixture_server.Server.begin(**options)
        self.addCleanup(server.stop)
        done = run(name, server)
        if done.stdout.strip():
            print(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.fixture.csp_reports, [])
        self.assertEqual(server.fixture.pwned, [])
        return server

    def test_shows_every_page(self):
        self.scenario("data")

    def test_says_what_to_do_where_there_is_nothing(self):
        self.scenario("empty", empty=True)

    def test_keeps_100000_decisions_out_of_the_page(self):
        self.scenario("many", decisions=100_000)

    def test_follows_live_and_signs_out(self):
        self.scenario("live")

    def test_runs_no_script_of_a_prompt(self):
        server = self.scenario("hostile", decisions=600, is_hostile=True)
        self.shown(server, 3)

    def test_runs_no_script_of_a_prompt_where_it_is_opened(self):
        server = self.scenario("hostileDetails", decisions=600, is_hostile=True)
        self.shown(server, 3)

    def shown(self, server, times):
        self.assertGreaterEqual(len(server.fixture.payloads), 250)
        self.assertGreater(server.fixture.turn, times * len(server.fixture.payloads), "not every payload was shown")
        print(f"hostile: {len(server.fixture.payloads)} payloads in {server.fixture.turn} places, 0 scripts, 0 reports")

    def test_labels_twenty_by_keyboard_alone(self):
        server = self.scenario("review")
        self.assertEqual(len(server.fixture.desk.answers), 20)

    def test_gives_two_people_different_decisions(self):
        server = self.scenario("together")
        self.assertEqual(len(server.fixture.desk.answers), 10)

    def test_passes_axe_in_light_colours(self):
        self.scenario("axeLight")

    def test_passes_axe_in_dark_colours(self):
        self.scenario("axeDark")


def screenshots():
    server = fixture_server.Server.begin()
    done = run("screenshots", server)
    server.stop()
    print(done.stdout, done.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    if "--screenshots" in sys.argv:
        screenshots()
    if REASON:
        print(f"skipped: {REASON}")
        sys.exit(77)
    unittest.main()
