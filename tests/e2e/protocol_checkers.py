"""Strict checkers of answers: what a stream or a whole body of each protocol has to look like for every client.

Stricter than any one SDK: the order of events, their numbers, the members that must be there, exactly one last word,
and that what is said in pieces equals what is said whole. Each raises Malformed with the place; each stream's checker
gives its payloads.
"""

import json


class Malformed(AssertionError):
    pass


def need(condition, what, where=None):
    if not condition:
        raise Malformed(f"{what}: {json.dumps(where)[:400]}" if where is not None else what)


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_text(value):
    return isinstance(value, str)


def frames(body):
    """Server-sent events as this gateway writes them: (name, data) of each; nothing else may stand between."""
    text = body.decode("utf-8")
    need(text.endswith("\n\n"), f"the stream does not end with a blank line: {text[-80:]!r}")
    found = []
    for one in text[:-2].split("\n\n"):
        name = ""
        lines = one.split("\n")
        if lines[0].startswith("event: "):
            name = lines.pop(0)[7:]
        need(len(lines) == 1 and lines[0].startswith("data: "), f"not one data line: {one!r}")
        found.append((name, lines[0][6:]))
    return found


def load(data):
    try:
        return json.loads(data)
    except ValueError as error:
        raise Malformed(f"not JSON ({error}): {data[:200]!r}") from None


# --- Chat Completions

CHAT_FINISHES = ("stop", "length", "tool_calls", "content_filter", "function_call")


def check_chat_stream(body, wants_usage=False):
    found = frames(body)
    need(all(name == "" for name, _ in found), "chunks of a chat completion have no event name")
    need(found[-1][1] == "[DONE]", "the stream does not end with [DONE]", found[-1])
    chunks = [load(data) for _, data in found[:-1]]
    need(chunks, "no chunk")
    choices = {}
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        check_chunk(chunk, chunks[0])
        if not chunk["choices"]:
            need(last and wants_usage, "a chunk without choices that is no usage report", chunk)
            check_chat_usage(chunk["usage"])
            continue
        need(chunk.get("usage") is None, "usage outside of the report", chunk)
        for choice in chunk["choices"]:
            check_chat_choice(choice, choices)
    need(choices, "no choice")
    for state in choices.values():
        need(state["finish"], "a choice without a finish_reason", chunks[-1])
        need((state["finish"] == "tool_calls") <= bool(state["calls"]), "tool_calls without a call", chunks[-1])
    need(not wants_usage or not chunks[-1]["choices"], "no usage report", chunks[-1])
    return chunks


def check_chunk(chunk, first):
    need(chunk.get("object") == "chat.completion.chunk", "object", chunk)
    for member, sound in (("id", is_text), ("created", is_count), ("model", is_text)):
        need(sound(chunk.get(member)) and chunk[member] == first[member], member, chunk)
    need(chunk["id"] and chunk["model"], "an empty id or model", chunk)
    need(isinstance(chunk.get("choices"), list), "choices", chunk)


def check_chat_choice(choice, choices):
    index, delta = choice.get("index"), choice.get("delta")
    need(is_count(index), "choices[].index", choice)
    need(isinstance(delta, dict), "choices[].delta", choice)
    state = choices.setdefault(index, {"finish": None, "calls": {}})
    need(not state["finish"], "something behind the finish_reason", choice)
    if "role" not in state:
        need(delta.get("role") == "assistant", "the first delta has no role", choice)
        state["role"] = True
    for member in ("content", "refusal", "reasoning_content"):
        need(delta.get(member) is None or is_text(delta[member]), member, choice)
    for call in delta.get("tool_calls", ()):
        check_call_delta(call, state["calls"])
    need("finish_reason" in choice, "no finish_reason", choice)
    if choice["finish_reason"] is not None:
        need(choice["finish_reason"] in CHAT_FINISHES, "finish_reason", choice)
        state["finish"] = choice["finish_reason"]


def check_call_delta(call, calls):
    index = call.get("index")
    need(is_count(index) and index <= len(calls), "tool_calls[].index does not count from 0", call)
    if index == len(calls):
        kind = call.get("type")
        need(is_text(call.get("id")) and call["id"], "a call without an id", call)
        need(kind in ("function", "custom"), "tool_calls[].type", call)
        need(is_text(call[kind].get("name")) and call[kind]["name"], "a call without a name", call)
        calls[index] = kind
    else:
        need("name" not in call.get("function", call.get("custom", {})), "a name that is repeated", call)
    member = {"function": "arguments", "custom": "input"}[calls[index]]
    need(is_text(call[calls[index]].get(member)), member, call)


def check_chat_usage(usage):
    for member in ("prompt_tokens", "completion_tokens", "total_tokens"):
        need(is_count(usage.get(member)), member, usage)
    need(usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"], "the sum of tokens", usage)


def check_chat_whole(body):
    need(body.get("object") == "chat.completion", "object", body)
    for member, sound in (("id", is_text), ("created", is_count), ("model", is_text), ("choices", bool)):
        need(sound(body.get(member)), member, body)
    for number, choice in enumerate(body["choices"]):
        need(choice.get("index") == number, "choices[].index", choice)
        need(choice.get("finish_reason") in CHAT_FINISHES, "finish_reason", choice)
        message = choice.get("message", {})
        need(message.get("role") == "assistant", "role", choice)
        for member in ("content", "refusal"):
            need(member in message and (message[member] is None or is_text(message[member])), member, choice)
        for call in message.get("tool_calls", ()):
            need(call["id"] and call["type"] == "function" and call["function"]["name"], "tool_calls", call)
            need(is_text(call["function"]["arguments"]), "arguments", call)
    check_chat_usage(body["usage"])
    return body


# --- Messages

BLOCK_DELTAS = {"text": {"text_delta", "citations_delta"}, "thinking": {"thinking_delta", "signature_delta"},
                "tool_use": {"input_json_delta"}, "redacted_thinking": set()}
MESSAGES_STOPS = ("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
                  "model_context_window_exceeded")
DELTA_MEMBERS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature",
                 "input_json_delta": "partial_json", "citations_delta": "citation"}


def check_messages_stream(body, _=False):
    events = []
    for name, data in frames(body):
        event = load(data)
        need(name == event.get("type"), f"the event is named {name!r}", event)
        if name != "ping":
            events.append(event)
    need(events[0]["type"] == "message_start", "the first event", events[0])
    check_message(events[0]["message"], begun=True)
    at = check_blocks(events)
    need([one["type"] for one in events[at:]] == ["message_delta", "message_stop"], "the end", events[at:])
    delta = events[at]["delta"]
    need(delta.get("stop_reason") in MESSAGES_STOPS, "stop_reason", delta)
    need("stop_sequence" in delta and (delta["stop_sequence"] is not None) <= (delta["stop_reason"] == "stop_sequence"),
         "stop_sequence", delta)
    need(is_count(events[at]["usage"].get("output_tokens")), "output_tokens", events[at])
    return events


def check_blocks(events):
    """The place behind the last block."""
    at, index = 1, 0
    while at < len(events) and events[at]["type"] == "content_block_start":
        start = events[at]
        need(start.get("index") == index, "content_block_start.index", start)
        kind = start["content_block"].get("type")
        need(kind in BLOCK_DELTAS, "a block of this type", start)
        check_block(start["content_block"], begun=True)
        pieces = ""
        at += 1
        while events[at]["type"] == "content_block_delta":
            event = events[at]
            need(event.get("index") == index, "content_block_delta.index", event)
            delta = event["delta"]
            need(delta["type"] in BLOCK_DELTAS[kind], f"a delta of a block of type {kind}", event)
            need(delta.get(DELTA_MEMBERS[delta["type"]]) is not None, "an empty delta", event)
            pieces += delta.get("partial_json", "")
            at += 1
        need(events[at] == {"type": "content_block_stop", "index": index}, "content_block_stop", events[at])
        if kind == "tool_use" and pieces:
            need(isinstance(load(pieces), dict), "the arguments of a call", start)
        at, index = at + 1, index + 1
    return at


def check_block(block, begun=False):
    kind = block["type"]
    if kind == "text":
        need(is_text(block.get("text")) and (not begun or block["text"] == ""), "text", block)
    elif kind == "thinking":
        need(is_text(block.get("thinking")) and is_text(block.get("signature")), "thinking", block)
    elif kind == "redacted_thinking":
        need(is_text(block.get("data")), "data", block)
    else:
        need(block.get("id") and block.get("name"), "a call without id or name", block)
        need(isinstance(block.get("input"), dict) and (not begun or block["input"] == {}), "input", block)


def check_message(message, begun=False):
    need(message.get("type") == "message" and message.get("role") == "assistant", "type and role", message)
    need(is_text(message.get("id")) and message["id"], "id", message)
    need(is_text(message.get("model")) and message["model"], "model", message)
    need(isinstance(message.get("content"), list), "content", message)
    need("stop_reason" in message and "stop_sequence" in message, "stop_reason", message)
    for member in ("input_tokens", "output_tokens"):
        need(is_count(message["usage"].get(member)), member, message)
    if begun:
        need(message["content"] == [] and message["stop_reason"] is None, "more than a beginning", message)


def check_messages_whole(body):
    check_message(body)
    need(body["stop_reason"] in MESSAGES_STOPS, "stop_reason", body)
    for block in body["content"]:
        need(block.get("type") in BLOCK_DELTAS, "a block of this type", block)
        check_block(block)
    return body


# --- errors of both kinds

def check_error(protocol, body):
    """The error body of a protocol; gives its message."""
    error = body.get("error")
    need(isinstance(error, dict) and is_text(error.get("message")) and error["message"], "error.message", body)
    need(is_text(error.get("type")) and error["type"], "error.type", body)
    if protocol == "messages":
        need(body.get("type") == "error", "type", body)
    else:
        need("param" in error and "code" in error, "param and code", body)
        need("type" not in body, "a type beside the error", body)
    return error["message"]
