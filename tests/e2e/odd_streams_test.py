"""Chat streams as servers other than OpenAI's send them, into every client's protocol: what differs is the form, so the
meaning must not."""

import json
import unittest

import harness
import made_answers
import meaning
import protocol_pairs
from fake_provider import ANSWERS, FakeProvider
from protocol_pairs import CLIENTS

SCRIPTS = ("text", "parallel", "reasoning")
AZURE = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": []}


def chunks(turn, answer):
    return list(made_answers.chat_events(answer, turn.model, with_usage=True))


def framed(events, ending="\n", done=True, field="data: "):
    lines = [field + json.dumps(event) for event in events] + ([field + "[DONE]"] if done else [])
    return "".join(line + ending + ending for line in lines).encode()


def each_call(events, change):
    for event in events:
        for choice in event["choices"]:
            for call in choice["delta"].get("tool_calls", ()):
                change(call)
    return events


def other_line_ends(turn, answer):
    return framed(chunks(turn, answer), "\r\n")


def bare_returns(turn, answer):
    return framed(chunks(turn, answer), "\r")


def byte_order_mark_and_comments(turn, answer):
    body = framed(chunks(turn, answer)).replace(b"\n\n", b"\n\n: OPENROUTER PROCESSING\n\n")
    return b"\xef\xbb\xbf: hello\nretry: 1000\nid: 7\n\n" + body


def no_space_and_other_fields(turn, answer):
    return framed(chunks(turn, answer), field="event: message\nx-unknown: 1\ndata:")


def lines_within_the_data(turn, answer):
    events = [json.dumps(event, indent=1).replace("\n", "\ndata: ") for event in chunks(turn, answer)]
    return "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]).encode()


def nothing_first(turn, answer):
    """A chunk without choices that says what was filtered of the prompt."""
    return framed([AZURE, *chunks(turn, answer)])


def usage_with_the_last_choice(turn, answer):
    events = chunks(turn, answer)
    usage = events.pop()["usage"]
    return framed([*events[:-1], {**events[-1], "usage": usage}])


def usage_so_far_with_every_chunk(turn, answer):
    events = chunks(turn, answer)
    for number, event in enumerate(events[:-1]):
        event["usage"] = {"prompt_tokens": 40, "completion_tokens": number, "total_tokens": 40 + number}
    return framed(events)


def calls_counted_from_one(turn, answer):
    return framed(each_call(chunks(turn, answer), lambda call: call.update(index=call["index"] + 1)))


def names_and_ids_repeated(turn, answer):
    def repeat(call):
        _, id_, name, _ = answer.of("call")[call["index"]]
        call.update(id=id_, type="function")
        call["function"]["name"] = name
    return framed(each_call(chunks(turn, answer), repeat))


def names_and_ids_emptied(turn, answer):
    def empty(call):
        if "id" not in call:
            call.update(id="", type="function")
            call["function"]["name"] = ""
    return framed(each_call(chunks(turn, answer), empty))


def calls_whole_in_one_delta(turn, answer):
    events = [event for event in chunks(turn, answer)
              if not any("tool_calls" in choice["delta"] for choice in event["choices"])]
    calls = [{"index": number, "id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
             for number, (_, id_, name, arguments) in enumerate(answer.of("call"))]
    if calls:
        choice = {"index": 0, "delta": {"tool_calls": calls}, "finish_reason": None}
        events.insert(-2, {**events[0], "choices": [choice]})
    return framed(events)


def fields_that_nobody_knows(turn, answer):
    events = chunks(turn, answer)
    for event in events:
        event.update(x_groq={"id": "1"}, timings={"n": 1.5e3}, obfuscation="abc", service_tier=None)
        for choice in event["choices"]:
            choice.update(content_filter_results={}, matched_stop=None)
            choice["delta"]["audio"] = None
    return framed(events)


def no_last_word(turn, answer):
    """The finish_reason was said and the usage: an end of the connection without [DONE] loses nothing."""
    return framed(chunks(turn, answer), done=False)


def more_behind_the_last_word(turn, answer):
    return framed(chunks(turn, answer)) + b"data: not json\n\ndata: [DONE]\n\n"


ODDITIES = (other_line_ends, bare_returns, byte_order_mark_and_comments, no_space_and_other_fields,
            lines_within_the_data, nothing_first, usage_with_the_last_choice, usage_so_far_with_every_chunk,
            calls_counted_from_one, names_and_ids_repeated, names_and_ids_emptied, calls_whole_in_one_delta,
            fields_that_nobody_knows, no_last_word, more_behind_the_last_word)


def script(oddity, answer):
    def play(turn):
        turn.begin()
        turn.send_body(oddity(turn, answer))
        turn.end()
    return play


class OddStreams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        odd = {f"{oddity.__name__}-{name}": script(oddity, ANSWERS[name]) for oddity in ODDITIES for name in SCRIPTS}
        cls.provider = cls.enterClassContext(FakeProvider(odd))
        cls.gateway = cls.enterClassContext(harness.Gateway(
            protocol_pairs.configuration(cls.provider.port, tuple(odd))))

    def check(self, oddity, name, client, piece):
        self.provider.piece = piece
        answer = protocol_pairs.ask(self.gateway, client, f"chat-{oddity.__name__}-{name}", stream=True)
        expected = meaning.chat_whole(made_answers.chat_whole(ANSWERS[name], "m"))
        return protocol_pairs.differences(expected, protocol_pairs.meaning_of_stream(client, answer), client)

    def test_what_is_odd_about_a_stream_changes_nothing_of_its_meaning(self):
        cases = [(oddity, name, client, piece) for oddity in ODDITIES for name in SCRIPTS
                 for client in CLIENTS if client != "chat" for piece in (0, 1, 64)]
        protocol_pairs.try_all(self, self.check, cases)
        print(f"{len(ODDITIES)} oddities, {len(cases)} streams")

    def test_they_pass_to_clients_of_the_same_protocol_as_they_are(self):
        for oddity in ODDITIES:
            for name in SCRIPTS:
                with self.subTest(oddity=oddity.__name__, script=name):
                    self.provider.piece = 64
                    asked = protocol_pairs.ask(self.gateway, "chat", f"chat-{oddity.__name__}-{name}", stream=True)
                    turn = type("Turn", (), {"model": f"{oddity.__name__}-{name}"})
                    self.assertEqual(oddity(turn, ANSWERS[name]), asked.body)

    def entry(self, answer):
        return protocol_pairs.entries_of(self.gateway, {answer.decision()})[answer.decision()]

    def test_the_ledger_has_the_usage_of_each(self):
        for oddity in ODDITIES:
            for client in CLIENTS:
                with self.subTest(oddity=oddity.__name__, client=client):
                    answer = protocol_pairs.ask(self.gateway, client, f"chat-{oddity.__name__}-text", stream=True)
                    entry = self.entry(answer)
                    self.assertEqual((40, 12, "ok"), (entry["input_tokens"], entry["output_tokens"], entry["outcome"]))


if __name__ == "__main__":
    harness.main()
