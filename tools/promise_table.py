"""The table of docs/promises.md, from the figures that ./dev promises kept in tests/promises/results.json.

tools/check_docs.py holds the page equal to them.
"""
import json
import pathlib

RESULTS = "tests/promises/results.json"
PAGE = "docs/promises.md"
BEGIN = "<!-- Written by ./dev promises --write-docs from tests/promises/results.json. Do not edit. -->"
END = "<!-- End of the table. -->"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def render(results):
    """The table's lines."""
    lines = ["| | promise | tried, and what came out | verdict | run |", "|---|---|---|---|---|"]
    for one in results["promises"]:
        verdict = one["verdict"].lower() + (f": {one['reason']}" if one["reason"] else "")
        row = (one["promise"], one["title"], one["tried"], verdict, f"{one['date']}, {one['seconds']:,.0f} s")
        lines.append("| " + " | ".join(cell(text) for text in row) + " |")
    return lines


def expected(page, results):
    """The page with the table that belongs into it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + "\n".join([BEGIN, "", *render(results), "", END]) + after


def check(root):
    """What is wrong with the page, if there are results."""
    root = pathlib.Path(root)
    if not (root / RESULTS).exists():
        return []
    page = (root / PAGE).read_text(encoding="utf-8") if (root / PAGE).exists() else ""
    if BEGIN not in page or END not in page:
        return [f"{PAGE}: the place for the table of promises is missing"]
    results = json.loads((root / RESULTS).read_text(encoding="utf-8"))
    if page != expected(page, results):
        return [f"{PAGE}: the table is not what {RESULTS} says; ./dev promises P4 --write-docs writes it"]
    return []


def write(root):
    root = pathlib.Path(root)
    page = (root / PAGE).read_text(encoding="utf-8")
    results = json.loads((root / RESULTS).read_text(encoding="utf-8"))
    (root / PAGE).write_text(expected(page, results), encoding="utf-8")
