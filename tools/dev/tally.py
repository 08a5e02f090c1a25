#!/usr/bin/env python3
"""Adds up what the stages of ./dev test left in their results folder and prints the closing line.

A GoogleTest program counts by its cases (so that a skipped case shows), any other ctest test, each check and each fuzz
target counts as one. A stage that ended before it could report anything counts as one failure.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as xml
from collections import Counter


def gtest_cases(report: pathlib.Path) -> Counter:
    """Counts the cases of one GoogleTest JSON report."""
    count = Counter()
    for suite in json.loads(report.read_text(encoding="utf-8")).get("testsuites", []):
        for case in suite.get("testsuite", []):
            if case.get("failures"):
                count["failed"] += 1
            elif case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                count["skipped"] += 1
            else:
                count["passed"] += 1
    return count


def program_of(test: str) -> str:
    """unit.json -> json_test; integration -> integration_test."""
    return test.removeprefix("unit.") + "_test"


def ctest_run(junit: pathlib.Path) -> Counter:
    """Counts one ctest run; the GoogleTest reports stand beside it."""
    total = Counter()
    reports = junit.with_name(junit.name.replace(".junit.xml", ".gtest"))
    for case in xml.parse(junit).getroot().iter("testcase"):
        failed = case.get("status") == "fail" or case.find("failure") is not None
        skipped = case.find("skipped") is not None
        report = reports / (program_of(case.get("name", "")) + ".json")
        count = Counter()
        if report.exists():
            try:
                count = gtest_cases(report)
            except ValueError:  # the program died while it wrote
                count = Counter(failed=1)
            if failed and not count["failed"]:
                count["failed"] = 1
        else:
            count["failed" if failed else "skipped" if skipped else "passed"] = 1
        total += count
    return total


def lines_of(path: pathlib.Path) -> Counter:
    """Counts lines that begin with passed, failed or skipped."""
    return Counter(line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def tally(results: pathlib.Path) -> Counter:
    """The sum over all stages of a results folder."""
    stages = {junit.name.removesuffix(".junit.xml"): ctest_run(junit) for junit in results.glob("*.junit.xml")}
    for stage, name in (("checks", "checks.tsv"), ("fuzz", "fuzz.results")):
        if (results / name).exists():
            stages[stage] = lines_of(results / name)
    failed = results / "failed"
    for line in failed.read_text(encoding="utf-8").splitlines() if failed.exists() else []:
        count = stages.setdefault(line.split("\t")[0], Counter())
        count["failed"] = max(count["failed"], 1)
    return sum(stages.values(), Counter())


def main() -> None:
    total = tally(pathlib.Path(sys.argv[1]))
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")


if __name__ == "__main__":
    main()
