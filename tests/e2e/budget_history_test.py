"""Budgets over a whole history, in the spirit of Jepsen: many clients, random trees of owners, random sizes, clients that
leave, providers that fail, and kill -9 of the gateway again and again. Afterwards an independent model goes over all that
was seen, see budget_model.py:

- in no budget of any node is more charged than it allows, and what providers served beyond that is at most what was under
  way when a process died;
- every refusal was needed: at some instant while it was asked there may have been no room;
- what was charged is what the provider said it used, nothing where it failed, the worst case where nobody knows;
- in the end no reservation is left: of what the model says is left, all of it is given, and not a token more.

POINTSMAN_HISTORY_SEEDS sets how many seeds, POINTSMAN_HISTORY_REQUESTS the requests of each, E2E_SEED the first seed.
"""

import json
import os
import random
import re
import subprocess
import threading
import time
import unittest
from decimal import Decimal

import budget_model
import harness
import wire
from budget_model import Operation

SEED = int(os.environ.get("E2E_SEED", "20260711"))
SEEDS = int(os.environ.get("POINTSMAN_HISTORY_SEEDS", "2"))
REQUESTS = int(os.environ.get("POINTSMAN_HISTORY_REQUESTS", "5000"))
KILLS = 4
CLIENTS = 16
SETTLING = 0.25  # seconds that the ledger's own times may differ from the client's
MARKER = re.compile(rb"call-(\d{6})")
WAYS = ("answer",) * 10 + ("stream", "stream", "fail", "fail", "mute", "drop", "leave", "leave-late")


class Provider(wire.Upstream):
    """Answers, fails or says nothing of its usage, as the request's marker says; counts what it served."""

    def __init__(self, ways, used):
        self.ways, self.used, self.served = ways, used, {}
        super().__init__(self.play)

    def play(self, peer, request):
        with self.lock:
            self.requests.clear()
        marker = MARKER.search(request.body).group(1).decode()
        way, (prompt, answer) = self.ways[marker], self.used[marker]
        body = request.json()
        if way == "fail":
            return peer.send(wire.whole({"error": {"message": "no"}}, "500 No"))
        self.served[marker] = budget_model.cost(body["model"].removeprefix("gpt-4o-"), prompt, answer)
        if way == "drop":
            return peer.close()
        usage = {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}
        if way == "stream":
            last = wire.event(usage=usage).replace(b'"choices": [{"index": 0, "delta": {}, "finish_reason": null}]',
                                                   b'"choices": []')
            events = [wire.event({"content": "so "}), wire.event(finish="stop"), last, b"data: [DONE]\n\n"]
            return peer.send(wire.STREAM_HEAD + wire.chunked(*events) + b"0\r\n\r\n")
        made = wire.completion()
        made["usage"] = usage
        if way == "mute":
            del made["usage"]
        return peer.send(wire.whole(made))


class Story:
    """One seed: the tree, the operations, and the clients that work through them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        now = time.gmtime()
        near_midnight = now.tm_hour == 23 and now.tm_min > 30
        self.tree = budget_model.Tree(seed, REQUESTS, ("total",) if near_midnight else ("day", "month", "total"))
        self.ways, self.used, self.operations = {}, {}, []
        keys = sorted(self.tree.keys)
        for number in range(REQUESTS):
            marker = f"{number:06}"
            most = self.random.choice((self.random.randint(1, 100), self.random.randint(100, 2000)))
            user = self.random.choice(("", "ann", "bob", "cy"))
            self.operations.append(Operation(marker, self.random.choice(keys), user,
                                             self.random.choice(sorted(budget_model.PRICES)), most))
            self.ways[marker] = self.random.choice(WAYS) if number else "answer"
            self.used[marker] = (self.random.randint(1, 8), self.random.randint(1, most))
        self.words = {one.marker: " ".join(["word"] * self.random.randint(8, 200)) for one in self.operations}
        self.words[self.operations[0].marker] = "word"  # as probes say

    def body(self, one):
        return harness.chat(one.model, f"call-{one.marker} {self.words.get(one.marker, 'word')}", max_tokens=one.most,
                            stream=self.ways[one.marker] == "stream")


class Load(threading.Thread):
    """A client with its part of the operations. A dead gateway ends the one at hand; the next waits for it to be back."""

    def __init__(self, story, gateway, secrets, part):
        super().__init__(daemon=True)
        self.story, self.gateway, self.secrets = story, gateway, secrets
        self.part = part
        self.done = 0
        self.faults = []
        self.client = None
        self.start()

    def run(self):
        for one in self.part:
            if self.connect():
                self.ask(one)
            self.done += 1
        if self.client:
            self.hang_up()

    def connect(self):
        until = time.monotonic() + 60
        while self.client is None and time.monotonic() < until:
            try:
                self.client = wire.Client(self.gateway.port)
            except OSError:
                time.sleep(0.005)  # it is dead, and will be back
        if self.client is None:
            self.faults.append("the gateway did not come back")
        return self.client is not None

    def hang_up(self):
        self.client.socket.close()
        self.client = None

    def ask(self, one):
        fields = [("Authorization", f"Bearer {self.secrets[one.key]}")]
        if one.user:
            fields.append(("x-pointsman-user", one.user))
        way = self.story.ways[one.marker]
        one.begin = time.time()
        try:
            self.client.post(self.story.body(one), fields)
            if way.startswith("leave"):
                one.outcome = "unknown"
                if way == "leave-late":
                    self.client.fill(60)
                return self.hang_up()
            answer = self.client.read(60)
            one.end = time.time()
        except OSError:
            one.outcome = "unknown"
            return self.hang_up()
        one.outcome = {200: "ok", 429: "refused"}.get(answer.status, "failed") if answer.whole else "unknown"
        if answer.end or not answer.whole:
            self.hang_up()
        return None


class BudgetHistory(unittest.TestCase):
    def keys(self, gateway, *arguments):
        run = subprocess.run([harness.BINARY, "keys", *arguments, "--config", gateway.config_path], capture_output=True,
                             text=True, timeout=60, check=True, env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        return run.stdout.strip()

    def test_budgets_hold_over_the_whole_history(self):
        for seed in range(SEED, SEED + SEEDS):
            with self.subTest(seed=seed):
                self.one_seed(seed)

    def one_seed(self, seed):
        began = time.monotonic()
        story = Story(seed)
        with Provider(story.ways, story.used) as upstream, harness.Gateway("", start=False) as gateway:
            secrets = self.prepare(story, upstream, gateway)
            deaths = self.run_it(story, gateway, secrets)
            # Whoever left is settled by then: a gateway that is told to stop waits for them.
            self.assertEqual(0, gateway.terminate(60))
            lost = self.join(story, gateway, deaths)
            checker = budget_model.Checker(story.tree, story.operations)
            self.charges_are_right(story, upstream, checker)
            checker.no_budget_is_exceeded()
            checker.providers_charged_no_more(upstream.served, lost)
            checker.every_refusal_was_needed()
            self.assertEqual([], checker.faults[:5], f"{len(checker.faults)} faults, seed {seed}")
            self.keys_show_the_same(story, gateway)
            gateway.start()
            probes = self.nothing_is_left_over(story, gateway, secrets, checker)
        outcomes = [one.outcome for one in story.operations]
        print(f"budget history: seed {seed}, {len(outcomes)} requests of {len(secrets)} keys, "
              f"{ {name: outcomes.count(name) for name in sorted(set(outcomes))} }, {len(deaths)} kills, {len(lost)} lost, "
              f"{len(checker.limits)} nodes with budgets, {probes} probes, {time.monotonic() - began:.0f} s")

    def prepare(self, story, upstream, gateway):
        made = harness.config({"up": harness.provider(upstream.port)}, dict.fromkeys(budget_model.PRICES, "up"), workers=2,
                              owners=story.tree.configuration(), access={"keys": "required"},
                              ledger={"store_prompts": "full"})
        made["router"]["breaker"] = {"failures": 1000}
        for name, (dear_in, dear_out) in budget_model.PRICES.items():
            # A model whose tokenizer is public: of others, what is set aside follows the usage that they report.
            made["models"][name].update(upstream=f"gpt-4o-{name}", price={"input": dear_in, "output": dear_out}, context_window=10**9,
                                        max_output=10**8)
        gateway.write(made)
        secrets = {name: self.keys(gateway, "create", "--name", name, "--owner", owner, *story.tree.key_options(name),
                                   "--quiet") for name, owner in story.tree.keys.items()}
        gateway.start()
        return secrets

    def run_it(self, story, gateway, secrets):
        """The clients, with kill -9 at random moments; gives the times of death."""
        loads = [Load(story, gateway, secrets, story.operations[part::CLIENTS]) for part in range(CLIENTS)]
        deaths = []
        for kill in range(1, KILLS + 1):
            until = REQUESTS * kill / (KILLS + 1) + story.random.uniform(-0.1, 0.1) * REQUESTS / (KILLS + 1)
            harness.wait_until(lambda: sum(one.done for one in loads) >= until, "the load runs", 120)
            gateway.kill()
            deaths.append(time.time())
            gateway.start()
        for one in loads:
            one.join(300)
        self.assertEqual([], [fault for one in loads for fault in one.faults])
        return deaths

    def join(self, story, gateway, deaths):
        """Gives every operation its entry and the time it ended; gives the markers of those that died with a process."""
        by_marker = {one.marker: one for one in story.operations}
        for entry in self.entries(gateway):
            one = by_marker[entry["text"].split()[0].removeprefix("call-")]
            self.assertIsNone(one.entry, f"two entries of {one.marker}")
            one.entry = entry
            bill = entry["bill"]
            if "charged_tokens" in bill:
                one.charged = {"tokens": bill["charged_tokens"], "nanos": int(bill["charged_usd"] * 10**9)}
            one.settled_at = one.end if one.end < float("inf") else finished_at(entry) + SETTLING
        lost = set()
        for one in story.operations:
            if one.entry is None:
                self.assertEqual("unknown", one.outcome, f"{one.marker} has no entry")
                lost.add(one.marker)
                one.settled_at = next((at for at in deaths if at >= one.begin), time.time())
        return lost

    def entries(self, gateway):
        run = subprocess.run([harness.BINARY, "log", "--json", "--limit", "0", "--ledger", gateway.ledger_path],
                             capture_output=True, text=True, timeout=120, check=True,
                             env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        return [json.loads(line, parse_float=Decimal) for line in run.stdout.splitlines() if line]

    def charges_are_right(self, story, upstream, checker):
        """Each entry says what the provider did: its usage, nothing, or the worst case."""
        for one in story.operations:
            if one.entry is None:
                continue
            way, nothing = story.ways[one.marker], {"tokens": 0, "nanos": 0}
            served = upstream.served.get(one.marker, nothing)
            may_be = {"fail": [nothing], "mute": [one.bound], "drop": [one.bound]}.get(way, [served])
            if way.startswith("leave") or one.outcome == "unknown":
                may_be = [served, one.bound, nothing] if served == nothing else [served, one.bound]
            if one.outcome == "refused":
                may_be = [nothing]
            if (one.charged or nothing) not in may_be:
                checker.faults.append(f"{one.marker} ({way}, {one.outcome}) is charged {one.charged}, not {may_be}")

    def keys_show_the_same(self, story, gateway):
        """`pointsman keys list` tells the sums of the entries."""
        shown = {one["name"]: one["spent_this_month"] or {"dollars": "0", "tokens": 0}
                 for one in json.loads(self.keys(gateway, "list", "--json"))["keys"]}
        for name in story.tree.keys:
            charged = [one.charged for one in story.operations if one.key == name and one.charged]
            self.assertEqual((sum(one["tokens"] for one in charged), sum(one["nanos"] for one in charged)),
                             (shown[name]["tokens"], int(Decimal(shown[name]["dollars"]) * 10**9)), name)

    def nothing_is_left_over(self, story, gateway, secrets, checker):
        """With nothing under way, each key is given exactly what the model says is left. The provider fails, so that asking
        costs nothing. How many were asked."""
        probes = 0
        for key in secrets:
            for user in ("", "ann"):
                rest = checker.rest(key, user)
                if rest["tokens"] is None and rest["nanos"] is None:
                    continue
                most = self.most_that_fits(story, rest)
                for extra, status in ((1, 429), (0, 500)):
                    if most + extra < 1:
                        continue
                    marker = f"{900000 + probes:06}"
                    one = Operation(marker, key, user, "small", most + extra)
                    story.ways[marker], story.used[marker] = "fail", (1, 1)
                    fields = [("Authorization", f"Bearer {secrets[key]}")] + ([("x-pointsman-user", user)] if user else [])
                    answer = wire.ask(gateway.port, story.body(one), fields)
                    self.assertEqual(status, answer.status, f"{key}#{user}: {rest} left, {one.most} asked: {answer}")
                    probes += 1
        return probes

    def most_that_fits(self, story, rest):
        """The longest answer that a probe may ask for."""
        prompt = self.prompt_of_probes(story)
        dear_in, dear_out = budget_model.PRICES["small"]
        fits = []
        if rest["tokens"] is not None:
            fits.append(rest["tokens"] - prompt)
        if rest["nanos"] is not None:
            fits.append((rest["nanos"] - 3 - int(prompt * dear_in * 1000)) // int(dear_out * 1000))
        return min(fits)

    @staticmethod
    def prompt_of_probes(story):
        """Tokens of a probe's prompt: the first operation had one like it."""
        return story.operations[0].entry["bill"]["prompt_tokens"]


def finished_at(entry):
    """Seconds of the wall clock."""
    begun = time.strptime(entry["started"][:19], "%Y-%m-%dT%H:%M:%S")
    seconds = time.mktime(begun) - time.timezone + float("0." + entry["started"][20:26])
    return seconds + float(entry["total_us"]) / 1e6


if __name__ == "__main__":
    harness.main()
