"""As much of PromQL as it takes to see which metrics and labels a query names. promtool judges the grammar."""
import dataclasses
import re

# What a scrape adds, what Prometheus has of its own, and `pod`, which discovery in Kubernetes adds.
TARGET_LABELS = {"job", "instance", "pod"}
PROMETHEUS = {"up"}
SUFFIXES = ("_bucket", "_sum", "_count")
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "inf",
         "nan"}
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}

_TOKEN = re.compile(r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
                      | (?P<range>\[[^\]]*\])
                      | (?P<number>\d[\w.]*)
                      | (?P<name>[a-zA-Z_:][\w:]*)
                      | (?P<sign>=~|!~|!=|[^\s\w])""", re.VERBOSE)
_VARIABLE = re.compile(r"label_values\((.+),\s*(\w+)\)$")


@dataclasses.dataclass
class Known:
    kind: str  # "counter", "gauge", "histogram", "recorded"
    labels: set


def tokens(text):
    return [(match.lastgroup, match.group()) for match in _TOKEN.finditer(text)]


class Query:
    """`selectors`: pairs of a metric and the labels its braces name; `grouped`: labels named by `by`, `on` and such."""

    def __init__(self, text):
        self.selectors = []
        self.grouped = set()
        self.kept = None  # labels of the `by` that the query begins with
        self._read(tokens(text))

    def _read(self, read):
        at = 0
        while at < len(read):
            kind, word = read[at]
            after = read[at + 1][1] if at + 1 < len(read) else ""
            at += 1
            if kind != "name":
                continue
            if word.lower() in GROUPING and after == "(":
                end = read.index(("sign", ")"), at)
                names = {name for group, name in read[at:end] if group == "name"}
                self.grouped |= names
                if word == "by" and at == 2:
                    self.kept = names
                at = end + 1
            elif word.lower() not in WORDS and after != "(" and not (
                    at < len(read) and after.lower() in ("by", "without")):
                end = read.index(("sign", "}"), at) if after == "{" else at
                inside = read[at:end]
                self.selectors.append((word, {name for (group, name), (_, sign) in zip(inside, inside[1:])
                                              if group == "name" and sign in ("=", "=~", "!=", "!~")}))
                at = end

    def problems(self, known):
        union = set(TARGET_LABELS)
        for name, labels in self.selectors:
            metric, problem = find(name, known)
            if problem:
                yield problem
                continue
            union |= metric.labels
            for label in sorted(labels - metric.labels - TARGET_LABELS):
                yield f"{name} has no label {label}"
        for label in sorted(self.grouped - union):
            yield f"no metric of the query has the label {label}"

    def labels(self, known):
        """Labels the answer may have: of the `by` it begins with, else all of what it asks for."""
        if self.kept is not None:
            return self.kept
        return TARGET_LABELS.union(*(find(name, known)[0].labels for name, _ in self.selectors
                                     if find(name, known)[0]))


def find(name, known):
    """What a name in a query stands for, or what is wrong with it."""
    base = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end) and
                 known.get(name.removesuffix(end), Known("", set())).kind == "histogram"), "")
    if base:
        extra = {"le"} if name.endswith("_bucket") else set()
        return Known("histogram", known[base].labels | extra), ""
    if name in PROMETHEUS:
        return Known("gauge", set()), ""
    if name not in known:
        return None, f"there is no metric {name}"
    if known[name].kind == "histogram":
        return None, f"{name} is a histogram: its series end with _bucket, _sum and _count"
    return known[name], ""


def variable_problems(definition, known):
    """Of a variable of a dashboard, which is label_values(SELECTOR, LABEL)."""
    taken = _VARIABLE.match(definition)
    if not taken:
        yield f"is not label_values(...): {definition}"
        return
    asked = Query(taken[1])
    yield from asked.problems(known)
    if taken[2] not in asked.labels(known):
        yield f"{taken[1]} has no label {taken[2]}"
