"""Simulated providers that keep a bill, in three protocols, and break in every way at places that a plan says.

A request carries a marker in its prompt; its Plan says what each attempt at it meets. What a provider charged is in the
book before anybody reconciles; whether it could be known is judged here, by what really went out.
"""

import json
import random
import re
import threading
from dataclasses import dataclass, field

import made_answers
import wire
from made_answers import Made
from recordings import PATHS

PROTOCOLS = {path: protocol for protocol, path in PATHS.items()}
MARKER = re.compile(rb"audit-(\d{6})")
PATIENCE = 20.0
REFUSALS = {429: "Slow down.", 500: "Something broke."}


@dataclass
class Deed:
    """What one attempt meets.

    answer: all of it. mute: all of it but the usage. cut: it ends at `at` of its bytes, by FIN or RST. refuse: an error
    status. error: an error event in the middle, or where nothing streams an error with status 500. drop: the connection
    closes before a byte. deaf: nothing comes until the gateway gives up. growing: usage in every chunk of a chat
    completion, as some servers do. empty: an answer that says nothing. bad_json: one that breaks its schema."""
    kind: str = "answer"
    at: float = 1.0
    how: str = "fin"
    status: int = 429
    used: dict = field(default_factory=dict)


@dataclass
class Plan:
    deeds: list
    leaves: str = ""  # when the client leaves: "", "early" (before an answer), "middle"
    asked: int = 0  # attempts so far
    left: threading.Event = field(default_factory=threading.Event)
    saw_body: bool = False  # the client had something of the answer before it left
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self):
        with self.lock:
            self.asked += 1
            return self.deeds[min(self.asked, len(self.deeds)) - 1]


def answer_for(deed, body):
    text = "" if deed.kind == "empty" else "word " * (3 + deed.used["output"] % 11)
    if "response_format" in body:
        text = '{"n":"not a number"}' if deed.kind == "bad_json" else '{"n":1}'
    return Made(("text", text), **deed.used) if text else Made(**deed.used)


def growing(events, used):
    """A stream of chat completions with what was used so far in every chunk; the last one has all."""
    events = [dict(one) for one in events if one["choices"]]
    for number, one in enumerate(events, 1):
        so_far = {**used, "output": used["output"] * number // len(events)}
        so_far["reasoning"] = min(so_far.get("reasoning", 0), so_far["output"])
        one["usage"] = made_answers.chat_usage(so_far)
    return events


def without_usage(event):
    """The same event with nothing of what was used."""
    out = {key: value for key, value in event.items() if key != "usage"}
    for member in ("message", "response"):
        if isinstance(out.get(member), dict):
            out[member] = {key: value for key, value in out[member].items() if key != "usage"}
    return out


def has_all_usage(protocol, event, is_growing):
    if is_growing:
        return event["choices"][0]["finish_reason"] is not None
    if protocol == "responses":
        return event["type"] == "response.completed"
    return event["type"] == "message_delta" if protocol == "messages" else bool(event.get("usage"))


class BillingProvider(wire.Upstream):
    """One provider with its own port. `book`: where it writes what it charges; `plans`: by marker; `drains`: whether the
    gateway reads on for its usage when a client has left."""

    drains = False

    def __init__(self, book, plans, seed):
        self.book = book
        self.plans = plans
        self.random = random.Random(seed)
        self.guard = threading.Lock()
        self.busy = 0  # requests under way, whose lines are not in the book yet
        super().__init__(self.count_and_play)

    def count_and_play(self, peer, request):
        with self.lock:
            self.requests.clear()  # they are many, and their markers say all
            self.busy += 1
        try:
            self.play(peer, request)
        finally:
            with self.lock:
                self.busy -= 1

    def play(self, peer, request):
        marker = MARKER.search(request.body).group(1).decode()
        plan = self.plans[marker]
        deed = plan.next()
        body = request.json()
        protocol = PROTOCOLS[request.line.split(" ")[1]]
        sent = self.perform(peer, protocol, body, deed, plan)
        used = deed.used if protocol == "messages" else {**deed.used, "written": 0, "written_long": 0}
        # Nobody reads on when a stream has broken its schema.
        given_up = deed.kind == "bad_json" and body.get("stream") is True and sent == "all"
        self.book.write(marker, body["model"], used, "either" if given_up else self.judged(sent, plan))

    def judged(self, sent, plan):
        """`sent`: "refused", "nothing" of the report, the "report" (and not all behind it), or "all"."""
        if sent in ("refused", "nothing"):
            return {"refused": "refused", "nothing": "untold"}[sent]
        if plan.leaves:
            return "told" if sent == "all" and self.drains and plan.saw_body else "either"
        return "told" if sent == "all" else "either"

    def perform(self, peer, protocol, body, deed, plan):
        if deed.kind == "refuse" or (deed.kind == "error" and body.get("stream") is not True):
            status = deed.status if deed.kind == "refuse" else 500
            peer.send(wire.whole(made_answers.error_body(protocol, status, REFUSALS[status]), f"{status} No"))
            return "refused"
        if deed.kind == "drop":
            peer.close()
            return "nothing"
        if deed.kind == "deaf":
            peer.wait_gone(PATIENCE)
            return "nothing"
        make = stream_of if body.get("stream") is True else whole_of
        return self.deliver(peer, *make(protocol, body, deed), deed, plan)

    def deliver(self, peer, raw, told_at, deed, plan):
        """Sends as much as the deed says, torn at random places; waits where the client is to leave meanwhile."""
        most = len(raw) if deed.kind != "cut" else min(len(raw) - 1, int(deed.at * len(raw)))
        with self.guard:
            stops = sorted({self.random.randrange(most + 1) for _ in range(self.random.randrange(5))} | {most})
            pause = 0 if plan.leaves == "early" else self.random.randrange(1, max(most, 1) + 1)
        if plan.leaves:
            stops = sorted({*stops, pause})
        sent = 0
        for stop in stops:
            if sent < stop and not peer.send(raw[sent:stop]):
                break
            sent = stop
            if plan.leaves and stop == pause:
                plan.left.wait(PATIENCE)
        if deed.kind == "cut":
            (peer.reset if deed.how == "rst" else peer.close)()
        if told_at is None or sent < told_at:
            return "nothing"
        return "all" if sent == len(raw) else "report"


def whole_of(protocol, body, deed):
    """The bytes of an answer, and where the report of its usage has begun to be out."""
    whole = made_answers.WHOLE[protocol](answer_for(deed, body), body["model"])
    raw = wire.whole(without_usage(whole) if deed.kind == "mute" else whole)
    return raw, None if deed.kind == "mute" else raw.index(b'"usage"')


def stream_of(protocol, body, deed):
    """The bytes of a stream, and where all of its usage is out."""
    asked = (body.get("stream_options") or {}).get("include_usage") is True
    events = list(made_answers.EVENTS[protocol](answer_for(deed, body), body["model"], asked))
    is_growing = deed.kind == "growing" and protocol == "chat"
    if is_growing:
        events = growing(events, deed.used)
    if deed.kind == "mute":
        events = [without_usage(one) for one in events if one.get("choices") != []]
    if deed.kind == "error":
        events = [*events[:len(events) // 2], made_answers.error_event(protocol, "The provider is on fire.")]
    raw, told_at = wire.STREAM_HEAD, None
    for event in events:
        raw += wire.chunked(framed(protocol, event))
        if deed.kind not in ("mute", "error") and has_all_usage(protocol, event, is_growing):
            told_at = len(raw)
    if protocol == "chat" and deed.kind != "error":
        raw += wire.chunked(b"data: [DONE]\n\n")
    return raw + b"0\r\n\r\n", told_at


def framed(protocol, event):
    name = f"event: {event['type']}\n" if protocol in ("responses", "messages") else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


class SmallModel(BillingProvider):
    """The model that is asked what a request is about. slow: it answers late; garbage: with something else."""

    def perform(self, peer, protocol, body, deed, plan):
        if deed.kind == "slow":
            threading.Event().wait(deed.at)  # being slow is what it is there for
        if deed.kind in ("drop", "refuse"):
            return super().perform(peer, protocol, body, deed, plan)
        labels = body["response_format"]["json_schema"]["schema"]["properties"]["category"]["enum"]
        said = "I would rather not say." if deed.kind == "garbage" else json.dumps({"category": labels[0],
                                                                                     "confidence": 0.9})
        whole = made_answers.chat_whole(Made(("text", said), **deed.used), body["model"])
        raw = wire.whole(without_usage(whole) if deed.kind == "mute" else whole)
        if deed.kind == "cut":
            peer.send(raw[:int(deed.at * len(raw))])
            peer.close()
            return "nothing"
        return "all" if peer.send(raw) and deed.kind != "mute" else "nothing"
