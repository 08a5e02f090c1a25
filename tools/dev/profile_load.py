#!/usr/bin/env python3
"""The work that ./dev profile counts: what a gateway does all day, in about the parts in which it does it.

    profile_load.py PROGRAM FOLDER [REQUESTS]    PROGRAM is of the preset `profile`; FOLDER gets its counts

Two gateways before a simulated upstream answer prompts of examples/support-desk: one as it comes, one with keys, owners,
limits, budgets, traces and a cache. Most requests are chat completions that are routed, half of them streamed; the others
bring conversations, tools, schemas, the protocols of Anthropic and of Responses, names of models, what is refused. None
of them is a benchmark's: what is measured is not what was counted.
"""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/support-desk"
REQUESTS = 12_000  # of each gateway, unless told otherwise
CLIENTS = 8
SEED = 7
SCHEMA = {"type": "object", "additionalProperties": False, "required": ["title", "steps", "done"], "properties": {
    "title": {"type": "string"}, "done": {"type": "boolean"},
    "steps": {"type": "array", "items": {"type": "object", "required": ["name", "minutes"], "additionalProperties": False,
                                         "properties": {"name": {"type": "string"}, "minutes": {"type": "integer"}}}}}}
TOOL = {"name": "look_up", "description": "Looks an order up.",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}}


def prompts():
    with open(EXAMPLE / "train.jsonl", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def said(text, turns=0):
    """A conversation that ends with the text."""
    before = [{"role": role, "content": f"{words} {number}"} for number in range(turns)
              for role, words in (("user", "And what about the invoice of"), ("assistant", "It was paid on day"))]
    return [{"role": "system", "content": "You answer customers of a shop in one paragraph."}, *before,
            {"role": "user", "content": text}]


# Each returns path, body and header lines of one request.
def whole(text):
    return "/v1/chat/completions", {"model": "auto", "messages": [{"role": "user", "content": text}]}, {}


def streamed(text):
    path, body, fields = whole(text)
    return path, body | {"stream": True}, fields


def conversation(text):
    return "/v1/chat/completions", {"model": "auto", "stream": True, "stream_options": {"include_usage": True},
                                    "temperature": 0.2, "max_tokens": 300, "messages": said(text, turns=4)}, {}


def named(text):
    return "/v1/chat/completions", {"model": "small", "messages": said(text, turns=1)}, {}


def with_tools(text):
    return "/v1/chat/completions", {"model": "auto", "stream": True, "messages": said(text), "tool_choice": "auto",
                                    "tools": [{"type": "function", "function": TOOL}]}, {}


def with_schema(text):
    form = {"type": "json_schema", "json_schema": {"name": "plan", "strict": True, "schema": SCHEMA}}
    return ("/v1/chat/completions", {"model": "auto", "stream": True, "messages": said(text), "response_format": form},
            {"x-pointsman-partial": "events"})


def messages(text):
    return "/v1/messages", {"model": "auto", "max_tokens": 300, "system": "Be brief.",
                            "messages": [{"role": "user", "content": text}]}, {"anthropic-version": "2023-06-01"}


def messages_streamed(text):
    path, body, fields = messages(text)
    return path, body | {"stream": True, "tools": [{"name": TOOL["name"], "description": TOOL["description"],
                                                    "input_schema": TOOL["parameters"]}]}, fields


def responses(text):
    return "/v1/responses", {"model": "auto", "input": text, "instructions": "Be brief."}, {}


def responses_streamed(text):
    path, body, fields = responses(text)
    return path, body | {"stream": True}, fields


def refused(_):
    return "/v1/chat/completions", {"model": "nobody", "messages": []}, {}


KINDS = {whole: 30, streamed: 28, conversation: 12, named: 6, with_tools: 5, with_schema: 4, messages: 5,
         messages_streamed: 4, responses: 3, responses_streamed: 2, refused: 1}


def configuration(port, upstreams, folder, **more):
    quick, careful = upstreams
    price = {"input": 0.2, "cached_input": 0.05, "output": 1.2}
    chat = {"max_output": 8192, "context_window": 128000, "capabilities": ["tools", "parallel_tools", "json_mode", "json_schema"]}
    return {
        "listen": f"127.0.0.1:{port}", "workers": 1,
        "providers": {"quick": {"base_url": f"http://127.0.0.1:{quick}/v1", "api_key": "none"},
                      "careful": {"base_url": f"http://127.0.0.1:{careful}/v1", "api_key": "none"}},
        "models": {"small": {"provider": "quick", "price": price, **chat},
                   "large": {"provider": "careful", "price": {"input": 3, "output": 15}, **chat}},
        "categories": {"simple": {"models": ["small", "large"]}, "reasoning": {"models": ["large"]},
                       "tool_use": {"models": ["small", "large"]}},
        "router": {"fallback": ["large"]}, "ledger": {"path": str(folder / f"{port}.ledger")}, "log": {"level": "warn"},
        **more,
    }


def owned(folder, port, sink):
    """What the second gateway has besides: nothing of it is ever used up."""
    limits = {"requests_per_minute": 10_000_000, "tokens_per_minute": 10_000_000_000, "concurrent": 10_000}
    budgets = [{"period": "day", "money": 1_000_000}, {"period": "month", "tokens": 10**12}]
    return {"access": {"keys": "required"}, "admin": f"127.0.0.1:{port}",
            "owners": {name: {"budgets": budgets, "limits": limits} for name in ("shop", "shop/desk", "shop/desk/first")},
            "telemetry": {"otlp": {"endpoint": f"http://127.0.0.1:{sink}"}}}


class Programs:
    """What was started, ended in order: counts are written at the end of a process."""

    def __init__(self, program, counts):
        self.program = program
        self.counts = counts
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
            process.wait(120)

    def environment(self, counted=True):
        where = str(self.counts / "%4m.profraw") if counted else os.devnull
        return os.environ | {"LLVM_PROFILE_FILE": where}

    def ready(self, port, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.02)
        sys.exit(f"profile: nothing listens on port {port}: {process.args}")

    def start(self, port, *words, counted=True):
        command = [str(word) for word in words]
        self.running.append(subprocess.Popen(command, env=self.environment(counted), stdout=subprocess.DEVNULL))
        self.ready(port, self.running[-1])

    def run(self, *words):
        done = subprocess.run([str(self.program), *map(str, words)], env=self.environment(), capture_output=True, text=True,
                              check=False, timeout=600)
        if done.returncode != 0:
            sys.exit(f"profile: {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()


class Client(threading.Thread):
    """Sends its part of the requests over one connection and reads every answer to its end."""

    def __init__(self, port, texts, seed, key, requests):
        super().__init__()
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.texts = texts
        self.chance = random.Random(seed)
        self.fields = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        self.requests = requests
        self.codes = {}

    def run(self):
        kinds = self.chance.choices(list(KINDS), weights=list(KINDS.values()), k=self.requests)
        for kind, number in zip(kinds, itertools.count()):
            path, body, more = kind(f"{self.chance.choice(self.texts)} ({number})")
            self.link.request("POST", path, json.dumps(body), self.fields | more)
            answer = self.link.getresponse()
            answer.read()
            self.codes.setdefault((kind.__name__, answer.status), 0)
            self.codes[kind.__name__, answer.status] += 1


def load(port, texts, key, requests):
    clients = [Client(port, texts, SEED * 100 + number, key, requests // CLIENTS) for number in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    codes = {}
    for one in clients:
        for what, count in one.codes.items():
            codes[what] = codes.get(what, 0) + count
    odd = {what: count for what, count in codes.items() if (what[1] == 200) == (what[0] == "refused")}
    if odd or sum(codes.values()) != requests // CLIENTS * CLIENTS:
        sys.exit(f"profile: answers that were not expected: {odd or codes}")


def main():
    program, counts = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    requests = int(sys.argv[3]) if len(sys.argv) > 3 else REQUESTS
    texts = prompts()
    with tempfile.TemporaryDirectory(prefix="pointsman-profile-") as name, Programs(program, counts) as programs:
        folder = pathlib.Path(name)
        quick, careful, plain, kept, admin, sink = (free_port() for _ in range(6))
        for port, model in ((quick, "small"), (careful, "large")):
            programs.start(port, program, "simulate", "--port", port, "--model", model, "--answer-tokens", 120,
                           counted=False)
        programs.start(sink, sys.executable, ROOT / "bench/shared/trace_sink.py", sink, counted=False)
        for port, more in ((plain, {}), (kept, owned(folder, admin, sink))):
            config = folder / f"{port}.yaml"
            config.write_text(json.dumps(configuration(port, (quick, careful), folder, **more)))
            key = programs.run("keys", "create", "--name", "first", "--owner", "shop/desk/first", "--budget", "month=1000000",
                               "--rpm", 10_000_000, "--tpm", 10_000_000_000, "--quiet", "--config", config) if more else ""
            programs.start(port, program, "serve", "--config", config)
            load(port, texts, key, requests)
        programs.run("log", "--config", folder / f"{plain}.yaml")


if __name__ == "__main__":
    main()
