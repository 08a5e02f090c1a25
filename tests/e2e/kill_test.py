"""Promise P11, an acknowledged answer is never lost: kill -9 under load, again and again.

Every answer that a client has read to its end has exactly one ledger entry after the restart, and the ledger is sound.
The seed is fixed; set E2E_SEED for other moments.
"""

import os
import random
import sqlite3
import threading
import time
import unittest

import harness
from wire import Client, Upstream, stream, whole

KILLS = 50
CLIENTS = 8
SEED = int(os.environ.get("E2E_SEED", "20260101"))


class Load(threading.Thread):
    """A client on one connection until the gateway dies: notes the decision of every answer it got whole."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number, self.whole = port, number, []
        self.wrong = None
        self.start()

    def run(self):
        try:
            with Client(self.port) as client:
                while self.wrong is None and self.ask(client, len(self.whole)):
                    pass
        except OSError:
            pass  # killed

    def ask(self, client, count):
        streamed = count % 2 == self.number % 2
        client.post(harness.chat(text=f"{self.number} {count}", stream=streamed))
        answer = client.read()
        ended = b"data: [DONE]" in answer.body if streamed else answer.whole
        if ended:
            self.whole.append(answer.decision())
            if answer.status != 200:
                self.wrong = answer
        return answer.whole


class Kill(unittest.TestCase):
    def test_every_answer_that_was_whole_is_in_the_ledger_once(self):
        upstream = self.enterContext(Upstream(
            lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
        configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, workers=2)
        gateway = self.enterContext(harness.Gateway(configuration))
        moments = random.Random(SEED)
        acknowledged, ready = [], []
        for _ in range(KILLS):
            clients = [Load(gateway.port, number) for number in range(CLIENTS)]
            harness.wait_until(lambda: sum(len(one.whole) for one in clients) >= 5, "the load runs")
            time.sleep(moments.uniform(0, 0.1))  # the moment is the test's subject, nothing waits for it
            gateway.kill()
            for one in clients:
                one.join(harness.PATIENCE)
                self.assertFalse(one.is_alive())
                self.assertIsNone(one.wrong)
                acknowledged += one.whole
            ready.append(gateway.start())
        self.assertEqual(0, gateway.terminate())

        entries = gateway.entries()
        ids = [one["id"] for one in entries]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(len(acknowledged), len(set(acknowledged)))
        self.assertEqual([], sorted(set(acknowledged) - set(ids)))
        by_id = {one["id"]: one for one in entries}
        self.assertEqual({"ok"}, {by_id[one]["outcome"] for one in acknowledged})
        with sqlite3.connect(f"file:{gateway.ledger_path}/ledger.sqlite?mode=ro", uri=True) as database:
            self.assertEqual("ok", database.execute("PRAGMA integrity_check").fetchone()[0])
        print(f"{KILLS} kills: {len(acknowledged)} answers acknowledged, {len(ids)} entries, ready again after "
              f"p50 {harness.quantile(ready, 0.5) * 1000:.0f} ms, worst {max(ready) * 1000:.0f} ms")


if __name__ == "__main__":
    harness.main()
