"""The checker over the real files, each time with one thing wrong."""
import pathlib
import re
from unittest import mock

import check_monitoring
import metric_names
import promql
from tests.sample import SampleTest

REAL = pathlib.Path(__file__).resolve().parent.parent.parent
FILES = (metric_names.TABLE, check_monitoring.RULES, check_monitoring.RULE_TESTS, check_monitoring.DASHBOARD,
         check_monitoring.PAGE)


class Monitoring(SampleTest):
    def setUp(self):
        super().setUp()
        for name in FILES:
            self.write(name, (REAL / name).read_text(encoding="utf-8"))
        self.count_all()

    def count_all(self):
        names = set(metric_names.read(self.tree()))
        self.write("src/app/all.cc", "".join(f'count("{name}");\n' for name in names))

    def change(self, name, before, after):
        text = (self.root / name).read_text(encoding="utf-8")
        self.assertIn(before, text)
        self.write(name, text.replace(before, after, 1))

    def findings(self):
        return check_monitoring.check(self.tree())

    def test_accepts_what_we_ship(self):
        self.assertEqual(self.findings(), [])

    def test_finds_a_metric_that_is_gone_wherever_it_is_named(self):
        self.change(metric_names.TABLE, '"pointsman_shift_raised"', '"pointsman_shift_up"')
        self.count_all()
        found = " ".join(self.findings())
        for name in (check_monitoring.RULES, check_monitoring.DASHBOARD, check_monitoring.PAGE):
            self.assertRegex(found, name + "[^ ]*: .*there is no metric pointsman_shift_raised")
        self.assertIn("--write", found)

    def test_finds_a_label_that_is_gone(self):
        self.change(metric_names.TABLE, '"pointsman_denied_total", "limit"', '"pointsman_denied_total", "kind"')
        found = " ".join(self.findings())
        self.assertRegex(found, check_monitoring.RULES + ":.*pointsman_denied_total has no label limit")
        self.assertRegex(found, check_monitoring.DASHBOARD + ":.*no metric of the query has the label limit")

    def test_finds_a_metric_that_nothing_counts(self):
        self.change("src/app/all.cc", '"pointsman_denied_total"', '"other"')
        self.assert_one(self.findings(), "nothing counts pointsman_denied_total")

    def test_finds_an_alert_that_asks_for_what_there_is_not(self):
        self.change(check_monitoring.RULES, "expr: pointsman_shift_raised > 0", "expr: pointsman_shift_lowered > 0")
        self.assert_one(self.findings(), "PointsmanShiftRaised: there is no metric pointsman_shift_lowered")

    def test_finds_an_alert_without_test_heading_or_advice(self):
        self.change(check_monitoring.RULES, "alert: PointsmanDown", "alert: PointsmanGone")
        found = self.findings()
        for words in ("nothing on the alert PointsmanGone", "there is no alert PointsmanDown", "PointsmanGone never fires",
                      "does not end with docs/monitoring.md#pointsmangone"):
            self.assertTrue([one for one in found if words in one], (words, found))

    def test_finds_an_alert_that_no_test_keeps_silent(self):
        case = re.search(r"  - name: PointsmanShiftRaised.*?(?=  - name: )",
                         (self.root / check_monitoring.RULE_TESTS).read_text(encoding="utf-8"), re.DOTALL)[0]
        quiet = """      - {expr: 'ALERTS{alertstate="firing"}', eval_time: 14m, exp_samples: []}\n"""
        self.change(check_monitoring.RULE_TESTS, case, case.replace(quiet, ""))
        self.assert_one(self.findings(), "no moment where PointsmanShiftRaised must not fire")

    def test_finds_a_summary_with_a_label_that_the_alert_does_not_have(self):
        self.change(check_monitoring.RULES, "Drift ({{ $labels.kind }})", "Drift ({{ $labels.sort }})")
        self.assert_one(self.findings(), "PointsmanDriftRaised", "the label sort")

    def test_finds_a_panel_without_unit_description_or_data_source(self):
        self.change(check_monitoring.DASHBOARD, '"unit": "currencyUSD"', '"unit": ""')
        self.assert_one(self.findings(), "Saved: has no unit")

    def test_finds_a_legend_with_a_label_that_the_answer_does_not_have(self):
        self.change(check_monitoring.DASHBOARD, '"legendFormat": "{{limit}}"', '"legendFormat": "{{kind}}"')
        self.assert_one(self.findings(), "Refused by budgets and limits", "the label kind")

    def test_finds_panels_that_lie_on_each_other(self):
        self.change(check_monitoring.DASHBOARD, '"x": 4,', '"x": 3,')
        self.assert_one(self.findings(), "lies on")

    def test_finds_a_query_of_the_page_that_names_no_metric(self):
        self.change(check_monitoring.PAGE, "rate(pointsman_requests_total{code", "rate(pointsman_request_total{code")
        self.assertIn("there is no metric pointsman_request_total", " ".join(self.findings()))


class Promql(SampleTest):
    KNOWN = {"a_total": promql.Known("counter", {"x", "y"}), "h_seconds": promql.Known("histogram", set())}

    def problems(self, text):
        return list(promql.Query(text).problems(self.KNOWN))

    def test_accepts_functions_groups_ranges_and_suffixes(self):
        self.assertEqual(self.problems('histogram_quantile(0.9, sum by (le) (rate(h_seconds_bucket{job="b"}[5m])))'), [])
        self.assertEqual(self.problems('sum without (x) (rate(a_total{y=~"b|}c"}[1h] offset 1d)) / 1e5 > bool 2'), [])
        self.assertEqual(self.problems("sum(a_total) by (x) and on (job) group_left (y) a_total"), [])

    def test_finds_names_labels_and_groups_that_are_not_there(self):
        self.assert_one(self.problems("rate(b_total[5m])"), "no metric b_total")
        self.assert_one(self.problems('rate(a_total{z="1"}[5m])'), "a_total has no label z")
        self.assert_one(self.problems("sum by (z) (rate(a_total[5m]))"), "label z")
        self.assert_one(self.problems("rate(h_seconds[5m])"), "is a histogram")
        self.assert_one(self.problems('rate(h_seconds_sum{le="1"}[5m])'), "has no label le")
        self.assert_one(self.problems("a_total_sum"), "no metric a_total_sum")

    def test_the_answers_labels_are_those_of_the_group_it_begins_with(self):
        self.assertEqual(promql.Query("sum by (x) (a_total)").labels(self.KNOWN), {"x"})
        self.assertLessEqual({"x", "y", "job"}, promql.Query("a_total and on (job) sum by (job) (a_total)").labels(self.KNOWN))
