"""Answers and requests made by hand, whose every part is known: from each provider to each client, whole and streamed,
and each client's request as the provider gets it."""

import concurrent.futures
import unittest

import conversations
import harness
import made_answers
import meaning
import protocol_pairs
import wire
from fake_provider import ANSWERS, FakeProvider
from protocol_pairs import CLIENTS, PROVIDERS, upstream_of

SERVED = sorted(set(PROVIDERS.values()))
PAIRS = [(provider, client) for provider in SERVED for client in CLIENTS]
SIGNATURE = ANSWERS["reasoning"].of("thought")[0][2]


class Crossings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(FakeProvider())
        cls.gateway = cls.enterClassContext(harness.Gateway(protocol_pairs.configuration(cls.provider.port)))

    def setUp(self):
        self.provider.piece = 0
        self.provider.reset()
        self.expected = {}

    def ask(self, client, model, stream=False, **more):
        return protocol_pairs.ask(self.gateway, client, model, stream, **more)

    def expected_of(self, provider, client, script):
        """What the upstream says, read in its own protocol."""
        upstream = upstream_of(provider, client)
        return meaning.WHOLE[upstream](made_answers.WHOLE[upstream](ANSWERS[script], script))

    def check_answer(self, provider, client, script, stream):
        answer = self.ask(client, f"{provider}-{script}", stream)
        expected = self.expected_of(provider, client, script)
        self.expected[answer.decision()] = (provider, client, expected)
        read = protocol_pairs.meaning_of_stream if stream else protocol_pairs.meaning_of_whole
        return protocol_pairs.differences(expected, read(client, answer), client)

    def check_entry(self, decision, entries):
        provider, client, expected = self.expected[decision]
        return protocol_pairs.ledger_differences(entries[decision], expected, client, upstream_of(provider, client))

    def test_answers_of_every_kind_mean_the_same_in_every_pair(self):
        protocol_pairs.try_all(self, self.check_answer, [(*pair, script, stream) for pair in PAIRS for script in ANSWERS
                                                         for stream in (False, True)])
        entries = protocol_pairs.entries_of(self.gateway, self.expected)
        protocol_pairs.try_all(self, lambda decision: self.check_entry(decision, entries),
                               [(decision,) for decision in self.expected])

    def test_every_pair_at_the_same_time(self):
        cases = [(*pair, script, True) for pair in PAIRS for script in ANSWERS] * 3
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            faults = list(pool.map(lambda case: self.check_answer(*case), cases))
        self.assertEqual([{}] * len(cases), faults)

    def test_streams_in_pieces_of_one_byte_mean_the_same(self):
        self.provider.piece = 1
        protocol_pairs.try_all(self, self.check_answer, [(*pair, script, True) for pair in PAIRS
                                                         for script in ("text", "call", "reasoning")])

    def test_a_chat_client_that_asked_for_no_usage_gets_none(self):
        for provider in SERVED:
            with self.subTest(provider):
                answer = self.ask("chat", f"{provider}-text", True, stream_options=None)
                protocol_pairs.CHECK_STREAM["chat"](answer.body, False)
                self.assertEqual(ANSWERS["text"].usage["output"], self.entry(answer)["output_tokens"])

    def entry(self, answer):
        return protocol_pairs.entries_of(self.gateway, {answer.decision()})[answer.decision()]

    def check_request(self, provider, client):
        self.provider.reset()
        body = conversations.written(client, f"{provider}-text")
        answer = wire.ask(self.gateway.port, body, (), protocol_pairs.PATHS[client])
        if answer.status != 200:
            return repr(answer)
        upstream = upstream_of(provider, client)
        if upstream == client:
            return None
        got = conversations.READ[upstream](self.provider.last().json())
        wanted = conversations.expected(client, upstream)
        return {key: (wanted[key], got.get(key)) for key in wanted if wanted[key] != got.get(key)}

    def test_a_conversation_with_everything_reaches_the_provider_in_its_own_words(self):
        protocol_pairs.try_all(self, self.check_request, PAIRS)

    def test_nothing_is_lost_of_a_conversation_that_both_protocols_can_express(self):
        for provider, client in PAIRS:
            with self.subTest(provider=provider, client=client):
                answer = wire.ask(self.gateway.port, conversations.written(client, f"{provider}-text"), (),
                                  protocol_pairs.PATHS[client])
                self.assertIsNone(answer.field("x-pointsman-lost"))

    def test_the_signature_of_what_was_thought_returns_to_the_provider_with_the_next_turn(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                answer = self.ask("responses", "messages-reasoning", stream, include=["reasoning.encrypted_content"],
                                  store=False)
                output = (protocol_pairs.CHECK_STREAM["responses"](answer.body)[-1]["response"] if stream
                          else answer.json())["output"]
                self.assertEqual(["reasoning", "message"], [item["type"] for item in output])
                turn = [{"role": "user", "content": "Hi."}, *output, {"role": "user", "content": "And now?"}]
                again = self.ask("responses", "messages-text", input=turn, reasoning={"effort": "low"}, store=False)
                self.assertEqual(200, again.status, again)
                self.assertNotIn("content", again.field("x-pointsman-lost") or "")
                sent = self.provider.last().json()["messages"]
                thought = [block for message in sent if isinstance(message["content"], list)
                           for block in message["content"] if block["type"] == "thinking"]
                self.assertEqual([{"type": "thinking", "thinking": ANSWERS["reasoning"].of("thought")[0][1],
                                   "signature": SIGNATURE}], thought)

    def test_the_arguments_of_a_call_keep_their_numbers_as_they_were_spelt(self):
        """No double holds 12345678901234567890; who reads it as a number and writes it again has lost it."""
        for provider, client in PAIRS:
            for stream in (False, True):
                with self.subTest(provider=provider, client=client, stream=stream):
                    body = self.ask(client, f"{provider}-call", stream).body
                    if stream and client == "messages":
                        body = "".join(one["delta"].get("partial_json", "") for one in
                                       protocol_pairs.CHECK_STREAM["messages"](body)
                                       if one["type"] == "content_block_delta").encode()
                    elif stream and client == "chat":
                        body = "".join(call["function"]["arguments"] for chunk in
                                       protocol_pairs.CHECK_STREAM["chat"](body, True) for choice in chunk["choices"]
                                       for call in choice["delta"].get("tool_calls", ())).encode()
                    self.assertIn(b"12345678901234567890", body)

    def test_count_tokens_is_answered_for_models_of_every_provider(self):
        for provider in SERVED:
            with self.subTest(provider):
                counts = []
                for text in ("Hi.", "Hi. " * 50):
                    body = {"model": f"{provider}-text", "messages": [{"role": "user", "content": text}]}
                    answer = wire.ask(self.gateway.port, body, (), "/v1/messages/count_tokens")
                    self.assertEqual((200, ["input_tokens"]), (answer.status, list(answer.json())), answer)
                    counts.append(answer.json()["input_tokens"])
                self.assertGreater(counts[0], 0)
                self.assertGreater(counts[1], counts[0] + 50)

    def test_the_headers_of_the_messages_api_pass_unchanged(self):
        fields = [("anthropic-version", "2023-06-01"), ("anthropic-beta", "one-2025-01-01,two-2025-02-02"),
                  ("x-api-key", "the-client's")]
        self.assertEqual(200, protocol_pairs.ask(self.gateway, "messages", "messages-text", fields=fields).status)
        got = self.provider.last()
        self.assertEqual(("2023-06-01", "one-2025-01-01,two-2025-02-02", "sk-test"),
                         (got.field("anthropic-version"), got.field("anthropic-beta"), got.field("x-api-key")))
        for name in ("anthropic-version", "anthropic-beta", "x-api-key"):
            self.assertEqual(1, got.count(name), name)
        self.assertIsNone(got.field("authorization"))

    def test_a_beta_that_another_protocol_cannot_have_is_a_loss(self):
        for provider in ("chat", "native"):
            with self.subTest(provider):
                answer = protocol_pairs.ask(self.gateway, "messages", f"{provider}-text",
                                            fields=[("anthropic-beta", "one")])
                self.assertIn("anthropic-beta", answer.field("x-pointsman-lost") or "")
                got = self.provider.last()
                self.assertEqual((None, None), (got.field("anthropic-beta"), got.field("anthropic-version")))

    def test_a_client_of_another_protocol_may_ask_for_betas_but_does_not_choose_our_version(self):
        """What it is sent is written in the version that we know."""
        for client in ("chat", "responses"):
            with self.subTest(client):
                answer = protocol_pairs.ask(self.gateway, client, "messages-text",
                                            fields=[("anthropic-version", "2099-01-01"), ("anthropic-beta", "one")])
                self.assertEqual(200, answer.status)
                got = self.provider.last()
                self.assertEqual(("2023-06-01", 1, "one"), (got.field("anthropic-version"),
                                                            got.count("anthropic-version"), got.field("anthropic-beta")))

    def test_a_client_that_names_no_version_is_given_the_gateways(self):
        for client in CLIENTS:
            with self.subTest(client):
                self.assertEqual(200, self.ask(client, "messages-text").status)
                self.assertEqual("2023-06-01", self.provider.last().field("anthropic-version"))

    def test_each_provider_gets_our_key_where_its_protocol_has_it_and_never_the_clients(self):
        for provider, client in PAIRS:
            with self.subTest(provider=provider, client=client):
                protocol_pairs.ask(self.gateway, client, f"{provider}-text",
                                   fields=[("x-api-key", "mine"), ("authorization", "Bearer mine")])
                got = self.provider.last()
                wanted = ("sk-test", None) if provider == "messages" else (None, "Bearer sk-test")
                self.assertEqual(wanted, (got.field("x-api-key"), got.field("authorization")))


if __name__ == "__main__":
    harness.main()
