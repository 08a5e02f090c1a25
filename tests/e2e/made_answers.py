"""Answers made by hand, and how a provider of each protocol gives them: whole, as a stream, and as an error.

An answer is a list of parts: ("thought", text, signature), ("text", text), ("refusal", text), ("call", id, name,
arguments). The renderings follow what the real APIs send, in every member that clients read.
"""

import json

USAGE = {"input": 40, "cached": 8, "output": 12, "reasoning": 0}
PIECE = 7  # characters in a delta


class Made:
    """An answer in no protocol. `stop`: "end", "length", "calls", "refusal"."""

    def __init__(self, *parts, stop="end", **usage):
        self.parts = parts
        self.stop = stop
        self.usage = {**USAGE, **usage}

    def of(self, kind):
        return [part for part in self.parts if part[0] == kind]

    def text(self):
        return "".join(part[1] for part in self.of("text"))

    def calls(self):
        return [(part[2], json.loads(part[3])) for part in self.of("call")]


def pieces(text):
    return [text[at:at + PIECE] for at in range(0, len(text), PIECE)]


def joined(answer, kind):
    texts = [part[1] for part in answer.of(kind)]
    return "".join(texts) if texts else None


# --- Chat Completions

CHAT_STOPS = {"end": "stop", "length": "length", "calls": "tool_calls", "refusal": "stop"}


def chat_usage(usage):
    return {"prompt_tokens": usage["input"], "completion_tokens": usage["output"],
            "total_tokens": usage["input"] + usage["output"],
            "prompt_tokens_details": {"cached_tokens": usage["cached"], "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": usage["reasoning"], "audio_tokens": 0}}


def chat_whole(answer, model):
    message = {"role": "assistant", "content": joined(answer, "text"), "refusal": joined(answer, "refusal")}
    if answer.of("thought"):
        message["reasoning_content"] = joined(answer, "thought")
    if answer.of("call"):
        message["tool_calls"] = [{"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
                                 for _, id_, name, arguments in answer.of("call")]
    return {"id": "chatcmpl-made", "object": "chat.completion", "created": 1700000000, "model": model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": CHAT_STOPS[answer.stop]}],
            "usage": chat_usage(answer.usage), "system_fingerprint": "fp_1"}


def chat_deltas(answer):
    yield {"role": "assistant", "content": ""}
    index = 0
    for part in answer.parts:
        if part[0] == "call":
            yield {"tool_calls": [{"index": index, "id": part[1], "type": "function",
                                   "function": {"name": part[2], "arguments": ""}}]}
            for piece in pieces(part[3]):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            index += 1
        else:
            member = {"thought": "reasoning_content", "text": "content", "refusal": "refusal"}[part[0]]
            for piece in pieces(part[1]):
                yield {member: piece}


def chat_events(answer, model, with_usage=False):
    def chunk(choices, **more):
        return {"id": "chatcmpl-made", "object": "chat.completion.chunk", "created": 1700000000, "model": model,
                "choices": choices, **more}

    none = {"usage": None} if with_usage else {}
    for delta in chat_deltas(answer):
        yield chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], **none)
    yield chunk([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": CHAT_STOPS[answer.stop]}], **none)
    if with_usage:
        yield chunk([], usage=chat_usage(answer.usage))


# --- Messages

MESSAGES_STOPS = {"end": "end_turn", "length": "max_tokens", "calls": "tool_use", "refusal": "refusal"}


def messages_usage(usage):
    """`written`: tokens of the prompt put into the cache, `written_long` of them for an hour."""
    written, kept_long = usage.get("written", 0), usage.get("written_long", 0)
    lifetimes = {"cache_creation": {"ephemeral_5m_input_tokens": written - kept_long,
                                    "ephemeral_1h_input_tokens": kept_long}} if written else {}
    return {"input_tokens": usage["input"] - usage["cached"] - written, "cache_creation_input_tokens": written,
            "cache_read_input_tokens": usage["cached"], **lifetimes, "output_tokens": usage["output"],
            "service_tier": "standard"}


def block(part, begun=False):
    if part[0] == "thought":
        return {"type": "thinking", "thinking": "" if begun else part[1], "signature": "" if begun else part[2]}
    if part[0] == "call":
        return {"type": "tool_use", "id": part[1], "name": part[2], "input": {} if begun else json.loads(part[3])}
    return {"type": "text", "text": "" if begun else part[1]}


def messages_whole(answer, model):
    return {"id": "msg_made", "type": "message", "role": "assistant", "model": model,
            "content": [block(part) for part in answer.parts], "stop_reason": MESSAGES_STOPS[answer.stop],
            "stop_sequence": None, "usage": messages_usage(answer.usage)}


def block_deltas(part):
    if part[0] == "call":
        return [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces(part[3]))]
    if part[0] == "thought":
        return [*({"type": "thinking_delta", "thinking": piece} for piece in pieces(part[1])),
                {"type": "signature_delta", "signature": part[2]}]
    return [{"type": "text_delta", "text": piece} for piece in pieces(part[1])]


def messages_events(answer, model, _=False):
    begun = {**messages_whole(answer, model), "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": {**begun, "usage": {**begun["usage"], "output_tokens": 1}}}
    yield {"type": "ping"}
    for index, part in enumerate(answer.parts):
        yield {"type": "content_block_start", "index": index, "content_block": block(part, begun=True)}
        for delta in block_deltas(part):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": MESSAGES_STOPS[answer.stop], "stop_sequence": None},
           "usage": {"output_tokens": answer.usage["output"]}}
    yield {"type": "message_stop"}


# --- Responses

def item(part, number, begun=False):
    if part[0] == "thought":
        return {"id": f"rs_{number}", "type": "reasoning", "encrypted_content": part[2],
                "summary": [] if begun else [{"type": "summary_text", "text": part[1]}]}
    if part[0] == "call":
        return {"id": f"fc_{number}", "type": "function_call", "status": "in_progress" if begun else "completed",
                "call_id": part[1], "name": part[2], "arguments": "" if begun else part[3]}
    return {"id": f"msg_{number}", "type": "message", "role": "assistant",
            "status": "in_progress" if begun else "completed", "content": [] if begun else [content(part)]}


def content(part, begun=False):
    if part[0] == "refusal":
        return {"type": "refusal", "refusal": "" if begun else part[1]}
    return {"type": "output_text", "text": "" if begun else part[1], "annotations": [], "logprobs": []}


def responses_whole(answer, model, status=None):
    usage = {"input_tokens": answer.usage["input"], "input_tokens_details": {"cached_tokens": answer.usage["cached"]},
             "output_tokens": answer.usage["output"],
             "output_tokens_details": {"reasoning_tokens": answer.usage["reasoning"]},
             "total_tokens": answer.usage["input"] + answer.usage["output"]}
    cut = answer.stop == "length" and not status
    return {"id": "resp_made", "object": "response", "created_at": 1700000000, "error": None,
            "status": status or ("incomplete" if cut else "completed"),
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None, "instructions": None,
            "max_output_tokens": None, "model": model, "parallel_tool_calls": True, "previous_response_id": None,
            "output": [] if status else [item(part, number) for number, part in enumerate(answer.parts)],
            "reasoning": {"effort": None, "summary": None}, "store": True, "temperature": 1.0, "top_p": 1.0,
            "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "truncation": "disabled",
            "usage": None if status else usage, "user": None, "metadata": {}}


def item_events(part, number):
    """What grows an item: the events between its added and its done."""
    at = {"item_id": item(part, number)["id"], "output_index": number}
    if part[0] == "call":
        for piece in pieces(part[3]):
            yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
        yield {"type": "response.function_call_arguments.done", **at, "name": part[2], "arguments": part[3]}
        return
    if part[0] == "thought":
        at["summary_index"] = 0
        name, member, begun, done = "reasoning_summary", "text", *({"type": "summary_text", "text": text}
                                                                   for text in ("", part[1]))
        kind = "reasoning_summary_text"
    else:
        at["content_index"] = 0
        name, member, begun, done = "content", "text", content(part, begun=True), content(part)
        kind = "output_text" if part[0] == "text" else "refusal"
        member = "text" if part[0] == "text" else "refusal"
    logprobs = {"logprobs": []} if kind == "output_text" else {}
    yield {"type": f"response.{name}_part.added", **at, "part": begun}
    for piece in pieces(part[1]):
        yield {"type": f"response.{kind}.delta", **at, "delta": piece, **logprobs}
    yield {"type": f"response.{kind}.done", **at, member: part[1], **logprobs}
    yield {"type": f"response.{name}_part.done", **at, "part": done}


def responses_body(answer, model):
    begun = responses_whole(answer, model, "in_progress")
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for number, part in enumerate(answer.parts):
        yield {"type": "response.output_item.added", "output_index": number, "item": item(part, number, begun=True)}
        yield from item_events(part, number)
        yield {"type": "response.output_item.done", "output_index": number, "item": item(part, number)}
    last = responses_whole(answer, model)
    yield {"type": f"response.{last['status']}", "response": last}


def responses_events(answer, model, _=False):
    for number, event in enumerate(responses_body(answer, model)):
        yield {"type": event["type"], "sequence_number": number, **event}


WHOLE = {"chat": chat_whole, "messages": messages_whole, "responses": responses_whole}
EVENTS = {"chat": chat_events, "messages": messages_events, "responses": responses_events}


# --- Errors

ERROR_TYPES = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error",
               429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}


def error_body(protocol, status, message):
    if protocol == "messages":
        return {"type": "error", "error": {"type": ERROR_TYPES[status], "message": message}, "request_id": "req_made"}
    code = {429: "rate_limit_exceeded", 401: "invalid_api_key"}.get(status)
    kind = "invalid_request_error" if status in (400, 401, 404) else "requests" if status == 429 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def error_event(protocol, message):
    """The error that a provider puts into a stream that has begun, without the member that numbers it."""
    if protocol == "messages":
        return {"type": "error", "error": {"type": "overloaded_error", "message": message}}
    if protocol == "responses":
        return {"type": "error", "code": "server_error", "message": message, "param": None}
    return {"error": {"message": message, "type": "server_error", "param": None, "code": None}}
