"""The other side's books: what a simulated provider charges, by its own arithmetic.

Nothing here is shared with the gateway: prices are exact fractions of a nano-dollar, and every line of the bill says
whether the gateway could know of it. A line is
  told     the whole report of what was used went out, and the answer ended as it should
  untold   it was charged, and the report never went out
  either   the report went out, but nobody can say whether the gateway was still there to read it
  refused  an answer with an error status; nothing is charged
"""

import threading
from dataclasses import dataclass
from fractions import Fraction

KINDS = ("input", "cached_input", "cache_write", "long_cache_write", "output", "reasoning")


def tokens_by_kind(used, reasoning_apart):
    """What was used, apart by what it costs. `used` counts the whole prompt as input and the whole answer as output."""
    written, written_long, reasoning = used.get("written", 0), used.get("written_long", 0), used.get("reasoning", 0)
    return {"input": used["input"] - used["cached"] - written, "cached_input": used["cached"],
            "cache_write": written - written_long, "long_cache_write": written_long,
            "output": used["output"] - (reasoning if reasoning_apart else 0),
            "reasoning": reasoning if reasoning_apart else 0}


def rates_for(price, prompt):
    """The base prices, or those of the highest tier that the prompt is longer than."""
    rates = price
    for tier in price.get("tiers", []):
        if prompt > tier["above"]:
            rates = tier
    return rates


def amounts(price, used):
    """Exact nano-dollars of each kind that was used; None where there is no price for it."""
    rates = rates_for(price, used["input"])
    counts = tokens_by_kind(used, "reasoning" in rates)
    return [Fraction(str(rates[kind])) * 1000 * count if kind in rates else None
            for kind, count in counts.items() if count > 0]


@dataclass
class Line:
    marker: str
    model: str
    used: dict
    nanos: Fraction | None  # None: what was used has no price that the gateway was told of
    state: str
    rounded: int = 0  # amounts of it with a fraction of a nano-dollar, each of which the gateway rounds


class Book:
    """Every line of every provider, by the marker that stands in the prompt. Any thread."""

    def __init__(self, prices):
        self.prices = prices
        self.lock = threading.Lock()
        self.lines = {}

    def write(self, marker, model, used, state):
        parts = amounts(self.prices[model], used) if state != "refused" else []
        nanos = None if None in parts else sum(parts, Fraction(0))
        with self.lock:
            self.lines.setdefault(marker, []).append(Line(marker, model, used, nanos, state,
                                                       sum(part is not None and part.denominator > 1 for part in parts)))

    def of(self, marker):
        with self.lock:
            return list(self.lines.get(marker, []))

    def all(self):
        with self.lock:
            return [line for lines in self.lines.values() for line in lines]
