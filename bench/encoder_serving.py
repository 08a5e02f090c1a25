"""What a sentence encoder as second opinion costs those who do not need it: ./bench/encoder_serving.py.

    bench/encoder_serving.py --classifier FILE --encoder FOLDER [--json]

One gateway with one worker in front of a simulated upstream without delay, at a fixed rate, with three kinds of requests
at once, each from a load generator of its own:

  probe    POST /v1/route for a model that the client names: nothing but the event loop's own delay
  sure     chats that the classifier is sure of
  unsure   chats that it asks the encoder about

Every round runs this twice, with router.encoder and without; the difference is what the encoder takes from the event
loop and from those who are sure. What the gateway adds is its p99 less that of asking the upstream directly, at the same
rate. Latencies count from the planned moment. The last line with --json is one object with
everything and with `targets`, which says what we demand of ourselves and whether it held.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

from overhead import GENERATOR, PROGRAM, Figures, free_port, machine, say, wait_ready

WAYS = ("without", "with")
KINDS = ("probe", "sure", "unsure")
CONNECTIONS = {"probe": 8, "sure": 32, "unsure": 32, "direct": 32}

CONFIG = """
listen: 127.0.0.1:{port}
workers: 1
providers:
  sim: {{base_url: "http://127.0.0.1:{upstream}/v1", api_key: none, max_connections: 1024}}
models:
  sim-small: {{provider: sim, price: {{input: 0.1, output: 0.4}}}}
  sim-large: {{provider: sim, upstream: sim-small, price: {{input: 2.5, output: 10}}}}
categories:
{categories}
router:
  fallback: [sim-large]
  classifier: {classifier}
{encoder}
ledger: {{path: {folder}/ledger-{way}}}
log: {{level: error}}
"""

# From plain to hard to place; --sure and --unsure give others.
TEXTS = (
    "Hello!", "What is the capital of France?", "Thanks, that is all.", "Translate 'good morning' into Spanish.",
    "Prove that the square root of two is irrational.", "Will it rain in Leeds tonight?", "Hm, and the other one?",
    "Compare both, then do what you think is best.", "It does not work as before.", "Could you look into that again?",
    "My card has not arrived yet and the tracking says nothing.", "Something about the account, please.",
)


class Gateways:
    """The simulated upstream and the two gateways in front of it."""

    def __init__(self, folder, options):
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "servers.log", "wb")  # noqa: SIM115
        self.processes = []
        self.port = {way: free_port() for way in WAYS}
        self.pid = {}
        upstream = self.port["direct"] = free_port()
        process = self.launch("simulate", "--port", str(upstream), "--model", "sim-small", "--answer-tokens", "120")
        self.pid["direct"] = process.pid
        wait_ready(upstream, process, "/v1/models")
        lines = "".join(f"  {json.dumps(name)}: {{models: [sim-small], threshold: 0.6}}\n"
                        for name in options.categories.split(","))
        for way in WAYS:
            encoder = "" if way == "without" else (
                f"  encoder: {{path: {json.dumps(str(options.encoder))}, precision: {options.precision}, "
                f"threads: {options.threads}, deadline: {options.deadline}}}")
            file = self.folder / f"{way}.yaml"
            file.write_text(CONFIG.format(port=self.port[way], upstream=upstream, categories=lines, way=way,
                                          classifier=json.dumps(str(options.classifier)), encoder=encoder,
                                          folder=folder))
            process = self.launch("serve", "--config", str(file))
            wait_ready(self.port[way], process)
            self.pid[way] = process.pid

    def launch(self, *arguments):
        process = subprocess.Popen([PROGRAM, *arguments], stdout=self.log, stderr=self.log)
        self.processes.append(process)
        return process

    def ask(self, way, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port[way]}{path}", data=body,
                                         headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def encoder_outcome(self, text):
        body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": text}]}).encode()
        return json.loads(self.ask("with", "/v1/route", body))["encoder"]["outcome"]

    def outcomes(self):
        text = self.ask("with", "/metrics")
        return {name: int(count) for name, count in
                re.findall(r'pointsman_encoder_requests_total\{outcome="(\w+)"\} (\d+)', text)}

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)
        self.log.close()


def pick(gateways, given, wanted):
    for text in [given] if given else TEXTS:
        if gateways.encoder_outcome(text) == wanted:
            return text
    sys.exit(f"encoder_serving: for none of the texts is the encoder '{wanted}': give another with "
             f"{'--sure' if wanted == 'not_needed' else '--unsure'}")


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
                   "--connections", CONNECTIONS[kind], "--watch", gateways.pid[way]]
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


def targets_of(figures):
    def target(name, figure, unit, goal):
        value = figures.median(figure)
        return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "holds": value <= goal}

    return [target("the event loop's p99 grows by", "loop_p99_grows_us", "us", 200),
            target("added p99 of those who do not need it, of that without", "sure_added_p99_ratio", "x", 1.1)]


def measure(folder, options):
    about = machine()
    figures = Figures()
    gateways = Gateways(folder, options)
    try:
        sure = pick(gateways, options.sure, "not_needed")
        unsure = pick(gateways, options.unsure, "used")
        bodies = write_bodies(folder, sure, unsure)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            p99 = {}
            for way in WAYS if number % 2 == 0 else WAYS[::-1]:
                for kind, one in run_all(gateways, way, KINDS, bodies, options).items():
                    figures.add(f"{way}.{kind}.p50_us", one["p50_us"])
                    figures.add(f"{way}.{kind}.p99_us", one["p99_us"])
                    p99[way, kind] = one["p99_us"]
            direct = run_all(gateways, "direct", ["direct"], bodies, options)["direct"]["p99_us"]
            figures.add("direct.p99_us", direct)
            figures.add("loop_p99_grows_us", p99["with", "probe"] - p99["without", "probe"])
            added = {way: max(1.0, p99[way, "sure"] - direct) for way in WAYS}
            figures.add("sure_added_p99_ratio", added["with"] / added["without"])
        outcomes = gateways.outcomes()
    finally:
        gateways.stop()
    return {"bench": "encoder_serving", "rounds": options.rounds, "rate": options.rate, "probes": options.probes,
            "unsure_share": options.unsure_share, "seconds": options.seconds, "threads": options.threads,
            "deadline": options.deadline, "precision": options.precision, "sure": sure, "unsure": unsure,
            "machine": about, "outcomes": outcomes, "figures": figures.as_json(), "targets": targets_of(figures)}


def print_table(result):
    say(f"\n{result['machine']['cpu']}, {result['machine']['cores']} cores; load average before: "
        f"{result['machine']['load_average_before']}; {result['rate']} requests/s, of them "
        f"{result['unsure_share']:.0%} unsure; medians of {result['rounds']} rounds\n")
    for name, one in result["figures"].items():
        say(f"{name:28}{one['median']:12.1f} ({one['min']:.1f}-{one['max']:.1f})")
    say(f"\nasking the encoder went: {result['outcomes']}")
    for one in result["targets"]:
        say(f"{'holds' if one['holds'] else 'MISSED':8}{one['name']}: {one['value']} {one['unit']} "
            f"(at most {one['goal']})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classifier", type=pathlib.Path, required=True, help="one that was trained with the encoder")
    parser.add_argument("--encoder", type=pathlib.Path, required=True, help="the folder of its files")
    parser.add_argument("--categories", default="simple,reasoning,tool_use", help="that the classifier knows")
    parser.add_argument("--precision", default="auto", help="that it was trained with")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--deadline", default="50ms")
    parser.add_argument("--rate", type=int, default=500, help="chats per second")
    parser.add_argument("--probes", type=int, default=100, help="probes per second, besides")
    parser.add_argument("--unsure-share", type=float, default=0.3, help="of the chats")
    parser.add_argument("--seconds", type=int, default=10, help="of each run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sure", help="a text that the classifier is sure of")
    parser.add_argument("--unsure", help="a text that it asks about")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
    options = parser.parse_args()
    options.classifier = options.classifier.resolve()
    options.encoder = options.encoder.resolve()
    for needed in (PROGRAM, GENERATOR, options.classifier, options.encoder):
        if not needed.exists():
            sys.exit(f"encoder_serving: {needed} is missing")
    with tempfile.TemporaryDirectory(prefix="pointsman-encoder-") as folder:
        result = measure(folder, options)
    print_table(result)
    if options.json:
        print(json.dumps(result))
    return 0 if all(one["holds"] for one in result["targets"]) else 3


if __name__ == "__main__":
    sys.exit(main())
