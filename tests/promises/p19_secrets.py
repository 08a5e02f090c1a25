"""Promise P19: secrets do not leak. Canaries stand for each kind of secret; requests go well and badly at the most
talkative level of the log; then everything the program wrote, said or showed is searched for them."""

import glob
import os
import urllib.request

import promise
import harness
from collector import Collector
from dashboard_test import Browser, contract, hash_of
from wire import Client, Upstream, ask, stream, whole

KINDS = ("provider", "extra", "client", "cookie", "xkey", "prompt", "answer", "password", "webhook")
LEVELS = ("debug", "info", "warn", "error")


class Leak:
    """Where canaries were looked for, and found."""

    def __init__(self, secrets):
        self.secrets, self.places, self.found = secrets, 0, []

    def look(self, place, data):
        self.places += 1
        text = data.encode() if isinstance(data, str) else data
        self.found += [f"{name} in {place}" for name, secret in self.secrets.items() if secret.encode() in text]


def script(secrets):
    def play(peer, one):
        how = one.field("x-how")
        if how == "401":
            return peer.send(whole({"error": {"message": f"bad key {one.field('authorization')}"}}, "401 No"))
        if how == "500":
            return peer.send(whole({"error": {"message": f"{one.head!r} {one.body!r}"}}, "500 No"))
        if how == "reset":
            return peer.reset()
        if how == "cut":
            return peer.send(stream()[:300]) and peer.reset()
        if one.json().get("stream"):
            return peer.send(stream())
        return peer.send(whole({"choices": [], "text": secrets["answer"]}))
    return play


def ask_all(gateway, secrets, key, leak):
    fields = [("Cookie", "session=" + secrets["cookie"])]
    good = [*fields, ("Authorization", f"Bearer {key}")]
    for how in ("fine", "401", "500", "reset", "cut"):
        for streamed in (False, True):
            answer = ask(gateway.port, harness.chat(text=secrets["prompt"], stream=streamed), [*good, ("x-how", how)])
            leak.look(f"the answer to {how}", answer.raw + (b"" if how in ("fine", "cut") or answer.status == 500 else answer.body))
    for bad in (harness.chat(model=1), {"messages": secrets["prompt"]}, b'{"' + secrets["prompt"].encode()):
        answer = ask(gateway.port, bad, good)
        leak.look("a refusal", answer.raw + answer.body)
    for wrong in (("Authorization", "Bearer " + secrets["client"]), ("X-Api-Key", secrets["xkey"])):
        answer = ask(gateway.port, harness.chat(), [*fields, wrong])
        leak.look("the refusal of a key", answer.raw + answer.body)
    for path in ("/metrics", "/readyz", "/livez", "/nothing"):
        with Client(gateway.port) as client:
            client.get(path)
            answer = client.read()
            leak.look(path, answer.raw + answer.body)


def operators_pages(port, secrets, leak, run):
    browser = Browser(port)
    run.equal(200, browser.sign_in("ada", secrets["password"])[0], "signing in")
    for endpoint in contract.endpoints():
        if endpoint["method"] == "GET" and not endpoint.get("stream") and "{" not in endpoint["path"]:
            leak.look(f"the page {endpoint['path']}", browser.send("GET", "/admin/v1" + endpoint["path"])[1])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=harness.PATIENCE) as page:
        leak.look("the operators' metrics", page.read())


def files(gateway, leak):
    for path in glob.glob(os.path.join(gateway.directory, "**"), recursive=True):
        if os.path.isfile(path) and not os.path.basename(path).startswith("pointsman.yaml"):
            with open(path, "rb") as file:
                leak.look(os.path.relpath(path, gateway.directory), file.read())


def one_level(run, level, leak, secrets):
    collector = run.enter(Collector())
    upstream = run.enter(Upstream(script(secrets)))
    provider = harness.provider(upstream.port, headers={"x-extra": secrets["extra"]})
    provider["api_key"] = "${CANARY_KEY}"
    configuration = harness.config(
        {"up": provider}, {"m": "up"}, log={"level": level}, telemetry={"otlp": {"endpoint": collector.url}},
        admin={"address": "127.0.0.1:0", "users": {"ada": {"password": hash_of(secrets["password"]), "role": "admin"}}},
        webhooks={"hook": {"url": f"http://127.0.0.1:{upstream.port}/", "secret": secrets["webhook"], "allow_private": True}},
        router={"breaker": {"failures": 1000}})
    gateway = run.enter(harness.Gateway(configuration, {"CANARY_KEY": secrets["provider"]}))
    port = int(gateway.process.expect(r"dashboard is at http://127\.0\.0\.1:(\d+)/dashboard/").group(1))
    made = promise.command("keys", "create", "--name", "app", "--quiet", "--config", gateway.config_path,
                           directory=gateway.directory, environment={"CANARY_KEY": secrets["provider"]})
    key = made.stdout.strip()
    leak.secrets = {**secrets, "virtual key": key}
    harness.wait_until(lambda: ask(gateway.port, harness.chat()).status == 401, "a key is needed")
    ask_all(gateway, secrets, key, leak)
    operators_pages(port, secrets, leak, run)
    run.equal("Bearer " + secrets["provider"], upstream.seen()[0].field("authorization"), "the provider's key")
    for arguments in (("log", "--limit", "5"), ("log", "--json"), ("keys", "list"), ("check",), ("doctor", "--offline"),
                      ("report", "--since", "1h"), ("webhooks", "list")):
        done = promise.command(*arguments, "--config", gateway.config_path, directory=gateway.directory,
                               environment={"CANARY_KEY": secrets["provider"]})
        leak.look(f"pointsman {arguments[0]}", done.stdout + done.stderr)
    gateway.process.send(1)
    harness.wait_until(lambda: collector.bodies, "traces arrive", 30)
    for body in list(collector.bodies):
        leak.look("a trace", body)
    files(gateway, leak)
    run.equal(0, gateway.terminate(40), "the exit code")
    files(gateway, leak)


def measure(run):
    secrets = {name: f"canary-{name}-0123456789abcdef" for name in KINDS}
    secrets["webhook"] = "whsec_" + "Y2FuYXJ5" * 5
    leak = Leak(secrets)
    for level in LEVELS if not run.small else LEVELS[:1]:
        one_level(run, level, leak, secrets)
    found = sorted(set(leak.found))
    levels = ", ".join(LEVELS) if not run.small else LEVELS[0]
    run.tried(f"{len(secrets) + 1} kinds of canaries, levels of the log {levels}; {leak.places} places searched (logs, traces, "
              f"metrics, database files, error bodies, commands, operators' API): {len(found)} found")
    run.equal([], found, "canaries found")
    with open(f"{promise.ROOT}/src/app/serve.cc", encoding="utf-8") as file:
        run.require("PR_SET_DUMPABLE, 0" in file.read(), "core files may be written")


if __name__ == "__main__":
    promise.main("P19", "secrets do not leak", measure)
