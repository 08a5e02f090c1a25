"""A gateway before one fake provider that speaks three protocols, and what a client of each protocol says to it.

Models are named for the provider that has them and the script that answers: "chat-text", "native-text" (the Responses
API as it is), "messages-text".
"""

import fake_provider
import harness
import meaning
import protocol_checkers
import responses_checker
import wire
from recordings import PATHS

CLIENTS = ("chat", "responses", "messages")
# What the ledger calls them.
LEDGER_NAMES = {"chat": "chat_completions", "responses": "responses", "messages": "messages",
                "completions": "completions"}
# The provider of each upstream protocol. Only clients of the Responses API are given to "native" as they are.
PROVIDERS = {"chat": "chat", "responses": "native", "messages": "messages", "completions": "chat"}
CHECK_STREAM = {"chat": protocol_checkers.check_chat_stream, "messages": protocol_checkers.check_messages_stream,
                "responses": responses_checker.check_responses_stream}
CHECK_WHOLE = {"chat": protocol_checkers.check_chat_whole, "messages": protocol_checkers.check_messages_whole,
               "responses": responses_checker.check_responses_whole}


def upstream_of(provider, client):
    """The protocol in which that provider is asked for a client of this protocol."""
    if provider == "native":
        return "responses" if client == "responses" else "chat"
    return provider


def configuration(port, scripts=tuple(fake_provider.SCRIPTS), recordings=(), **more):
    base = f"http://127.0.0.1:{port}/v1"
    providers = {"chat": {"kind": "openai"}, "native": {"kind": "openai", "responses": True},
                 "messages": {"kind": "anthropic"}}
    for one in providers.values():
        one.update(base_url=base, api_key="sk-test")
    models = {f"{provider}-{script}": (provider, script) for provider in providers for script in scripts}
    models.update({one.name: (PROVIDERS[one.protocol], f"recorded/{one.name}") for one in recordings})
    made = harness.config(providers, {name: provider for name, (provider, _) in models.items()}, **more)
    for name, (_, upstream) in models.items():
        made["models"][name]["upstream"] = upstream
        made["models"][name]["price"] = {"input": 1, "cached_input": 0.1, "output": 2}
        made["models"][name]["capabilities"] = ["tools", "parallel_tools", "json_mode", "json_schema", "vision",
                                                "file_input", "logprobs"]
    made["router"]["breaker"] = {"failures": 1000}
    return made


def try_all(test, look, cases):
    """Tries every case before telling of any fault; `look` gives what is wrong with one, or nothing."""
    faults = []
    for case in cases:
        try:
            fault = look(*case)
        except AssertionError as error:
            fault = str(error) or "an assertion"
        if fault:
            faults.append(f"{' '.join(map(str, case))}: {fault}"[:700])
    test.assertFalse(faults, f"{len(faults)} of {len(cases)}:\n  " + "\n  ".join(faults))


def scripts_of(recordings):
    return {f"recorded/{one.name}": fake_provider.play_recording(one) for one in recordings}


def question(client, model, stream=False, text="Say hello.", **more):
    """The plainest request of a protocol. A chat completion's stream asks for usage."""
    if client == "responses":
        body = {"model": model, "input": text}
    else:
        body = {"model": model, "messages": [{"role": "user", "content": text}]}
    if client == "messages":
        body["max_tokens"] = 256
    if stream:
        body["stream"] = True
        if client == "chat":
            body["stream_options"] = {"include_usage": True}
    return {**body, **more}


def ask(gateway, client, model, stream=False, fields=(), **more):
    return wire.ask(gateway.port, question(client, model, stream, **more), fields, PATHS[client])


def meaning_of_stream(client, answer):
    """Checks a stream strictly, and says what it means."""
    if answer.status != 200 or not answer.whole:
        raise AssertionError(f"no whole stream: {answer!r}")
    if not (answer.field("content-type") or "").startswith("text/event-stream"):
        raise AssertionError(f"content-type: {answer.field('content-type')}")
    return meaning.STREAM[client](CHECK_STREAM[client](answer.body, True) if client == "chat"
                                  else CHECK_STREAM[client](answer.body))


def meaning_of_whole(client, answer):
    if answer.status != 200 or not answer.whole:
        raise AssertionError(f"no whole answer: {answer!r}")
    return meaning.WHOLE[client](CHECK_WHOLE[client](answer.json()))


def differences(expected, got, client):
    """What the client was told otherwise than the provider said, of what its protocol can carry."""
    wrong = {}
    for member in ("text", "thought", "calls", "stop", "input", "output"):
        if getattr(expected, member) != getattr(got, member):
            wrong[member] = (getattr(expected, member), getattr(got, member))
    if not expected.stop:
        wrong.pop("stop", None)  # the provider did not say
    # A refusal is a text of its own in some protocols and the reason of the end in others.
    if wrong.get("text") and expected.refusal and got.text == expected.text + expected.refusal:
        del wrong["text"]
    if (expected.cached or 0) != (got.cached or 0):
        wrong["cached"] = (expected.cached, got.cached)
    if client != "messages" and (expected.reasoning or 0) != (got.reasoning or 0):
        wrong["reasoning"] = (expected.reasoning, got.reasoning)
    return wrong


def entries_of(gateway, decisions):
    """The ledger's entries of these decisions, by id, as soon as all are there."""
    return {one["id"]: one for one in gateway.wait_decisions(decisions) if one["id"] in decisions}


def ledger_differences(entry, expected, client, upstream, outcome="ok"):
    """Where the ledger's entry does not say what went by."""
    passage = entry.get("passage", {"client": "chat_completions"})
    said = {"client": passage["client"], "upstream": passage.get("upstream", passage["client"]),
            "input": entry["input_tokens"], "output": entry["output_tokens"],
            "cached": entry["cached_input_tokens"] or 0, "outcome": entry["outcome"]}
    wanted = {"client": LEDGER_NAMES[client], "upstream": LEDGER_NAMES[upstream], "input": expected.input,
              "output": expected.output, "cached": expected.cached or 0, "outcome": outcome}
    return {member: (wanted[member], said[member]) for member in wanted if wanted[member] != said[member]}
