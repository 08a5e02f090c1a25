import importlib.util
import json
import pathlib

from tests.sample import SampleTest

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "dev" / "tally.py"
SPEC = importlib.util.spec_from_file_location("tally", SCRIPT)
tally = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tally)


def report(*cases):
    return json.dumps({"testsuites": [{"testsuite": list(cases)}]})


OK, BAD = {"status": "RUN", "result": "COMPLETED"}, {"status": "RUN", "result": "COMPLETED", "failures": [{}]}
SKIP = {"status": "RUN", "result": "SKIPPED"}


class Tally(SampleTest):
    def counts(self):
        total = tally.tally(self.root)
        return total["passed"], total["failed"], total["skipped"]

    def ctest(self, *tests):
        cases = "".join(f'<testcase name="{name}" status="{status}"/>' for name, status in tests)
        self.write("asan.junit.xml", f"<testsuite>{cases}</testsuite>")

    def test_counts_the_cases_of_googletest_programs_and_other_tests_as_one(self):
        self.ctest(("unit.json", "run"), ("e2e.sdk", "run"))
        self.write("asan.gtest/json_test.json", report(OK, OK, SKIP))
        self.assertEqual(self.counts(), (3, 0, 1))

    def test_a_program_that_fails_without_a_failed_case_counts_as_failed(self):
        self.ctest(("unit.json", "fail"))
        self.write("asan.gtest/json_test.json", report(OK))
        self.assertEqual(self.counts(), (1, 1, 0))

    def test_counts_failed_cases(self):
        self.ctest(("unit.json", "fail"))
        self.write("asan.gtest/json_test.json", report(OK, BAD, BAD))
        self.assertEqual(self.counts(), (1, 2, 0))

    def test_adds_checks_and_fuzz_targets(self):
        self.write("checks.tsv", "passed a\nfailed b\n")
        self.write("fuzz.results", "passed x\npassed y\n")
        self.assertEqual(self.counts(), (3, 1, 0))

    def test_a_stage_that_reported_nothing_counts_as_one_failure(self):
        self.write("checks.tsv", "failed b\n")
        self.write("failed", "checks\t./dev test checks\ne2e\t./dev test e2e\n")
        self.assertEqual(self.counts(), (0, 2, 0))
