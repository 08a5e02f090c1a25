"""Promise P24: privacy is the default, and what was kept can be forgotten. Without being told so the program keeps no
text; with `store_prompts: full`, what a person or a key has left is gone from the raw bytes of the files afterwards."""

import glob
import os

import promise
import harness
from wire import Upstream, ask, whole

USER, TEXT = "canary-user-8a1f@example.com", "canary-text-77c3-please-forget-me"


def holding(gateway, *words):
    """Files of the gateway that hold one of the words, the journal and the write-ahead log among them."""
    found = []
    for path in glob.glob(os.path.join(gateway.directory, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            found += [f"{word} in {os.path.basename(path)}" for word in words if word.encode() in data]
    return found


def start(run, **more):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    return run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, **more)))


def by_default(run, count):
    gateway = start(run)
    for number in range(count):
        ask(gateway.port, harness.chat(text=f"{TEXT} {number}"))
    gateway.wait_entries(count, 30)
    gateway.terminate()
    run.equal([], holding(gateway, TEXT), "texts kept without being asked to")


def forgotten(run, option, count):
    gateway = start(run, ledger={"store_prompts": "full"})
    fields = []
    if option == "--key":
        made = promise.command("keys", "create", "--name", "app", "--quiet", "--config", gateway.config_path,
                               directory=gateway.directory)
        fields = [("Authorization", f"Bearer {made.stdout.strip()}")]
        asked = "/v1/messages/count_tokens"  # which leaves no entry
        harness.wait_until(lambda: ask(gateway.port, harness.chat(text="x"), (), asked).status == 401, "a key is needed")
    entries, others = [], 20
    for number in range(count):
        answer = ask(gateway.port, harness.chat(text=f"{TEXT} {number}", user=USER), fields)
        entries.append(answer.decision())
    for decision in entries[::5]:
        told = ask(gateway.port, {"decision_id": decision, "category": "general", "comment": TEXT}, fields, "/v1/feedback")
        run.require(told.status in (200, 201), f"feedback: {told.status}")
    if option == "--user":
        for number in range(others):
            ask(gateway.port, harness.chat(text=f"somebody else {number}", user="other@example.com"))
    gateway.wait_entries(count + (others if option == "--user" else 0), 30)
    run.require(holding(gateway, TEXT), "nothing was kept, so that nothing could be forgotten")
    done = promise.command("forget", option, USER if option == "--user" else "app", "--yes", "--config", gateway.config_path,
                           directory=gateway.directory)
    run.equal(0, done.returncode, "forget's exit code")
    words = (TEXT, USER) if option == "--user" else (TEXT,)
    harness.wait_until(lambda: not holding(gateway, *words) or run.note(str(holding(gateway, *words))),
                       lambda: f"the bytes are gone while it runs: {holding(gateway, *words)}", 20)
    run.equal(200, ask(gateway.port, harness.chat(text="later"), fields).status, "a request afterwards")
    gateway.terminate()
    run.equal([], holding(gateway, *words), f"left after forget {option}")
    if option == "--user":
        run.require(len(gateway.entries()) >= others, "others were forgotten, too")


def measure(run):
    count = run.pick(2000, 50)
    by_default(run, count)
    forgotten(run, "--user", count)
    forgotten(run, "--key", count)
    run.tried(f"{count:,} requests each: no text kept by default; after forget --user and --key no canary in the raw bytes of "
              f"database, write-ahead log and journal, while running and after the end; texts are kept whole or not at all, so "
              f"that there is no redaction to measure")


if __name__ == "__main__":
    promise.main("P24", "privacy: off by default, deletable", measure)
