"""One conversation with everything that all three protocols can express, written in each; and what a provider was sent,
read back into the same facts."""

import json

SYSTEM = "You are brief."
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
          "additionalProperties": False}
CALLS = [("call_one", "weather", '{"city":"Rome"}'), ("call_two", "time", '{"city":"Oslo"}')]
RESULTS = [("call_one", "21 degrees"), ("call_two", "noon")]
STOP = ["END", "FIN"]


def chat(model):
    return {"model": model, "max_completion_tokens": 321, "temperature": 0.25, "top_p": 0.5, "stop": STOP,
            "parallel_tool_calls": False, "tool_choice": "required",
            "tools": [{"type": "function",
                       "function": {"name": name, "description": f"The {name}.", "parameters": SCHEMA}}
                      for _, name, _ in CALLS],
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]},
                {"role": "assistant", "content": "I look.",
                 "tool_calls": [{"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
                                for id_, name, arguments in CALLS]},
                *({"role": "tool", "tool_call_id": id_, "content": text} for id_, text in RESULTS),
                {"role": "user", "content": "Go on."}]}


def responses(model):
    return {"model": model, "max_output_tokens": 321, "temperature": 0.25, "top_p": 0.5, "parallel_tool_calls": False,
            "tool_choice": "required", "instructions": SYSTEM, "store": False,
            "tools": [{"type": "function", "name": name, "description": f"The {name}.", "parameters": SCHEMA,
                       "strict": False} for _, name, _ in CALLS],
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "What is this?"},
                                             {"type": "input_image", "image_url": f"data:image/png;base64,{IMAGE}"},
                                             {"type": "input_image", "image_url": "https://example.com/a.png"}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look.",
                                                                      "annotations": []}]},
                *({"type": "function_call", "call_id": id_, "name": name, "arguments": arguments}
                  for id_, name, arguments in CALLS),
                *({"type": "function_call_output", "call_id": id_, "output": text} for id_, text in RESULTS),
                {"role": "user", "content": "Go on."}]}


def messages(model):
    return {"model": model, "max_tokens": 321, "temperature": 0.25, "top_p": 0.5, "stop_sequences": STOP,
            "system": SYSTEM, "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            "tools": [{"name": name, "description": f"The {name}.", "input_schema": SCHEMA} for _, name, _ in CALLS],
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": IMAGE}},
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]},
                {"role": "assistant", "content": [
                    {"type": "text", "text": "I look."},
                    *({"type": "tool_use", "id": id_, "name": name, "input": json.loads(arguments)}
                      for id_, name, arguments in CALLS)]},
                {"role": "user", "content": [
                    *({"type": "tool_result", "tool_use_id": id_, "content": text} for id_, text in RESULTS),
                    {"type": "text", "text": "Go on."}]}]}


def written(client, model):
    return {"chat": chat, "responses": responses, "messages": messages}[client](model)


def expected(client, upstream):
    """The facts that the upstream must get. The Responses API has no stop sequences."""
    facts = {"system": SYSTEM, "user": ["What is this?", "Go on."], "assistant": ["I look."],
             "images": [f"data:image/png;base64,{IMAGE}", "https://example.com/a.png"],
             "calls": [(id_, name, json.loads(arguments)) for id_, name, arguments in CALLS], "results": RESULTS,
             "tools": [(name, f"The {name}.", SCHEMA) for _, name, _ in CALLS], "choice": "required", "parallel": False,
             "limit": 321, "temperature": 0.25, "top_p": 0.5, "stop": None if client == "responses" else STOP,
             "model": "text", "roles": ["user", "assistant", "user"] if upstream == "messages"
             else ["system", "user", "assistant", "tool", "tool", "user"]}
    return facts


def texts(content, kind="text"):
    if content is None:
        return []
    return [content] if isinstance(content, str) else [part["text"] for part in content if part["type"] == kind]


def chat_facts(body):
    said = {role: [one for one in body["messages"] if one["role"] == role] for role in ("user", "assistant", "tool")}
    calls = [call for one in said["assistant"] for call in one.get("tool_calls") or ()]
    parts = [part for one in said["user"] if isinstance(one["content"], list) for part in one["content"]]
    return {"system": "".join(text for one in body["messages"] if one["role"] in ("system", "developer")
                              for text in texts(one["content"])),
            "roles": ["system" if one["role"] == "developer" else one["role"] for one in body["messages"]],
            "user": [text for one in said["user"] for text in texts(one["content"])],
            "assistant": [text for one in said["assistant"] for text in texts(one["content"])],
            "images": [part["image_url"]["url"] for part in parts if part["type"] == "image_url"],
            "calls": [(one["id"], one["function"]["name"], json.loads(one["function"]["arguments"])) for one in calls],
            "results": [(one["tool_call_id"], "".join(texts(one["content"]))) for one in said["tool"]],
            "tools": [(one["function"]["name"], one["function"]["description"], one["function"]["parameters"])
                      for one in body["tools"]],
            "choice": body["tool_choice"], "parallel": body.get("parallel_tool_calls", True),
            "limit": body.get("max_completion_tokens", body.get("max_tokens")), "temperature": body["temperature"],
            "top_p": body["top_p"], "stop": body.get("stop"), "model": body["model"]}


def image_url(source):
    return source["url"] if source["type"] == "url" else f"data:{source['media_type']};base64,{source['data']}"


def messages_facts(body):
    blocks = [(one["role"], block) for one in body["messages"] for block in
              ([{"type": "text", "text": one["content"]}] if isinstance(one["content"], str) else one["content"])]

    def of(role, kind):
        return [block for who, block in blocks if who == role and block["type"] == kind]

    return {"system": "".join(texts(body["system"])), "roles": [one["role"] for one in body["messages"]],
            "user": [block["text"] for block in of("user", "text")],
            "assistant": [block["text"] for block in of("assistant", "text")],
            "images": [image_url(block["source"]) for block in of("user", "image")],
            "calls": [(block["id"], block["name"], block["input"]) for block in of("assistant", "tool_use")],
            "results": [(block["tool_use_id"], "".join(texts(block["content"])))
                        for block in of("user", "tool_result")],
            "tools": [(one["name"], one["description"], one["input_schema"]) for one in body["tools"]],
            "choice": {"any": "required"}.get(body["tool_choice"]["type"]),
            "parallel": not body["tool_choice"].get("disable_parallel_tool_use", False), "limit": body["max_tokens"],
            "temperature": body["temperature"], "top_p": body["top_p"], "stop": body.get("stop_sequences"),
            "model": body["model"]}


READ = {"chat": chat_facts, "messages": messages_facts}
