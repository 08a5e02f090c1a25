"""What becomes of an answer whose client has left (on_disconnect), and of what the model's protocol cannot express
(on_unsupported)."""

import unittest
import urllib.request

import harness
import made_answers
import meaning
import protocol_pairs
import wire
from fake_provider import ANSWERS, FakeProvider
from harness import wait_until
from protocol_pairs import CLIENTS, PATHS, PROVIDERS, upstream_of

PAIRS = [(provider, client) for provider in sorted(set(PROVIDERS.values())) for client in CLIENTS]
# What the other protocol has no member for, and the answer would be another with it.
LOST = {("messages", "chat"): ({"presence_penalty": 1.5, "logit_bias": {"1": 2}}, ("presence_penalty", "logit_bias")),
        ("messages", "responses"): ({"top_logprobs": 3, "include": ["message.output_text.logprobs"]}, ("logprobs",)),
        ("chat", "messages"): ({"top_k": 5}, ("top_k",))}


def gateway_for(test, provider, **router):
    on_disconnect = router.pop("on_disconnect", "cancel")
    made = protocol_pairs.configuration(provider.port)
    for one in made["providers"].values():
        one["on_disconnect"] = on_disconnect
    made["router"].update(router)
    return test.enterContext(harness.Gateway(made))


class Disconnects(unittest.TestCase):
    def setUp(self):
        self.provider = self.enterContext(FakeProvider())

    def leave(self, gateway, provider, client, how):
        """Asks for a stream, waits for its first event, and leaves."""
        self.provider.reset()
        connection = wire.Client(gateway.port)
        body = protocol_pairs.question(client, f"{provider}-stalled", stream=True)
        connection.post(body, (), PATHS[client])
        while b"data: " not in connection.input:
            self.assertTrue(connection.fill(), connection.input)
        connection.leave(how)
        return self.provider.last().peer

    def entry(self, gateway, count):
        return gateway.wait_entries(count)[-1]

    def test_cancel_closes_the_upstream_and_leaves_the_usage_unknown(self):
        gateway = gateway_for(self, self.provider)
        for count, (provider, client) in enumerate(PAIRS, 1):
            with self.subTest(provider=provider, client=client):
                peer = self.leave(gateway, provider, client, "rst" if count % 2 else "fin")
                wait_until(lambda: peer.gone_at, "the upstream's connection closes")
                entry = self.entry(gateway, count)
                self.assertEqual("client_gone", entry["outcome"])
                self.assertEqual((None, None), (entry["output_tokens"], entry["cost_usd"]), entry)
                self.assertNotIn("drained_bytes", entry.get("passage", {}))

    def test_drain_reads_the_rest_and_knows_the_usage(self):
        gateway = gateway_for(self, self.provider, on_disconnect="drain")
        for count, (provider, client) in enumerate(PAIRS, 1):
            with self.subTest(provider=provider, client=client):
                peer = self.leave(gateway, provider, client, "rst" if count % 2 else "fin")
                self.assertIsNone(peer.gone_at)
                # Answered by the same loop, behind the news that the client has left.
                urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/livez", timeout=10).close()
                self.provider.released.set()
                entry = self.entry(gateway, count)
                self.assertEqual(("client_gone", 1), (entry["outcome"], len(entry["attempts"])), entry)
                upstream = upstream_of(provider, client)
                expected = meaning.WHOLE[upstream](made_answers.WHOLE[upstream](ANSWERS["text"], "m"))
                self.assertEqual((expected.input, expected.output, expected.cached),
                                 (entry["input_tokens"], entry["output_tokens"], entry["cached_input_tokens"]))
                self.assertGreater(entry["passage"]["drained_bytes"], 0)
                self.assertIsNotNone(entry["cost_usd"])

    def test_a_client_that_stays_is_not_counted_as_drained(self):
        gateway = gateway_for(self, self.provider, on_disconnect="drain")
        protocol_pairs.ask(gateway, "chat", "messages-text", stream=True)
        self.assertNotIn("drained_bytes", self.entry(gateway, 1)["passage"])


class Unsupported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(FakeProvider())

    def setUp(self):
        self.provider.reset()

    def ask(self, gateway, provider, client, stream=False):
        return protocol_pairs.ask(gateway, client, f"{provider}-text", stream, **LOST[provider, client][0])

    def test_warn_names_what_was_lost_in_a_header_and_in_the_ledger(self):
        gateway = gateway_for(self, self.provider)
        for (provider, client), (_, names) in LOST.items():
            for stream in (False, True):
                with self.subTest(provider=provider, client=client, stream=stream):
                    answer = self.ask(gateway, provider, client, stream)
                    self.assertEqual(200, answer.status, answer)
                    entry = protocol_pairs.entries_of(gateway, {answer.decision()})[answer.decision()]
                    for name in names:
                        self.assertIn(name, answer.field("x-pointsman-lost") or "")
                        self.assertIn(name, " ".join(entry["passage"]["losses"]))

    def test_drop_says_it_only_in_the_ledger(self):
        gateway = gateway_for(self, self.provider, on_unsupported="drop")
        for (provider, client), (_, names) in LOST.items():
            with self.subTest(provider=provider, client=client):
                answer = self.ask(gateway, provider, client)
                self.assertEqual((200, None), (answer.status, answer.field("x-pointsman-lost")))
                entry = protocol_pairs.entries_of(gateway, {answer.decision()})[answer.decision()]
                self.assertIn(names[0], " ".join(entry["passage"]["losses"]))

    def test_reject_refuses_what_no_candidate_can_express(self):
        gateway = gateway_for(self, self.provider, on_unsupported="reject")
        for (provider, client), (_, names) in LOST.items():
            with self.subTest(provider=provider, client=client):
                answer = self.ask(gateway, provider, client)
                self.assertEqual(400, answer.status, answer)
                protocol_pairs.protocol_checkers.check_error(client, answer.json())
                for name in names:
                    self.assertIn(name, answer.body.decode())
        self.assertEqual([], self.provider.asked())

    def test_reject_lets_pass_what_is_lost_without_harm(self):
        gateway = gateway_for(self, self.provider, on_unsupported="reject")
        harmless = {"chat": {"user": "u", "metadata": {"a": "b"}, "n": 1}, "messages": {"metadata": {"user_id": "u"}},
                    "responses": {"metadata": {"a": "b"}, "store": False}}
        for provider, client in PAIRS:
            with self.subTest(provider=provider, client=client):
                answer = protocol_pairs.ask(gateway, client, f"{provider}-text", **harmless[client])
                self.assertEqual(200, answer.status, answer)

    def test_reject_goes_on_to_a_candidate_that_can(self):
        """Routed, not named: of two candidates the first speaks another protocol."""
        made = protocol_pairs.configuration(self.provider.port, scripts=("text",))
        order = ["messages-text", "chat-text"]
        made["categories"]["general"]["models"] = made["router"]["fallback"] = order
        made["router"]["on_unsupported"] = "reject"
        gateway = self.enterContext(harness.Gateway(made))
        plain = protocol_pairs.ask(gateway, "chat", "auto")
        self.assertEqual("messages-text", plain.field("x-pointsman-model"))
        particular = protocol_pairs.ask(gateway, "chat", "auto", presence_penalty=1.5)
        self.assertEqual((200, "chat-text"), (particular.status, particular.field("x-pointsman-model")))

    def test_a_request_that_stays_in_its_protocol_loses_nothing(self):
        gateway = gateway_for(self, self.provider, on_unsupported="reject")
        for client in CLIENTS:
            with self.subTest(client):
                answer = protocol_pairs.ask(gateway, client, f"{PROVIDERS[client]}-text", what_nobody_knows={"a": 1})
                self.assertEqual((200, None), (answer.status, answer.field("x-pointsman-lost")))
                self.assertEqual({"a": 1}, self.provider.last().json()["what_nobody_knows"])


if __name__ == "__main__":
    harness.main()
