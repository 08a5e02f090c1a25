"""The ledger in PostgreSQL: what a client has read to its end is there once, whoever dies, and replicas follow each other.

The database is the test's own (databases.py). The seed is fixed; set E2E_SEED for other moments.
"""

import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

import desk
import harness
from databases import Postgres
from wire import Client, Upstream, ask, stream, whole

KILLS = 10
CLIENTS = 4
SEED = int(os.environ.get("E2E_SEED", "20260101"))
FOLLOWS = 2.0  # seconds in which a replica knows what another one changed


class Load(threading.Thread):
    """A client that asks until it is told to stop, or cannot go on; notes the decision of every whole answer."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number, self.whole, self.refused, self.over = port, number, [], [], threading.Event()
        self.start()

    def run(self):
        try:
            with Client(self.port) as client:
                while not self.over.is_set() and self.ask(client):
                    pass
        except OSError:
            pass  # killed

    def ask(self, client):
        streamed = (len(self.whole) + self.number) % 2 == 0
        client.post(harness.chat(text=f"{self.number} {len(self.whole)}", stream=streamed))
        answer = client.read()
        if b"data: [DONE]" in answer.body if streamed else answer.whole:
            (self.whole if answer.status == 200 else self.refused).append(answer.decision())
        return answer.whole

    def end(self):
        self.over.set()
        self.join(harness.PATIENCE)


class Replica(harness.Gateway):
    """One that reads its configuration from the database."""

    def __init__(self, url):
        super().__init__("", start=False)
        self.config_path, self.place = url, url
        self.environment["LEDGER"] = self.ledger_path
        self.start()


class OnPostgres(unittest.TestCase):
    def setUp(self):
        self.database = self.enterContext(Postgres())
        self.upstream = self.enterContext(Upstream(
            lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))

    def configuration(self, **more):
        ledger = {"postgres": {"url": self.database.url, "timeout": "2s", "connect_timeout": "2s"}}
        return harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up"}, workers=2, ledger=ledger,
                              **more)

    def gateway(self, **more):
        return self.enterContext(harness.Gateway(self.configuration(**more)))

    def command(self, gateway, *words, status=0):
        run = subprocess.run([harness.BINARY, *words, "--ledger", gateway.place], capture_output=True, text=True,
                             timeout=60, check=False,
                             env={"PATH": os.environ["PATH"], "HOME": gateway.directory, "USER": "tester"})
        self.assertEqual(status, run.returncode, run.stderr)
        return run.stdout

    def once(self, entries, decisions):
        found = [one["id"] for one in entries]
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual([], [one for one in decisions if one not in set(found)])

    def test_decisions_feedback_and_keys_are_kept_there(self):
        gateway = self.gateway()
        decisions = [ask(gateway.port, harness.chat(text=f"text {i}")).decision() for i in range(5)]
        # Within one millisecond the order of two identifiers is chance.
        self.assertEqual(sorted(decisions), sorted(one["id"] for one in gateway.wait_entries(5)))
        body = json.dumps({"decision_id": decisions[0], "category": "general"}).encode()
        with urllib.request.urlopen(urllib.request.Request(
                f"http://127.0.0.1:{gateway.port}/v1/feedback", data=body,
                headers={"content-type": "application/json"}), timeout=60) as answer:
            self.assertIn(answer.status, (200, 201))
        self.assertEqual([["1"]], self.database.ask("SELECT count(*) FROM feedback"))
        secret = self.command(gateway, "keys", "create", "--name", "ci", "--quiet").strip()
        self.assertIn("ci", self.command(gateway, "keys", "list"))
        self.assertNotIn(secret, str(self.database.ask("SELECT * FROM key_secrets")))
        self.assertIn("5", self.command(gateway, "savings", "--since", "1d"))
        self.assertEqual(0, gateway.terminate())
        # Nothing of it is in the folder, which is for what is on its way.
        self.assertEqual([], [name for name in os.listdir(gateway.ledger_path) if name.endswith(".db")])

    def test_every_answer_that_was_whole_is_there_once_after_kill_9(self):
        gateway = self.gateway()
        moments, acknowledged = random.Random(SEED), []
        for _ in range(KILLS):
            clients = [Load(gateway.port, number) for number in range(CLIENTS)]
            enough = len(clients) * moments.randrange(2, 12)
            harness.wait_until(lambda: sum(len(one.whole) for one in clients) >= enough, "answers", 30)
            gateway.kill()
            for one in clients:
                one.join(harness.PATIENCE)
                acknowledged += one.whole
            gateway.start()
        self.once(gateway.wait_decisions(acknowledged, 30), acknowledged)

    def test_a_database_that_goes_away_loses_nothing_and_stops_nobody(self):
        gateway = self.gateway()
        clients = [Load(gateway.port, number) for number in range(CLIENTS)]
        count = lambda: sum(len(one.whole) for one in clients)
        for away, back in ((self.database.pause, self.database.resume), (self.database.stop, self.database.start)):
            before = count()
            harness.wait_until(lambda: count() > before + 20, "answers while it is there", 30)
            away()
            without = count()
            harness.wait_until(lambda: count() > without + 50, "answers while it is away", 30)
            back()
        after = count()
        harness.wait_until(lambda: count() > after + 20, "answers when it is back", 30)
        for one in clients:
            one.end()
        self.assertEqual([], [one for client in clients for one in client.refused])
        acknowledged = [one for client in clients for one in client.whole]
        self.once(gateway.wait_decisions(acknowledged, 60), acknowledged)
        harness.wait_until(lambda: gateway.metrics().get("pointsman_ledger_queue_depth") == 0, "nothing waits", 60)

    def test_replicas_follow_keys_that_another_process_makes_and_revokes(self):
        replicas = [self.gateway(access={"keys": "required"}) for _ in range(2)]
        status = lambda replica, secret: ask(
            replica.port, harness.chat(), fields=[("authorization", f"Bearer {secret}")]).status
        began = time.monotonic()
        secret = self.command(replicas[0], "keys", "create", "--name", "ci", "--quiet").strip()
        for replica in replicas:
            harness.wait_until(lambda: status(replica, secret) == 200, "the key is known", FOLLOWS + 3)
        self.assertLess(time.monotonic() - began, FOLLOWS + 1)  # the command's own time is in it
        self.command(replicas[1], "keys", "revoke", "ci")
        began = time.monotonic()
        for replica in replicas:
            harness.wait_until(lambda: status(replica, secret) == 401, "the key is gone", FOLLOWS + 3)
        self.assertLess(time.monotonic() - began, FOLLOWS)

    def train(self, gateway, name, *options):
        path = os.path.join(gateway.directory, name)
        done = subprocess.run([harness.BINARY, "train", desk.EXAMPLES, "-o", path, "--effort", "fast", *options],
                              capture_output=True, text=True, check=False, timeout=170,
                              env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        self.assertEqual(0, done.returncode, done.stderr)
        return path

    def test_replicas_follow_classifiers_and_one_of_them_leads(self):
        first = self.enterContext(harness.Gateway("", start=False))
        served = self.train(first, "served.pm")
        other = self.train(first, "other.pm", "--seed", "2")
        made = self.configuration()
        made["categories"] = {name: {"models": ["m"]} for name in desk.categories()}
        made["router"] = {"fallback": ["m"], "classifier": served}
        first.write(made)
        first.start()
        second = self.enterContext(harness.Gateway(made))

        def version(replica):
            decision = ask(replica.port, harness.chat(text="I forgot my password")).decision()
            return harness.wait_until(lambda: [one for one in replica.entries() if one["id"] == decision],
                                      "its entry")[0]["classifier_version"]
        self.assertEqual(1, len({version(first), version(second)}))
        run = subprocess.run([harness.BINARY, "promote", other, "--config", first.config_path, "--force", "a test"],
                             capture_output=True, text=True, timeout=60, check=False,
                             env={"PATH": os.environ["PATH"], "HOME": first.directory, "USER": "tester"})
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        began = time.monotonic()
        said = lambda replica: re.search(r"classifier \w+ serves", replica.process.err())
        harness.wait_until(lambda: said(first) and said(second), "both serve with it", FOLLOWS + 3)
        self.assertLess(time.monotonic() - began, FOLLOWS)
        self.assertEqual(version(first), version(second))
        # Artefacts come from the database: the second replica has no such file.
        leads = lambda replica: "this replica leads training" in replica.process.err()
        harness.wait_until(lambda: leads(first) or leads(second), "one leads")
        leader, follower = (first, second) if leads(first) else (second, first)
        self.assertFalse(leads(follower))
        leader.kill()
        began = time.monotonic()
        harness.wait_until(lambda: leads(follower), "the other one takes its place", 30)
        self.assertLess(time.monotonic() - began, FOLLOWS)

    def test_replicas_serve_by_one_configuration_and_follow_it(self):
        made = self.configuration()
        made["ledger"]["path"] = "/nowhere"  # each replica has its own, as the environment says
        write = self.enterContext(harness.Gateway(made, start=False))
        environment = {"HOME": write.directory, "PATH": os.environ["PATH"], "USER": "tester"}

        def push(models, status=0):
            made["models"] = {name: made["models"]["m"] for name in models}
            made["categories"] = {"general": {"models": list(models)}}
            made["router"] = {"fallback": list(models), "classifier": "none"}
            made["ledger"] = {"postgres": made["ledger"]["postgres"], "path": "${LEDGER}"}
            write.write(json.dumps(made))
            run = subprocess.run([harness.BINARY, "config", "push", write.config_path, "--to", self.database.url],
                                 capture_output=True, text=True, timeout=60, check=False,
                                 env={**environment, "LEDGER": write.ledger_path})
            self.assertEqual(status, run.returncode, run.stdout + run.stderr)
            return run
        self.assertIn("configuration 1 counts now", push(["m"]).stdout)
        self.assertIn("configuration 1 is this one already", push(["m"]).stdout)
        replicas = [self.enterContext(Replica(self.database.url)) for _ in range(2)]
        models = lambda port: {one["id"] for one in json.load(
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=60))["data"]}
        self.assertTrue(all("m" in models(one.port) for one in replicas))
        push(["m", "n"])
        began = time.monotonic()
        harness.wait_until(lambda: all("n" in models(one.port) for one in replicas), "both follow", FOLLOWS + 3)
        self.assertLess(time.monotonic() - began, FOLLOWS)
        made["providers"] = {}
        self.assertNotEqual("", push(["m"], status=3).stderr)  # refused, with what is wrong: nothing changes
        self.assertIn("n", models(replicas[0].port))
        # The database may go away and come back; what was pushed meanwhile elsewhere is followed then.
        self.database.stop()
        self.database.start()
        made["providers"] = {"up": harness.provider(self.upstream.port)}
        push(["m"])
        harness.wait_until(lambda: not any("n" in models(one.port) for one in replicas), "both follow again", 30)
        history = subprocess.run([harness.BINARY, "config", "history", "--of", self.database.url], capture_output=True,
                                 text=True, timeout=60, check=True, env=environment).stdout
        self.assertIn("tester", history)
        self.assertIn("3", history)

    def test_a_ledger_moves_there_with_all_that_it_holds(self):
        made = self.configuration(access={"keys": "required"})
        in_files = {**made, "ledger": {}}
        gateway = self.enterContext(harness.Gateway(in_files))
        secret = self.command(gateway, "keys", "create", "--name", "ci", "--quiet").strip()
        fields = [("authorization", f"Bearer {secret}")]
        harness.wait_until(lambda: ask(gateway.port, harness.chat(), fields=fields).status == 200, "the key is known")
        before = gateway.wait_entries(1)
        gateway.write(made)
        migrate = lambda: subprocess.run(
            [harness.BINARY, "migrate", "--from", "sqlite", "--to", "postgres", "--config", gateway.config_path],
            capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        served = migrate()
        self.assertNotEqual(0, served.returncode)  # while a gateway serves from it
        gateway.kill()  # what it left in its journals is moved, too
        moved = migrate()
        self.assertEqual(0, moved.returncode, moved.stdout + moved.stderr)
        self.assertNotIn("DIFFERENT", moved.stdout)
        for told in (served, moved):
            self.assertNotIn(self.database.url, told.stdout + told.stderr)  # a URL may hold a password
        gateway.start()
        self.assertEqual(200, ask(gateway.port, harness.chat(), fields=fields).status)
        entries = gateway.wait_entries(len(before) + 1)
        self.assertEqual([one["id"] for one in before], [one["id"] for one in entries][:len(before)])
        self.assertIn("ci", self.command(gateway, "keys", "list"))

    def test_a_budget_that_was_taken_away_knows_what_was_spent_without_it(self):
        budget = lambda tokens: self.configuration(owners={"acme": {"budgets": [{"period": "total", "tokens": tokens}]}
                                                           if tokens else {"priority": "normal"}})
        gateway = self.enterContext(harness.Gateway(budget(100_000)))
        secret = self.command(gateway, "keys", "create", "--name", "ci", "--owner", "acme", "--quiet").strip()
        fields = [("authorization", f"Bearer {secret}")]
        harness.wait_until(lambda: ask(gateway.port, harness.chat()).status == 401, "a key is needed")

        def spend(times):
            answers = [ask(gateway.port, harness.chat(max_tokens=100), fields) for _ in range(times)]
            self.assertEqual({200}, {one.status for one in answers})
            gateway.wait_decisions([one.decision() for one in answers])

        def change(tokens):
            known = gateway.process.err().count("reloaded")
            gateway.write(budget(tokens))
            gateway.process.send(signal.SIGHUP)
            harness.wait_until(lambda: gateway.process.err().count("reloaded") > known, "the budget is another one")

        used = lambda: int(self.database.ask("SELECT sum(used) FROM budgets")[0][0])
        spend(5)
        harness.wait_until(lambda: used() > 0, "it is counted")
        change(None)
        spend(20)
        spent = sum(one.get("bill", {}).get("charged_tokens", 0) for one in gateway.entries())
        self.assertGreaterEqual(spent, 25 * 10)
        change(spent + 100)
        refused = ask(gateway.port, harness.chat(max_tokens=100), fields)
        self.assertEqual(429, refused.status, refused.body)
        change(spent + 10_000)
        spend(1)
        harness.wait_until(lambda: used() > spent, "it goes on from there")
        self.assertLess(used(), spent + 200)

    def test_it_says_what_is_wrong_when_there_is_no_database(self):
        self.database.stop()
        gateway = self.enterContext(harness.Gateway(self.configuration(), start=False))
        process = harness.Process(["serve", "--config", gateway.config_path], gateway.directory, "serve")
        self.addCleanup(process.end)
        self.assertNotEqual(0, process.wait(30))
        self.assertIn(f"127.0.0.1:{self.database.port}", process.err())
        doctor = subprocess.run([harness.BINARY, "doctor", "--offline", "--config", gateway.config_path],
                                capture_output=True, text=True, timeout=60, check=False,
                                env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        self.assertIn("database", doctor.stdout)
        self.assertNotEqual(0, doctor.returncode)


if __name__ == "__main__":
    unittest.main(verbosity=2)
