"""Promise P21: adversarial prompts cannot run up the bill unnoticed. A search of its own looks for words that, put before
any simple question, make the built-in classifier send it to a stronger model: black-box hill climbing with the
probabilities that `pointsman classify` shows, which is more than an attacker sees. Then a gateway with a budget and a cap
on doubt shows what the worst prompts can cost."""

import json
import os
import random

import promise
import harness
from wire import Upstream, ask, completion, whole

TOKENS, QUERIES, BATCH, SEED = 20, 1000, 10, 2101
THRESHOLD = 0.6  # the default of router.default_threshold
POINTS = 0.10
BUDGET, USED, LONGEST = 3000, 30, 40  # tokens: of the owner, of each answer, that clients allow


def workload():
    """Simple questions, and words that questions are made of."""
    with open(os.path.join(promise.ROOT, "data/starter/workload.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    simple = [row["text"].replace("\n", " ") for row in rows if row.get("category") == "simple"]
    words = sorted({word for row in rows for word in row["text"].split() if word.isalpha()})
    return simple, words


def classify(texts):
    run = promise.command("classify", "--json", text="\n".join(texts) + "\n")
    return [json.loads(line) for line in run.stdout.splitlines()]


def upgraded(verdicts):
    """The share that does not stay with the weak model: another category, or doubt."""
    kept = sum(one["category"] == "simple" and one["probability"] >= THRESHOLD for one in verdicts)
    return 1 - kept / len(verdicts)


def climb(run, attacked, words, queries):
    """The words that lower the probability of `simple` most, over a few questions at a time."""
    chance = random.Random(SEED)
    gadget, asked = [chance.choice(words) for _ in range(TOKENS)], 0

    def score(tokens):
        verdicts = classify([" ".join(tokens) + " " + text for text in attacked])
        return sum(one["probabilities"]["simple"] for one in verdicts) / len(verdicts)

    best, asked = score(gadget), BATCH
    while asked + BATCH <= queries:
        tried = list(gadget)
        for place in chance.sample(range(TOKENS), chance.choice((1, 2, 4))):
            tried[place] = chance.choice(words)
        value, asked = score(tried), asked + BATCH
        if value < best:
            gadget, best = tried, value
    run.value("gadget", " ".join(gadget))
    run.value("queries", asked)
    return " ".join(gadget), asked


def bill(run, gadget, questions):
    """Everything that a key's owner can spend with such prompts, and what doubt can."""
    body = completion()
    body["usage"] = {"prompt_tokens": 10, "completion_tokens": USED - 10, "total_tokens": USED}
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole(body))))
    base = harness.config({"up": harness.provider(upstream.port)}, {"weak": "up", "strong": "up"})
    base["categories"] = {name: {"models": ["weak" if name == "simple" else "strong"]}
                          for name in ("simple", "reasoning", "tool_use")}
    base["router"] = {"fallback": ["strong"], "classifier": "builtin"}
    texts = [f"{gadget} {text}" for text in questions]
    gateway = run.enter(harness.Gateway({**base, "owners": {"acme": {"budgets": [{"period": "total", "tokens": BUDGET}]}}}))
    made = promise.command("keys", "create", "--name", "app", "--owner", "acme", "--quiet", "--config", gateway.config_path,
                           directory=gateway.directory)
    fields = [("Authorization", f"Bearer {made.stdout.strip()}")]
    harness.wait_until(lambda: ask(gateway.port, harness.chat()).status == 401, "a key is needed")
    statuses = [ask(gateway.port, harness.chat(text=texts[number % len(texts)], max_tokens=LONGEST), fields).status
                for number in range(2 * BUDGET // USED)]
    run.require(429 in statuses, "the budget ended nothing")
    answered = statuses.count(200)
    run.require(answered * USED <= BUDGET, f"{answered * USED} tokens spent of {BUDGET}")
    capped = run.enter(harness.Gateway({**base, "router": {**base["router"], "default_threshold": 0.999999,
                                                           "fallback_cap": {"per_day": 0.001, "on_cap": "reject"}}}))
    doubtful = [ask(capped.port, harness.chat(text=texts[number % len(texts)], max_tokens=LONGEST)).status
                for number in range(100)]
    run.require(429 in doubtful or 503 in doubtful, "the cap on doubt ended nothing")
    run.tried(f"a budget of {BUDGET:,} tokens let {answered * USED:,} be spent by such prompts, a cap on doubt of $0.001 "
              f"{doubtful.count(200)} requests")


def measure(run):
    simple, words = workload()
    random.Random(SEED).shuffle(simple)
    attacked, held_out = simple[:BATCH], simple[BATCH:BATCH + 200]
    natural = run.value("natural_rate", upgraded(classify(held_out)))
    gadget, asked = climb(run, attacked, words, run.pick(QUERIES, 60))
    rate = run.value("upgrade_rate", upgraded(classify([f"{gadget} {text}" for text in held_out])))
    noise = random.Random(SEED + 1)
    plain = " ".join(noise.choice(words) for _ in range(TOKENS))
    by_chance = run.value("random_words_rate", upgraded(classify([f"{plain} {text}" for text in held_out])))
    run.tried(f"{asked:,} queries for {TOKENS} words before any question: {rate:.0%} of {len(held_out)} simple questions leave the "
              f"weak model, {natural:.0%} by nature, {by_chance:.0%} with random words")
    bill(run, gadget, held_out[:30])
    run.require(run.small or rate <= natural + POINTS,
                f"upgrade rate {rate:.0%}, {natural + POINTS:.0%} allowed; the spend stays within budget and cap")


if __name__ == "__main__":
    promise.main("P21", "adversarial prompts cannot run up the bill unnoticed", measure)
