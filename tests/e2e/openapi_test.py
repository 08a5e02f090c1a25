"""What we say to clients and providers in OpenAI's protocols, held against OpenAI's own description of them: requests
and answers that were translated, whole and in streams, and our errors.

Skipped where the description is not, or Node's packages cannot be installed.
"""

import json
import sys
import unittest

import conversations
import golden_pairs
import harness
import openapi_schemas
import protocol_pairs
import recordings
import wire
from fake_provider import ANSWERS, FakeProvider
from openapi_schemas import ERROR, PIECE, REQUEST, WHOLE, Body, Exemption, Judge, pieces
from protocol_pairs import PATHS, upstream_of

CLIENTS = ("chat", "responses")
# Where an answer is translated on its way to a client of OpenAI's APIs.
TRANSLATED = [(provider, client) for provider in ("chat", "messages") for client in CLIENTS if provider != client]
REFUSALS = ("bad-request", "bad-key", "missing", "rate-limited", "broken", "overloaded")
ENDINGS = ("error-in-stream", "cut", "half", "silent")

RECORDED = "recorded answers"
WITH_RESPONSE = "Response|Response(Created|InProgress|Completed|Incomplete|Failed)Event"


def unknown(member, kind=""):
    return f"must NOT have unevaluated properties: {member}{kind}"


# Where the description is not what OpenAI's servers and SDKs do. For each: the tests that need it, the fault as it is
# told, and why it is none.
EXEMPTIONS = (
    Exemption(("golden requests",), "CreateResponse", r"/input/\d+",
              "must match exactly one schema in oneOf in message",
              "a message with a type is an EasyInputMessage and an InputMessage as well: the description's own doing"),
    Exemption(("golden requests",), "CreateResponse", r"/input/\d+/content/\d+/type",
              r"must be equal .*: input_text,input_image,input_file \(not \"(output_text|refusal)\"\)",
              "what a model said is sent back in its own parts, output_text and refusal, as SDKs do"),
    Exemption(("golden requests",), "CreateResponse", r"/input/\d+(/content/\d+)?",
              "must have required property '(id|status)' in message|"
              "must have required property '(annotations|logprobs)' in output_text",
              "of what a model said these are only known where the API keeps it; without `store` nobody has them"),
    Exemption(("golden requests",), "CreateResponse", r"/input/\d+", "must have required property 'id' in reasoning",
              "a thought from elsewhere has none; the API takes it by its encrypted_content, as from Codex"),
    Exemption(("golden answers", "golden streams", "answers", RECORDED, "bad ends"), WITH_RESPONSE,
              "(/response)?", unknown("store"), "real answers have it, and so has the description's own example"),
    Exemption(("golden answers", "answers"), "CreateChatCompletionResponse", r"/choices/\d+/message",
              unknown("reasoning_content"), "DeepSeek's name for what was thought, which the SDKs of many know"),
    Exemption(("golden streams", "answers", RECORDED), "CreateChatCompletionStreamResponse",
              r"/choices/\d+/delta", unknown("reasoning_content"), "the same, in a stream"),
    Exemption(("golden streams", "bad ends"), "ResponseErrorEvent", "", unknown("error", " in error"),
              "real servers send the error as a member of its own, the description has it flat: SDKs read one or both"),
    Exemption(("golden answers",), "Response", r"/output/\d+", unknown("status", " in custom_tool_call"),
              "real answers have it"),
)


def exemptions(group):
    return [one for one in EXEMPTIONS if group in one.groups]


def recorded():
    """Recorded streams that are translated on their way to some client."""
    if recordings.why_not():
        return []
    return [one for file in recordings.recordings() for one in file.answers()
            if one.sound() and one.protocol in ("chat", "messages")]


class Described(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recorded = recorded()
        cls.provider = cls.enterClassContext(FakeProvider(protocol_pairs.scripts_of(cls.recorded)))
        cls.gateway = cls.enterClassContext(harness.Gateway(
            protocol_pairs.configuration(cls.provider.port, recordings=cls.recorded)))
        cls.judge = cls.enterClassContext(Judge())

    def check(self, group, bodies, least):
        unused = self.judge.check(self, bodies, exemptions(group), least)
        if group != RECORDED:  # what was recorded is not ours to choose
            self.assertEqual([], unused, "exemptions that nothing needs")

    def test_translated_requests_of_the_golden_pairs(self):
        self.check("golden requests", [Body(REQUEST[one.target], str(one), one.body)
                                       for group in golden_pairs.REQUESTS for one in golden_pairs.cases(group)
                                       if one.target in CLIENTS], 150)

    def test_translated_answers_of_the_golden_pairs(self):
        self.check("golden answers", [Body(WHOLE[one.target], str(one), one.body)
                                      for one in golden_pairs.cases("answers") if one.target in CLIENTS], 60)

    def test_translated_streams_of_the_golden_pairs(self):
        self.check("golden streams", [body for one in golden_pairs.cases("streams") if one.target in CLIENTS
                                      for body in pieces(one.target, one.body, str(one))], 100)

    def ask(self, client, model, stream=False, **more):
        return protocol_pairs.ask(self.gateway, client, model, stream, **more)

    def test_requests_as_a_provider_gets_them(self):
        bodies = []
        for provider in ("chat", "native"):
            for client in protocol_pairs.CLIENTS:
                upstream = upstream_of(provider, client)
                if upstream == client:
                    continue
                for stream in (False, True):
                    written = {**conversations.written(client, f"{provider}-text"), "stream": stream}
                    self.assertEqual(200, wire.ask(self.gateway.port, written, (), PATHS[client]).status)
                    sent = self.provider.last().body.decode()
                    bodies.append(Body(REQUEST[upstream], f"{client} to {upstream}", sent))
        self.check("requests", bodies, 6)

    def answers_of(self, client, model, streams):
        """What comes of one model, whole and in a stream."""
        found = []
        for stream in streams:
            answer = self.ask(client, model, stream)
            self.assertTrue(answer.status == 200 and answer.whole, answer)
            where = f"{model} for {client}"
            if stream:
                found += pieces(client, answer.body, where)
            else:
                found.append(Body(WHOLE[client], where, answer.body.decode()))
        return found

    def test_answers_as_a_client_gets_them(self):
        bodies = [body for provider, client in TRANSLATED for script in ANSWERS
                  for body in self.answers_of(client, f"{provider}-{script}", (False, True))]
        self.check("answers", bodies, 150)

    def test_recorded_answers_as_a_client_gets_them(self):
        if not self.recorded:
            self.skipTest(recordings.why_not())
        bodies = [body for one in self.recorded for client in CLIENTS if client != one.protocol
                  for body in self.answers_of(client, one.name, (True,))]
        self.check(RECORDED, bodies, 10 * len(self.recorded))

    def refused(self, client, answer):
        self.assertTrue(answer.status >= 400 and answer.whole, answer)
        return Body(ERROR, f"{answer.status} for {client}", answer.body.decode())

    def test_what_a_provider_refused(self):
        self.check("refusals", [self.refused(client, self.ask(client, f"{provider}-{script}", stream))
                                for provider, client in TRANSLATED for script in REFUSALS for stream in (False, True)],
                   30)

    def test_streams_that_end_badly(self):
        """An answer that never begins is refused; what had begun ends with an error."""
        bodies = []
        for provider, client in TRANSLATED:
            for script in ENDINGS:
                answer = self.ask(client, f"{provider}-{script}", True)
                if answer.status >= 400:
                    bodies.append(self.refused(client, answer))
                else:
                    bodies += pieces(client, answer.body, f"{provider}-{script} for {client}")
        kinds = {body.value.get("type") for body in bodies if body.schema == PIECE["responses"]}
        self.assertLessEqual({"error", "response.failed"}, kinds)
        self.assertIn(ERROR, {body.schema for body in bodies})
        self.check("bad ends", bodies, 30)

    def test_what_we_refuse_ourselves(self):
        bodies = []
        for client in CLIENTS:
            for body, fields in ((b"{", ()), (b"[]", ()), ({"model": 5}, ()), ({}, ()),
                                 (protocol_pairs.question(client, "no-such-model"), ()),
                                 ({**protocol_pairs.question(client, "messages-text"), "tools": 5}, ()),
                                 (b"x", [("content-encoding", "gzip")])):
                bodies.append(self.refused(client, wire.ask(self.gateway.port, body, fields, PATHS[client])))
            with wire.Client(self.gateway.port) as connection:
                connection.get(PATHS[client])
                bodies.append(self.refused(client, connection.read()))
            with wire.Client(self.gateway.port) as connection:
                connection.send(f"POST {PATHS[client]} HTTP/1.1\r\nno field\r\n\r\n".encode())
                bodies.append(self.refused(client, connection.read()))
            with wire.Client(self.gateway.port) as connection:
                connection.get(PATHS[client] + "/unknown")
                bodies.append(self.refused(client, connection.read()))
        self.check("our refusals", bodies, 20)

    def test_the_models(self):
        with wire.Client(self.gateway.port) as connection:
            connection.get("/v1/models")
            self.check("models", [Body("ListModelsResponse", "the models", connection.read().body.decode())], 1)

    def test_a_body_that_is_not_as_described_is_a_fault(self):
        whole = self.ask("chat", "messages-text").json()
        events = pieces("responses", self.ask("responses", "messages-text", True).body, "a stream")
        delta = next(one for one in events if one.value["type"] == "response.output_text.delta")
        choice = whole["choices"][0]
        refusal = self.ask("chat", "messages-bad-request").json()["error"]
        for schema, good, changed, what in (
                (WHOLE["chat"], whole, {"object": "completion"}, "allowed values"),
                (WHOLE["chat"], whole, {"created": "now"}, "must be integer"),
                (WHOLE["chat"], whole, {"model": None}, "must be string"),
                (WHOLE["chat"], whole, {"choices": [{**choice, "finish_reason": "end_turn"}]}, "allowed values"),
                (WHOLE["chat"], whole, {"choices": [{"index": 0}]}, "required property"),
                (WHOLE["chat"], whole, {"stop_reason": "x"}, "unevaluated properties: stop_reason"),
                (PIECE["responses"], delta.value, {"type": "response.text.delta"}, "no such type"),
                (PIECE["responses"], delta.value, {"type": "response.output_text.done"}, "required property 'text'"),
                (PIECE["responses"], delta.value, {"sequence_number": None}, "must be integer"),
                (ERROR, {"error": refusal}, {"error": {**refusal, "type": None}}, "must be string"),
                (ERROR, {"error": refusal}, {"error": "no"}, "must be object")):
            with self.subTest(schema=schema, changed=changed):
                self.assertEqual([], self.judge.faults(Body(schema, "", json.dumps(good))))
                found = self.judge.faults(Body(schema, "", json.dumps({**good, **changed})))
                self.assertIn(what, " | ".join(one["what"] for one in found))


if __name__ == "__main__":
    reason = openapi_schemas.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(harness.SKIPPED)
    harness.main()
