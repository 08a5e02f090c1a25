"""Answers that are folded from the made-up traffic: overview, savings, quality, frontier."""
import datetime
import math

from fixture_traffic import BY_CATEGORY, CATEGORIES, CHAMPION, MODELS, NOW, THRESHOLDS, iso, price

ORDER = ["swift-mini", "swift-pro", "atlas-large"]


def percentiles(values):
    ordered = sorted(values)
    at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99)}


def chosen(traffic, since, until, query):
    numbers, step = traffic.sample(since, until)
    return [traffic.row(n) for n in numbers if traffic.matches(n, query)], step


def share_lines(rows, step, name):
    sums = {}
    for row in rows:
        line = sums.setdefault(row[name] or "(none)", {"name": row[name] or "(none)", "requests": 0, "cost_usd": 0.0})
        line["requests"] += step
        line["cost_usd"] = round(line["cost_usd"] + (row["cost_usd"] or 0) * step, 9)
    return list(sums.values())


def point(at, rows, step):
    priced = [row for row in rows if row["cost_usd"] is not None]
    spread = percentiles([row["overhead_us"] for row in rows])
    return {"at": iso(at), "requests": len(rows) * step, "errors": sum(row["outcome"] == "upstream_error" for row in rows) * step, "fallbacks": sum(row["stage"] == "fallback" for row in rows) * step,
            "cost_usd": round(sum(row["cost_usd"] for row in priced) * step, 9), "baseline_usd": round(sum(row["baseline_cost_usd"] for row in priced) * step, 9),
            "excluded": (len(rows) - len(priced)) * step, "overhead_p50_us": spread["p50"], "overhead_p99_us": spread["p99"]}


def overview(traffic, since, until, query):
    rows, step = chosen(traffic, since, until, query)
    seconds = max(60, int((until - since).total_seconds() / 48))
    buckets = {}
    for row in rows:
        at = int(datetime.datetime.fromisoformat(row["started"]).timestamp()) // seconds * seconds
        buckets.setdefault(at, []).append(row)
    reasons = share_lines([row for row in rows if row["stage"] == "fallback"], step, "reason")
    return {"since": iso(since), "until": iso(until), "requests": len(rows) * step, "errors": sum(row["outcome"] == "upstream_error" for row in rows) * step,
            "fallbacks": sum(row["stage"] == "fallback" for row in rows) * step, "overhead_us": percentiles([row["overhead_us"] for row in rows]),
            "first_byte_us": percentiles([row["first_byte_us"] for row in rows]), "categories": share_lines(rows, step, "category"), "models": share_lines(rows, step, "model"),
            "fallback_reasons": reasons, "step_seconds": seconds,
            "points": [point(datetime.datetime.fromtimestamp(at, datetime.timezone.utc), buckets[at], step) for at in sorted(buckets)]}


def savings_line(name, rows, step):
    priced = [row for row in rows if row["cost_usd"] is not None]
    cost, baseline = sum(row["cost_usd"] for row in priced) * step, sum(row["baseline_cost_usd"] for row in priced) * step
    share = 1 - cost / baseline if baseline else None
    n = len(priced)
    reach = None
    if share is not None and n > 1:
        ratio = cost / baseline
        reach = 1.96 * math.sqrt(n / (n - 1) * sum((row["cost_usd"] - ratio * row["baseline_cost_usd"]) ** 2 for row in priced)) * step / baseline
    return {"name": name, "baseline_models": ["atlas-large"] if priced else [], "requests": len(rows) * step, "excluded": (len(rows) - n) * step, "replayed": 0, "conversations": n * step,
            "low_sample": n * step < 30, "cost_usd": round(cost, 9), "of_cost": {"discarded_usd": round(cost * 0.011, 9), "classification_usd": round(cost * 0.004, 9), "summaries_usd": 0},
            "baseline_usd": round(baseline, 9), "saved_usd": round(baseline - cost, 9), "saved_share": share, "interval_95": [share - reach, min(1, share + reach)] if reach is not None else None}


def savings(traffic, since, until, query):
    rows, step = chosen(traffic, since, until, query)
    groups = {}
    for row in rows:
        groups.setdefault("(fallback)" if row["stage"] == "fallback" else row["category"], []).append(row)
    return {"by": "route", "total": savings_line("total", rows, step), "lines": [savings_line(name, groups[name], step) for name in sorted(groups)], "days": []}


def labelled(traffic, since, until, which):
    numbers, _ = traffic.sample(since, until, most=1_000_000)
    every = {"slice": 11, "golden": 17}.get(which, 5)
    return [traffic.facts(n) for n in numbers if n % every == 0][:2400]


def curve(facts, everything, step):
    steps = []
    for at in range(101):
        bar = at / 100
        kept = [f for f in everything if max(f["probabilities"]) >= bar]
        labels = [f for f in facts if max(f["probabilities"]) >= bar]
        cost = sum(price(BY_CATEGORY[f["predicted"]] if max(f["probabilities"]) >= bar else "atlas-large", f["in"], f["out"]) for f in everything)
        steps.append({"threshold": bar, "kept": len(kept) * step, "labelled_kept": len(labels), "labelled_wrong": sum(f["truth"] != f["predicted"] for f in labels),
                      "cost_usd": round(cost * step, 9), "priced": len(everything) * step})
    return steps


def share_of(hits, of):
    z2 = 1.959963984540054 ** 2
    if of == 0:
        return {"value": None, "low": 0, "high": 1, "hits": 0, "of": 0}
    p = hits / of
    middle, reach = (p + z2 / (2 * of)) / (1 + z2 / of), math.sqrt(z2 * (p * (1 - p) / of + z2 / (4 * of * of))) / (1 + z2 / of)
    return {"value": p, "low": middle - reach, "high": middle + reach, "hits": hits, "of": of}


def bins_of(facts, everything, step):
    histogram = [{"low": i / 20, "high": (i + 1) / 20, "unlabelled": 0, "confirmed": 0, "corrected": 0} for i in range(20)]
    calibration = [{"count": 0, "right": 0, "sum": 0.0} for _ in range(15)]
    for f in everything:
        histogram[min(19, int(max(f["probabilities"]) * 20))]["unlabelled"] += step
    for f in facts:
        top, right = max(f["probabilities"]), f["truth"] == f["predicted"]
        histogram[min(19, int(top * 20))]["confirmed" if right else "corrected"] += 1
        cell = calibration[min(14, int(top * 15))]
        cell["count"] += 1
        cell["right"] += right
        cell["sum"] += top
    return histogram, [{"count": c["count"], "right": c["right"], "confidence": c["sum"] / c["count"] if c["count"] else 0} for c in calibration]


def quality(traffic, since, until, query):
    which = query.get("set", "slice")
    numbers, step = traffic.sample(since, until, most=1500)
    everything, facts = [traffic.facts(n) for n in numbers], labelled(traffic, since, until, which)
    histogram, calibration = bins_of(facts, everything, step)
    of = lambda test: sum(map(test, facts))
    cells = [{"true": t, "predicted": p, "count": many} for t in CATEGORIES for p in CATEGORIES if (many := of(lambda f, t=t, p=p: f["truth"] == t and f["predicted"] == p))]
    total = len(facts) or 1
    ece = sum(c["count"] / total * abs(c["right"] / c["count"] - c["confidence"]) for c in calibration if c["count"])
    drift = [{"kind": kind, "group": group, "raised": group == "words", "figure": 0.21 if group == "words" else 0.004,
              "text": "never seen: 0.3 and more was 8 %, is 19 % (index 0.21, by chance up to 0.02)" if group == "words" else "as it was", "first_step": "label some of the latest requests"}
             for kind, group in (("input", "words"), ("input", "length"), ("label", "categories"), ("confidence", "confidence"), ("scope", "scope"))]
    return {"set": which, "since": iso(since), "until": iso(until), "classifier_version": CHAMPION, "requests": len(everything) * step, "labels": len(facts),
            "accuracy": share_of(of(lambda f: f["truth"] == f["predicted"]), len(facts)), "ece": ece if facts else None, "histogram": histogram, "calibration": calibration,
            "categories": [{"name": c, "support": of(lambda f, c=c: f["truth"] == c), "called": of(lambda f, c=c: f["predicted"] == c), "right": of(lambda f, c=c: f["truth"] == f["predicted"] == c)} for c in CATEGORIES],
            "confusion": cells, "threshold": 0.65, "curve": curve(facts, everything, step) if facts else [], "drift": drift if everything else []}


def good(f, model):
    return ORDER.index(model) >= ORDER.index(BY_CATEGORY[f["truth"]])


def frontier(traffic, since, until):
    facts = labelled(traffic, since, until, "all")
    if not facts:
        return {"since": iso(since), "until": iso(until), "requests": 0, "labels": 0, "weak": "swift-mini", "strong": "atlas-large", "points": [], "curve": []}

    def figures(choose):
        models = [choose(at, f) for at, f in enumerate(facts)]
        cost = sum(price(m, f["in"], f["out"]) for m, f in zip(models, facts)) / len(facts) * 1000
        return cost, sum(good(f, m) for m, f in zip(models, facts))

    def routed(bar):
        return lambda _at, f: BY_CATEGORY[f["predicted"]] if max(f["probabilities"]) >= bar else "atlas-large"

    policies = [("always_strong", "always strong", lambda _at, _f: "atlas-large"), ("always_cheap", "always cheap", lambda _at, _f: "swift-mini"),
                ("random", "random", lambda at, _f: ORDER[at * 7919 % 3]),
                ("current", "current", lambda _at, f: BY_CATEGORY[f["predicted"]] if max(f["probabilities"]) >= THRESHOLDS[f["predicted"]] else "atlas-large"),
                ("candidate", "candidate", lambda at, f: BY_CATEGORY[f["truth"]] if at % 3 == 0 else routed(0.66)(at, f))]
    points = []
    for name, label, choose in policies:
        cost, many = figures(choose)
        points.append({"name": name, "label": label, "cost_usd": cost, "good": many, "of": len(facts)})
    steps = []
    for at in range(0, 101, 5):
        cost, many = figures(routed(at / 100))
        steps.append({"threshold": at / 100, "cost_usd": cost, "quality": many / len(facts)})
    return {"since": iso(since), "until": iso(until), "requests": len(facts) * 5, "labels": len(facts), "weak": "swift-mini", "strong": "atlas-large", "points": points, "curve": steps}
