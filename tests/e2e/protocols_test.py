"""Every recorded stream through every way in: in its own protocol byte for byte, in another one sound and of the same
meaning, and each time with the right usage in the ledger."""

import sys
import unittest

import harness
import meaning
import protocol_pairs
import recordings
import wire
from fake_provider import FakeProvider
from protocol_pairs import CLIENTS

RECORDED = recordings.recordings() if not recordings.why_not() else []
ANSWERS = [one for file in RECORDED for one in file.answers() if one.sound()]
PIECES = (0, 997, 7)
SMALL = 4000  # bytes of a stream that is also sent byte by byte

# This one begins the answer anew in the middle of a call; whoever translates as it comes cannot take back the first.
BEGUN_TWICE = "spliced-message-start"
# The Responses API is a way in and, where a provider has it, a way straight through; nothing is translated from it.
CROSSING = [one for one in ANSWERS if one.protocol in ("chat", "messages")]

# Members in an order of their own, spaces, escapes, numbers that no double holds: what must not be touched.
BODIES = {
    "chat": '{ "messages" : [{"role":"user","content":"Caf\\u00e9 \\ud83d\\ude00 \u00fc\\/"}],'
            '"seed":12345678901234567890,"model" :\t"%s","stream":true,"x_unknown":{"n":1.0e2,"a":[ ]},'
            '"stream_options":{"include_usage":true}}\n',
    "completions": '{"prompt":"Once \\u00fcpon","model":"%s", "max_tokens": 16,"stream":true,'
                   '"stream_options":{"include_usage":true}}',
    "responses": '{"input": [ {"role":"user","content":[{"type":"input_text","text":"Caf\\u00e9 \\/"}]} ],"model":"%s",'
                 '"stream":true,"max_output_tokens":1234567890123,"x_unknown":-0.0,"store": false}',
    "messages": '{"max_tokens":  4096,"model":"%s","x_unknown":1E+2,"system":[{"type":"text","text":"Be\\tbrief.",'
                '"cache_control":{"type":"ephemeral"}}],"stream":true,'
                '"messages":[{"content":"Caf\\u00e9","role":"user"}]}',
}


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(FakeProvider(protocol_pairs.scripts_of(RECORDED + ANSWERS)))
        cls.gateway = cls.enterClassContext(harness.Gateway(
            protocol_pairs.configuration(cls.provider.port, scripts=(), recordings=RECORDED + ANSWERS)))

    def setUp(self):
        self.provider.piece = 0
        self.provider.reset()
        self.expected = {}  # decision -> what the ledger must say of it

    def check_same(self, recording, piece):
        self.provider.piece = piece
        body = BODIES[recording.protocol]
        answer = wire.ask(self.gateway.port, (body % recording.name).encode(), (), recordings.PATHS[recording.protocol])
        wanted = recording.framed()
        if not answer.whole or answer.status != 200:
            return repr(answer)
        if answer.body != wanted:
            at = next((i for i, (one, other) in enumerate(zip(answer.body, wanted)) if one != other), "the end")
            return f"{len(answer.body)} bytes instead of {len(wanted)}, other from {at} on: {answer.body[-200:]!r}"
        got = self.provider.last().body.decode()
        return None if got == body % f"recorded/{recording.name}" else f"the upstream got {got!r}"

    def test_every_recording_goes_through_its_own_protocol_byte_for_byte(self):
        cases = [(one, piece) for one in RECORDED for piece in PIECES]
        cases += [(one, 1) for one in RECORDED if len(one.framed()) < SMALL]
        protocol_pairs.try_all(self, self.check_same, cases)
        print(f"{len(RECORDED)} recordings, {len(cases)} streams, each the same as recorded")

    def check_crossing(self, recording, client, piece):
        self.provider.piece = piece
        answer = protocol_pairs.ask(self.gateway, client, recording.name, stream=True)
        expected = meaning.STREAM[recording.protocol](recording.events())
        got = protocol_pairs.meaning_of_stream(client, answer)
        if recording.name == BEGUN_TWICE:
            expected.calls, got.calls = expected.calls[-1:], got.calls[-1:]
        return protocol_pairs.differences(expected, got, client)

    def check_entries(self):
        """The ledger's entries of what was asked in this test."""
        entries = protocol_pairs.entries_of(self.gateway, self.expected)

        def look(decision):
            recording, client, expected = self.expected[decision]
            failed = recording.events()[-1].get("type") == "response.failed"
            fault = protocol_pairs.ledger_differences(entries[decision], expected, client, recording.protocol,
                                                      "cut" if failed else "ok")
            return f"{recording} for {client}: {fault}" if fault else None
        protocol_pairs.try_all(self, look, [(decision,) for decision in self.expected])

    def test_every_recording_means_the_same_in_another_protocol(self):
        cases = [(one, client, piece) for one in CROSSING for client in CLIENTS if client != one.protocol
                 for piece in (0, 7)]
        protocol_pairs.try_all(self, self.check_crossing, cases)
        print(f"{len(CROSSING)} recordings, {len(cases)} streams into other protocols")

    def test_the_ledger_has_the_usage_of_every_recording_and_both_protocols(self):
        crossed = [(one, client) for one in CROSSING for client in CLIENTS if client != one.protocol]
        same = [(one, one.protocol) for one in ANSWERS if one.protocol in CLIENTS]
        for recording, client in crossed + same:
            answer = protocol_pairs.ask(self.gateway, client, recording.name, stream=True)
            expected = meaning.STREAM[recording.protocol](recording.events())
            self.expected[answer.decision()] = (recording, client, expected)
        self.check_entries()


if __name__ == "__main__":
    if recordings.why_not():
        print(f"skipped: {recordings.why_not()}")
        sys.exit(harness.SKIPPED)
    harness.main()
