"""What people say about decisions: acknowledged feedback survives kill -9, imports are all or nothing, keys count once."""

import json
import os
import random
import sqlite3
import unittest
import urllib.error
import urllib.request

import harness
from wire import Upstream, ask, whole

KILLS = 20
SEED = int(os.environ.get("E2E_SEED", "20260101"))


class Feedback(unittest.TestCase):
    def setUp(self):
        self.upstream = self.enterContext(Upstream(lambda peer, request: peer.send(whole())))
        configuration = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up"}, workers=2)
        self.gateway = self.enterContext(harness.Gateway(configuration))

    def decide(self, text="Say hello."):
        return ask(self.gateway.port, harness.chat(text=text)).decision()

    def post(self, path, body, kind="application/json", **fields):
        """Status and body."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.gateway.port}{path}", data=body.encode(),
                                         headers={"content-type": kind, **fields}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def say(self, decision, **members):
        return self.post("/v1/feedback", json.dumps({"decision_id": decision, **members}))

    def lines(self, statements):
        body = "".join(json.dumps(one) + "\n" for one in statements)
        return self.post("/v1/feedback/import", body, "application/x-ndjson")

    def kept(self):
        """The ids of all that is kept, and of the decisions that it speaks of."""
        path = os.path.join(self.gateway.ledger_path, "learning.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            self.assertEqual("ok", database.execute("PRAGMA integrity_check").fetchone()[0])
            rows = database.execute("SELECT hex(id), hex(decision) FROM feedback ORDER BY id").fetchall()
            samples = {row[0] for row in database.execute("SELECT hex(decision) FROM samples")}
        self.assertLessEqual({decision for _, decision in rows}, samples)
        return [(one.lower(), decision.lower()) for one, decision in rows]

    def test_what_was_acknowledged_survives_kill_9(self):
        moments = random.Random(SEED)
        acknowledged = []
        for _ in range(KILLS):
            for number in range(moments.randrange(1, 6)):
                decision = self.decide(f"text {number}")
                # At once, while the entry may still be on its way into the database.
                status, answer = self.say(decision, category="general", annotator="ann", comment=str(number))
                self.assertEqual(200, status, answer)
                acknowledged.append((answer["id"].replace("-", ""), decision.replace("-", "")))
            self.gateway.kill()
            self.gateway.start()
        self.assertEqual(sorted(acknowledged), self.kept())
        print(f"{KILLS} kills, {len(acknowledged)} statements acknowledged, all kept")

    def test_the_same_key_counts_once_across_a_restart(self):
        decision = self.decide()
        status, first = self.say(decision, rating=2, idempotency_key="k")
        self.assertEqual((200, False), (status, first["repeated"]))
        self.gateway.kill()
        self.gateway.start()
        status, again = self.say(decision, rating=2, idempotency_key="k")
        self.assertEqual((200, True, first["id"]), (status, again["repeated"], again["id"]))
        status, other = self.say(decision, rating=3, idempotency_key="k")
        self.assertEqual(409, status, other)
        self.assertEqual(1, len(self.kept()))

    def test_an_import_is_kept_whole_or_not_at_all(self):
        statements = [{"decision_id": self.decide(f"text {number}"), "category": "general"} for number in range(50)]
        self.gateway.wait_entries(50)
        unknown = {"decision_id": "01920000-0000-7000-8000-000000000001", "rating": 1}
        status, refused = self.lines(statements + [unknown, {"decision_id": 1}])
        self.assertEqual(400, status)
        self.assertEqual(["52:17: /decision_id: expected a string"], refused["error"]["problems"])
        status, refused = self.lines(statements + [unknown])
        self.assertEqual(400, status)
        self.assertIn("forgotten", refused["error"]["problems"][0])
        self.assertEqual((200, {"accepted": 50, "repeated": 0}), self.lines(statements))
        self.assertEqual((200, {"accepted": 0, "repeated": 50}), self.lines(statements))
        self.assertEqual(50, len(self.kept()))
        self.assertEqual(50, self.gateway.metrics()['pointsman_feedback_total{verdict="unsaid"}'])

    def test_decisions_that_are_not_there_say_why(self):
        self.decide()
        self.gateway.wait_entries(1)
        status, forgotten = self.say("01920000-0000-7000-8000-000000000001", rating=1)
        self.assertEqual(404, status)
        self.assertIn("forgotten", forgotten["error"]["message"])
        status, foreign = self.say("f81d4fae-7dec-41d0-8765-00a0c91e6bf6", rating=1)
        self.assertEqual(404, status)
        self.assertIn("none was made under this id", foreign["error"]["message"])
        status, typo = self.say("f81d4fae-7dec-41d0-8765-00a0c91e6bf6", category="generel")
        self.assertEqual(400, status)
        self.assertIn("did you mean 'general'", typo["error"]["message"])

    def test_a_gateway_that_nobody_gave_feedback_has_no_file_for_it(self):
        self.decide()
        self.assertFalse(os.path.exists(os.path.join(self.gateway.ledger_path, "learning.db")))
        self.assertEqual(0, self.gateway.terminate())


if __name__ == "__main__":
    harness.main()
