"""The support desk of examples/, served by a gateway whose classifier is replaced while requests run."""

import json
import os
import shutil
import signal
import threading

import harness
from harness import wait_until
from wire import Client

EXAMPLES = os.path.abspath("examples/support-desk/train.jsonl")
TEXTS = ["I forgot my password", "please cancel my subscription", "why was I charged twice?", "tell me a joke"]
SERVED = "served.pm"


def categories():
    with open(EXAMPLES, encoding="utf-8") as file:
        return sorted({json.loads(line)["category"] for line in file} - {None})


def install(gateway, artefact):
    """Puts an artefact in the served one's place in one step."""
    served = os.path.join(gateway.directory, SERVED)
    shutil.copyfile(artefact, served + ".new")
    os.replace(served + ".new", served)


def serve(gateway, upstream, artefact, router=None):
    install(gateway, artefact)
    made = harness.config({"up": harness.provider(upstream.port)}, {"small": "up", "large": "up"})
    made["categories"] = {name: {"models": ["small"]} for name in categories()}
    made["router"] = {"fallback": ["large"], "classifier": SERVED, **(router or {})}
    gateway.write(made)
    gateway.start()


def swap_under_load(gateway, one, other, swaps):
    """Replaces the served artefact `swaps` times, by `other` and `one` in turn, while three clients ask; the answers."""
    stop, answers = threading.Event(), [[] for _ in range(3)]

    def load(into):
        with Client(gateway.port) as client:
            while not stop.is_set():
                client.post(harness.chat(text=TEXTS[len(into) % len(TEXTS)]))
                into.append(client.read())

    threads = [threading.Thread(target=load, args=(into,)) for into in answers]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, swaps + 1):
            install(gateway, other if number % 2 else one)
            gateway.process.send(signal.SIGHUP)
            wait_until(lambda: gateway.process.err().count("reloaded") >= number, f"swap {number}")
    finally:
        stop.set()
        for thread in threads:
            thread.join(harness.PATIENCE)
    return [answer for into in answers for answer in into]
