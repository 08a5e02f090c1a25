"""Promise P25: metrics stay cheap. Fifty models, twenty routes, and clients that ask for models that do not exist: the
series are bounded, a scrape is quick, promtool is content, and no key or user is a label."""

import re
import subprocess
import time
import urllib.request

import promise
import harness
from wire import Client, Upstream, whole

MODELS, ROUTES, MOST = 50, 20, 2000


def scrape(gateway):
    began = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/metrics", timeout=harness.PATIENCE) as page:
        text = page.read().decode()
    return text, time.monotonic() - began


def series(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def measure(run):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    names = [f"model-{number}" for number in range(MODELS)]
    routes = [f"route{number}" for number in range(ROUTES)]
    configuration = harness.config({"up": harness.provider(upstream.port)}, {name: "up" for name in names}, workers=2)
    configuration["categories"] = {route: {"models": [names[(3 * number + at) % MODELS] for at in range(3)]}
                                   for number, route in enumerate(routes)}
    configuration["rules"] = [{"name": route, "category": route, "keywords": [route]} for route in routes]
    configuration["router"]["fallback"] = names[:1]
    gateway = run.enter(harness.Gateway(configuration))
    with Client(gateway.port) as client:
        for number in range(run.pick(3, 1) * MODELS):
            client.post(harness.chat(names[number % MODELS], user=f"user-{number}"))
            run.equal(200, client.read().status, "a named model")
        for number in range(run.pick(10, 1) * ROUTES):
            client.post(harness.chat(text=f"about {routes[number % ROUTES]} please", user=f"user-{number}"))
            run.equal(200, client.read().status, "a route")
        known = len(series(scrape(gateway)[0]))
        for number in range(run.pick(3000, 100)):
            client.post(harness.chat(f"unknown-{number}"))
            client.read()
    times = sorted(scrape(gateway)[1] for _ in range(run.pick(200, 20)))
    text = scrape(gateway)[0]
    count = run.value("series", len(series(text)))
    p50 = run.value("scrape_p50_s", harness.quantile(times, 0.5))
    histograms = sum("_bucket{" in one for one in series(text))
    run.tried(f"{MODELS} models x {ROUTES} routes: {count:,} series ({histograms:,} of them buckets), {count - known:+d} by names "
              f"that do not exist; scrape {promise.milliseconds(p50)} (p50)")
    run.require(count <= MOST, f"{count} series, {MOST} allowed")
    run.require(count - known <= 10, f"{count - known} series more by unknown models")
    run.figure(p50 <= run.pick(0.02, 0.2), f"a scrape takes {promise.milliseconds(p50)}, 20 ms allowed")
    labels = set(re.findall(r'[{,](\w+)="', text))
    run.equal(set(), labels & {"user", "key", "end_user", "owner", "session"}, "labels of people")
    if promise.on_path("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        run.equal(("", 0), (checked.stdout + checked.stderr, checked.returncode), "promtool")
        run.tried("promtool check metrics is clean")


if __name__ == "__main__":
    promise.main("P25", "metrics stay cheap", measure)
