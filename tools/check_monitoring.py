#!/usr/bin/env python3
"""Rules, dashboard and docs/monitoring.md name metrics that there are, with labels they have.

The truth is src/telemetry/metric_table.h. A metric that no source file counts cannot be asked for either. Every alert
says what to do, has its heading in docs/monitoring.md, and a test that has it fire and a moment where it does not.

--write puts the table of metrics into docs/monitoring.md anew. promtool's own checks are in tests/e2e/monitoring_test.py.
"""
import argparse
import json
import pathlib
import re
import sys

import metric_names
import promql
import source_tree

RULES = "packaging/prometheus/pointsman.rules.yaml"
RULE_TESTS = "packaging/prometheus/pointsman.rules.test.yaml"
DASHBOARD = "packaging/grafana/pointsman.json"
PAGE = "docs/monitoring.md"
BEGIN, END = "<!-- metrics: written by tools/check_monitoring.py --write -->\n", "<!-- end of metrics -->\n"

SEVERITIES = {"critical", "warning"}
VARIABLES = {"datasource": "datasource", "instance": "query", "route": "query", "model": "query"}
TEXT_PANELS = {"row", "text"}


def read_rules(text):
    """The rules of a file in the one shape ours has: {kind, name, line, expr, text, severity, annotations}."""
    rules, block = [], None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if block is not None and (not content or len(line) - len(line.lstrip()) > block):
            rules[-1]["expr"] += content + "\n"
            continue
        block = None
        if begun := re.match(r"- (record|alert): (\S+)$", content):
            rules.append({"kind": begun[1], "name": begun[2], "line": number, "expr": "", "severity": "",
                          "annotations": {}})
        elif rules and (expr := re.match(r"expr: (.*)$", content)):
            block = len(line) - len(line.lstrip()) if expr[1] == "|" else None
            rules[-1]["expr"] = "" if expr[1] == "|" else expr[1]
        elif rules and (labels := re.match(r"labels: \{severity: (\w+)\}$", content)):
            rules[-1]["severity"] = labels[1]
        elif rules and (said := re.match(r'(summary|description|runbook): (".*")$', content)):
            rules[-1]["annotations"][said[1]] = json.loads(said[2])
    return rules


def check_metrics(tree, metrics):
    counted = metric_names.counted(tree, metrics)
    return [f"{metric_names.TABLE}: nothing counts {name}" for name in sorted(set(metrics) - counted)]


def check_rules(tree, known):
    rules = read_rules(tree.text(RULES))
    findings = [] if rules else [f"{RULES}: no rules were found"]
    for rule in rules:
        where = f"{RULES}:{rule['line']}: {rule['name']}"
        asked = promql.Query(rule["expr"])
        findings += [f"{where}: {problem}" for problem in asked.problems(known)]
        if rule["kind"] == "record":
            known[rule["name"]] = promql.Known("recorded", asked.labels(known))
        else:
            findings += [f"{where}: {problem}" for problem in alert_problems(rule, asked.labels(known))]
    return findings, [rule["name"] for rule in rules if rule["kind"] == "alert"]


def alert_problems(alert, labels):
    said = alert["annotations"]
    if alert["severity"] not in SEVERITIES:
        yield f"the severity is none of {', '.join(sorted(SEVERITIES))}"
    for name in ("summary", "description", "runbook"):
        if not said.get(name):
            yield f"has no {name}"
    for label in re.findall(r"\$labels\.(\w+)", " ".join(said.values())):
        if label not in labels:
            yield f"speaks of the label {label}, which it does not have"
    if not said.get("runbook", "").endswith(f" {PAGE}#{alert['name'].lower()}"):
        yield f"the runbook does not end with {PAGE}#{alert['name'].lower()}"


def check_page(tree, alerts, known):
    page = tree.text(PAGE)
    section = page.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    described = re.findall(r"^### (\S+)$", section, re.MULTILINE)
    findings = [f"{PAGE}: nothing on the alert {name}" for name in alerts if name not in described]
    findings += [f"{PAGE}: there is no alert {name}" for name in described if name not in alerts]
    if described != [name for name in alerts if name in described]:
        findings.append(f"{PAGE}: the alerts stand in another order than in {RULES}")
    for query in re.finditer(r"^```promql\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        line = source_tree.line_of(page, query.start(1))
        findings += [f"{PAGE}:{line}: {problem}" for problem in promql.Query(query[1]).problems(known)]
    for name in sorted(set(re.findall(r"\bpointsman_[a-z_]+[a-z]\b", page.partition(END)[0] + section))):
        if name not in known and promql.find(name, known)[0] is None:
            findings.append(f"{PAGE}: there is no metric {name}")
    return findings


def check_alert_tests(tree, alerts):
    """Every question of the tests is about all firing alerts, so an empty answer speaks for each of its case."""
    fires, silent = set(), set()
    for case in re.split(r"^  - name: ", tree.text(RULE_TESTS), flags=re.MULTILINE)[1:]:
        here = set(re.findall(r'alertname="(\w+)",alertstate="firing"', case))
        fires |= here
        if re.search(r"""expr: '?ALERTS\{alertstate="firing"\}'?, eval_time: \w+, exp_samples: \[\]""", case):
            silent |= here
    findings = [f"{RULE_TESTS}: {name} never fires" for name in alerts if name not in fires]
    findings += [f"{RULE_TESTS}: no moment where {name} must not fire" for name in alerts if name in fires - silent]
    return findings + [f"{RULE_TESTS}: there is no alert {name}" for name in sorted(fires - set(alerts))]


def check_dashboard(tree, known):
    board = json.loads(tree.text(DASHBOARD))
    findings = []
    variables = {one["name"]: one for one in board["templating"]["list"]}
    for name, kind in VARIABLES.items():
        if variables.get(name, {}).get("type") != kind:
            findings.append(f"{DASHBOARD}: no variable {name} of type {kind}")
    for name, one in variables.items():
        if one["type"] == "query":
            findings += [f"{DASHBOARD}: variable {name}: {p}" for p in promql.variable_problems(one["definition"], known)]
    for one in board["annotations"]["list"]:
        findings += [f"{DASHBOARD}: annotation: {p}" for p in promql.Query(one.get("expr", "")).problems(known)]
    ids = [panel["id"] for panel in board["panels"]]
    if len(set(ids)) != len(ids):
        findings.append(f"{DASHBOARD}: two panels have one id")
    for panel in board["panels"]:
        if panel["type"] not in TEXT_PANELS:
            findings += [f"{DASHBOARD}: {panel['title']}: {p}" for p in panel_problems(panel, set(variables), known)]
    return findings + [f"{DASHBOARD}: {problem}" for problem in layout_problems(board["panels"])]


def panel_problems(panel, variables, known):
    if not panel.get("description"):
        yield "has no description"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "has no unit"
    if not panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps"):
        yield "has no thresholds"
    if not panel["targets"]:
        yield "asks nothing"
    for part in [panel, *panel["targets"]]:
        if part["datasource"]["uid"] != "${datasource}":
            yield "does not take its data from the variable datasource"
    for target in panel["targets"]:
        asked = promql.Query(target["expr"])
        yield from asked.problems(known)
        for name in re.findall(r"\$(?!__)(\w+)", target["expr"]):
            if name not in variables:
                yield f"there is no variable {name}"
        for label in re.findall(r"\{\{\s*(\w+)\s*\}\}", target["legendFormat"]):
            if label not in asked.labels(known):
                yield f"the legend speaks of the label {label}, which the answer does not have"


def layout_problems(panels):
    taken = {}
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{panel['title']} is wider than the page"
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])):
            if taken.setdefault(cell, panel["title"]) != panel["title"]:
                yield f"{panel['title']} lies on {taken[cell]}"
                break


def table_of(metrics):
    lines = ["| metric | type | labels | what it says |", "|---|---|---|---|"]
    for name in sorted(metrics):
        metric = metrics[name]
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"


def check_table(tree, metrics, write):
    page = tree.text(PAGE)
    if BEGIN not in page or END not in page:
        return [f"{PAGE}: the marks around the table of metrics are gone"]
    before, rest = page.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    right = before + BEGIN + table_of(metrics) + END + after
    if write:
        (tree.root / PAGE).write_text(right, encoding="utf-8")
    elif right != page:
        return [f"{PAGE}: the table of metrics is not that of {metric_names.TABLE}; "
                "write it anew: python3 tools/check_monitoring.py --write"]
    return []


def check(tree, write=False):
    metrics = metric_names.read(tree)
    known = {name: promql.Known(metric.kind, set(metric.labels))
             for name, metric in metrics.items()}
    findings = check_metrics(tree, metrics) + check_table(tree, metrics, write)
    found, alerts = check_rules(tree, known)
    findings += found + check_page(tree, alerts, known) + check_alert_tests(tree, alerts)
    return findings + check_dashboard(tree, known)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    findings = check(source_tree.Tree(arguments.root), arguments.write)
    for finding in findings:
        print(finding)
    print(f"monitoring: {len(findings)} findings" if findings else "monitoring: clean")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
