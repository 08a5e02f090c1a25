"""What is left of the service when three times more is asked than can be done: ./dev bench overload [--json].

Two ways to have no more capacity, each in front of a simulated upstream on the loopback interface:

  room    the upstream takes 100 ms and `max_in_flight` allows 64 requests at a time, so about 600 a second can be done
          while the processor is nearly idle
  cpu     the upstream answers at once, and one worker does what its processor can; how long requests wait before they are
          looked at decides who is turned away

First the peak: as many connections as there is room for ask again as soon as they are answered. Then requests come at three
times that rate from 600 connections, whatever becomes of those before. Goodput is answers of 200 in a second; its p99
counts from the moment at which the request was sent or should have been. Turned away are those answered 503.

The gateway has a core to itself, at the peak and above it; the generator and the upstream share the others. Where there is
only one core, being asked too much takes from the gateway what it would need, and `own_core` of the result says false.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from shared.loopback import (GENERATOR, PROGRAM, RESULTS, Figures, Processes, free_port, machine, own_core, say,
                             wait_ready, write_config)

ROOM = 64
NORMAL_ROOM = int(ROOM * 0.95)  # the rest is for high priority
FACTOR = 3
CONNECTIONS = 600
CATEGORIES = {"simple": {"models": ["sim-small"]}, "reasoning": {"models": ["sim-large"]}}
SCENES = {
    "room": {"ttft_ms": 100, "peak_connections": NORMAL_ROOM,
             "overload": {"max_in_flight": ROOM, "queue_delay": "50ms"}},
    "cpu": {"ttft_ms": 0, "peak_connections": 32, "overload": {"max_in_flight": 4096, "queue_delay": "20ms"}},
}


class Scene:
    def __init__(self, folder, name, core):
        self.folder, self.name, self.about = Path(folder), name, SCENES[name]
        self.servers = Processes(self.folder, core=core)
        self.port = free_port()
        upstream = free_port()
        wait_ready(upstream, self.servers.launch(
            "upstream", PROGRAM, "simulate", "--port", upstream, "--model", "sim-small", "--answer-tokens", 120,
            "--ttft-ms", self.about["ttft_ms"]), "/v1/models")
        config = self.folder / f"{name}.yaml"
        write_config(config, self.port, upstream, CATEGORIES, {}, limits={"overload": self.about["overload"]})
        self.servers.serve("gateway", self.port, config)
        self.body = self.folder / f"{name}.json"
        self.body.write_text(json.dumps({"model": "auto", "messages": [{"role": "user", "content": "What is two and two?"}]}))

    def run(self, *options):
        command = [GENERATOR, "--port", self.port, "--body", self.body, "--sheds", "--watch",
                   self.servers.process["gateway"].pid, *options]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"overload: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def measure(self, figures, seconds):
        peak = self.run("--connections", self.about["peak_connections"], "--requests", 3000, "--warm", 500)
        rate = peak["requests"] / peak["seconds"]
        offered = FACTOR * rate
        counted = self.run("--connections", CONNECTIONS, "--rate", round(offered), "--warm", round(offered * 2),
                           "--requests", round(offered * seconds))
        good = counted["requests"] / counted["seconds"]
        for key, value in {"peak_per_second": rate, "peak_p99_ms": peak["p99_us"] / 1e3, "offered_per_second": offered,
                           "goodput_per_second": good, "goodput_share": good / rate,
                           "p99_ms": counted["p99_us"] / 1e3, "p99_factor": counted["p99_us"] / peak["p99_us"],
                           "shed_share": counted["shed"] / (counted["shed"] + counted["requests"]),
                           "peak_cpu_us": peak["cpu_us"] / peak["requests"]}.items():
            figures.add(f"{self.name}.{key}", value)


def measure(options, core):
    figures = Figures()
    for name in SCENES:
        for number in range(options.rounds):
            say(f"{name}, round {number + 1} of {options.rounds}")
            with tempfile.TemporaryDirectory(prefix="pointsman-overload-") as folder:
                scene = Scene(folder, name, core)
                try:
                    scene.measure(figures, options.seconds)
                finally:
                    scene.servers.stop_all()
    return figures


def at_least(figures, name, figure, unit, goal):
    value = figures.median(figure)
    return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "holds": value >= goal, "least": True}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6, help="counted at three times the peak")
    options = parser.parse_args()
    for needed in (PROGRAM, GENERATOR):
        if not needed.exists():
            sys.exit(f"overload: {needed} is missing: ./dev build")
    core = own_core()
    figures = measure(options, core)
    targets = []
    for name in SCENES:
        targets.append(at_least(figures, f"{name}: goodput at {FACTOR} times the peak", f"{name}.goodput_share", "of it", 0.9))
        targets.append(figures.at_most(f"{name}: p99 of those let in, of the peak's", f"{name}.p99_factor", "x", 3))
    result = {"bench": "overload", "rounds": options.rounds, "upstream": "simulated", "own_core": core is not None,
              "machine": machine(), "figures": figures.as_json(), "targets": targets}
    for key, one in result["figures"].items():
        say(f"{key:28}{one['median']:12.2f}  ({one['min']:.2f} to {one['max']:.2f})")
    for one in targets:
        say(f"{'holds' if one['holds'] else 'MISSED':8}{one['name']}: {one['value']} {one['unit']} "
            f"({'at least' if one.get('least') else 'at most'} {one['goal']})")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "overload.json").write_text(json.dumps(result, indent=1) + "\n")
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
