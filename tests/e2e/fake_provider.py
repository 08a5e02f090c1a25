"""A provider that plays recorded and hand-made answers in three protocols: chat completions, Responses and Messages.

The path says the protocol and the request's model the script: the name of a recording, or one of SCRIPTS. The prefix by
which a gateway tells the models of several providers apart may stay: "messages-text" is "text". Every request is kept.
Tests in other processes reach it by GET /fake/requests, POST /fake/reset and POST /fake/release.
"""

import json
import threading

import made_answers
import wire
from made_answers import Made
from recordings import PATHS

PROTOCOLS = {path: protocol for protocol, path in PATHS.items()}
PREFIXES = ("chat-", "native-", "messages-")

ARGUMENTS = '{"city":"Z\u00fcrich","days":[1,2],"big":12345678901234567890}'
ANSWERS = {
    "text": Made(("text", "Hello there, \u00fcber-caf\u00e9 \U0001f600. How are you?")),
    "parallel": Made(("text", "Let me look."), ("call", "call_one", "weather", '{"city":"Rome"}'),
                     ("call", "call_two", "time", '{"city":"Oslo"}'), stop="calls"),
    "call": Made(("call", "call_one", "weather", ARGUMENTS), stop="calls"),
    "reasoning": Made(("thought", "They greet me, so I greet them.", "c2lnbmF0dXJlLW9mLXRoZS1tb2RlbA=="),
                      ("text", "Hello."), reasoning=9),
    "json": Made(("text", '{"name":"Ada","age":36}')),
    "refused": Made(("refusal", "I will not do that."), stop="refusal"),
    "long": Made(("text", "This goes on and"), stop="length", output=64),
}


class Turn:
    """One request in the hands of a script, and the ways to answer it."""

    def __init__(self, provider, peer, request, protocol):
        self.provider = provider
        self.peer = peer
        self.request = request
        self.protocol = protocol
        self.body = request.json()
        self.model = self.body.get("model", "")
        self.stream = self.body.get("stream") is True
        self.usage = (self.body.get("stream_options") or {}).get("include_usage") is True

    def send_whole(self, body, status="200 OK", fields=()):
        self.peer.send(wire.whole(body, status, fields))

    def begin(self):
        return self.peer.send(wire.STREAM_HEAD)

    def send_body(self, data):
        """Bytes of the stream, in the pieces that the test asked for."""
        size = self.provider.piece or len(data)
        return self.peer.send(wire.chunked(*(data[at:at + size] for at in range(0, len(data), size))))

    def send_events(self, events):
        return self.send_body(b"".join(frame(self.protocol, event) for event in events))

    def end(self):
        self.peer.send(b"0\r\n\r\n")

    def events(self, answer):
        return list(made_answers.EVENTS[self.protocol](answer, self.model, self.usage))

    def finish(self, events):
        """The rest of a stream, with the last word of its protocol."""
        if self.send_events(events):
            if self.protocol == "chat":
                self.send_body(b"data: [DONE]\n\n")
            self.end()

    def answer(self, answer):
        if not self.stream:
            return self.send_whole(made_answers.WHOLE[self.protocol](answer, self.model))
        self.begin()
        return self.finish(self.events(answer))

    def fail(self, status, message, fields=()):
        body = made_answers.error_body(self.protocol, status, message)
        self.send_whole(body, f"{status} Something", fields)

    def half(self, answer):
        """Sends the first half of a stream; gives the rest."""
        events = self.events(answer)
        self.begin()
        self.send_events(events[:len(events) // 2])
        return events[len(events) // 2:]


def frame(protocol, event):
    name = f"event: {event['type']}\n" if protocol in ("responses", "messages") else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def play_answer(answer):
    return lambda turn: turn.answer(answer)


def play_recording(recording):
    def play(turn):
        turn.begin()
        turn.send_body(recording.framed())
        turn.end()
    return play


def play_error(status, message, fields=()):
    return lambda turn: turn.fail(status, message, fields)


def play_flaky(turn):
    """Refuses twice, then answers."""
    if turn.provider.count_of(turn.model) <= 2:
        return turn.fail(429, "Slow down.", [("retry-after-ms", "5"), ("retry-after", "0")])
    return turn.answer(ANSWERS["text"])


def play_error_in_stream(turn):
    rest = turn.half(ANSWERS["text"])
    event = made_answers.error_event(turn.protocol, "The provider is on fire.")
    if turn.protocol == "responses":
        event["sequence_number"] = rest[0]["sequence_number"]
        turn.send_events([event, failed(turn, rest[0]["sequence_number"] + 1)])
    else:
        turn.send_events([event])
    turn.end()


def failed(turn, number):
    response = made_answers.responses_whole(ANSWERS["text"], turn.model, "failed")
    error = {"code": "server_error", "message": "The provider is on fire."}
    return {"type": "response.failed", "sequence_number": number, "response": {**response, "error": error}}


def play_cut(turn):
    turn.half(ANSWERS["text"])
    turn.peer.close()


def play_silent(turn):
    """A stream of nothing, well framed."""
    turn.begin()
    turn.end()


def play_half(turn):
    """A well-framed end before the last word was said."""
    turn.half(ANSWERS["text"])
    turn.end()


def play_stalled(turn):
    """Stops in the middle until it is released, or until the client's side is gone."""
    if not turn.stream:
        turn.provider.wait_release(turn.peer)
        return turn.answer(ANSWERS["text"])
    rest = turn.half(ANSWERS["text"])
    if turn.provider.wait_release(turn.peer):
        turn.finish(rest)
    return None


SCRIPTS = {
    **{name: play_answer(answer) for name, answer in ANSWERS.items()},
    "bad-request": play_error(400, "messages: that is not how it works"),
    "bad-key": play_error(401, "Incorrect API key provided: sk-test."),
    "missing": play_error(404, "There is no such model."),
    "rate-limited": play_error(429, "Slow down.", [("retry-after", "7")]),
    "broken": play_error(500, "Something broke."),
    "overloaded": play_error(529, "Overloaded"),
    "flaky": play_flaky,
    "error-in-stream": play_error_in_stream,
    "cut": play_cut,
    "silent": play_silent,
    "half": play_half,
    "stalled": play_stalled,
}


class FakeProvider(wire.Upstream):
    """Listens at once. `scripts` are more than SCRIPTS: callables that are given a Turn. `piece`: bytes in a piece of a
    stream; 0: all in one."""

    def __init__(self, scripts=None):
        self.scripts = {**SCRIPTS, **(scripts or {})}
        self.piece = 0
        self.released = threading.Event()
        super().__init__(self.play)

    def play(self, peer, request):
        method, path, _ = request.line.split(" ")
        path = path.split("?")[0]
        if path.startswith("/fake/"):
            return self.control(peer, path)
        if method == "GET":
            return peer.send(wire.whole({"object": "list", "data": []}))
        if path == "/v1/messages/count_tokens":
            return peer.send(wire.whole({"input_tokens": 17}))
        turn = Turn(self, peer, request, PROTOCOLS.get(path, "chat"))
        script = self.script_of(turn.model)
        return script(turn) if script else turn.fail(404, f"There is no script {turn.model}.")

    def script_of(self, model):
        if model in self.scripts:
            return self.scripts[model]
        return next((self.scripts.get(model[len(one):]) for one in PREFIXES if model.startswith(one)), None)

    def control(self, peer, path):
        if path == "/fake/reset":
            self.reset()
        elif path == "/fake/release":
            self.released.set()
        kept = [{"line": one.line, "fields": dict(one.fields), "body": one.body.decode(),
                 "gone": one.peer.gone_at is not None} for one in self.asked()]
        return peer.send(wire.whole(kept))

    def reset(self):
        self.released.clear()
        with self.lock:
            self.requests.clear()

    def asked(self):
        """The requests but for those that steer this provider."""
        return [one for one in self.seen() if " /fake/" not in one.line]

    def last(self):
        return self.asked()[-1]

    def count_of(self, model):
        return sum(one.json().get("model") == model for one in self.asked() if one.body)

    def wait_release(self, peer):
        """Whether the test let it go on; False when the other side went away, which `peer.gone_at` then tells."""
        deadline = wire.PATIENCE * 100
        while not self.released.wait(0.01) and (deadline := deadline - 1) > 0:
            if peer.is_gone():
                return False
        return self.released.is_set()
