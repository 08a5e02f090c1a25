"""The money audit: the simulated providers keep a bill of their own, and the ledger must say the same.

Ten thousand mixed requests from many clients at a time: three protocols on both sides, streams and whole answers, cached
tokens, cache writes, tiers of price, retries, escalations, broken JSON, speculation, a small model with hedges, clients
that leave and providers that break at random places. Then, request by request:

- what the ledger says to know equals the bill, to the nano-dollar;
- what a provider charged and did not report is unknown in the ledger, never zero and never an estimate;
- what a provider charged and reported is known, unless the client left in the middle and nobody was to read on.

POINTSMAN_AUDIT_REQUESTS sets the number of requests, E2E_SEED the seed.
"""

import collections
import json
import os
import select
import subprocess
import threading
import time
import unittest
from decimal import Decimal
from fractions import Fraction

import audit_plans
import harness
import wire
from audit_bill import Book
from audit_provider import BillingProvider, SmallModel

REQUESTS = int(os.environ.get("POINTSMAN_AUDIT_REQUESTS", "10000"))
SEED = int(os.environ.get("E2E_SEED", "20260823"))
CLIENTS = 24
QUIET = 0.01  # seconds without a byte after which a client that means to leave does


class Load(threading.Thread):
    """A client that works through its part of the requests."""

    def __init__(self, port, traffic, asks):
        super().__init__(daemon=True)
        self.port, self.traffic, self.asks = port, traffic, asks
        self.faults = []
        self.client = None
        self.start()

    def run(self):
        for ask in self.asks:
            try:
                self.ask(ask)
            except (OSError, AssertionError, ValueError) as error:
                self.faults.append(f"{ask.marker}: {error!r}")
                self.hang_up()
            self.traffic.plans[ask.marker].left.set()
        self.hang_up()

    def hang_up(self):
        if self.client:
            self.client.socket.close()
        self.client = None

    def ask(self, ask):
        self.client = self.client or wire.Client(self.port)
        self.client.post(ask.body, ask.fields, ask.path)
        if ask.leaves:
            return self.leave(ask)
        answer = self.client.read(60)
        if answer.end or not answer.whole or answer.field("connection") == "close":
            self.hang_up()
        return None

    def leave(self, ask):
        """Reads what comes until nothing does, or leaves at once; the provider goes on when the client is gone."""
        plan, client = self.traffic.plans[ask.marker], self.client
        watch = select.poll()
        watch.register(client.socket, select.POLLIN)
        if ask.leaves == "middle":
            # A whole answer in another protocol comes when all of it has come: then there is nothing to wait for.
            until = time.monotonic() + 0.3
            while not client.end and time.monotonic() < until:
                if not watch.poll(QUIET * 1000):
                    if self.has_body():
                        break
                    continue
                client.fill()
        plan.saw_body = self.has_body() and not client.end
        client.leave(ask.how)
        self.client = None

    def has_body(self):
        head, found, rest = self.client.input.partition(b"\r\n\r\n")
        return bool(found and rest and head.startswith(b"HTTP/1.1 200"))


class MoneyAudit(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.began = time.monotonic()
        self.traffic = audit_plans.Traffic(SEED, REQUESTS)
        self.book = Book(audit_plans.PRICES)
        self.small_book = Book(audit_plans.PRICES)
        self.gateway = self.enterContext(harness.Gateway("", start=False))
        self.providers = {}
        for number, name in enumerate(audit_plans.PRICES):
            plans, book, make = self.traffic.plans, self.book, BillingProvider
            if name == "mini":
                plans, book, make = self.traffic.doubts, self.small_book, SmallModel
            provider = self.enterContext(make(book, plans, SEED + number))
            provider.drains = name in audit_plans.DRAINING
            self.providers[name] = provider
        self.train()

    def train(self):
        folder = self.gateway.directory
        with open(os.path.join(folder, "train.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in audit_plans.training_rows(1))
        self.run_it("train", "train.jsonl", "-o", "small.pm", "--effort", "fast")

    def run_it(self, *arguments):
        done = subprocess.run([harness.BINARY, *arguments], capture_output=True, text=True, check=False, timeout=170,
                              cwd=self.gateway.directory, env={"PATH": os.environ["PATH"], "HOME": self.gateway.directory})
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def test_the_ledger_equals_the_bill(self):
        self.gateway.write(audit_plans.configuration({name: one.port for name, one in self.providers.items()}))
        self.gateway.start()
        loads = [Load(self.gateway.port, self.traffic, self.traffic.asks[part::CLIENTS]) for part in range(CLIENTS)]
        for load in loads:
            load.join(600)
        self.assertEqual([], [fault for load in loads for fault in load.faults][:10])
        self.assertEqual(0, self.gateway.terminate(60))
        harness.wait_until(lambda: not any(one.busy for one in self.providers.values()), "the providers have written all", 60)
        entries = self.entries()
        audit = Audit(self.book, self.small_book, self.traffic.plans)
        for entry in entries:
            audit.look_at(entry)
        audit.look_for_missing()
        print(audit.summary(time.monotonic() - self.began))
        self.assertEqual([], audit.faults[:12], f"{len(audit.faults)} differences, seed {SEED}")
        self.assertEqual(audit.billed, audit.booked, "nano-dollars by model")
        self.savings_agree(entries)

    def entries(self):
        text = self.run_it("log", "--json", "--limit", "0", "--ledger", self.gateway.ledger_path)
        return [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line]

    def savings_agree(self, entries):
        """The report of all entries is their sum, and counts what it leaves out."""
        report = json.loads(self.run_it("savings", "--json", "--since", "1d", "--ledger", self.gateway.ledger_path),
                            parse_float=Decimal)
        costs = [total_of(entry) for entry in entries if entry["baseline_cost_usd"] is not None]
        known = [cost for cost in costs if cost is not None]
        self.assertEqual((len(entries) - len(known), sum(known)),
                         (report["total"]["excluded"], nanos(report["total"]["cost_usd"])))


def nanos(dollars):
    """Whole nano-dollars of a JSON number; None stays None."""
    if dollars is None:
        return None
    value = Decimal(dollars) * 10**9
    assert value == int(value), dollars
    return int(value)


def total_of(entry):
    """All that a request cost, with asking the small model; None if part of it is unknown."""
    asked = entry.get("llm", {})
    parts = [entry["cost_usd"]] + ([asked["cost_usd"]] if asked.get("model") else [])
    return None if None in parts else sum(nanos(part) for part in parts)


class Audit:
    """Goes through the entries; `faults` says what differs."""

    def __init__(self, book, small_book, plans):
        self.book, self.small_book, self.plans = book, small_book, plans
        self.faults = []
        self.seen = collections.Counter()
        self.counts = collections.Counter()
        self.billed, self.booked = collections.Counter(), collections.Counter()
        self.sums = [Fraction(0), 0, Fraction(0)]  # of the bill and of the ledger where known; charged and not reported

    def look_at(self, entry):
        marker = entry["text"].split()[0].removeprefix("audit-")
        self.seen[marker] += 1
        plan = self.plans[marker]
        lines = self.book.of(marker)
        known = nanos(entry["cost_usd"])
        # A call that was made early and given up may have been answered in the same moment.
        # What was sent and never answered may have been lost before anybody read it: nobody here can know.
        given_up = any(one.get("judged", {}).get("worth") in ("speculation_cancelled", "unanswered")
                       for one in entry["attempts"])
        unheard = plan.leaves and all(line.state == "refused" for line in lines)
        self.compare(f"{marker} {summary_of(entry)}", lines, known, given_up or unheard)
        if known is not None:
            self.by_model(entry, lines)
        asked = entry.get("llm", {})
        small = self.small_book.of(marker)
        if small or asked.get("model"):
            self.compare(f"{marker} small model {asked}", small, nanos(asked.get("cost_usd")),
                         bool(plan.leaves) or asked["hedged"] or asked["outcome"] in ("late", "cancelled"))
        self.counts["requests"] += 1
        self.counts["known" if total_of(entry) is not None else "unknown"] += 1

    def look_for_missing(self):
        """One entry for each request (I1), but for those that were gone before they could be read."""
        for marker, plan in self.plans.items():
            unread = plan.leaves == "early" and not self.book.of(marker) and not self.small_book.of(marker)
            if self.seen[marker] != 1 and not (unread and self.seen[marker] == 0):
                self.faults.append(f"{marker}: {self.seen[marker]} entries; bill {self.book.of(marker)}")

    def compare(self, what, lines, known, may_be_unknown):
        untold = any(line.state == "untold" for line in lines)
        unpriced = any(line.nanos is None for line in lines)
        told = all(line.state in ("told", "refused") for line in lines)
        charged = sum((line.nanos or Fraction(0) for line in lines), Fraction(0))
        shown = [(line.model, line.state, line.nanos and float(line.nanos), line.used) for line in lines]
        if known is None:
            self.sums[2] += charged
            if told and not unpriced and not may_be_unknown:
                self.faults.append(f"unknown, though all was reported: {what}; bill {shown}")
            return
        self.sums[0] += charged
        self.sums[1] += known
        # The gateway rounds each part of a line; the bill has fractions only where prices have.
        slack = Fraction(sum(line.rounded for line in lines), 2)
        if untold or unpriced:
            self.faults.append(f"said to be {known}, though nobody can know: {what}; bill {shown}")
        elif abs(charged - known) > slack:
            self.faults.append(f"{known} instead of {float(charged)}: {what}; bill {shown}")

    def by_model(self, entry, lines):
        """Which model it is charged to, where all prices are whole nano-dollars."""
        if any(line.model == "oa-odd" for line in lines):
            return
        rest = nanos(entry["cost_usd"])
        for one in entry["attempts"]:
            if one.get("judged", {}).get("discarded"):
                self.booked[one["model"]] += nanos(one["judged"]["cost_usd"])
                rest -= nanos(one["judged"]["cost_usd"])
        if entry["model"]:
            self.booked[entry["model"]] += rest
        for line in lines:
            self.billed[line.model] += int(line.nanos)

    def summary(self, seconds):
        states = collections.Counter(line.state for line in self.book.all() + self.small_book.all())
        return (f"money audit: {self.counts['requests']} requests, {self.counts['known']} known, "
                f"{self.counts['unknown']} unknown; {sum(states.values())} calls ({dict(sorted(states.items()))}); "
                f"known: bill ${float(self.sums[0]) / 1e9:.9f}, ledger ${self.sums[1] / 1e9:.9f}; "
                f"unknown: bill ${float(self.sums[2]) / 1e9:.9f}; {seconds:.0f} s, seed {SEED}")


def summary_of(entry):
    attempts = [(one["model"], one["status"], one["error"], one.get("judged", {}).get("worth"),
                 one.get("judged", {}).get("cost_usd")) for one in entry["attempts"]]
    return f"{entry['outcome']} {entry['status']} {entry['model']} {entry['error']!r} {attempts}"


if __name__ == "__main__":
    harness.main()
