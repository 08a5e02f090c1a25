"""Budgets hold: many clients of one key, and kill -9 of the gateway again and again.

Never is more charged than the budget; what the provider served beyond what is charged is at most what was under way when
the gateway died; and a gateway that starts again goes on where it was. The seed is fixed; set E2E_SEED for other moments.
"""

import os
import random
import subprocess
import threading
import time
import unittest

import harness
from wire import Client, Upstream, completion, whole

KILLS = 6
CLIENTS = 6
BUDGET = 6000  # tokens
USED = 30  # by each answer
LONGEST = 40  # tokens of an answer that clients allow: more than they get
SEED = int(os.environ.get("E2E_SEED", "20260102"))


class Load(threading.Thread):
    """A client until the gateway dies or refuses: counts its answers."""

    def __init__(self, port, key):
        super().__init__(daemon=True)
        self.port, self.fields = port, [("Authorization", f"Bearer {key}")]
        self.served, self.refused, self.other = 0, 0, []
        self.start()

    def run(self):
        try:
            with Client(self.port) as client:
                while not self.refused and not self.other:
                    client.post(harness.chat(max_tokens=LONGEST), self.fields)
                    answer = client.read()
                    if not answer.whole:
                        return
                    if answer.status == 200:
                        self.served += 1
                    elif answer.status == 429:
                        self.refused += 1
                    else:
                        self.other.append(answer)
        except OSError:
            pass  # killed


class Budgets(unittest.TestCase):
    def keys(self, gateway, *arguments):
        run = subprocess.run([harness.BINARY, "keys", *arguments, "--config", gateway.config_path], capture_output=True,
                             text=True, timeout=60, check=True, env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        return run.stdout.strip()

    def test_no_more_is_charged_than_the_budget_whatever_dies(self):
        answered = []

        def answer(peer, one):
            answered.append(one)
            body = completion()
            body["usage"] = {"prompt_tokens": 10, "completion_tokens": USED - 10, "total_tokens": USED}
            peer.send(whole(body))

        upstream = self.enterContext(Upstream(answer))
        configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, workers=2,
                                       owners={"acme": {"budgets": [{"period": "total", "tokens": BUDGET}]}})
        gateway = self.enterContext(harness.Gateway(configuration))
        key = self.keys(gateway, "create", "--name", "app", "--owner", "acme", "--quiet")
        harness.wait_until(lambda: self.status(gateway, None) == 401, "a key is needed")
        moments = random.Random(SEED)
        for _ in range(KILLS):
            clients = [Load(gateway.port, key) for _ in range(CLIENTS)]
            harness.wait_until(lambda: sum(one.served for one in clients) >= 5 or all(one.refused for one in clients),
                               "the load runs")
            time.sleep(moments.uniform(0, 0.05))  # the moment is the test's subject, nothing waits for it
            gateway.kill()
            for one in clients:
                one.join(harness.PATIENCE)
                self.assertEqual([], one.other)
            gateway.start()
        clients = [Load(gateway.port, key) for _ in range(CLIENTS)]
        for one in clients:
            one.join(harness.PATIENCE)
            self.assertEqual((1, []), (one.refused, one.other), "each ends when the budget is used up")
        gateway.kill()
        gateway.start()
        self.assertEqual(429, self.status(gateway, key), "what was spent is known after a restart")
        self.assertEqual(0, gateway.terminate())

        charged = sum(one.get("bill", {}).get("charged_tokens", 0) for one in gateway.entries())
        worst = LONGEST + 20
        self.assertLessEqual(charged, BUDGET)
        self.assertGreater(charged, BUDGET - worst, "and nothing was refused that fitted")
        self.assertLessEqual(len(answered) * USED, BUDGET + KILLS * CLIENTS * worst)
        self.assertGreaterEqual(len(answered) * USED, charged)
        print(f"budgets: {len(answered)} answers, {charged} of {BUDGET} tokens charged, {KILLS + 1} kills")

    def status(self, gateway, key):
        with Client(gateway.port) as client:
            client.post(harness.chat(max_tokens=LONGEST), [("Authorization", f"Bearer {key}")] if key else [])
            return client.read().status


if __name__ == "__main__":
    harness.main()
