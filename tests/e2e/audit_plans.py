"""The traffic of the money audit: price lists, the gateway's configuration, and ten thousand random plans from one seed."""

import random

import harness
from audit_provider import Deed, Plan
from recordings import PATHS

CLIENTS = ("chat", "responses", "messages")
# Dollars per million tokens, as the provider's price list has them. "odd" has prices of half nano-dollars a token;
# "bare" says nothing of cached tokens, so that what they cost is unknown.
PRICES = {
    "oa-plain": {"input": 2.5, "cached_input": 1.25, "output": 10},
    "oa-tiers": {"input": 1.25, "cached_input": 0.125, "output": 10, "reasoning": 12,
                 "tiers": [{"above": 4000, "input": 2.5, "cached_input": 0.25, "output": 15, "reasoning": 18},
                           {"above": 9000, "input": 5, "cached_input": 0.5, "output": 22.5, "reasoning": 27}]},
    "oa-native": {"input": 0.15, "cached_input": 0.075, "output": 0.6},
    "oa-odd": {"input": 0.0375, "cached_input": 0.0125, "output": 0.0625},
    "oa-bare": {"input": 3, "output": 15},
    "oa-deaf": {"input": 1, "cached_input": 0.1, "output": 2},
    "an-plain": {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "long_cache_write": 6, "output": 15},
    "an-tiers": {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "long_cache_write": 10, "output": 25,
                 "tiers": [{"above": 4000, "input": 10, "cached_input": 1, "cache_write": 12.5, "long_cache_write": 20,
                            "output": 37.5}]},
    "mini": {"input": 0.1, "cached_input": 0.025, "output": 0.4},
}
DRAINING = ("oa-tiers", "oa-native", "an-tiers")
# Which models stand behind which category, in this order.
CATEGORIES = {"across": ["oa-plain", "an-tiers", "oa-tiers"], "back": ["an-plain", "oa-native", "oa-odd"],
              "deaf": ["oa-deaf", "an-tiers"], "bare": ["oa-bare", "oa-plain"],
              "escalating": ["oa-native", "oa-tiers", "an-plain"]}
FALLBACK = ["an-tiers", "oa-plain"]
# What the small model is asked to tell apart; the classifier is trained on the first two words of each.
TOPICS = {"billing": ["invoice", "refund", "rebate", "levy"], "travel": ["flight", "hotel", "voyage", "berth"],
          "cooking": ["recipe", "oven", "braise", "glaze"]}
FILLING = "how do i get my the a of to in is and for not when please today again about".split()


def kind_of(model):
    return "anthropic" if model.startswith("an-") else "openai"


def configuration(ports):
    """`ports`: of the provider of each model, which has its name."""
    providers = {name: harness.provider(port, kind=kind_of(name),
                                        on_disconnect="drain" if name in DRAINING else "cancel",
                                        **({"responses": True} if name == "oa-native" else {}),
                                        **({"first_byte_timeout": "150ms"} if name == "oa-deaf" else {}))
                 for name, port in ports.items()}
    made = harness.config(providers, {name: name for name in ports if name != "mini"}, workers=2)
    for name, model in made["models"].items():
        model["price"] = PRICES[name]
        model["capabilities"] = ["json_mode", "json_schema"]
    made["categories"] = {name: {"models": models, "strategy": "escalate" if name == "escalating" else "preference"}
                          for name, models in CATEGORIES.items()}
    for name, words in TOPICS.items():
        made["categories"][name] = {"models": ["oa-plain"], "strategy": "preference", "speculate": 0.01,
                                    "examples": [f"{words[0]} and {words[1]}"]}
    made["router"] = {"fallback": FALLBACK, "classifier": "small.pm", "breaker": {"failures": 1000},
                      "retries": {"max_attempts": 3, "budget": 1}, "structured": {"on_invalid": "retry_stronger"},
                      "llm": {"provider": "mini", "model": "mini", "price": PRICES["mini"], "confidence": "stated",
                              "deadline": "5s", "hedge": 0.5, "cache": 0}}
    made["ledger"] = {"store_prompts": "full"}
    return made


def training_rows(seed):
    rng = random.Random(seed)
    for number in range(60):
        topic = rng.choice(sorted(TOPICS))
        words = [*(rng.choice(FILLING) for _ in range(5)), *(rng.choice(TOPICS[topic][:2]) for _ in range(2))]
        rng.shuffle(words)
        yield {"text": " ".join(words) + f" number {number}", "category": topic}


class Ask:
    """One request of a client: what it says, how, and when it leaves."""

    def __init__(self, marker, client, stream, model, category, text, schema, leaves, how):
        self.marker = marker
        self.path = PATHS[client]
        self.fields = [("x-pointsman-route", category)] if category else []
        self.leaves = leaves
        self.how = how
        prompt = f"audit-{marker} {text}"
        body = {"model": model, **({"stream": True} if stream else {})}
        if client == "responses":
            body.update(input=prompt, max_output_tokens=4000)
        else:
            body.update(messages=[{"role": "user", "content": prompt}], max_tokens=4000)
        if schema:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": {
                "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
                "additionalProperties": False}}}
        self.body = body


class Traffic:
    """All plans of one seed: `asks` for the clients, `plans` for the providers, `doubts` for the small model."""

    def __init__(self, seed, count):
        self.random = random.Random(seed)
        self.asks, self.plans, self.doubts = [], {}, {}
        for number in range(count):
            self.add(f"{number:06}")

    def used(self):
        rng = self.random
        prompt = rng.choice((rng.randint(20, 3900), rng.choice((3999, 4000, 4001, 9000, 9001)), rng.randint(4002, 20000)))
        cached = rng.choice((0, 0, rng.randint(0, prompt)))
        written = rng.choice((0, rng.randint(0, prompt - cached)))
        output = rng.randint(1, 3000)
        return {"input": prompt, "cached": cached, "written": written, "output": output,
                "written_long": rng.choice((0, written, rng.randint(0, written))),
                "reasoning": rng.choice((0, rng.randint(0, output)))}

    def deed(self, kinds):
        rng = self.random
        return Deed(rng.choice(kinds), rng.random(), rng.choice(("fin", "rst")), rng.choice((429, 500)), self.used())

    def add(self, marker):
        rng = self.random
        style = rng.choices(("direct", "across", "back", "deaf", "bare", "escalating", "schema", "doubt"),
                            (36, 14, 14, 1, 4, 8, 8, 15))[0]
        client = "chat" if style == "schema" else rng.choice(CLIENTS)
        stream = style != "escalating" and rng.random() < 0.6
        model, category, text = "auto", style, " ".join(rng.choices(FILLING, k=4))
        first, later = ["answer"] * 6 + ["mute", "cut", "refuse", "error", "drop", "growing"], ["answer", "refuse", "cut"]
        if style == "direct":
            model, category = rng.choice([name for name in PRICES if name not in ("mini", "oa-deaf")]), ""
        elif style == "deaf":
            first, later = ["deaf"], ["answer"]
        elif style == "escalating":
            first, later = ["empty", "empty", "answer", "cut", "mute"], ["empty", "answer", "answer", "refuse"]
        elif style == "schema":
            first, later, category = ["bad_json", "bad_json", "answer", "cut"], ["answer", "bad_json", "refuse"], "across"
        elif style == "doubt":
            category, text = "", " ".join(rng.choices(FILLING, k=4) + [rng.choice(TOPICS[rng.choice(list(TOPICS))][2:])])
            self.doubts[marker] = Plan([self.doubt_deed(), self.doubt_deed()])
        leaves = rng.choices(("", "early", "middle"), (78, 7, 15))[0] if style not in ("deaf", "escalating") else ""
        self.plans[marker] = Plan([self.deed(first), self.deed(later), self.deed(later), self.deed(["answer"])], leaves)
        if marker in self.doubts:
            self.doubts[marker].leaves = leaves
        self.asks.append(Ask(marker, client, stream, model, category, text, style == "schema", leaves,
                             rng.choice(("fin", "rst"))))

    def doubt_deed(self):
        rng = self.random
        used = {**self.used(), "written": 0, "written_long": 0, "output": rng.randint(4, 12), "reasoning": 0}
        kind = rng.choices(("answer", "slow", "garbage", "mute", "cut", "refuse", "drop"), (60, 12, 5, 5, 5, 5, 5))[0]
        return Deed(kind, 0.03 if kind == "slow" else rng.random(), "fin", rng.choice((429, 500)), used)
