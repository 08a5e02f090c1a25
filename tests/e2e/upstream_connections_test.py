"""Connections to a provider: kept and used again, never more than allowed, and replaced when they have gone stale."""

import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import harness
from harness import wait_until
from wire import Upstream, ask, stream, whole


def answered(entry):
    """Its attempts but for what went out on a connection that was closed meanwhile: nobody can say whether that was read."""
    return [one for one in entry["attempts"] if one.get("judged", {}).get("worth") != "unanswered"]


class UpstreamConnections(unittest.TestCase):
    def start(self, script, **more):
        self.upstream = self.enterContext(Upstream(script))
        configuration = harness.config({"up": harness.provider(self.upstream.port, **more)}, {"m": "up"})
        return self.enterContext(harness.Gateway(configuration))

    def ask_often(self, gateway, count, clients):
        with ThreadPoolExecutor(clients) as pool:
            return list(pool.map(lambda number: ask(gateway.port, harness.chat(text=str(number), stream=number % 2 == 0)),
                                 range(count)))

    def test_one_after_the_other_share_a_connection(self):
        gateway = self.start(lambda peer, one: peer.send(stream() if one.json()["stream"] else whole()))
        self.assertEqual({200}, {one.status for one in self.ask_often(gateway, 100, 1)})
        self.assertEqual(1, len(self.upstream.peers))

    def test_never_more_connections_than_allowed(self):
        lock, together, most = threading.Lock(), [0], [0]

        def script(peer, one):
            with lock:
                together[0] += 1
                most[0] = max(most[0], together[0])
            answer = stream(words=50) if one.json()["stream"] else whole()
            with lock:
                together[0] -= 1
            peer.send(answer)
            if int(one.json()["messages"][0]["content"]) % 7 == 0:
                peer.close()  # some connections end, others are kept

        gateway = self.start(script, max_connections=4, connect_timeout="10s")
        answers = self.ask_often(gateway, 600, 32)
        self.assertEqual([], [one for one in answers if one.status != 200 or not one.whole][:3])
        self.assertLessEqual(most[0], 4)
        entries = gateway.wait_entries(600)
        self.assertEqual({1}, {len(answered(one)) for one in entries})
        self.assertLessEqual({len(one["attempts"]) for one in entries}, {1, 2}, "replaced once at most")

    def test_a_connection_that_was_closed_meanwhile_is_replaced_without_a_failure(self):
        def script(peer, one):
            peer.send(whole())
            if b"close" in one.body:
                peer.close()

        gateway = self.start(script)
        for _ in range(50):
            self.assertEqual(200, ask(gateway.port, harness.chat(text="close")).status)
            self.assertEqual(200, ask(gateway.port, harness.chat(text="keep")).status)
        entries = gateway.wait_entries(100)
        self.assertEqual({("ok", 1)}, {(one["outcome"], len(answered(one))) for one in entries})
        self.assertLessEqual({len(one["attempts"]) for one in entries}, {1, 2}, "replaced once at most")

    def test_a_request_that_finds_no_free_connection_in_time_is_told_so(self):
        hold = threading.Event()
        self.addCleanup(hold.set)

        def script(peer, _):
            hold.wait(harness.PATIENCE)
            peer.send(whole())

        gateway = self.start(script, max_connections=1, connect_timeout="200ms")
        first = threading.Thread(target=ask, args=(gateway.port, harness.chat()))
        first.start()
        wait_until(lambda: self.upstream.seen(), "the first request holds the connection")
        answer = ask(gateway.port, harness.chat())
        self.assertEqual(503, answer.status, answer)
        self.assertEqual("true", answer.field("x-should-retry"))
        hold.set()
        first.join()

    def test_bytes_behind_an_answer_are_never_the_next_one(self):
        gateway = self.start(lambda peer, one: peer.send(
            whole() + (whole({"evil": True}) if b"evil" in one.body else b"")))
        for _ in range(20):
            self.assertNotIn(b"evil", ask(gateway.port, harness.chat(text="evil")).body)
            answer = ask(gateway.port, harness.chat())
            self.assertEqual(200, answer.status)
            self.assertNotIn(b"evil", answer.body)

    def test_without_categories_everything_goes_to_the_fallback(self):
        self.upstream = self.enterContext(Upstream(lambda peer, _: peer.send(whole())))
        configuration = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up", "n": "up"})
        del configuration["categories"]
        gateway = self.enterContext(harness.Gateway(configuration))
        self.assertEqual("m", ask(gateway.port, harness.chat()).field("x-pointsman-model"))
        self.assertEqual("n", ask(gateway.port, harness.chat("n")).field("x-pointsman-model"))


if __name__ == "__main__":
    harness.main()
