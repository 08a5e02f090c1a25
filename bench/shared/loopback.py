"""Servers on the loopback interface and what is counted of them: shared by overhead.py and encoder_serving.py.

A gateway of ours has one worker in front of a simulated upstream without delay, so that what is measured is the gateway.
"""
import contextlib
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("POINTSMAN_BINARY", BENCH.parent / "build/release/pointsman")).resolve()
BUILT = PROGRAM.parent / "bench"
GENERATOR = BUILT / "load_generator"
RESULTS = BENCH / "results"
ANSWER_TOKENS = 120  # about 1 KiB of answer


def say(text):
    print(text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_ready(port, process, path="/readyz"):
    """Returns once the port answers GET `path` with 200."""
    ask = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode()
    for _ in range(10_000):
        if process.poll() is not None:
            sys.exit(f"a server ended with {process.returncode}: {process.args}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as link:
            link.sendall(ask)
            if link.recv(64).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.0005)
    sys.exit(f"nothing answered on port {port}: {process.args}")


def write_config(file, port, upstream, categories, router, **more):
    """The configuration of one gateway. `categories` as in its file; `router` joins the fallback; `more` are other keys
    of the file. JSON is YAML."""
    file.write_text(json.dumps({
        "listen": f"127.0.0.1:{port}",
        "workers": 1,
        "providers": {"sim": {"base_url": f"http://127.0.0.1:{upstream}/v1", "api_key": "none",
                              "max_connections": 1024}},
        "models": {"sim-small": {"provider": "sim", "max_output": 4096, "price": {"input": 0.1, "output": 0.4}},
                   "sim-large": {"provider": "sim", "upstream": "sim-small", "max_output": 4096,
                                 "price": {"input": 2.5, "output": 10}}},
        "categories": categories,
        "router": {"fallback": ["sim-large"], **router},
        "ledger": {"path": str(file.with_suffix(".ledger"))},
        "log": {"level": "warn"},
        **more,
    }, indent=1))


def own_core():
    """A core for the gateways alone; this process and all else that it starts move to the other cores. Nothing where
    there is but one. Once in a process."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    os.sched_setaffinity(0, cores[1:])
    return cores[0]


class Processes:
    """The servers of one run by name, ended with it; everything they write is in one temporary folder."""

    def __init__(self, folder, core=None):
        """With `core`, gateways have that processor core to themselves."""
        self.core = core
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "servers.log", "wb")  # noqa: SIM115
        self.process = {}

    def launch(self, name, *command, cores=None):
        pin = (lambda: os.sched_setaffinity(0, cores)) if cores else None
        self.process[name] = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=self.log,
                                              preexec_fn=pin)  # noqa: PLW1509: nothing of ours runs threads here
        return self.process[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_all()

    def simulate(self, name, port):
        """The upstream: answers at once, as the model sim-small."""
        wait_ready(port, self.launch(name, PROGRAM, "simulate", "--port", port, "--model", "sim-small",
                                     "--answer-tokens", ANSWER_TOKENS), "/v1/models")

    def serve(self, name, port, config):
        cores = None if self.core is None else {self.core}
        wait_ready(port, self.launch(name, PROGRAM, "serve", "--config", config, cores=cores))

    def stop(self, name):
        process = self.process.pop(name)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()

    def stop_all(self):
        for name in list(self.process):
            self.stop(name)
        self.log.close()


class Figures:
    """Values by name, one for each round."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.values[name])

    def as_json(self):
        return {name: {"median": round(self.median(name), 3), "min": round(min(all_), 3), "max": round(max(all_), 3),
                       "rounds": len(all_)} for name, all_ in self.values.items()}

    def at_most(self, name, figure, unit, goal):
        """What we demand of ourselves, and whether the median holds it."""
        value = self.median(figure)
        return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "holds": value <= goal}


def print_targets(targets):
    for one in targets:
        say(f"{'holds' if one['holds'] else 'MISSED':8}{one['name']}: {one['value']} {one['unit']} "
            f"(at most {one['goal']})")


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(),
            "load_average_before": round(os.getloadavg()[0], 2)}
