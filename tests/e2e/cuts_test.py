"""Promise P9, a cut answer is never sold as a whole one: upstreams that break off at random places, in five ways.

The seed is fixed; set E2E_SEED for other places.
"""

import json
import os
import random
import unittest
from concurrent.futures import ThreadPoolExecutor

import harness
from wire import STREAM_HEAD, USAGE, Upstream, ask, chunked, completion, event, stream, whole


CUTS = 200  # of each form, over the ways that fit it
WAYS = ("fin", "rst", "stall", "garbage chunk", "half chunk")
SEED = int(os.environ.get("E2E_SEED", "20260101"))
DONE = b"data: [DONE]\n\n"

STREAM = stream(words=60)
WHOLE = whole(completion("word " * 2000))
WHOLE_BODY = WHOLE.partition(b"\r\n\r\n")[2]
CHUNKED_HEAD = STREAM_HEAD.replace(b"text/event-stream", b"application/json")
CHUNKED = CHUNKED_HEAD + chunked(*(WHOLE_BODY[i:i + 700] for i in range(0, len(WHOLE_BODY), 700))) + b"0\r\n\r\n"


def payload(raw):
    """The content of a sound chunked body."""
    out = b""
    while raw:
        line, _, raw = raw.partition(b"\r\n")
        size = int(line, 16)
        out, raw = out + raw[:size], raw[size + 2:]
    return out


STREAM_BODY = payload(STREAM[len(STREAM_HEAD):])
USAGE_AT = STREAM_BODY.rindex(b"data: ", 0, STREAM_BODY.index(DONE))
SHOWN_BODY = STREAM_BODY[:USAGE_AT] + DONE  # without the usage report the client did not ask for


def boundaries(answer, head):
    """Where one chunk ends and the next begins."""
    at, found = len(head), []
    while answer[at:at + 3] != b"0\r\n":
        size = int(answer[at:answer.index(b"\r\n", at)], 16)
        at = answer.index(b"\r\n", at) + 2 + size + 2
        found.append(at)
    return found


class Form:
    """One kind of answer: its bytes, what the client may see of it at most, and where it can be cut."""

    def __init__(self, answer, body, request, end=None):
        self.answer, self.body, self.request = answer, body, request
        self.head = answer.index(b"\r\n\r\n") + 4
        self.is_chunked = b"chunked" in answer[:self.head]
        self.last = (end if end is not None else len(answer)) - 1

    def cut(self, way, random_place):
        """The bytes that come before the end, and how it ends."""
        if way in ("garbage chunk", "half chunk"):
            at = random_place.choice([at for at in boundaries(self.answer, self.answer[:self.head]) if at <= self.last])
            if way == "garbage chunk":
                return self.answer[:at] + b"zz\r\ngarbage\r\n", "fin"
            begin = self.answer.index(b"\r\n", at) + 2
            return self.answer[:begin + int(self.answer[at:begin], 16) // 2], "fin"
        return self.answer[:random_place.randint(self.head + 1, self.last)], way


BEFORE_DONE = STREAM.index(DONE)
FORMS = {
    "stream whose usage is hidden": Form(STREAM, SHOWN_BODY, {"stream": True}, BEFORE_DONE),
    "stream passed on as it is": Form(STREAM, STREAM_BODY, {"stream": True, "stream_options": {"include_usage": True}},
                                      BEFORE_DONE),
    "body with a length": Form(WHOLE, WHOLE_BODY, {}),
    "body in chunks": Form(CHUNKED, WHOLE_BODY, {}),
}


class Cuts(unittest.TestCase):
    def setUp(self):
        self.plans = {}  # what to do for each request, by its text
        self.upstream = self.enterContext(Upstream(self.play))
        self.spare = self.enterContext(Upstream(
            lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
        providers = {"up": harness.provider(self.upstream.port, idle_timeout="150ms", first_byte_timeout="5s"),
                     "spare": harness.provider(self.spare.port)}
        self.gateway = self.enterContext(harness.Gateway(harness.config(
            providers, {"m": "up", "n": "spare"},
            router={"retries": {"budget": "100%"}, "breaker": {"failures": 1000}})))

    def play(self, peer, request):
        data, way = self.plans[request.json()["messages"][0]["content"]]
        peer.send(data)
        if way == "rst":
            peer.reset()
        elif way == "fin":
            peer.close()
        elif way != "keep":
            peer.wait_gone()

    def ask(self, text, model="auto"):
        return ask(self.gateway.port, harness.chat(model, text=text, **self.form.request))

    def test_no_cut_answer_looks_whole(self):
        for name, self.form in FORMS.items():
            with self.subTest(name):
                self.check_form(name)

    def check_form(self, name):
        place = random.Random(f"{SEED} {name}")
        ways = [way for way in WAYS if self.form.is_chunked or "chunk" not in way]
        before = len(self.gateway.entries())
        texts = [f"{name}, {way} {number}" for way in ways for number in range(CUTS // len(ways))]
        for text in texts:
            self.plans[text] = self.form.cut(text.rpartition(", ")[2].rpartition(" ")[0], place)
        with ThreadPoolExecutor(8) as clients:
            # Named, not routed: cuts count against the provider, whose breaker would soon send the rest elsewhere.
            answers = list(clients.map(lambda text: self.ask(text, "m"), texts))
        entries = {one["id"]: one for one in self.gateway.wait_entries(before + len(texts))}
        unread = 0
        for text, answer in zip(texts, answers):
            entry = entries[answer.decision()]
            if answer.status == 502:  # broken before anything of it was passed on
                self.assertTrue("garbage" in text or "rst" in text)  # an RST may overtake all that came before it
                self.assertTrue(answer.whole)
                self.assertEqual(("upstream_error", 502), (entry["outcome"], entry["status"]), entry)
                unread += 1
                continue
            self.assertEqual(200, answer.status, text)
            self.assertFalse(answer.whole, (text, answer))
            # Where the gateway frames the stream itself, its last event says that it broke off.
            came, _, told = answer.body.partition(b'data: {"error":')
            self.assertTrue(self.form.body.startswith(came), (text, answer.body[-200:]))
            self.assertTrue(not told or told.endswith(b"\n\n"), (text, told))
            self.assertNotIn(DONE.strip(), answer.body, text)
            self.assertEqual("cut", entry["outcome"], (text, entry))
            self.assertTrue(entry["error"], entry)
        self.assertLess(unread, len(texts) // 3)
        print(f"{name}: {len(texts)} cuts, {unread} before anything was passed on")

    def test_the_same_answers_uncut_are_whole(self):
        for name, self.form in FORMS.items():
            with self.subTest(name):
                self.plans[name] = (self.form.answer, "fin")
                answer = self.ask(name)
                self.assertTrue(answer.whole)
                self.assertEqual(self.form.body, answer.body)

    def test_events_split_over_chunks_arrive_unchanged(self):
        place = random.Random(SEED)
        for name, number in ((name, number) for name in list(FORMS)[:2] for number in range(40)):
            self.form = FORMS[name]
            pieces, rest = [], STREAM_BODY
            while rest:
                size = place.choice((1, 7, 60, 300, 3000))
                pieces.append(rest[:size])
                rest = rest[size:]
            self.plans[f"split {name} {number}"] = (STREAM_HEAD + chunked(*pieces) + b"0\r\n\r\n", "fin")
            answer = self.ask(f"split {name} {number}")
            self.assertTrue(answer.whole)
            self.assertEqual(self.form.body, answer.body)

    def test_before_the_first_byte_of_the_body_another_candidate_answers(self):
        self.plans["good"] = (WHOLE, "keep")
        ways = [(way, length) for way in ("fin", "rst") for length in (0, 10, 20, "head")]
        for name, self.form in FORMS.items():
            for way, length in ways:
                text = f"{name} {way} {length}"
                self.plans[text] = (self.form.answer[:self.form.head if length == "head" else length], way)
                answer = self.ask(text)
                self.assertTrue(answer.whole and answer.status == 200, (text, answer))
                self.assertEqual("n", answer.field("x-pointsman-model"), text)
                for _ in range(2):  # good answers in between: the breaker is another test's matter
                    self.assertEqual("m", self.ask("good").field("x-pointsman-model"))
        entries = [one for one in self.gateway.wait_entries(3 * len(FORMS) * len(ways)) if one["model"] == "n"]
        self.assertEqual(len(FORMS) * len(ways), len(entries))
        self.assertEqual({("ok", 2)}, {(one["outcome"], len(one["attempts"])) for one in entries})

    def test_an_upstream_that_stays_after_done_does_not_keep_the_client(self):
        end = STREAM.index(DONE) + len(DONE) + 2
        for name, form in list(FORMS.items())[:2]:
            self.form = form
            self.plans[name] = (STREAM[:end], "stall")
            answer = self.ask(name)
            self.assertEqual(form.body, answer.body)
        self.assertEqual({"ok"}, {one["outcome"] for one in self.gateway.wait_entries(2)})
        self.assertEqual(USAGE["prompt_tokens"], self.gateway.entries()[0]["input_tokens"])

    def test_a_stream_without_framing_that_ends_before_done_is_cut(self):
        head = STREAM_HEAD.replace(b"transfer-encoding: chunked\r\n", b"")
        self.form = FORMS["stream whose usage is hidden"]
        self.plans["whole"] = (head + STREAM_BODY, "fin")
        self.plans["part"] = (head + STREAM_BODY[:700], "fin")
        answer = self.ask("whole")
        self.assertTrue(answer.whole)
        self.assertEqual(SHOWN_BODY, answer.body)
        self.assertFalse(self.ask("part").whole)
        self.assertEqual(["ok", "cut"], [one["outcome"] for one in self.gateway.wait_entries(2)])

    def test_json_that_is_not_whole_behind_a_sound_framing_is_the_providers_word(self):
        self.form = FORMS["body with a length"]
        self.plans["odd"] = (whole(json.dumps(completion()).encode()[:50]), "fin")
        answer = self.ask("odd")
        self.assertTrue(answer.whole)
        entry = self.gateway.wait_entries(1)[0]
        self.assertIsNone(entry["output_tokens"])
        self.assertIsNone(entry["cost_usd"])


if __name__ == "__main__":
    harness.main()
