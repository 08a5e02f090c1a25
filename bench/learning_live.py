"""What learning does to a gateway that is serving: bench/learning_live.py --section swap|crash

    bench/learning_live.py --section NAME [--swaps N] [--kills N] [--rate N] [--json]

  swap    N changes of the classifier that serves, there and back, while requests come at a fixed rate: how many failed,
          and whether any was decided partly by one and partly by the other. The two classifiers disagree about the text
          that is asked, so that an entry that names one and decides as the other shows.
  crash   train, promote and rollback, each killed (SIGKILL) at a random moment, N times: after each the registry must be
          whole, what serves must be what served before or after, and the gateway must still answer by it.

Providers are simulated. The last line with --json is one object with `targets`.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from shared.loopback import GENERATOR, PROGRAM, Processes, free_port, print_targets, say, write_config

TEXT = "please look at the grey parcel"
WORDS = {"simple": ["letter", "stamp", "envelope", "postcard"], "reasoning": ["theorem", "proof", "lemma", "axiom"]}


class Desk:
    """A gateway in front of a simulated upstream, and two classifiers that disagree about TEXT."""

    def __init__(self, folder, servers):
        self.folder = pathlib.Path(folder)
        self.upstream, self.port = free_port(), free_port()
        self.config = self.folder / "gateway.json"
        self.artefacts = [self.train("one", "simple"), self.train("two", "reasoning")]
        self.versions = []
        write_config(self.config, self.port, self.upstream,
                     {"simple": {"models": ["sim-small"]}, "reasoning": {"models": ["sim-large"]}},
                     {"classifier": str(self.artefacts[0]), "default_threshold": 0.3})
        servers.simulate("upstream", self.upstream)
        servers.serve("gateway", self.port, self.config)
        for artefact in self.artefacts:
            self.run("promote", str(artefact), "--as", "shadow")
        self.run("withdraw", "shadow")
        self.versions = [row["version"] for row in self.models()["versions"]]

    def train(self, name, of_text):
        rows = [{"text": f"please look at the {word} {number}", "category": category}
                for category, words in WORDS.items() for word in words for number in range(10)]
        rows += [{"text": f"{TEXT} {number}", "category": of_text} for number in range(30)]
        data = self.folder / f"{name}.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in rows))
        artefact = self.folder / f"{name}.pm"
        subprocess.run([PROGRAM, "train", data, "-o", artefact, "--effort", "fast"], check=True, capture_output=True)
        return artefact

    def command(self, *arguments):
        return [str(PROGRAM), *arguments, "--config", str(self.config)]

    def run(self, *arguments, codes=(0,)):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=60)
        if done.returncode not in codes:
            sys.exit(f"learning_live: {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def models(self):
        return json.loads(self.run("models", "--json"))

    def champion(self):
        for row in self.models()["versions"]:
            if row.get("role") == "champion" or "champion" in row.get("roles", []):
                return row["version"]
        return ""

    def ask(self):
        """Status, category."""
        body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": TEXT}]}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/chat/completions", data=body,
                                         headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
            return answer.status, answer.headers["x-pointsman-category"]

    def serving(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("pointsman_classifier_info{"):
                    return line.split('"')[1]
        return ""

    def wait_serving(self, version, seconds=20):
        until = time.monotonic() + seconds
        while self.serving() != version[:12]:
            if time.monotonic() > until:
                sys.exit(f"learning_live: {version[:12]} does not serve after {seconds} s")
            time.sleep(0.01)


def load(desk, rate, seconds):
    body = desk.folder / "request.json"
    body.write_text(json.dumps({"model": "auto", "messages": [{"role": "user", "content": TEXT}]}))
    return subprocess.Popen([GENERATOR, "--port", str(desk.port), "--body", str(body), "--connections", "64", "--rate",
                             str(rate), "--requests", str(int(rate * seconds))], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def mixed_entries(desk):
    """Requests by version; those that name one classifier and were decided as the other would have."""
    of = {desk.versions[0]: "simple", desk.versions[1]: "reasoning"}
    lines = subprocess.Popen(desk.command("log", "--json", "-n", "100000000"), stdout=subprocess.PIPE, text=True)
    counts, mixed = collections.Counter(), 0
    for line in lines.stdout:
        entry = json.loads(line)
        counts[entry["classifier_version"][:12]] += 1
        mixed += of.get(entry["classifier_version"], entry["category"]) != entry["category"]
    lines.wait()
    return counts, mixed


def swap(desk, options):
    batch, done, failed, requests, took = 50, 0, 0, 0, []
    while done < options.swaps:
        client = load(desk, options.rate, batch * 0.25)
        for _ in range(batch):
            version = desk.versions[done % 2]
            began = time.monotonic()
            desk.run("rollback", version, codes=(0, 1))  # 1: it serves already
            desk.wait_serving(version)
            took.append(time.monotonic() - began)
            done += 1
        out, err = client.communicate(timeout=300)
        figures = json.loads(out)
        requests += figures["requests"]
        failed += figures.get("failed", 0) if client.returncode else 0
        say(f"{done} of {options.swaps} changes, {requests} requests, {failed} failed")
    counts, mixed = mixed_entries(desk)
    took.sort()
    return {"swaps": done, "requests": requests, "failed_requests": failed, "mixed": mixed, "by_version": dict(counts),
            "median_seconds": took[len(took) // 2], "most_seconds": took[-1], "targets": [
                {"name": f"requests that failed, of {requests} during {done} changes", "value": failed, "unit": "",
                 "goal": 0, "holds": failed == 0},
                {"name": "entries decided partly by one classifier, partly by the other", "value": mixed, "unit": "",
                 "goal": 0, "holds": mixed == 0},
                {"name": "from the command to serving, median", "value": took[len(took) // 2], "unit": "s", "goal": 1,
                 "holds": took[len(took) // 2] <= 1},
                {"name": "the same, slowest", "value": took[-1], "unit": "s", "goal": 1, "holds": took[-1] <= 1}]}


def label_some(desk):
    """Corrections, so that there is something to train on."""
    lines = subprocess.run(desk.command("log", "--json", "-n", "40"), capture_output=True, text=True, check=True).stdout
    for number, line in enumerate(lines.splitlines()):
        desk.run("feedback", json.loads(line)["id"], "--category", "simple" if number % 2 else "reasoning")


def whole(desk):
    """What is wrong with the registry, if anything."""
    wrong = []
    done = subprocess.run(desk.command("models", "--json"), capture_output=True, text=True)
    if done.returncode != 0:
        return [f"models: {done.stderr.strip()}"]
    ledger = desk.config.with_suffix(".ledger")
    check = subprocess.run(["python3", "-c", "import sqlite3,sys;"
                            "print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone()[0])",
                            str(ledger / "learning.db")], capture_output=True, text=True).stdout.strip()
    if check != "ok":
        wrong.append(f"integrity_check: {check}")
    for row in json.loads(done.stdout)["versions"]:
        if not (ledger / "classifiers" / f"{row['version']}.pm").exists():
            wrong.append(f"no artefact of {row['version'][:12]}")
    return wrong


def crash(desk, options):
    moments = random.Random(20261121)
    for _ in range(40):
        desk.ask()
    time.sleep(0.2)
    label_some(desk)
    desk.run("rollback", desk.versions[0], codes=(0, 1))
    began = time.monotonic()
    desk.run("train", "--from-ledger", "--effort", "fast")
    whole_run = {"train": time.monotonic() - began, "promote": 0.3, "rollback": 0.1}
    problems, killed = [], collections.Counter()
    for number in range(options.kills):
        other = desk.versions[number % 2]
        kind = ("train", "promote", "rollback")[number % 3]
        arguments = {"train": ("train", "--from-ledger", "--effort", "fast", "--seed", str(number)),
                     "promote": ("promote", other, "--force", "bench"), "rollback": ("rollback", other)}[kind]
        before = desk.champion()
        child = subprocess.Popen(desk.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0, whole_run[kind]))
        child.send_signal(signal.SIGKILL)
        killed[kind] += child.wait() == -signal.SIGKILL
        problems += whole(desk)
        after = desk.champion()
        if after not in (before, other if kind != "train" else before):
            problems.append(f"{kind}: {after[:12]} serves")
        if after:
            desk.wait_serving(after)
        status, _ = desk.ask()
        if status != 200:
            problems.append(f"{kind}: status {status}")
        if number % 20 == 19:
            say(f"{number + 1} of {options.kills} kills, {len(problems)} problems")
    return {"kills": options.kills, "ended_by_them": dict(killed), "problems": problems[:20], "targets": [
        {"name": f"inconsistencies after {sum(killed.values())} processes killed of {options.kills}",
         "value": len(problems), "unit": "", "goal": 0, "holds": not problems}]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--section", choices=("swap", "crash"), required=True)
    parser.add_argument("--swaps", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-") as folder, Processes(folder) as servers:
        result = {"swap": swap, "crash": crash}[options.section](Desk(folder, servers), options)
    print_targets(result["targets"])
    if options.json:
        print(json.dumps(result))
    return 0


if __name__ == "__main__":
    os.environ.setdefault("USER", "bench")
    sys.exit(main())
