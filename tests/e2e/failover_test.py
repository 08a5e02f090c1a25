"""Failing providers: another candidate answers, and what the client gets when none can (promise P10).

A simulated provider fails always (its own --fault) or when the request says so (x-sim-fault, which the gateway passes
on to every candidate).
"""

import time
import unittest

import harness
from harness import wait_until
from wire import Upstream, ask, whole

# fault -> status and error of the first attempt in the ledger; 0: no answer came
FAULTS = {
    "429@1500": (429, "status_429"),
    "500": (500, "status_500"),
    "502": (502, "status_502"),
    "503": (503, "status_503"),
    "529": (529, "status_529"),
    "html": (200, "web_page"),
    "html502": (502, "web_page"),
    "bad-key": (401, "status_401"),
    "hang": (0, "timeout"),
    "garbage": (0, "parse"),
    "reset@0": (0, "reset"),
    "close@0": (0, "reset"),
    "close@20": (0, "reset"),
}
CLOSED, OPEN = 0, 2
BREAKER = 'pointsman_breaker_state{model="m"}'


class Failover(unittest.TestCase):
    def simulate(self, name, *arguments):
        return self.enterContext(harness.Simulator((name,), arguments))

    def start(self, first, second, **router):
        """Two candidates, m at `first` and n at `second`; both are what the provider calls its own name."""
        configuration = harness.config(
            {"one": harness.provider(first, first_byte_timeout="300ms"),
             "two": harness.provider(second, first_byte_timeout="300ms")}, {"m": "one", "n": "two"},
            router={"retries": {"budget": "100%"}, **router})
        for model in configuration["models"].values():
            model["upstream"] = "sim"
        return self.enterContext(harness.Gateway(configuration))

    def fields(self, fault):
        return [("x-sim-fault", fault)]

    def test_another_candidate_answers_whatever_is_wrong_with_the_first(self):
        good = self.simulate("sim")
        for fault, expected in FAULTS.items():
            for stream in (False, True):
                with self.subTest(fault, stream=stream):
                    bad = self.simulate("sim", "--fault", fault + "=1")
                    gateway = self.start(bad.ports["sim"], good.ports["sim"])
                    answer = ask(gateway.port, harness.chat(stream=stream))
                    self.assertEqual((200, True, "n"), (answer.status, answer.whole, answer.field("x-pointsman-model")))
                    self.assertIn(b"[DONE]" if stream else b'"usage"', answer.body)
                    entry = gateway.wait_entries(1)[0]
                    self.assertEqual(("ok", "n", 2), (entry["outcome"], entry["model"], len(entry["attempts"])))
                    first = entry["attempts"][0]
                    self.assertEqual(("m", *expected), (first["model"], first["status"], first["error"]))
                    failures = f'pointsman_upstream_failures_total{{provider="one",model="m",reason="{expected[1]}"}}'
                    self.assertEqual(1, gateway.metrics()[failures])

    def test_the_last_upstream_error_is_relayed_when_every_candidate_fails(self):
        providers = self.simulate("sim")
        gateway = self.start(providers.ports["sim"], providers.ports["sim"])
        for fault in ("429@1500", "500", "502", "503", "529"):
            with self.subTest(fault):
                direct = ask(providers.ports["sim"], harness.chat("sim"), self.fields(fault))
                answer = ask(gateway.port, harness.chat(), self.fields(fault))
                self.assertEqual((direct.status, direct.body), (answer.status, answer.body))
                for name in ("retry-after", "retry-after-ms"):
                    self.assertEqual(direct.field(name), answer.field(name))
        for entry in gateway.wait_entries(5):
            self.assertEqual(("upstream_error", 2), (entry["outcome"], len(entry["attempts"])))
            self.assertEqual(0, entry["cost_usd"])

    def test_what_is_wrong_between_us_and_the_provider_is_not_told_as_the_clients_fault(self):
        providers = self.simulate("sim")
        gateway = self.start(providers.ports["sim"], providers.ports["sim"])
        for fault, status in (("bad-key", 502), ("html", 502), ("hang", 504), ("garbage", 502), ("reset@0", 502)):
            with self.subTest(fault):
                answer = ask(gateway.port, harness.chat(), self.fields(fault))
                self.assertEqual(status, answer.status, answer)
                self.assertTrue(answer.json()["error"]["message"])
                self.assertNotIn(b"Incorrect API key", answer.body)
                self.assertNotIn(b"<html", answer.body)
        self.assertIn("check its api_key", gateway.process.err())

    def test_a_request_that_is_wrong_passes_unchanged_and_opens_nothing(self):
        providers = self.simulate("sim")
        gateway = self.start(providers.ports["sim"], providers.ports["sim"])
        direct = ask(providers.ports["sim"], harness.chat("sim"), self.fields("context-too-long"))
        self.assertEqual(400, direct.status)
        for _ in range(30):
            answer = ask(gateway.port, harness.chat(), self.fields("context-too-long"))
            self.assertEqual((400, direct.body), (answer.status, answer.body))
        self.assertEqual(CLOSED, gateway.metrics()[BREAKER])
        self.assertEqual({("client_error", "m", 1)}, {(one["outcome"], one["model"], len(one["attempts"]))
                                                      for one in gateway.wait_entries(30)})

    def test_an_error_event_in_the_middle_of_a_stream_passes_through(self):
        providers = self.simulate("sim")
        gateway = self.start(providers.ports["sim"], providers.ports["sim"])
        answer = ask(gateway.port, harness.chat(stream=True), self.fields("error-event@3"))
        self.assertEqual(200, answer.status)
        self.assertIn('"error"', answer.events()[-1])
        self.assertNotIn("[DONE]", answer.events())
        entry = gateway.wait_entries(1)[0]
        self.assertEqual(("cut", 1), (entry["outcome"], len(entry["attempts"])))

    def test_a_wrong_key_does_not_open_the_breaker(self):
        bad, good = self.simulate("sim", "--fault", "bad-key=1"), self.simulate("sim")
        gateway = self.start(bad.ports["sim"], good.ports["sim"])
        for _ in range(30):
            self.assertEqual("n", ask(gateway.port, harness.chat()).field("x-pointsman-model"))
        self.assertEqual(CLOSED, gateway.metrics()[BREAKER])
        self.assertEqual({2}, {len(one["attempts"]) for one in gateway.wait_entries(30)})

    def test_the_breaker_opens_keeps_requests_away_and_closes_again(self):
        sick = True
        upstream = self.enterContext(Upstream(
            lambda peer, _: peer.send(whole({"error": {}}, "500 Oops") if sick else whole())))
        good = self.simulate("sim")
        gateway = self.start(upstream.port, good.ports["sim"], breaker={"failures": 5, "cooldown": "200ms"})
        for _ in range(5):
            self.assertEqual("n", ask(gateway.port, harness.chat()).field("x-pointsman-model"))
        self.assertEqual(OPEN, gateway.metrics()[BREAKER])
        self.assertEqual("n", ask(gateway.port, harness.chat()).field("x-pointsman-model"))
        self.assertEqual(5, len(upstream.seen()))
        last = gateway.wait_entries(6)[-1]
        self.assertEqual((["m"], 1), (last["unavailable"], len(last["attempts"])))
        sick = False
        wait_until(lambda: ask(gateway.port, harness.chat()).field("x-pointsman-model") == "m", "m is tried again")
        wait_until(lambda: ask(gateway.port, harness.chat()).status == 200 and gateway.metrics()[BREAKER] == CLOSED,
                   "the breaker closes")
        self.assertIn("is failing", gateway.process.err())
        self.assertIn("is well again", gateway.process.err())

    def test_retries_are_at_most_the_budgeted_share_of_requests(self):
        providers = self.simulate("sim")
        gateway = self.start(providers.ports["sim"], providers.ports["sim"], retries={"budget": "10%"},
                             breaker={"failures": 1000})
        total = 400
        began = time.monotonic()
        for number in range(total):
            fields = self.fields("500") if number % 5 == 0 else []
            self.assertEqual(500 if fields else 200, ask(gateway.port, harness.chat(), fields).status)
        attempts = providers.stats()["requests"]
        self.assertGreater(attempts, total)
        # Beside the share: ten seconds' worth of one retry a second, saved up, and one for each second since.
        self.assertLessEqual(attempts, total * 1.1 + 10 + time.monotonic() - began)
        self.assertEqual(attempts, sum(len(one["attempts"]) for one in gateway.wait_entries(total)))
        print(f"retry budget: {total} requests, {total // 5} failing, {attempts} attempts")

    def test_no_more_attempts_than_allowed(self):
        providers = self.simulate("sim")
        configuration = harness.config({"up": harness.provider(providers.ports["sim"])},
                                       {name: "up" for name in "abcdef"},
                                       router={"retries": {"budget": "100%", "max_attempts": 4}})
        for model in configuration["models"].values():
            model["upstream"] = "sim"
        gateway = self.enterContext(harness.Gateway(configuration))
        self.assertEqual(503, ask(gateway.port, harness.chat(), self.fields("503")).status)
        self.assertEqual(list("abcd"), [one["model"] for one in gateway.wait_entries(1)[0]["attempts"]])
        self.assertEqual(4, providers.stats()["requests"])

    def test_a_named_model_is_asked_alone(self):
        providers = self.simulate("sim")
        gateway = self.start(providers.ports["sim"], providers.ports["sim"])
        self.assertEqual(500, ask(gateway.port, harness.chat("n"), self.fields("500")).status)
        entry = gateway.wait_entries(1)[0]
        self.assertEqual(("passthrough", ["n"]), (entry["stage"], [one["model"] for one in entry["attempts"]]))


if __name__ == "__main__":
    harness.main()
