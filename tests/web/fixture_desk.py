"""Made-up answers about one decision, and the review queue with its leases."""
import datetime
import threading
import time
import uuid

from fixture_traffic import CATEGORIES, CHAMPION, MODELS, NOW, POLICY, THRESHOLDS, iso

LEASE_SECONDS = 600


def entry(traffic, number):
    f, row = traffic.facts(number), traffic.row(number)
    attempts = [{"model": f["model"], "provider": row["provider"], "status": f["status"], "error": "" if f["outcome"] == "ok" else "upstream_error", "first_byte_us": f["first"]}]
    if f["retry"]:
        attempts.insert(0, {"model": f["model"], "provider": row["provider"], "status": 429, "error": "rate_limited", "first_byte_us": 41_000})
    return {"id": row["id"], "started": row["started"], "requested_model": "auto", "route_header": "", "conversation": f"{number * 2654435761 % 2**64:016x}", "text_hash": f"{number:016x}",
            "text": f["text"], "context": "Thanks, that works." if number % 4 == 0 else "", "features": 41, "key": f["key"], "capabilities": ["tools"] if f["truth"] == "tool_use" else [],
            "input_tokens_estimate": f["in"], "output_tokens_limit": 4096, "stream": True, "tool_result_turn": False, "probabilities": f["probabilities"], "rule_hits": ["tools"] if f["stage"] == "rule" else [],
            "encoder": "", "unavailable": [], "category": row["category"], "probability": row["probability"], "threshold": row["threshold"], "stage": f["stage"], "reason": f["reason"],
            "candidates": list(dict.fromkeys([f["model"], "swift-pro", "atlas-large"])), "policy_version": POLICY, "classifier_version": CHAMPION, "attempts": attempts, "model": f["model"],
            "provider": row["provider"], "status": f["status"], "outcome": f["outcome"], "error": "" if f["outcome"] == "ok" else "unavailable: the provider closed the connection",
            "input_tokens": f["in"], "cached_input_tokens": 0, "output_tokens": f["out"], "reasoning_tokens": None, "cost_usd": row["cost_usd"], "baseline_cost_usd": row["baseline_cost_usd"],
            "bill": {"owner": "acme/search", "counted": "o200k_base", "prompt_tokens": f["in"], "expected_usd": 0.0021, "baseline": "atlas-large"}, "classify_us": 38, "encoder_us": 0,
            "overhead_us": f["overhead"], "first_byte_us": f["first"], "total_us": row["total_us"], "request_bytes": 812, "response_bytes": f["out"] * 180, "truncated": False}


def nearest(category):
    return [{"category": category, "likeness": 0.81, "text": "Which lake is the deepest?", "source": "seed"}, {"category": category, "likeness": 0.64, "text": "What is the height of Mount Elbrus?", "source": "people"},
            {"category": "reasoning", "likeness": 0.41, "text": "Which of two lakes holds more water, and why?", "source": "people"}, {"category": None, "likeness": 0.22, "text": None, "source": "people"}]


def words():
    return [{"what": "word", "text": text, "weight": weight} for text, weight in (("what", 1.31), ("is the", 0.92), ("which", 0.71), ("prove", -0.55), ("larger", -0.34))]


def detail(traffic, number, feedback):
    one = entry(traffic, number)
    _, each_in, each_out = MODELS[one["model"]]
    bill = [{"item": "prompt", "tokens": one["input_tokens"], "per_million_usd": each_in, "amount_usd": round(one["input_tokens"] * each_in / 1e6, 9)},
            {"item": "answer", "tokens": one["output_tokens"], "per_million_usd": each_out, "amount_usd": round(one["output_tokens"] * each_out / 1e6, 9)},
            {"item": "classification", "tokens": None, "per_million_usd": None, "amount_usd": 0}]
    said = [item for item in feedback.values() if item["decision"] == one["id"]]
    return {"entry": one, "categories": CATEGORIES, "thresholds": [{"category": c, "threshold": THRESHOLDS[c], "certified": c == "simple"} for c in CATEGORIES],
            "replay": {"possible": True, "agrees": True, "says": "same category, same candidates", "excluded": ["swift-tiny: its window of 8,192 tokens is too small"]},
            "nearest": nearest(one["category"]), "words": words(), "rule": {"name": "tools", "category": "tool_use", "matches": r"\b(book|turn off|add)\b"} if one["rule_hits"] else None, "bill": bill,
            "feedback": [{key: value for key, value in item.items() if key != "decision"} for item in said]}


class ReviewDesk:
    """Leases, answers, undo: what two people at once must not break."""

    def __init__(self, traffic, size=240):
        self.traffic = traffic
        self.lock = threading.Lock()
        doubtful = (n for n in range(min(traffic.count, 20_000)) if max(traffic.facts(n)["probabilities"]) < 0.75)
        self.queue = [n for n, _ in zip(doubtful, range(size))]
        self.leases, self.answers, self.skipped, self.keys, self.feedback = {}, {}, set(), {}, {}

    def item(self, number, until, blind):
        f, row = self.traffic.facts(number), self.traffic.row(number)
        reasons = ["unsure", "random", "disagreement", "typical", "novel", "costly"]
        return {"id": row["id"], "started": row["started"], "text": f["text"], "context": "Thanks, that works." if number % 4 == 0 else "", "category": "" if blind else row["category"], "stage": row["stage"],
                "model": row["model"], "cost_usd": row["cost_usd"], "opinions": [] if blind else [{"stage": "classifier", "probabilities": f["probabilities"], "remark": ""},
                                                                                               {"stage": "small model", "probabilities": [], "remark": "was not asked"}],
                "reason": reasons[number % 6], "why": "two categories are nearly as likely", "blind": blind, "leased_until": iso(NOW + datetime.timedelta(seconds=until - time.time()))}

    def take(self, user, count, again):
        with self.lock:
            now, found = time.time(), []
            for number in self.queue:
                holder = self.leases.get(number)
                free = holder is None or holder[0] == user or holder[1] < now
                done = number in self.answers if not again else self.answers.get(number, user) == user
                if len(found) < count and free and not done and (user, number) not in self.skipped:
                    self.leases[number] = (user, now + LEASE_SECONDS)
                    found.append(self.item(number, now + LEASE_SECONDS, again))
            return {"items": found}

    def holds(self, user, number):
        holder = self.leases.get(number)
        return holder is not None and holder[0] == user and holder[1] >= time.time()

    def answer(self, user, number, category, key):
        with self.lock:
            if key in self.keys:
                return {**self.keys[key], "repeated": True}
            if not self.holds(user, number):
                return None
            identity = self.traffic.identity(number)
            receipt = {"id": str(uuid.uuid4()), "decision_id": identity, "repeated": False}
            self.answers[number] = user
            self.leases.pop(number)
            self.keep(receipt["id"], identity, user, category, number)
            self.keys[key] = receipt
            return receipt

    def keep(self, identity, decision, user, category, number=None, **more):
        self.feedback[identity] = {"id": identity, "at": iso(NOW), "who": user, "signal": "", "category": category, "labels": True, "verdict": "", "rating": None, "comment": "", "golden": False, "decision": decision, **more}
        self.traffic.said[decision] = category
        del number

    def retract(self, user, identity):
        with self.lock:
            item = self.feedback.pop(identity, None)
            if item is None:
                return False
            self.traffic.said.pop(item["decision"], None)
            number = self.traffic.number_of(item["decision"])
            self.answers.pop(number, None)
            self.leases[number] = (user, time.time() + LEASE_SECONDS)
            self.keys = {key: one for key, one in self.keys.items() if one["id"] != identity}
            return True

    def state(self, user):
        labels = len(self.answers)
        return {"categories": CATEGORIES, "waiting": len(self.queue) - labels, "without_text": 0, "labelled": 137 + labels if self.queue else 0, "labelled_by_me": sum(one == user for one in self.answers.values()), "goal": 200,
                "annotators": [{"who": "grace", "labels": 81, "last": iso(NOW), "working": True}, {"who": "ada", "labels": 56 + labels, "last": iso(NOW), "working": True}] if self.queue else [],
                "agreement": {"items": 48, "same": 43, "kappa": 0.86, "low": 0.73, "high": 0.95} if self.queue else {"items": 0, "same": 0, "kappa": None, "low": None, "high": None}}
