"""Recorded streams of real providers, and how each protocol frames them.

The recordings are public data beside the repository ($POINTSMAN_DATA/sse), one JSON payload a line; nothing of them is
kept here. What protocol a file holds shows in its content.
"""

import json
import os

BESIDE = os.path.join(os.path.dirname(__file__), "../../../shared/data")
DATA = os.path.abspath(os.environ.get("POINTSMAN_DATA", BESIDE))
FOLDERS = ("anthropic", "openai", "openai-compatible", "open-responses")
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages",
         "completions": "/v1/completions"}


# The beginnings of the payloads that end an answer, where a protocol has such.
LAST_WORDS = ('{"type":"message_stop"', '{"type":"response.completed"', '{"type":"response.incomplete"',
              '{"type":"response.failed"')


class Recording:
    """One stream: its protocol ("chat", "responses", "messages", "completions") and its payloads as they were sent."""

    def __init__(self, name, payloads):
        self.name = name
        self.payloads = payloads
        self.protocol = protocol_of(payloads[0])

    def __repr__(self):
        return self.name

    def framed(self):
        """The body of the answer, as the provider sends it."""
        return framed(self.protocol, self.payloads)

    def events(self):
        return [json.loads(payload) for payload in self.payloads]

    def answers(self):
        """Some files hold the answers of several requests, one behind the other: each for itself. What ends without
        having said why is none of them."""
        found, begin = [], 0
        for at, payload in enumerate(self.payloads):
            if payload.startswith(LAST_WORDS) or at == len(self.payloads) - 1:
                found.append(Recording(f"{self.name}#{len(found) + 1}", self.payloads[begin:at + 1]))
                begin = at + 1
        whole = [one for one in found if one.protocol != "messages" or '"type":"message_delta"' in one.payloads[-2]]
        return whole if len(found) > 1 else [self]

    def sound(self):
        """Whether every payload is JSON: one recording was cut by hand, and is not."""
        try:
            self.events()
        except ValueError:
            return False
        return True


def protocol_of(payload):
    """The protocol of a stream by its first payload; "" for what is no answer over HTTP."""
    if payload.startswith('{"type":"message_start"'):
        return "messages"
    if payload.startswith('{"type":"response.'):
        return "responses"
    first = json.loads(payload)
    if first.get("object") == "text_completion":
        return "completions"
    return "chat" if "choices" in first else ""


def event_name(payload):
    """The value of a payload's own "type", which the event is named for; the payload need not be sound JSON."""
    try:
        return json.loads(payload)["type"]
    except ValueError:
        return payload.split('"type":"', 1)[1].split('"', 1)[0]


def framed(protocol, payloads):
    if protocol in ("chat", "completions"):
        return "".join(f"data: {payload}\n\n" for payload in (*payloads, "[DONE]")).encode()
    return "".join(f"event: {event_name(payload)}\ndata: {payload}\n\n" for payload in payloads).encode()


def why_not():
    """Why there are no recordings here, or nothing."""
    folder = os.path.join(DATA, "sse")
    return None if os.path.isdir(folder) else f"there are no recordings at {folder} (set POINTSMAN_DATA)"


def recordings():
    """Every recorded answer, by folder and name. The name alone tells them apart."""
    found = []
    for folder in FOLDERS:
        there = os.path.join(DATA, "sse", folder)
        for file in sorted(os.listdir(there)):
            if file.endswith(".chunks.txt"):
                with open(os.path.join(there, file), encoding="utf-8", newline="") as text:
                    payloads = [line for line in text.read().split("\n") if line]
                one = Recording(file.removesuffix(".chunks.txt"), payloads)
                if one.protocol:
                    found.append(one)
    return found
