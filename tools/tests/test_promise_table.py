import json
import unittest

import promise_table
from tests.sample import SampleTest

ONE = {"promise": "P7", "title": "client gone", "tried": "10 kills", "verdict": "MISSED", "reason": "a | b", "seconds": 61.2,
       "date": "2026-01-02"}


class PromiseTable(SampleTest):
    def setUp(self):
        super().setUp()
        self.write(promise_table.PAGE, f"# P\n{promise_table.BEGIN}\nold\n{promise_table.END}\nafter\n")

    def keep(self, *results):
        self.write(promise_table.RESULTS, json.dumps({"promises": results}))

    def test_without_results_there_is_nothing_to_compare(self):
        self.assertEqual(promise_table.check(self.root), [])

    def test_finds_a_page_that_says_something_else(self):
        self.keep(ONE)
        self.assertEqual(len(promise_table.check(self.root)), 1)

    def test_writes_what_it_then_accepts_and_leaves_the_rest(self):
        self.keep(ONE)
        promise_table.write(self.root)
        self.assertEqual(promise_table.check(self.root), [])
        page = (self.root / promise_table.PAGE).read_text(encoding="utf-8")
        self.assertIn("| P7 | client gone | 10 kills | missed: a \\| b | 2026-01-02, 61 s |", page)
        self.assertTrue(page.endswith("after\n"))
        self.keep({**ONE, "verdict": "HOLDS", "reason": ""})
        self.assertEqual(len(promise_table.check(self.root)), 1)

    def test_finds_a_page_without_a_place_for_it(self):
        self.keep(ONE)
        self.write(promise_table.PAGE, "# P\n")
        self.assertIn("missing", promise_table.check(self.root)[0])


if __name__ == "__main__":
    unittest.main()
