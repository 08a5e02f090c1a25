"""Promise P15: a reload is atomic. Under load the configuration changes again and again: no request fails, and none is
decided by half of one version and half of another. A bad file changes nothing and says where it is bad."""

import signal
import threading
import time

import promise
import harness
from harness import wait_until
from wire import Client, Upstream, ask, whole

CLIENTS = 4


class Load(threading.Thread):
    def __init__(self, port, stop):
        super().__init__(daemon=True)
        self.port, self.stop, self.count, self.bad = port, stop, 0, []
        self.start()

    def run(self):
        with Client(self.port) as client:
            while not self.stop.is_set():
                client.post(harness.chat())
                answer = client.read()
                self.count += 1
                if answer.status != 200 or not answer.whole:
                    self.bad.append(answer)


class Logged:
    """Counts a word in the gateway's log without reading it anew each time."""

    def __init__(self, gateway):
        self.file = open(gateway.process.err_path, encoding="utf-8", errors="replace")
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def count(self, words):
        self.text += self.file.read()
        return self.text.count(words)


def reload_under_load(run, upstream):
    base = harness.config({"up": harness.provider(upstream.port)}, {"m": "up", "n": "up"}, workers=2)
    versions = [{**base, "router": {**base["router"], "fallback": [name]}} for name in "nm"]
    gateway = run.enter(harness.Gateway(versions[1]))
    log = run.enter(Logged(gateway))
    stop, reloads = threading.Event(), run.pick(1000, 60)
    clients = [Load(gateway.port, stop) for _ in range(CLIENTS)]
    began = time.monotonic()
    for number in range(1, reloads + 1):
        gateway.write(versions[number % 2])
        gateway.process.send(signal.SIGHUP)
        wait_until(lambda: log.count("reloaded: policy") >= number, f"reload {number}")
    took = time.monotonic() - began
    stop.set()
    for one in clients:
        one.join(harness.PATIENCE)
    total, failed = sum(one.count for one in clients), sum(len(one.bad) for one in clients)
    chosen = {}  # the only model that each version may have chosen
    for entry in gateway.wait_entries(total, 120):
        chosen.setdefault(entry["policy_version"], set()).add(entry["model"])
    mixed = sum(len(models) > 1 for models in chosen.values())
    run.value("requests_per_second", total / took)
    run.tried(f"{reloads:,} reloads under {total / took:,.0f} requests/s of {CLIENTS} clients ({total:,} in all): {failed} "
              f"failed, {mixed} versions mixed")
    run.equal(0, failed, "failed requests")
    run.equal(2, len(chosen), "versions in the ledger")
    run.equal(0, mixed, "versions that chose two models")
    return gateway


def bad_files(run, gateway):
    before = ask(gateway.port, harness.chat()).field("x-pointsman-model")
    for text, place in (("models: {m: {provider: up}\n", "pointsman.yaml:"), ("workers: -1\n", "pointsman.yaml:1:10: ")):
        seen = len(gateway.process.err())
        gateway.write(text)
        gateway.process.send(signal.SIGHUP)
        wait_until(lambda: "keeps serving" in gateway.process.err()[seen:], "the log tells")
        run.require(place in gateway.process.err()[seen:], f"the place of the mistake is not told: {place}")
        run.equal(before, ask(gateway.port, harness.chat()).field("x-pointsman-model"), "the model after a bad file")
    run.tried("bad files keep the old one and name line and column")


def measure(run):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    bad_files(run, reload_under_load(run, upstream))


if __name__ == "__main__":
    promise.main("P15", "reload is atomic", measure)
