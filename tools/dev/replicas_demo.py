#!/usr/bin/env python3
"""./dev demo --replicas N: several gateways behind a balancer, with simulated providers, on this machine.

    replicas_demo.py [--replicas 3] [--requests N] [--postgres own|none|URL] [--redis own|none|HOST:PORT]
                     [--balancer nginx|builtin] [--keep] [--json]

Sends the demonstration's prompts through the balancer, every third as a stream, kills one replica with SIGKILL half way
and starts it again, and then finds out by asking what the replicas share and what each has for itself. Nothing is assumed:
each line about sharing was tried. The ledger is in a PostgreSQL of the demonstration's own where one is installed
(--postgres none: in files, one for each replica). The balancer is nginx with packaging/proxy/nginx.conf where it is installed, else a round
robin of this script. Needs no key and no network; nobody is billed.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import databases  # noqa: E402
import redis_server  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("POINTSMAN_BINARY", ROOT / "build/release/pointsman"))
WORKLOAD = ROOT / "data/starter/workload.jsonl"
NGINX_FILE = ROOT / "packaging/proxy/nginx.conf"
PATIENCE = 20.0
PRICES = {"sim-small": (0.1, 0.4), "sim-tools": (0.5, 2), "sim-large": (5, 25)}
CAPABLE = {"sim-small": ["json_mode"], "sim-tools": ["tools", "parallel_tools", "json_mode", "json_schema"],
           "sim-large": ["tools", "parallel_tools", "vision", "json_mode", "json_schema"]}
CATEGORIES = {"simple": "sim-small", "tool_use": "sim-tools", "reasoning": "sim-large"}
PACE = 0.08  # seconds between its requests
LIMIT = 12  # requests a minute, of the key that tries whether limits are shared


class Trouble(Exception):
    """Told to the person, without a trace."""


def wait_until(look, what):
    deadline = time.monotonic() + PATIENCE
    while not (value := look()):
        if time.monotonic() > deadline:
            raise Trouble(f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.01)
    return value


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, path="/readyz"):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status == 200
    except OSError:
        return False


class Child:
    """A process of ours, ended by its own handle."""

    def __init__(self, arguments, folder, name):
        self.log = folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(one) for one in arguments], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=folder)

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
            return
        self.process.kill()
        self.process.wait()


def pointsman(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


class Providers:
    def __init__(self, folder):
        named = [word for name in PRICES for word in ("--provider", f"{name}=0")]
        self.child = Child([PROGRAM, "simulate", *named, "--ttft-ms", "5", "--pace", "0"], folder, "providers")
        found = wait_until(lambda: len(got := re.findall(r"provider (\S+) on http://127\.0\.0\.1:(\d+)/", self.child.text()))
                           == len(PRICES) and got, "the simulated providers start")
        self.ports = {name: int(port) for name, port in found}

    def asked(self):
        total = 0
        for port in self.ports.values():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            with contextlib.closing(connection):
                connection.request("GET", "/sim/stats")
                total += json.loads(connection.getresponse().read())["requests"]
        return total


class Replica:
    def __init__(self, number, folder, providers, shared):
        self.name = f"replica {number}"
        self.folder = folder / f"replica-{number}"
        self.folder.mkdir()
        self.port = free_port()
        self.config = self.folder / "pointsman.yaml"
        made = {
            "listen": f"127.0.0.1:{self.port}",
            "workers": 1,
            "providers": {name: {"base_url": f"http://127.0.0.1:{port}/v1"} for name, port in providers.ports.items()},
            "models": {name: {"provider": name, "price": {"input": PRICES[name][0], "output": PRICES[name][1]},
                              "context_window": 128000, "max_output": 16384, "capabilities": CAPABLE[name]}
                       for name in providers.ports},
            "categories": {category: {"models": [model]} for category, model in CATEGORIES.items()},
            "router": {"fallback": ["sim-large"]},
            "ledger": {"path": str(self.folder / "ledger")},
            "log": {"level": "warn"},
        }
        for section, settings in shared.items():
            made[section] = {**made.get(section, {}), **settings}
        self.config.write_text(json.dumps(made, indent=1), encoding="utf-8")

    def start(self):
        self.child = Child([PROGRAM, "serve", "--config", self.config], self.folder, "gateway")
        wait_until(lambda: answers(self.port), f"{self.name} answers; its log:\n{self.child.text()[-800:]}")

    def entries(self):
        run = pointsman("log", "--json", "--limit", "0", "--config", self.config)
        if run.returncode:
            raise Trouble(f"{self.name}: pointsman log: {run.stderr.strip()}")
        return [json.loads(line) for line in run.stdout.splitlines() if line]


class Nginx:
    name = "nginx, with packaging/proxy/nginx.conf"

    def __init__(self, program, folder, ports):
        self.port = free_port()
        text = NGINX_FILE.read_text(encoding="utf-8").replace("listen 8080;", f"listen 127.0.0.1:{self.port};")
        servers = re.findall(r"(?m)^    server 127\.0\.0\.1:\d+(.*);$", text)
        lines = "\n".join(f"    server 127.0.0.1:{port}{servers[0]};" for port in ports)
        text = re.sub(r"(?m)(^    server 127\.0\.0\.1:\d+.*;\n?)+", lines + "\n", text, count=1)
        home = folder / "nginx"
        home.mkdir()
        (home / "pointsman.conf").write_text(text, encoding="utf-8")
        temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        who = "user root;" if os.geteuid() == 0 else ""
        (home / "nginx.conf").write_text(
            f"{who} daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log error;\n"
            f"events {{ worker_connections 4096; }}\nhttp {{ access_log off; {temporary}\n"
            f"include {home}/pointsman.conf; }}\n", encoding="utf-8")
        self.child = Child([program, "-c", home / "nginx.conf", "-p", home], home, "nginx")

    def end(self):
        self.child.end()


class RoundRobin:
    """Each connection to the next replica that takes it. No more than a demonstration needs: bytes there and back."""

    name = "a round robin of this script"

    def __init__(self, ports):
        self.ports = list(ports)
        self.next = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def connect(self):
        for _ in self.ports:
            self.next = (self.next + 1) % len(self.ports)
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", self.ports[self.next]), timeout=2)
        return None

    def serve(self, client):
        replica = self.connect()
        if replica is None:
            client.close()
            return
        replica.settimeout(None)
        back = threading.Thread(target=self.copy, args=(replica, client), daemon=True)
        back.start()
        self.copy(client, replica)
        back.join()
        client.close()
        replica.close()

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):  # the other direction ends too
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def end(self):
        self.listener.close()


def ask(connection, text, stream=False, key=None):
    """Status and whether the answer is whole."""
    body = json.dumps({"model": "auto", "stream": stream, "messages": [{"role": "user", "content": text}]})
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    connection.request("POST", "/v1/chat/completions", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, not stream or answer.status != 200 or b"[DONE]" in content


class Load:
    """Prompts over keep-alive connections. What is cut by a dying replica is asked again, as SDKs do, and counted."""

    def __init__(self, port, prompts, threads=16):
        self.port, self.prompts, self.threads = port, prompts, threads
        self.lock = threading.Lock()
        self.at, self.done, self.again, self.failed = 0, 0, 0, 0

    def take(self):
        with self.lock:
            if self.at >= len(self.prompts):
                return None
            self.at += 1
            return self.at - 1

    def run(self):
        workers = [threading.Thread(target=self.work) for _ in range(self.threads)]
        for one in workers:
            one.start()
        return workers

    def work(self):
        while (number := self.take()) is not None:
            right = any(self.once(number, attempt) for attempt in range(4))
            with self.lock:
                self.done += 1
                self.failed += not right

    def once(self, number, attempt):
        if attempt:
            with self.lock:
                self.again += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            status, whole = ask(connection, self.prompts[number], stream=number % 3 == 0)
            return status == 200 and whole
        return False


def shared_settings(arguments, stack, say):
    """The settings that replicas have in common, by section of the configuration."""
    out = {}
    url = arguments.postgres
    if url == "own" and not databases.programs():
        say("PostgreSQL is not installed (Debian package postgresql): each replica has a ledger of its own")
        url = "none"
    elif url == "own":
        url = stack.enter_context(databases.Postgres()).url
        say("a PostgreSQL of the demonstration's own keeps the ledger")
    if url != "none":
        out["ledger"] = {"postgres": {"url": url}}
    address = arguments.redis
    if address == "own" and not redis_server.program():
        say("Redis is not installed (Debian package redis-server): each replica counts rates for itself")
        address = "none"
    elif address == "own":
        address = stack.enter_context(redis_server.Redis()).address
        say("a Redis of the demonstration's own has the replicas count rates together")
    if address != "none":
        out["shared"] = {"redis": {"address": address}}
    return out


def find_out(replicas, balancer, requests):
    """What is shared, each by trying: {what: (True, False or None, how it was seen)}."""
    out = {}
    counts = [len(one.entries()) for one in replicas]
    out["ledger"] = (min(counts) >= requests, f"entries that each replica shows: {', '.join(map(str, counts))}")
    made = pointsman("keys", "create", "--quiet", "--name", "demo", "--rpm", str(LIMIT), "--config", replicas[0].config)
    secret = made.stdout.strip()
    if made.returncode or not secret:
        raise Trouble(f"pointsman keys create: {made.stderr}")

    def takes(replica):
        connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {secret}"})
            right = connection.getresponse().status == 200
        # Who knows of no key lets everybody in, so a wrong one tells.
        connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {secret[:-4]}0000"})
            return right and connection.getresponse().status == 401

    wait_until(lambda: takes(replicas[0]), "the first replica takes up the key")
    with contextlib.suppress(Trouble):
        wait_until(lambda: all(map(takes, replicas)), "the others do")
    known = sum(map(takes, replicas))
    out["keys"] = (known == len(replicas), f"a key made at {replicas[0].name} is known to {known} of {len(replicas)}")
    if known < len(replicas):
        out["limits and budgets"] = (False, "they belong to keys and owners, which each replica counts for itself")
        return out
    admitted = 0
    for number in range(LIMIT * len(replicas)):
        connection = http.client.HTTPConnection("127.0.0.1", balancer.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            admitted += ask(connection, f"Hello, {number}.", key=secret)[0] == 200
        time.sleep(PACE)  # as somebody who asks; what replicas tell each other takes a moment (docs/redis.md)
    out["limits and budgets"] = (admitted <= LIMIT * 1.5,
                                 f"of a key with {LIMIT} requests a minute, {admitted} of {number + 1} were let in")
    return out


def demonstrate(arguments, folder, stack):
    say = (lambda *words: None) if arguments.json else print
    providers = Providers(folder)
    stack.callback(providers.child.end)
    shared = shared_settings(arguments, stack, say)
    replicas = [Replica(number, folder, providers, shared) for number in range(1, arguments.replicas + 1)]
    checked = pointsman("check", "--config", replicas[0].config)
    if checked.returncode:
        raise Trouble(f"the configuration of the replicas is refused:\n{checked.stdout}{checked.stderr}")
    for one in replicas:
        one.start()
        stack.callback(lambda one=one: one.child.end())
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if arguments.balancer == "nginx" and not nginx:
        raise Trouble("nginx is not installed; leave --balancer out")
    ports = [one.port for one in replicas]
    balancer = Nginx(nginx, folder, ports) if nginx and arguments.balancer != "builtin" else RoundRobin(ports)
    stack.callback(balancer.end)
    wait_until(lambda: answers(balancer.port), "the balancer answers")
    say(f"{len(replicas)} replicas behind {balancer.name}: http://127.0.0.1:{balancer.port}/v1")

    prompts = [json.loads(line)["text"] for line in WORKLOAD.read_text(encoding="utf-8").splitlines() if line]
    prompts = prompts[:arguments.requests] if arguments.requests else prompts
    load = Load(balancer.port, prompts)
    began = time.monotonic()
    workers = load.run()
    wait_until(lambda: load.done >= len(prompts) // 2, "half of the prompts are answered")
    victim = replicas[-1]
    victim.child.end(signal.SIGKILL)
    say(f"{victim.name} was killed (SIGKILL) after {load.done} of {len(prompts)} prompts, and starts again")
    victim.start()
    for one in workers:
        one.join()
    report = {"replicas": len(replicas), "balancer": balancer.name, "requests": len(prompts), "failed": load.failed,
              "asked_again": load.again, "seconds": round(time.monotonic() - began, 2)}
    settle(replicas, report, providers, bool(shared.get("ledger")))
    report["shared"] = {what: {"shared": yes, "seen": how}
                        for what, (yes, how) in find_out(replicas, balancer, len(prompts)).items()}
    report["shared"]["response cache, affinity"] = {"shared": False, "seen": "each replica keeps its own"}
    return report, balancer


def settle(replicas, report, providers, one_ledger):
    """Every request that a replica had taken is in a ledger, once; also those that the kill cut."""
    def entries():
        found = {one["id"]: one for replica in (replicas[:1] if one_ledger else replicas) for one in replica.entries()}
        return found if len(found) >= report["requests"] else None

    found = wait_until(entries, "the ledgers have every request")
    costs = [one.get("cost_usd") for one in found.values()]
    report["entries"] = len(found)
    report["provider_calls"] = providers.asked()
    report["calls_lost"] = max(0, report["provider_calls"] - calls_in(found.values()))
    report["cost_usd"] = round(sum(float(one) for one in costs if one is not None), 6)
    report["served_by"] = {replica.name: len(replica.entries()) for replica in replicas}


def calls_in(entries):
    return sum(len(one.get("attempts", ())) for one in entries)


def show(report):
    print(f"\n  prompts       {report['requests']} in {report['seconds']} s, {report['failed']} failed, "
          f"{report['asked_again']} asked again because their replica died")
    for name, count in report["served_by"].items():
        print(f"  {name}     its ledger shows {count} entries")
    print(f"  together      {report['entries']} entries, {report['provider_calls']} calls of providers, "
          f"${report['cost_usd']:.4f}")
    if report["calls_lost"]:
        print(f"                {report['calls_lost']} calls were under way in the replica that was killed: what they cost, no "
              "ledger knows")
    print("\nWhat the replicas share, as tried just now:")
    for what, found in report["shared"].items():
        print(f"  {'shared    ' if found['shared'] else 'NOT shared'}  {what}: {found['seen']}")
    if not all(found["shared"] for found in report["shared"].values()):
        print("\nReplicas without shared stores are right for taking load and surviving deaths, not for budgets:\n"
              "docs/scaling.md says what is shared by which store, and --postgres and --redis try it here.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", type=int, default=3, choices=range(1, 10), metavar="N")
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--postgres", metavar="own|none|URL", default="own")
    parser.add_argument("--redis", metavar="own|none|HOST:PORT", default="own")
    parser.add_argument("--balancer", choices=("nginx", "builtin"))
    parser.add_argument("--keep", action="store_true", help="leave everything up afterwards, until Ctrl-C")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"there is no program at {PROGRAM}: ./dev build")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pointsman-replicas-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with contextlib.ExitStack() as stack:
            report, balancer = demonstrate(arguments, folder, stack)
            if arguments.json:
                print(json.dumps(report))
            else:
                show(report)
            if arguments.keep:
                print(f"\nThey stay up at http://127.0.0.1:{balancer.port}/v1; Ctrl-C ends them.", flush=True)
                signal.pause()
            sys.exit(1 if report["failed"] else 0)
    except Trouble as trouble:
        sys.exit(f"demo: {trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
