"""The program under test, driven from outside: a gateway, simulated providers, and what the gateway wrote down.

Everything lives in a temporary directory of its own and on free ports of 127.0.0.1, and is gone at the end. Nothing
waits for a length of time: `wait_until` looks again and again until a deadline.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

BINARY = os.path.abspath(os.environ.get("POINTSMAN_BINARY", "build/dev/pointsman"))
SKIPPED = 77  # what ctest takes for "could not run here"
PATIENCE = 10.0

PRICES = {"input": 1, "output": 2}


def wait_until(look, what, seconds=PATIENCE):
    """The first true value that look() gives; fails with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.002)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def provider(port, **more):
    return {"base_url": f"http://127.0.0.1:{port}/v1", "api_key": "sk-test", **more}


def config(providers, models, **more):
    """A configuration as a dictionary. `models` maps names to providers; every request is routed over all of them."""
    names = list(models)
    made = {
        "listen": "127.0.0.1:0",
        "workers": 1,
        "providers": providers,
        "models": {name: {"provider": of, "price": PRICES, "context_window": 128000, "max_output": 16000,
                          "capabilities": ["tools", "parallel_tools", "json_mode", "json_schema"]}
                   for name, of in models.items()},
        "categories": {"general": {"models": names}},
        "router": {"fallback": names, "classifier": "none"},
        # A machine that runs tests may well be slow; nobody is turned away for that.
        "limits": {"overload": {"queue_delay": "0s"}},
    }
    for key, value in more.items():
        made[key] = {**made[key], **value} if isinstance(made.get(key), dict) else value
    return made


def chat(model="auto", text="Say hello.", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


class Process:
    """A child with its output in files. Ended by its own handle, never by name. `within`: words that run a command
    elsewhere (ip netns exec NAME) by becoming it."""

    def __init__(self, arguments, directory, name, environment=None, within=()):
        keep = {key: os.environ[key] for key in ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
                if key in os.environ}
        self.out_path = os.path.join(directory, name + ".out")
        self.err_path = os.path.join(directory, name + ".err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.child = subprocess.Popen([*within, BINARY, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                          cwd=directory, env={**keep, "HOME": directory, **(environment or {})})

    def out(self):
        with open(self.out_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def err(self):
        with open(self.err_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def expect(self, pattern, seconds=PATIENCE):
        """Waits for standard output to match, and returns the match."""
        def look():
            if self.child.poll() is not None:
                raise AssertionError(f"ended with {self.child.returncode}:\n{self.out()}{self.err()}")
            return re.search(pattern, self.out())
        return wait_until(look, lambda: f"{pattern!r} in {self.out()!r}\n{self.err()}", seconds)

    def wait(self, seconds=PATIENCE):
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.err()}") from None

    def send(self, number):
        self.child.send_signal(number)

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


class Gateway:
    """`pointsman serve` with its configuration and its ledger, in a temporary directory."""

    def __init__(self, configuration=None, environment=None, start=True, host="127.0.0.1", within=()):
        self.host, self.within = host, within  # where it listens, and what Process runs it in
        self.directory = tempfile.mkdtemp(prefix="pointsman-e2e-")
        self.config_path = os.path.join(self.directory, "pointsman.yaml")
        self.has_file = configuration is not None
        self.ledger_path = os.path.join(self.directory, "ledger" if self.has_file else "state/pointsman/ledger")
        self.environment = {"XDG_STATE_HOME": os.path.join(self.directory, "state"), **(environment or {})}
        self.place = self.ledger_path  # where commands find it: another one with ledger.postgres
        self.starts = 0
        self.port = 0
        self.process = None
        if self.has_file:
            self.write(configuration)
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and self.process is not None:
            sys.stderr.write(f"--- the gateway's log\n{self.process.err()[-4000:]}\n")
        if self.process is not None:
            self.process.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def write(self, configuration):
        """Puts a new configuration in place in one step. A string is written as it is."""
        if not isinstance(configuration, str):
            ledger = {"path": self.ledger_path, **configuration.get("ledger", {})}
            self.place = ledger.get("postgres", {}).get("url", self.ledger_path)
            configuration = json.dumps({**configuration, "ledger": ledger}, indent=1)
        with open(self.config_path + ".new", "w", encoding="utf-8") as file:
            file.write(configuration)
        os.replace(self.config_path + ".new", self.config_path)

    def start(self):
        """Starts, waits until it is ready, and returns the seconds that took."""
        arguments = ["serve"] + (["--config", self.config_path] if self.has_file else [])
        began = time.monotonic()
        self.starts += 1
        self.process = Process(arguments, self.directory, f"gateway-{self.starts}", self.environment, self.within)
        self.port = int(self.process.expect(r"http://[0-9.]+:(\d+)/v1").group(1))
        wait_until(lambda: self.ready() == 200, "/readyz answers 200")
        return time.monotonic() - began

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.port}/readyz", timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def terminate(self, seconds=PATIENCE):
        self.process.send(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        self.process.send(signal.SIGKILL)
        self.process.wait()

    def pid(self):
        return self.process.child.pid

    def entries(self):
        """The ledger's entries, oldest first."""
        run = subprocess.run([BINARY, "log", "--json", "--limit", "0", "--ledger", self.place],
                             capture_output=True, text=True, timeout=60, check=False,
                             env={"PATH": os.environ["PATH"], "HOME": self.directory, **self.environment})
        if run.returncode != 0:
            raise AssertionError(f"pointsman log failed with {run.returncode}: {run.stderr}")
        return sorted((json.loads(line) for line in run.stdout.splitlines() if line), key=lambda one: one["id"])

    def wait_entries(self, count, seconds=PATIENCE):
        """Exactly `count` entries: waits for them to be committed, and fails when there are more."""
        found = wait_until(lambda: (got := self.entries()) and len(got) >= count and got,
                           lambda: f"{count} ledger entries; there are {len(self.entries())}", seconds)
        if len(found) != count:
            raise AssertionError(f"{len(found)} ledger entries instead of {count}")
        return found

    def wait_decisions(self, decisions, seconds=PATIENCE):
        """All entries, as soon as those of `decisions` are among them: an entry is committed after its answer."""
        def look():
            found = self.entries()
            return set(decisions) <= {one["id"] for one in found} and found
        return wait_until(look, "the ledger has every answer", seconds)

    def metrics(self):
        """Sample name with labels -> value."""
        with urllib.request.urlopen(f"http://{self.host}:{self.port}/metrics", timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*(?:\{[^}]*\})?) (\S+)$", text, re.M)}

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.pid()}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Simulator:
    """`pointsman simulate`: providers by name, with their ports and books. Each serves the model of its name."""

    def __init__(self, names=("sim",), arguments=()):
        self.directory = tempfile.mkdtemp(prefix="pointsman-sim-")
        providers = [word for name in names for word in ("--provider", name + "=0")]
        self.process = Process(["simulate", *providers, *arguments], self.directory, "simulate")
        self.process.expect("".join(rf"(?s:.*)simulated provider {name} on \S+\n" for name in names))
        self.ports = {name: int(port) for name, port in
                      re.findall(r"provider (\S+) on http://127\.0\.0\.1:(\d+)/", self.process.out())}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def stats(self, name="sim"):
        """Its own books: requests, answers, aborts, tokens, cost."""
        return self.page(name, "stats")

    def requests(self, name="sim"):
        """The last requests, if it was started with --keep-requests."""
        return self.page(name, "requests")["requests"]

    def page(self, name, page):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/sim/{page}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def reset(self):
        for port in self.ports.values():
            request = urllib.request.Request(f"http://127.0.0.1:{port}/sim/reset", data=b"", method="POST")
            urllib.request.urlopen(request, timeout=PATIENCE).close()


def main():
    """Runs the calling file's tests; exits as ctest understands it."""
    if not os.access(BINARY, os.X_OK):
        print(f"skipped: there is no program at {BINARY} (set POINTSMAN_BINARY)")
        sys.exit(SKIPPED)
    program = unittest.main(module="__main__", verbosity=2, exit=False)
    result = program.result
    only_skips = result.testsRun > 0 and len(result.skipped) == result.testsRun
    sys.exit(0 if result.wasSuccessful() and not only_skips else SKIPPED if only_skips else 1)
