"""OpenAI's own description of its API as a judge of bodies (node/openapi_check.mjs), and where it is not followed.

The description is public data beside the repository ($POINTSMAN_DATA/openai); nothing of it is kept here.
"""

import json
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass

import node_sdks
from protocol_checkers import frames
from recordings import DATA

DESCRIPTION = os.path.join(DATA, "openai", "openapi.yaml")
REQUEST = {"chat": "CreateChatCompletionRequest", "responses": "CreateResponse"}
WHOLE = {"chat": "CreateChatCompletionResponse", "responses": "Response"}
PIECE = {"chat": "CreateChatCompletionStreamResponse", "responses": "ResponseStreamEvent/type"}
ERROR = "ErrorResponse"


def why_not():
    if not os.path.isfile(DESCRIPTION):
        return f"there is no description of OpenAI's API at {DESCRIPTION} (set POINTSMAN_DATA)"
    return node_sdks.why_not()


@dataclass(frozen=True)
class Exemption:
    """A fault that is none, and why: `schema`, `path` and `what` match a fault's as a whole. Each of its groups
    needs it."""

    groups: tuple
    schema: str
    path: str
    what: str
    why: str

    def covers(self, fault):
        return all(re.fullmatch(pattern, fault[name])
                   for name, pattern in (("schema", self.schema), ("path", self.path), ("what", self.what)))


@dataclass(frozen=True)
class Body:
    """A JSON text as it was sent: no number in it is read on the way to the judge."""

    schema: str
    where: str
    text: str

    @property
    def value(self):
        return json.loads(self.text)


def pieces(client, stream, where):
    """The bodies in a stream: each chunk or event, but the error that may end a stream of chunks is one of its own."""
    if isinstance(stream, str):
        stream = stream.strip("\n").encode() + b"\n\n"
    texts = [data for _, data in frames(stream) if data != "[DONE]"]

    def schema(text):
        return ERROR if client == "chat" and "error" in json.loads(text) else PIECE[client]
    return [Body(schema(one), f"{where}, piece {number}", one) for number, one in enumerate(texts)]


class Judge:
    """A child that reads the description once, and has as many schemas as it was asked about."""

    def __init__(self):
        self.child = subprocess.Popen(["node", os.path.join(node_sdks.NODE, "openapi_check.mjs"), DESCRIPTION],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()

    def faults(self, body):
        text = body.text.replace("\n", " ")  # between its tokens; in strings there is none
        self.child.stdin.write(f'{{"schema": {json.dumps(body.schema)}, "body": {text}}}\n')
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            raise AssertionError(f"the judge ended with {self.child.wait(10)}")
        return json.loads(answer)

    def check(self, test, bodies, exemptions, least):
        """Fails with every fault that no exemption names. Gives the exemptions that named none."""
        wrong, used = Counter(), set()
        examples = {}
        for body in bodies:
            for fault in self.faults(body):
                excuse = next((one for one in exemptions if one.covers(fault)), None)
                used.add(excuse)
                if excuse is None:
                    key = f"{fault['schema']} {re.sub('[0-9]+', 'N', fault['path'])}: {fault['what']}"
                    wrong[key] += 1
                    examples.setdefault(key, f"{body.where}: {body.text[:600]}")
        test.assertFalse(wrong, "\n".join(f"{count} times {key}\n    {examples[key]}" for key, count in wrong.items()))
        counts = Counter(body.schema for body in bodies)
        print(f"{len(bodies)} bodies are as described:", ", ".join(f"{name} {count}" for name, count in counts.items()))
        test.assertGreaterEqual(len(bodies), least, "bodies that were checked")
        return [one for one in exemptions if one not in used]
