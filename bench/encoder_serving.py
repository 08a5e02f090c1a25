"""What a sentence encoder as second opinion costs those who do not need it: bench/encoder_serving.py.

    bench/encoder_serving.py [--encoder FOLDER] [--rounds N] [--seconds N] [--json]

Trains a classifier with the encoder on the support desk of the examples, and asks it which of the desk's test texts it
is sure of and for which it wants the encoder. Then one gateway with one worker in front of a simulated upstream without
delay, at a fixed rate, with three kinds of requests at once, each from a load generator of its own:

  probe    POST /v1/route for a model that the client names: nothing but the event loop's own delay
  sure     chats that the classifier is sure of
  unsure   chats that it asks the encoder about

The gateway has one core to itself, where its event loop and its encoder meet; all else shares the others.
Every round runs this twice, with router.encoder and without; the difference is what the encoder takes from the event
loop and from those who are sure. What the gateway adds is its p99 less that of asking the upstream directly, at the same
rate. Latencies count from the planned moment. The folder is the one that POINTSMAN_ENCODER names unless given. The last
line with --json is one object with everything and with `targets`, which says what we demand of ourselves and whether it
held; or with `skipped`, why nothing could be measured.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

from shared.loopback import (BENCH, GENERATOR, PROGRAM, Figures, Processes, free_port, machine, own_core, print_targets,
                             say, write_config)

WAYS = ("without", "with")
KINDS = ("probe", "sure", "unsure")
CONNECTIONS = {"probe": 8, "sure": 32, "unsure": 32, "direct": 32}
DESK = BENCH.parent / "examples/support-desk"


def rows_of(file):
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def train(folder, encoder):
    """The desk's classifier; whether it kept the encoder."""
    classifier = pathlib.Path(folder) / "desk.pm"
    say("training the classifier of the support desk with the encoder")
    done = subprocess.run([PROGRAM, "train", DESK / "train.jsonl", "-o", classifier, "--encoder", encoder, "--json"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"encoder_serving: training failed: {done.stderr}")
    return classifier, json.loads(done.stdout)["encoder"]["kept"]


class Gateways(Processes):
    """The simulated upstream and the two gateways in front of it."""

    def __init__(self, folder, classifier, options):
        super().__init__(folder, core=own_core())
        self.port = {way: free_port() for way in (*WAYS, "direct")}
        names = sorted({row["category"] for row in rows_of(DESK / "train.jsonl") if row["category"]})
        categories = {name: {"models": ["sim-small"], "threshold": 0.6} for name in names}
        for way in WAYS:
            router = {"classifier": str(classifier)}
            if way == "with":
                router["encoder"] = {"path": str(options.encoder), "threads": options.threads,
                                     "deadline": options.deadline}
            write_config(self.folder / f"{way}.yaml", self.port[way], self.port["direct"], categories, router)

    def start(self):
        self.simulate("direct", self.port["direct"])
        for way in WAYS:
            self.serve(way, self.port[way], self.folder / f"{way}.yaml")

    def ask(self, way, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port[way]}{path}", data=body,
                                         headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def needs_encoder(self, text):
        body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": text}]}).encode()
        return json.loads(self.ask("with", "/v1/route", body))["encoder"]["outcome"] != "not_needed"

    def first_text(self, unsure):
        """The first of the desk's test texts for which the encoder is asked, or is not."""
        for row in rows_of(DESK / "test.jsonl"):
            if self.needs_encoder(row["text"]) == unsure:
                return row["text"]
        sys.exit(f"encoder_serving: the classifier is {'sure' if unsure else 'unsure'} of all of the desk's texts")

    def outcomes(self):
        text = self.ask("with", "/metrics")
        return {name: int(count) for name, count in
                re.findall(r'pointsman_encoder_requests_total\{outcome="(\w+)"\} (\d+)', text)}


def write_bodies(folder, sure, unsure):
    files = {}
    for kind, model, text in (("probe", "sim-small", sure), ("direct", "sim-small", sure), ("sure", "auto", sure),
                              ("unsure", "auto", unsure)):
        files[kind] = pathlib.Path(folder) / f"{kind}.json"
        files[kind].write_text(json.dumps({"model": model, "messages": [{"role": "user", "content": text}]}))
    return files


def run_all(gateways, way, kinds, bodies, options):
    """These kinds of load at once against one server; what each generator counted."""
    rates = {"probe": options.probes, "unsure": round(options.rate * options.unsure_share)}
    rates["sure"] = rates["direct"] = options.rate - rates["unsure"]
    running = {}
    for kind in kinds:
        command = [GENERATOR, "--port", gateways.port[way], "--body", bodies[kind], "--rate", rates[kind],
                   "--requests", rates[kind] * options.seconds, "--warm", rates[kind] // 2,
                   "--connections", CONNECTIONS[kind], "--watch", gateways.process[way].pid]
        if kind == "probe":
            command += ["--path", "/v1/route"]
        running[kind] = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True)
    counted = {}
    for kind, process in running.items():
        out, problem = process.communicate()
        if process.returncode != 0:
            sys.exit(f"encoder_serving: {way}, {kind}: {out}{problem}")
        counted[kind] = json.loads(out)
    return counted


def measure_round(gateways, ways, bodies, options, figures):
    p99 = {}
    for way in ways:
        for kind, one in run_all(gateways, way, KINDS, bodies, options).items():
            figures.add(f"{way}.{kind}.p50_us", one["p50_us"])
            figures.add(f"{way}.{kind}.p99_us", one["p99_us"])
            p99[way, kind] = one["p99_us"]
    direct = run_all(gateways, "direct", ["direct"], bodies, options)["direct"]["p99_us"]
    figures.add("direct.p99_us", direct)
    figures.add("loop_p99_grows_us", p99["with", "probe"] - p99["without", "probe"])
    added = {way: max(1.0, p99[way, "sure"] - direct) for way in WAYS}
    figures.add("sure_added_p99_ratio", added["with"] / added["without"])


def targets_of(figures):
    def beside(kind):
        return {"note": f"p99 {figures.median(f'without.{kind}.p99_us'):.0f} us without an encoder, "
                        f"{figures.median(f'with.{kind}.p99_us'):.0f} us with one"}

    loop = figures.at_most("the event loop's p99 grows by", "loop_p99_grows_us", "us", 200)
    sure = figures.at_most("added p99 of those who do not need it, of that without", "sure_added_p99_ratio", "x", 1.1)
    return [loop | beside("probe"), sure | beside("sure")]


def measure(folder, options):
    about = machine()
    figures = Figures()
    classifier, kept = train(folder, options.encoder)
    if not kept:
        return {"skipped": "training on the support desk did not keep this encoder: it does not help there"}
    gateways = Gateways(folder, classifier, options)
    try:
        gateways.start()
        sure, unsure = gateways.first_text(unsure=False), gateways.first_text(unsure=True)
        bodies = write_bodies(folder, sure, unsure)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            measure_round(gateways, WAYS if number % 2 == 0 else WAYS[::-1], bodies, options, figures)
        outcomes = gateways.outcomes()
    finally:
        gateways.stop_all()
    return {"bench": "encoder_serving", "rounds": options.rounds, "rate": options.rate, "probes": options.probes,
            "unsure_share": options.unsure_share, "seconds": options.seconds, "threads": options.threads,
            "deadline": options.deadline, "sure": sure, "unsure": unsure, "machine": about, "outcomes": outcomes,
            "figures": figures.as_json(), "targets": targets_of(figures)}


def print_table(result):
    say(f"\n{result['machine']['cpu']}, {result['machine']['cores']} cores; load average before: "
        f"{result['machine']['load_average_before']}; {result['rate']} requests/s, of them "
        f"{result['unsure_share']:.0%} unsure; medians of {result['rounds']} rounds\n")
    for name, one in result["figures"].items():
        say(f"{name:28}{one['median']:12.1f} ({one['min']:.1f}-{one['max']:.1f})")
    say(f"\nasking the encoder went: {result['outcomes']}")
    print_targets(result["targets"])


def missing(encoder):
    """Why nothing can be measured, or nothing."""
    if not encoder:
        return "no encoder: `./dev encoder` fetches one; or let POINTSMAN_ENCODER name its directory"
    for needed in (PROGRAM, GENERATOR, pathlib.Path(encoder)):
        if not needed.exists():
            return f"{needed} is missing"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default=os.environ.get("POINTSMAN_ENCODER"), help="the folder of its files")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--deadline", default="50ms")
    parser.add_argument("--rate", type=int, default=500, help="chats per second")
    parser.add_argument("--probes", type=int, default=100, help="probes per second, besides")
    parser.add_argument("--unsure-share", type=float, default=0.3, help="of the chats")
    parser.add_argument("--seconds", type=int, default=10, help="of each run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
    options = parser.parse_args()
    why = missing(options.encoder)
    if why:
        result = {"skipped": why}
    else:
        options.encoder = pathlib.Path(options.encoder).resolve()
        with tempfile.TemporaryDirectory(prefix="pointsman-encoder-") as folder:
            result = measure(folder, options)
    if "skipped" in result:
        say(f"skipped: {result['skipped']}")
    else:
        print_table(result)
    if options.json:
        print(json.dumps(result))
    return 0 if all(one["holds"] for one in result.get("targets", [])) else 3


if __name__ == "__main__":
    sys.exit(main())
