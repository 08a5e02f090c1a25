"""The program's metrics, read from the table that it is compiled from."""
import dataclasses
import re

TABLE = "src/telemetry/metric_table.h"

_ENTRY = re.compile(r'table::(counter|gauge|info|histogram)\(\s*(?=")((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)')
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')


@dataclasses.dataclass
class Metric:
    kind: str  # "counter", "gauge", "histogram"
    labels: tuple
    help: str


def _texts(arguments):
    """The string arguments of a call; literals that stand side by side are one."""
    return ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', run)) for run in _STRINGS.findall(arguments)]


def read(tree):
    """Name -> Metric. Fails where the table no longer has the shape that is read here."""
    text = tree.text(TABLE).partition("kMetrics = {")[2].partition("\n};")[0]
    metrics = {}
    for kind, arguments in _ENTRY.findall(text):
        texts = _texts(arguments)
        if kind == "info":
            texts.insert(1, "version")
        name, labels, explained = texts
        metrics[name] = Metric("gauge" if kind == "info" else kind, tuple(filter(None, labels.split(","))), explained)
    if not metrics or len(metrics) != text.count("table::counter(") + text.count("table::gauge(") + text.count(
            "table::info(") + text.count("table::histogram("):
        raise ValueError(f"{TABLE}: {len(metrics)} metrics were understood, and there are others")
    return metrics


def counted(tree, metrics):
    """Those of the metrics that a source file other than the table and the tests names."""
    found = set()
    for name in tree.files("src/*.cc", "src/*.h"):
        if name != TABLE and not name.endswith("_test.cc"):
            found |= set(re.findall(r'"(\w+)"', tree.text(name) or "")) & set(metrics)
    return found


def exposition(metrics):
    """A scrape that has every metric once, each label with a value."""
    lines = []
    for name in sorted(metrics):
        metric = metrics[name]
        lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}"]
        labels = ",".join(f'{label}="x"' for label in metric.labels)
        if metric.kind == "histogram":
            lines.append(f'{name}_bucket{{{labels}{"," if labels else ""}le="+Inf"}} 1')
            lines += [f"{name}_{part}{{{labels}}} 1" for part in ("sum", "count")]
        else:
            lines.append(f"{name}{{{labels}}} 1")
    return "\n".join(lines) + "\n"
