"""The golden cases of what crosses between protocols, tests/golden/pairs, read as support/golden_cases.h says."""

import os
from dataclasses import dataclass, field

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden/pairs")
REQUESTS = ("content", "tools", "settings")


@dataclass
class Golden:
    """What becomes of one body on its way to another protocol."""

    feature: str
    source: str   # the protocol it comes from
    target: str   # the one it goes to; "chat streamed": the stream of an answer, where that fares otherwise
    verdict: str
    lines: list = field(default_factory=list)

    @property
    def body(self):
        return "\n".join(self.lines).strip("\n")

    def __str__(self):
        return f"{self.feature}, from {self.source} to {self.target}"


def cases(group):
    """Every Golden of a file that is no refusal."""
    found, feature, source, present = [], "", "", None
    with open(os.path.join(FOLDER, f"{group}.txt"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            kind, _, rest = line.partition(" ")
            if kind == "#":
                feature, present = rest, None
            elif kind == "from":
                source, present = rest, None
            elif kind == "to":
                target, _, verdict = rest.partition(": ")
                present = Golden(feature, source, target, verdict)
                found.append(present)
            elif line == "streamed":
                present = None
            elif present is not None and kind not in ("loss:", "minor:"):
                present.lines.append(line)
    return [one for one in found if one.verdict != "refused"]
