"""Errors in the client's own protocol: of the provider before the first byte, of the provider in the middle of a
stream, and of the gateway itself."""

import unittest

import harness
import protocol_pairs
import wire
from fake_provider import FakeProvider
from protocol_checkers import check_error, frames, load, need
from protocol_pairs import CLIENTS, PATHS, PROVIDERS, upstream_of
from responses_checker import check_responses_stream

PAIRS = [(provider, client) for provider in sorted(set(PROVIDERS.values())) for client in CLIENTS]
# Script -> the status for clients of OpenAI's APIs, for those of the Messages API, and a word of the message.
REFUSALS = {"bad-request": (400, 400, "not how it works"), "rate-limited": (429, 429, "Slow down"),
            "broken": (500, 500, "Something broke"), "overloaded": (503, 529, "Overloaded")}
MESSAGES_TYPES = {400: "invalid_request_error", 404: "not_found_error", 429: "rate_limit_error", 500: "api_error",
                  502: "api_error", 529: "overloaded_error"}
FIRE = "on fire"


def chat_error(body):
    """The error that ends a stream of chunks: the only payload with that member, and the last but for [DONE]."""
    found = frames(body)
    payloads = [load(data) for _, data in found if data != "[DONE]"]
    need([("error" in one) for one in payloads] == [False] * (len(payloads) - 1) + [True], "the error", payloads[-1])
    need(all(name == "" for name, _ in found), "an event with a name")
    need(all("choices" in one for one in payloads[:-1]), "a chunk without choices")
    error = payloads[-1]["error"]
    need("type" in error and "code" in error, "type and code", error)
    text = "".join(choice["delta"].get("content") or "" for one in payloads[:-1] for choice in one["choices"])
    return error["message"], text


def messages_error(body):
    events = [(name, load(data)) for name, data in frames(body)]
    need(all(name == event["type"] for name, event in events), "an event with another name")
    kinds = [event["type"] for _, event in events]
    need(kinds[-1] == "error" and kinds.count("error") == 1, "one error, and last", kinds)
    text = "".join(event["delta"].get("text", "") for _, event in events if event["type"] == "content_block_delta")
    return check_error("messages", events[-1][1]), text


def responses_error(body):
    events = check_responses_stream(body, failed=True)
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    return events[-1]["response"]["error"]["message"], text


IN_STREAM = {"chat": chat_error, "messages": messages_error, "responses": responses_error}


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(FakeProvider())
        cls.gateway = cls.enterClassContext(harness.Gateway(protocol_pairs.configuration(cls.provider.port)))

    def check_shape(self, client, answer, status, word):
        if answer.status != status or not answer.whole:
            return f"status {answer.status} instead of {status}: {answer!r}"
        if not (answer.field("content-type") or "").startswith("application/json"):
            return f"content-type {answer.field('content-type')}"
        message = check_error(client, answer.json())
        kind = answer.json()["error"]["type"]
        if client == "messages" and kind != MESSAGES_TYPES[status]:
            return f"type {kind} with status {status}"
        return None if word in message else f"the message is {message!r}"

    def check_refusal(self, provider, client, script, stream):
        answer = protocol_pairs.ask(self.gateway, client, f"{provider}-{script}", stream)
        openai, messages, word = REFUSALS[script]
        status = messages if client == "messages" else openai
        # Where nothing is translated, the provider's own status and body pass: an upstream may say 529 in any protocol.
        if upstream_of(provider, client) == client and script == "overloaded":
            status = 529
        fault = self.check_shape(client, answer, status, word)
        if not fault and script == "rate-limited" and answer.field("retry-after") != "7":
            return f"retry-after: {answer.field('retry-after')}"
        return fault

    def test_a_refusal_of_the_provider_arrives_in_the_clients_shape(self):
        protocol_pairs.try_all(self, self.check_refusal, [(*pair, script, stream) for pair in PAIRS
                                                         for script in REFUSALS for stream in (False, True)])

    def check_key(self, provider, client):
        answer = protocol_pairs.ask(self.gateway, client, f"{provider}-bad-key")
        fault = self.check_shape(client, answer, 502, "")
        return fault or (f"the provider's words are shown: {answer.body!r}" if b"sk-test" in answer.body else None)

    def test_the_providers_opinion_of_our_key_is_no_fault_of_the_client(self):
        protocol_pairs.try_all(self, self.check_key, PAIRS)

    def check_in_stream(self, provider, client, script, word):
        answer = protocol_pairs.ask(self.gateway, client, f"{provider}-{script}", True)
        if answer.status != 200 or not answer.whole:
            return repr(answer)
        message, text = IN_STREAM[client](answer.body)
        if word not in message:
            return f"the message is {message!r}"
        return None if text and "Hello there".startswith(text[:11]) else f"the text before it is {text!r}"

    def test_an_error_in_mid_stream_is_told_in_the_clients_protocol(self):
        protocol_pairs.try_all(self, self.check_in_stream, [(provider, client, "error-in-stream", FIRE)
                                                            for provider, client in PAIRS
                                                            if upstream_of(provider, client) != client])

    def test_an_error_in_mid_stream_of_the_same_protocol_passes_as_it_is(self):
        for client in CLIENTS:
            with self.subTest(client):
                answer = protocol_pairs.ask(self.gateway, client, f"{PROVIDERS[client]}-error-in-stream", True)
                self.assertIn(FIRE.encode(), answer.body)
                self.assertEqual(200, answer.status)

    def check_cut(self, provider, client):
        """Either an error in the client's protocol or a broken connection."""
        answer = protocol_pairs.ask(self.gateway, client, f"{provider}-cut", True)
        last_words = {"chat": b"[DONE]", "messages": b"message_stop", "responses": b"response.completed"}
        if last_words[client] in answer.body:
            return f"it looks finished: {answer.body[-300:]!r}"
        if answer.whole:
            IN_STREAM[client](answer.body)
        return None

    def test_a_stream_that_breaks_off_does_not_look_finished(self):
        protocol_pairs.try_all(self, self.check_cut, PAIRS)

    def check_early_end(self, provider, client, script):
        """What was said comes, and then an error: nobody may take the half for the whole."""
        answer = protocol_pairs.ask(self.gateway, client, f"{provider}-{script}", True)
        entry = protocol_pairs.entries_of(self.gateway, {answer.decision()})[answer.decision()]
        if entry["outcome"] not in ("cut", "upstream_error"):
            return f"the ledger says {entry['outcome']}"
        if upstream_of(provider, client) == client:
            return None  # as it came
        if answer.status >= 400:
            check_error(client, answer.json())
            return None
        message, text = IN_STREAM[client](answer.body)
        wanted = "" if script == "silent" else "Hello"
        return None if message and text.startswith(wanted) else f"{message!r} behind {text!r}"

    def test_a_stream_that_ends_without_its_last_word_is_an_error(self):
        protocol_pairs.try_all(self, self.check_early_end, [(*pair, script) for pair in PAIRS
                                                           for script in ("half", "silent")])

    def test_the_gateways_own_refusals_have_the_clients_shape(self):
        for client in CLIENTS:
            for body, status, word in ((b"{", 400, ""), (b"[]", 400, ""), ({"model": 5}, 400, "model"),
                                       (protocol_pairs.question(client, "no-such-model"), 404, "no-such-model")):
                with self.subTest(client=client, body=body):
                    answer = wire.ask(self.gateway.port, body, (), PATHS[client])
                    self.assertIsNone(self.check_shape(client, answer, status, word))
                    self.assertEqual("false", answer.field("x-should-retry"))

    def test_a_request_of_the_wrong_shape_names_the_place(self):
        wrong = {"chat": {"messages": [{"role": "user", "content": 5}]}, "messages": {"messages": "hello"},
                 "responses": {"input": 5}}
        for client in CLIENTS:
            for provider in sorted(set(PROVIDERS.values())):
                with self.subTest(client=client, provider=provider):
                    body = protocol_pairs.question(client, f"{provider}-text", **wrong[client])
                    answer = wire.ask(self.gateway.port, body, (), PATHS[client])
                    if upstream_of(provider, client) == client and answer.status == 200:
                        continue  # nothing of it is read that is not needed: the provider has the last word
                    place = "input" if client == "responses" else "messages"
                    self.assertIsNone(self.check_shape(client, answer, 400, ""))
                    self.assertIn(place, answer.body.decode())

    def test_unknown_paths_and_methods_below_messages_give_errors_of_that_api(self):
        with wire.Client(self.gateway.port) as connection:
            for path in ("/v1/messages/batches", "/v1/messages/", "/v1/messages/count_token"):
                connection.get(path)
                self.assertIsNone(self.check_shape("messages", connection.read(), 404, ""), path)
            connection.get("/v1/messages")
            self.assertEqual("invalid_request_error", self.shape_of(connection.read(), 405)["error"]["type"])

    def shape_of(self, answer, status):
        self.assertEqual(status, answer.status)
        check_error("messages", answer.json())
        return answer.json()

    def test_unknown_paths_elsewhere_give_errors_of_openai(self):
        with wire.Client(self.gateway.port) as connection:
            for path in ("/v1/responses/resp_1", "/v1/nothing"):
                connection.get(path)
                self.assertIsNone(self.check_shape("chat", connection.read(), 404, ""), path)


if __name__ == "__main__":
    harness.main()
