"""Made-up traffic: decisions that are computed from their number, so that 100,000 cost nothing until they are asked for."""
import bisect
import datetime
import functools
import math
import random
import re

NOW = datetime.datetime(2026, 11, 20, 14, 30, tzinfo=datetime.timezone.utc)
CATEGORIES = ["simple", "tool_use", "code", "writing", "reasoning"]
DESCRIPTIONS = ["short facts and small talk", "calls tools", "writes or repairs programs", "longer prose", "several steps of thought"]
MODELS = {"swift-mini": ("quick", 0.2, 0.8), "swift-pro": ("quick", 1.0, 4.0), "atlas-large": ("careful", 3.0, 15.0)}
BY_CATEGORY = {"simple": "swift-mini", "tool_use": "swift-mini", "code": "swift-pro", "writing": "swift-pro", "reasoning": "atlas-large"}
THRESHOLDS = {"simple": 0.72, "tool_use": 0.70, "code": 0.64, "writing": 0.60, "reasoning": 0.50}
KEYS = ["search-ci", "support-bot", "notebooks", ""]
POLICY = "5b1e0c7a94d2" + "3f" * 26
CHAMPION = "9c41d7e2ab05" + "71" * 26
TEXTS = {
    "simple": ["What is the capital of Mongolia?", "Translate 'good morning' into Portuguese.", "How many feet are in a mile?", "Hi there! How are you today?", "When was the Eiffel Tower finished?", "Which is larger, Lake Erie or Lake Ontario?"],
    "tool_use": ["Book the meeting room on floor 3 for tomorrow at 10.", "What is the weather in Graz right now?", "Add two litres of milk to my shopping list.", "Turn off the lights in the kitchen.", "Find the next train from Linz to Salzburg."],
    "code": ["Write a Python function that merges two sorted lists.", "Why does this loop never end?\n\nwhile (i < n) { total += a[i]; }", "Add a unit test for parse_duration() in Go.", "Refactor this class so that it does not hold the lock while calling back.", "SQL: the three best customers of each month."],
    "writing": ["Draft a polite reminder for an invoice that is three weeks late.", "Rewrite this paragraph so that it sounds less formal.", "A short announcement for the summer party, about 80 words.", "Summarise the notes below for somebody who was not there."],
    "reasoning": ["If all bloops are razzies and some razzies are lazzies, must some bloops be lazzies?", "Prove that the sum of two odd integers is even.", "Three people share a taxi; who owes whom what?", "Find the flaw in this argument about survivorship bias.", "A bat and a ball cost 1.10 together; the bat costs 1.00 more than the ball."],
}


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def price(model, tokens_in, tokens_out):
    _, each_in, each_out = MODELS[model]
    return round((tokens_in * each_in + tokens_out * each_out) / 1e6, 9)


class Traffic:
    """`count` decisions, one every `gap` seconds back from NOW."""

    def __init__(self, count, gap=20.0):
        self.count, self.gap = count, gap
        self.said = {}  # decision id -> category or None
        self.extra = []  # rows of the live tail, newest first

    def within(self, since, until):
        """The numbers of decisions in that time: first (newest) and one past the last."""
        return self.before((NOW - until).total_seconds()), self.before((NOW - since).total_seconds())

    def age(self, number):
        """Seconds before NOW; nights are quiet."""
        even = number * self.gap
        return even + 9000 * (math.sin(even * 2 * math.pi / 86_400 + 2) - math.sin(2))

    def before(self, age):
        """How many decisions are younger than that."""
        return bisect.bisect_left(range(self.count), age, key=self.age)

    def identity(self, number):
        milliseconds = int((NOW.timestamp() - self.age(number)) * 1000)
        text = f"{milliseconds:012x}7{number % 0x1000:03x}8{(number * 2654435761) % (1 << 60):015x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"

    def number_of(self, identity):
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity):
            return None
        milliseconds = int(identity.replace("-", "")[:12], 16)
        near = self.before(NOW.timestamp() - milliseconds / 1000)
        return next((n for n in range(max(0, near - 2), min(self.count, near + 3)) if self.identity(n) == identity), None)

    @functools.lru_cache(maxsize=20_000)
    def facts(self, number):
        """What was asked and decided."""
        rng = random.Random(number * 7919 + 11)
        truth = rng.choices(CATEGORIES, [38, 17, 19, 13, 13])[0]
        sure = rng.betavariate(7, 1.35)
        predicted = truth if rng.random() < sure - 0.02 else rng.choice(CATEGORIES)
        rest = (1 - sure) * rng.uniform(0.9, 1)
        weights = [rng.random() ** 2 for _ in CATEGORIES]
        weights[CATEGORIES.index(predicted)] = 0
        total = sum(weights) or 1
        probabilities = [round(rest * w / total, 4) for w in weights]
        probabilities[CATEGORIES.index(predicted)] = round(max(sure, 0.24), 4)
        top = max(probabilities)
        predicted = CATEGORIES[probabilities.index(top)]
        stage, reason = "local", "at_or_above_threshold"
        if (draw := rng.random()) < 0.02:
            stage, reason = "rule", "rule:tools"
        elif draw < 0.03:
            stage, reason = "memory", "corrected"
        elif top < THRESHOLDS[predicted]:
            stage, reason = "fallback", "below_threshold"
        model = "atlas-large" if stage == "fallback" else BY_CATEGORY[predicted]
        outcome, status = "ok", 200
        if (draw := rng.random()) < 0.006:
            outcome, status = "upstream_error", 502
        elif draw < 0.011:
            outcome, status = "client_gone", 499
        tokens_in, tokens_out = int(rng.lognormvariate(6.2, 0.9)), int(rng.lognormvariate(5.4, 0.8))
        return {"truth": truth, "predicted": predicted, "probabilities": probabilities, "stage": stage, "reason": reason, "model": model, "outcome": outcome, "status": status,
                "in": tokens_in, "out": tokens_out, "text": rng.choice(TEXTS[truth]), "key": rng.choice(KEYS), "overhead": int(rng.lognormvariate(5.5, 0.35)),
                "first": int(rng.lognormvariate(12.9, 0.45)), "retry": rng.random() < 0.012, "unknown": rng.random() < 0.008, "time": NOW - datetime.timedelta(seconds=self.age(number))}

    def row(self, number):
        f = self.facts(number)
        identity = self.identity(number)
        known = f["outcome"] == "ok" and not f["unknown"]
        labelled = self.said.get(identity, f["truth"] if number % 23 == 4 else None)
        if identity in self.said and self.said[identity] is None:
            labelled = ""
        return {"id": identity, "started": iso(f["time"]), "category": f["predicted"], "probability": max(f["probabilities"]) if f["stage"] != "rule" else None,
                "threshold": THRESHOLDS[f["predicted"]], "stage": f["stage"], "reason": f["reason"], "model": f["model"], "provider": MODELS[f["model"]][0], "status": f["status"],
                "outcome": f["outcome"], "attempts": 2 if f["retry"] else 1, "cost_usd": price(f["model"], f["in"], f["out"]) if known else None,
                "baseline_cost_usd": price("atlas-large", f["in"], f["out"]) if known else None, "overhead_us": f["overhead"], "first_byte_us": f["first"],
                "total_us": f["first"] + f["out"] * 9000, "key": f["key"], "text": f["text"], "labelled": labelled}

    def matches(self, number, query):
        f = self.facts(number)
        wanted = {"category": f["predicted"], "model": f["model"], "stage": f["stage"], "outcome": f["outcome"], "key": f["key"]}
        if any(query.get(name) not in (None, value) for name, value in wanted.items()):
            return False
        return query.get("fallback") != "1" or f["stage"] == "fallback"

    def sample(self, since, until, most=4000):
        """Numbers spread over a time, and how many decisions each stands for."""
        first, end = self.within(since, until)
        step = max(1, (end - first) // most)
        return range(first, end, step), step
