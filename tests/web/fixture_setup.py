"""Made-up answers about classifiers, keys, providers, configuration and audit."""
import datetime
import random

from fixture_traffic import CATEGORIES, CHAMPION, DESCRIPTIONS, KEYS, MODELS, NOW, POLICY, BY_CATEGORY, THRESHOLDS, iso

CANDIDATE = "e27fa9036b18" + "5c" * 26
FIRST = "41d09c3e77fa" + "08" * 26


def before(**delta):
    return iso(NOW - datetime.timedelta(**delta))


def status(traffic):
    count = traffic.count
    health = [{"what": "ledger", "state": "ok", "text": f"{count:,} entries, 184 MiB of 1 GiB", "fix": ""}, {"what": "disk", "state": "ok", "text": "fsync 1.8 ms", "fix": ""},
              {"what": "providers", "state": "ok", "text": "2 of 2 answer", "fix": ""}, {"what": "prices", "state": "warn", "text": "swift-pro last verified 124 days ago", "fix": "pointsman catalogue check"},
              {"what": "keys", "state": "ok", "text": "required", "fix": ""}]
    return {"version": "0.8.0", "started": before(days=3), "now": iso(NOW), "base_url": "http://127.0.0.1:8080", "policy_version": POLICY, "classifier_version": CHAMPION,
            "categories": [{"name": c, "description": d, "models": [BY_CATEGORY[c], "atlas-large"], "threshold": THRESHOLDS[c], "certified": c == "simple"} for c, d in zip(CATEGORIES, DESCRIPTIONS)],
            "models": list(MODELS), "fallback": ["atlas-large"], "keys": [k for k in KEYS if k], "ledger": {"entries": count, "oldest": before(seconds=traffic.age(count - 1)) if count else None, "newest": iso(NOW) if count else None, "bytes": 193_000_000, "max_bytes": 1 << 30, "store_prompts": True},
            "health": health}


def card(examples, accuracy, ece):
    return {"created_by": "pointsman 0.8.0", "data_sha256": "77ab" * 16, "examples": examples, "distinct_examples": examples - 41, "features": 48_211, "seed": 1, "l2": 0.0004, "temperature": 1.08, "folds": 5, "folds_by_group": True,
            "out_of_fold": {"accuracy": accuracy, "macro_f1": accuracy - 0.012, "nll": 0.371, "ece": ece, "brier": 0.171}, "second_view": {"kept": True, "nll_without": 0.401, "nll_with": 0.371},
            "lessons": {"seed": {"texts": 1139, "weight": 1139}, "people": {"texts": 412, "weight": 1236}, "signals": {"texts": 88, "weight": 26.4}}}


def version(name, role, made, parent, figures):
    examples, accuracy, ece = figures
    return {"version": name, "roles": role, "made": made, "origin": "trained", "parent": parent, "bytes": 1_930_421, "examples": examples, "accuracy": accuracy, "calibration_error": ece, "certificate": name == CHAMPION, "pairing": False, "card": card(*figures)}


def classifiers(empty):
    if empty:
        return {"versions": [], "events": [], "training": {"running": False, "stage": "", "share": 0, "started": None, "new_labels": 0, "min_new_labels": 200, "every_seconds": 0, "last_error": ""}, "canary": None, "shadow": None}
    versions = [version(FIRST, [], before(days=40), "", (1139, 0.861, 0.041)), version(CHAMPION, [{"role": "champion", "share": 1, "since": before(days=12)}], before(days=13), FIRST, (1471, 0.894, 0.028)),
                version(CANDIDATE, [{"role": "canary", "share": 0.1, "since": before(days=1)}], before(days=2), CHAMPION, (1639, 0.907, 0.022))]
    events = [(7, 1, "canary", CANDIDATE, "", "ada", ""), (6, 1.1, "refused", CANDIDATE, CHAMPION, "ada", "too little data: 38 labels of writing"), (5, 2, "registered", CANDIDATE, "", "schedule", ""),
              (4, 12, "promoted", CHAMPION, FIRST, "ada", ""), (3, 13, "registered", CHAMPION, "", "schedule", ""), (2, 40, "promoted", FIRST, "", "ada", "first"), (1, 40, "registered", FIRST, "", "ada", "")]
    return {"versions": versions, "events": [{"number": n, "at": before(days=d), "kind": k, "version": v, "before": b, "who": w, "reason": r} for n, d, k, v, b, w, r in events],
            "training": {"running": True, "stage": "second view", "share": 0.62, "started": before(minutes=2), "new_labels": 137, "min_new_labels": 200, "every_seconds": 21_600, "last_error": ""},
            "canary": {"version": CANDIDATE, "share": 0.1, "decision": "continue", "text": "412 of the canary's conversations are over; neither worse nor proved no worse yet.", "champion": {"conversations": 3712, "bad": 141, "priced": 3690, "cost_usd": 9.841},
                       "canary": {"conversations": 412, "bad": 14, "priced": 410, "cost_usd": 1.007}}, "shadow": None}


def gate():
    check = lambda which, what, rows, b, a, low, high, limit, verdict, **more: {"set": which, "what": what, "rows": rows, "before": b, "after": a, "interval": [low, high], "limit": limit, "verdict": verdict, "missing": 0, **more}
    return {"verdict": "too little data", "promotes": False, "checks": [
        check("golden", "accuracy", 412, 0.889, 0.905, -0.009, 0.041, -0.02, "passed"), check("golden", "cost", 412, 0.0021, 0.0019, -0.0006, 0.0002, 0.0001, "passed"),
        check("recent", "accuracy", 228, 0.877, 0.899, -0.012, 0.056, -0.02, "passed"), check("labelled", "calibration", 640, 0.028, 0.022, 0.012, 0.034, 0.05, "passed"),
        check("labelled", "category writing", 38, 0.81, 0.79, -0.16, 0.11, -0.1, "too little data", **{"missing": 38, "missing_of": "writing", "note": "Neither proved nor refuted that fewer of writing are found."}),
        check("lessons", "labels of key-7", 57, 0.08, 0.11, 0.04, 0.21, 0.25, "passed"), check("verdicts", "fit", 12, 0, 0, 0, 1, 0, "not tested")]}


def days(rng, dollars):
    return [{"day": (NOW - datetime.timedelta(days=14 - i)).strftime("%Y-%m-%d"), "dollars": round(dollars * rng.uniform(0.5, 1.4), 4), "tokens": int(dollars * 2e5 * rng.uniform(0.5, 1.4))} for i in range(14)]


def spend(dollars, unknown=0):
    return {"dollars": dollars, "tokens": int(dollars * 2.1e5), "requests": int(dollars * 410), "of_unknown_cost": unknown}


def budget(period, limit, spent, tokens=None):
    ends = {"month": "2026-12-01T00:00:00.000000Z", "day": "2026-11-21T00:00:00.000000Z", "week": "2026-11-23T00:00:00.000000Z", "total": None}[period]
    begins = {"month": "2026-11-01T00:00:00.000000Z", "day": "2026-11-20T00:00:00.000000Z", "week": "2026-11-16T00:00:00.000000Z", "total": None}[period]
    return {"period": period, "dollars": limit, "tokens": tokens, "begins": begins, "ends": ends, "spent": spend(spent), "reserved_usd": 0.0312 if period == "month" else 0}


def key(number, name, owner, budgets, month, per_day, **more):
    made = f"0193{number:04x}-0000-7000-8000-00000000000{number}"
    events = [{"at": before(days=30), "who": "ada", "kind": "created", "detail": f"owner {owner}, month 50 dollars"}]
    return {"id": made, "name": name, "owner": owner, "state": "live", "ends_with": "Xy3z", "created": before(days=30), "expires": None, "revoked": None, "models": [], "categories": [], "budgets": budgets, "requests_per_minute": 600, "tokens_per_minute": None,
            "concurrent": None, "spent_this_month": spend(month, 2 if number == 1 else 0), "days": days(random.Random(number), per_day), "events": events, **more}


def keys(empty):
    if empty:
        return {"keys": [], "owners": []}
    owners = [{"name": "acme", "budgets": [budget("month", 500, 312.4)], "days": days(random.Random(9), 17)}, {"name": "acme/search", "budgets": [budget("day", None, 3.1, 2_000_000)], "days": days(random.Random(8), 7)}]
    return {"owners": owners, "keys": [key(1, "search-ci", "acme/search", [budget("month", 50, 38.21)], 38.21, 2.1), key(2, "support-bot", "acme/support", [budget("month", 400, 214.9), budget("week", 120, 61.3)], 214.9, 11.2, expires="2027-02-01T00:00:00.000000Z"),
                                       key(3, "notebooks", "acme", [budget("total", 60, 60.4)], 12.7, 1.0), key(4, "old-batch", "acme", [], 0, 0.0, state="revoked", revoked=before(days=9))]}


def providers(empty, since, until):
    price = lambda m, day: {"input": MODELS[m][1], "output": MODELS[m][2], "cached_input": round(MODELS[m][1] / 10, 4), "source": "catalogue", "verified": day}
    model = lambda m, breaker, calls, day, first: {"name": m, "upstream": f"{m}-2026-09", "breaker": breaker, "rests_until": before(seconds=-40) if breaker == "open" else None, "requests": calls, "errors": calls // 160, "rate_limited": calls // 210,
                                                   "first_byte_us": {"p50": first, "p95": first * 3, "p99": first * 6}, "price": price(m, day)}
    found = [{"name": "quick", "kind": "openai", "requests": 3390, "errors": 21, "rate_limited": 16, "models": [model("swift-mini", "closed", 2210, "2026-11-02", 212_000), model("swift-pro", "half_open", 1180, "2026-07-19", 390_000)]},
             {"name": "careful", "kind": "anthropic", "requests": 930, "errors": 5, "rate_limited": 4, "models": [model("atlas-large", "closed", 930, "2026-11-02", 611_000)]}]
    return {"since": iso(since), "until": iso(until), "providers": [] if empty else found}


YAML = """providers:
  quick: {base_url: "https://quick.example/v1", api_key: "(set, ends with 9f2c)"}
  careful: {kind: anthropic, base_url: "https://careful.example", api_key: "(set, ends with 01ab)"}
models:
  swift-mini: {provider: quick, price: {input: 0.2, output: 0.8}}
  swift-pro: {provider: quick, price: {input: 1, output: 4}}
  atlas-large: {provider: careful, price: {input: 3, output: 15}}
router:
  fallback: [atlas-large]
  default_threshold: 0.65
  retries: {max_attempts: 3}
ledger:
  store_prompts: full
  retention: 30d
learn:
  every: 6h
  promote: manual
"""


def config():
    line = lambda key_, value, origin="default", place="", secret=False: {"key": key_, "value": value, "origin": origin, "place": place, "secret": secret}
    at = lambda n: f"pointsman.yaml:{n}"
    values = [line("providers.quick.base_url", "https://quick.example/v1", "file", at(2)), line("providers.quick.api_key", "(set, ends with 9f2c)", "environment", "QUICK_API_KEY", True), line("providers.careful.kind", "anthropic", "file", at(3)),
              line("providers.careful.api_key", "(set, ends with 01ab)", "environment", "CAREFUL_API_KEY", True), line("models.swift-mini.price.input", "0.2", "file", at(5)), line("models.swift-mini.context_window", "128000", "catalogue", "catalogue 2026-11-02"),
              line("router.fallback", '["atlas-large"]', "file", at(9)), line("router.default_threshold", "0.65", "file", at(10)), line("router.retries.max_attempts", "3", "file", at(11)), line("router.retries.budget", "0.1"), line("router.breaker.failures", "5"),
              line("router.breaker.cooldown", "10s"), line("ledger.store_prompts", "full", "file", at(13)), line("ledger.retention", "30d", "file", at(14)), line("ledger.max_size", "1GiB"), line("learn.every", "6h", "file", at(16)), line("learn.promote", "manual", "file", at(17)),
              line("learn.memory", "true"), line("limits.max_body", "20MiB"), line("limits.idle_timeout", "75s"), line("access.keys", "auto"), line("access.time_zone", "UTC"), line("log.level", "info")]
    changed = YAML.replace("default_threshold: 0.65", "default_threshold: 0.70").replace("  promote: manual\n", "  promote: manual\n  canary: 0.2\n")
    return {"path": "pointsman.yaml", "version": POLICY, "loaded": before(days=3), "values": values, "yaml": YAML, "file_yaml": changed, "file_version": "ab" * 32, "file_problems": []}


def validate(yaml):
    if "colour" in yaml or not yaml.strip():
        problem = {"line": 1 + yaml[: yaml.find("colour")].count("\n"), "column": 3, "key": "colour", "message": "is not known; the nearest is `cooldown`"}
        return {"ok": False, "version": "", "problems": [problem], "changes": []}
    changes = [] if yaml == YAML else [{"key": "router.default_threshold", "before": "0.65", "after": "0.7"}]
    return {"ok": True, "version": "cd" * 32, "problems": [], "changes": changes}


def audit(empty):
    kinds = [("classifier.canary", CANDIDATE[:12], "10 % of the conversations"), ("classifier.refused", CANDIDATE[:12], "too little data: 38 labels of writing"), ("key.rotated", "support-bot", "grace 24h"), ("session.opened", "ada", ""), ("session.refused", "root", "wrong password"),
             ("feedback", "01936b2e-7c5f", "reasoning, underpowered"), ("config.reloaded", POLICY[:12], "3 keys changed"), ("classifier.promoted", CHAMPION[:12], "before 41d09c3e77fa"), ("key.created", "notebooks", "owner acme"), ("key.revoked", "old-batch", "")]
    events = [{"number": 60 - i, "at": before(hours=5 * i + 1), "who": ["ada", "grace", "ada", "schedule"][i % 4], "kind": kinds[i % 10][0], "subject": kinds[i % 10][1], "detail": kinds[i % 10][2], "from": ["127.0.0.1", "command line", "127.0.0.1", "process"][i % 4]} for i in range(60)]
    return [] if empty else events
