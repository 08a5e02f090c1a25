"""What an answer means, whatever protocol it is in: so that two answers can be compared.

The readers of streams are lenient: they read recordings of real providers. Whether what the gateway writes is sound is
for the strict checkers.
"""

import dataclasses
import json


@dataclasses.dataclass
class Meaning:
    """`stop` is "end", "length", "calls" or "refused". Counts are None where the provider did not say."""
    text: str = ""
    refusal: str = ""
    thought: str = ""
    signatures: list = dataclasses.field(default_factory=list)
    calls: list = dataclasses.field(default_factory=list)  # (name, arguments)
    stop: str = ""
    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None


class Call:
    def __init__(self, name=""):
        self.name = name
        self.arguments = ""

    def pair(self):
        """Arguments as JSON with numbers as they were spelt; as text where they are no JSON."""
        try:
            return self.name, json.loads(self.arguments or "{}", parse_int=str, parse_float=str)
        except ValueError:
            return self.name, self.arguments


# --- Chat Completions

CHAT_STOPS = {"stop": "end", "length": "length", "tool_calls": "calls", "content_filter": "refused"}


def note_chat_usage(meaning, usage):
    meaning.input, meaning.output = usage["prompt_tokens"], usage["completion_tokens"]
    meaning.cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    meaning.reasoning = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens")
    if meaning.reasoning and usage["total_tokens"] == meaning.input + meaning.output + meaning.reasoning:
        meaning.output += meaning.reasoning  # some count what is thought apart


def chat_stream(chunks):
    meaning, calls = Meaning(), {}
    for chunk in chunks:
        if chunk.get("usage"):
            note_chat_usage(meaning, chunk["usage"])
        for choice in chunk["choices"]:
            delta = choice["delta"]
            meaning.text += delta.get("content") or ""
            meaning.refusal += delta.get("refusal") or ""
            meaning.thought += delta.get("reasoning_content") or ""
            for call in delta.get("tool_calls") or ():
                one = calls.setdefault(call["index"], Call())
                one.name = one.name or call["function"].get("name", "")
                one.arguments += call["function"].get("arguments", "")
            if choice.get("finish_reason"):
                meaning.stop = CHAT_STOPS[choice["finish_reason"]]
    meaning.calls = [one.pair() for one in calls.values()]
    return settled(meaning)


def chat_whole(body):
    choice = body["choices"][0]
    delta = dict(choice["message"])
    delta["tool_calls"] = [{"index": number, **call} for number, call in enumerate(delta.get("tool_calls") or ())]
    return chat_stream([{"choices": [{"delta": delta, "finish_reason": choice["finish_reason"]}],
                         "usage": body.get("usage")}])


# --- Messages

MESSAGES_STOPS = {"end_turn": "end", "stop_sequence": "end", "max_tokens": "length", "tool_use": "calls",
                  "refusal": "refused"}


def note_messages_usage(counts, usage):
    counts.update({member: value for member, value in usage.items() if value is not None})


def settle_messages_usage(meaning, counts):
    if "input_tokens" in counts:
        meaning.cached = counts.get("cache_read_input_tokens", 0)
        meaning.input = counts["input_tokens"] + meaning.cached + counts.get("cache_creation_input_tokens", 0)
    meaning.output = counts.get("output_tokens")


def note_block(meaning, block):
    if block["type"] == "text":
        meaning.text += block["text"]
    elif block["type"] == "thinking":
        meaning.thought += block["thinking"]
        if block.get("signature"):
            meaning.signatures.append(block["signature"])
    elif block["type"] == "tool_use":
        one = Call(block["name"])
        one.arguments = json.dumps(block["input"]) if block["input"] else ""
        return one
    return None


def note_delta(meaning, call, delta):
    if delta["type"] == "text_delta":
        meaning.text += delta["text"]
    elif delta["type"] == "thinking_delta":
        meaning.thought += delta["thinking"]
    elif delta["type"] == "signature_delta":
        meaning.signatures.append(delta["signature"])
    elif delta["type"] == "input_json_delta" and call:
        call.arguments += delta["partial_json"]


def messages_stream(events):
    meaning, counts, calls, now = Meaning(), {}, [], {}
    for event in events:
        kind = event["type"]
        if kind == "message_start":
            note_messages_usage(counts, event["message"]["usage"])
            now = {}  # some streams begin again
        elif kind == "content_block_start":
            now[event["index"]] = note_block(meaning, event["content_block"])
            calls += [now[event["index"]]] if now[event["index"]] else []
        elif kind == "content_block_delta":
            note_delta(meaning, now.get(event["index"]), event["delta"])
        elif kind == "message_delta":
            meaning.stop = MESSAGES_STOPS[event["delta"]["stop_reason"]]
            note_messages_usage(counts, event["usage"])
    meaning.calls = [one.pair() for one in calls]
    settle_messages_usage(meaning, counts)
    return settled(meaning)


def messages_whole(body):
    meaning, counts = Meaning(), {}
    calls = [call for call in (note_block(meaning, block) for block in body["content"]) if call]
    meaning.calls = [one.pair() for one in calls]
    meaning.stop = MESSAGES_STOPS[body["stop_reason"]]
    note_messages_usage(counts, body["usage"])
    settle_messages_usage(meaning, counts)
    return settled(meaning)


# --- Responses

def responses_stream(events):
    return responses_whole(events[-1]["response"])


def responses_whole(body):
    meaning = Meaning()
    for item in body["output"]:
        if item["type"] == "message":
            meaning.text += "".join(part.get("text", "") for part in item["content"])
            meaning.refusal += "".join(part.get("refusal", "") for part in item["content"])
        elif item["type"] == "reasoning":
            parts = [*(item.get("summary") or ()), *(item.get("content") or ())]
            meaning.thought += "".join(part["text"] for part in parts)
            meaning.signatures += [item["encrypted_content"]] if item.get("encrypted_content") else []
        elif item["type"] == "function_call":
            one = Call(item["name"])
            one.arguments = item["arguments"]
            meaning.calls.append(one.pair())
    reason = (body.get("incomplete_details") or {}).get("reason")
    meaning.stop = {"max_output_tokens": "length", "content_filter": "refused"}.get(reason, "end")
    if body.get("usage"):
        meaning.input, meaning.output = body["usage"]["input_tokens"], body["usage"]["output_tokens"]
        meaning.cached = (body["usage"].get("input_tokens_details") or {}).get("cached_tokens")
        meaning.reasoning = (body["usage"].get("output_tokens_details") or {}).get("reasoning_tokens")
    return settled(meaning)


def settled(meaning):
    """What the protocols say in different words, in one: a call ends an answer, and so does a refusal."""
    if meaning.stop == "end" and meaning.calls:
        meaning.stop = "calls"
    if meaning.stop == "end" and meaning.refusal:
        meaning.stop = "refused"
    return meaning


STREAM = {"chat": chat_stream, "messages": messages_stream, "responses": responses_stream}
WHOLE = {"chat": chat_whole, "messages": messages_whole, "responses": responses_whole}
