"""The strict checker of the Responses API, whose streams say everything twice: in pieces and whole (see
protocol_checkers.py)."""

from protocol_checkers import frames, is_count, is_text, load, need

ITEMS = ("message", "function_call", "reasoning", "custom_tool_call")
RESPONSE_MEMBERS = ("id", "object", "created_at", "status", "model", "output", "error", "incomplete_details",
                    "instructions", "metadata", "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p")
LAST_WORDS = {"response.completed": "completed", "response.incomplete": "incomplete", "response.failed": "failed"}
# What grows -> the member of its done event that repeats it.
GROWING = {"response.output_text": "text", "response.refusal": "refusal", "response.reasoning_summary_text": "text",
           "response.reasoning_text": "text", "response.function_call_arguments": "arguments",
           "response.custom_tool_call_input": "input"}
PARTS = {"response.content_part": "content_index", "response.reasoning_summary_part": "summary_index"}


def check_response(response):
    for member in RESPONSE_MEMBERS:
        need(member in response, f"no {member}", response)
    need(response["object"] == "response", "object", response)
    need(is_text(response["id"]) and response["id"], "id", response)
    need(is_count(response["created_at"]), "created_at", response)
    need(is_text(response["model"]) and response["model"], "model", response)
    need((response["status"] == "incomplete") == (response["incomplete_details"] is not None), "incomplete", response)
    need((response["status"] == "failed") == (response["error"] is not None), "error", response)
    for item in response["output"]:
        check_item(item)
    return response


def check_item(item):
    need(item.get("type") in ITEMS, "an item of this type", item)
    need(is_text(item.get("id")) and item["id"], "an item without an id", item)
    if item["type"] == "message":
        need(item.get("role") == "assistant" and item.get("status") in ("completed", "in_progress", "incomplete"),
             "role and status", item)
        for part in item["content"]:
            check_part(part)
    elif item["type"] == "function_call":
        need(item.get("call_id") and item.get("name") and is_text(item.get("arguments")), "a call", item)
    elif item["type"] == "reasoning":
        need(isinstance(item.get("summary"), list), "summary", item)


def check_part(part):
    if part.get("type") == "output_text":
        need(is_text(part.get("text")) and isinstance(part.get("annotations"), list), "output_text", part)
    elif part.get("type") == "refusal":
        need(is_text(part.get("refusal")), "refusal", part)
    else:
        need(part.get("type") in ("summary_text", "reasoning_text") and is_text(part.get("text")), "a part", part)


def check_usage(response):
    usage = response.get("usage")
    need(isinstance(usage, dict), "usage", response)
    for member in ("input_tokens", "output_tokens", "total_tokens"):
        need(is_count(usage.get(member)), member, usage)
    need(is_count(usage["input_tokens_details"].get("cached_tokens")), "cached_tokens", usage)
    need(is_count(usage["output_tokens_details"].get("reasoning_tokens")), "reasoning_tokens", usage)
    need(usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"], "the sum of tokens", usage)


def check_responses_whole(body):
    check_response(body)
    need(body["status"] in ("completed", "incomplete"), "status", body)
    check_usage(body)
    return body


class Stream:
    """Follows a stream from event to event."""

    def __init__(self):
        self.open = {}   # output_index -> the item as it was added
        self.done = {}   # output_index -> the item as it was finished
        self.parts = {}  # (output_index, kind, number) -> "open" or the part as it was finished
        self.texts = {}  # what grows, by kind and place
        self.whole = {}  # the same, by its done event

    def take(self, event):
        kind, _, what = event["type"].rpartition(".")
        if kind == "response.output_item":
            self.item(event, what)
        elif kind in PARTS:
            self.part(event, kind, what)
        elif kind in GROWING:
            self.grow(event, kind, what)
        else:
            need(event["type"] in ("response.in_progress", "response.output_text.annotation.added"), "an event", event)

    def item(self, event, what):
        index = event["output_index"]
        check_item(event["item"])
        if what == "added":
            need(index == len(self.open), "output_index does not count from 0", event)
            need(not event["item"].get("content") and not event["item"].get("arguments"), "a full item", event)
            self.open[index] = event["item"]
            return
        need(index in self.open and index not in self.done, "done without added", event)
        for member in ("id", "type", "call_id", "name"):
            need(event["item"].get(member) == self.open[index].get(member), f"{member} changed", event)
        self.check_whole(index, event["item"])
        self.done[index] = event["item"]

    def place(self, event):
        index = event.get("output_index")
        need(index in self.open and index not in self.done, "a piece of no open item", event)
        need(event.get("item_id") == self.open[index]["id"], "item_id", event)
        return index

    def part(self, event, kind, what):
        index = self.place(event)
        number = event[PARTS[kind]]
        key = (index, PARTS[kind], number)
        check_part(event["part"])
        if what == "added":
            before = [one for one in self.parts if one[:2] == key[:2]]
            need(number == len(before), f"{PARTS[kind]} does not count from 0", event)
            need(not event["part"].get("text") and not event["part"].get("refusal"), "a full part", event)
            self.parts[key] = "open"
            return
        need(self.parts.get(key) == "open", "a part that is done and was not added", event)
        self.parts[key] = event["part"]

    def grow(self, event, kind, what):
        key = (self.place(event), kind, event.get("content_index", event.get("summary_index")))
        if kind not in ("response.function_call_arguments", "response.custom_tool_call_input"):
            number = PARTS["response.reasoning_summary_part" if "summary" in kind else "response.content_part"]
            need(self.parts.get((key[0], number, key[2])) == "open", "a piece of no open part", event)
        need(key not in self.whole, "something behind its done", event)
        if what == "delta":
            need(is_text(event.get("delta")), "delta", event)
            self.texts[key] = self.texts.get(key, "") + event["delta"]
        else:
            need(event[GROWING[kind]] == self.texts.get(key, ""), "the whole is not the sum of its pieces", event)
            self.whole[key] = event[GROWING[kind]]

    def check_whole(self, index, item):
        """An item that is done says what its pieces said."""
        if item["type"] in ("function_call", "custom_tool_call"):
            kind, member = (("response.function_call_arguments", "arguments") if item["type"] == "function_call"
                            else ("response.custom_tool_call_input", "input"))
            need(self.whole.get((index, kind, None)) == item[member], "arguments", item)
            return
        for number_name, parts in (("content_index", item.get("content") or []),
                                   ("summary_index", item.get("summary") or [])):
            finished = [self.parts[key] for key in sorted(key for key in self.parts if key[:2] == (index, number_name))]
            need(finished == parts, "the parts of the item are not those that were finished", [finished, parts])
            for number, part in enumerate(parts):
                text = part.get("text", part.get("refusal"))
                said = [whole for key, whole in self.whole.items() if key[0] == index and key[2] == number
                        and ("summary" in key[1]) == (number_name == "summary_index")]
                need(said == [text], "the text of a part", [said, part])


def check_responses_stream(body, _=False, failed=False):
    """`failed`: the stream must end with an error; otherwise it must not."""
    events = []
    for number, (name, data) in enumerate(frames(body)):
        event = load(data)
        need(name == event.get("type"), f"the event is named {name!r}", event)
        need(event.get("sequence_number") == number, "sequence_number", event)
        events.append(event)
    begun = events[0]["response"]
    need([one["type"] for one in events[:2]] == ["response.created", "response.in_progress"], "the beginning", begun)
    need(begun["status"] == "in_progress" and not begun["output"], "status", begun)
    last = events[-1]
    need(last["type"] in LAST_WORDS, "the last word", last)
    stream = Stream()
    for event in events[1:-1]:
        if failed and event["type"] == "error":
            need(event is events[-2] and event.get("message") and "code" in event and "param" in event, "error", event)
        else:
            stream.take(event)
    response = check_response(last["response"])
    need(response["id"] == begun["id"], "the id changed", last)
    need(response["status"] == LAST_WORDS[last["type"]], "status", last)
    need(failed == (response["status"] == "failed"), "failed", last)
    if not failed:
        need(sorted(stream.open) == sorted(stream.done), "an item that was not finished", last)
        need(response["output"] == [stream.done[index] for index in sorted(stream.done)], "output", last)
        check_usage(response)
    return events
