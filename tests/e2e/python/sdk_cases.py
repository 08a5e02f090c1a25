"""The SDKs for Python against a gateway before a fake provider: run by python_sdk_test.py with the interpreter that has
them, which names both addresses in GATEWAY_URL and PROVIDER_URL."""

import asyncio
import json
import os
import time
import unittest
import urllib.request

import anthropic
import openai
import pydantic

GATEWAY = os.environ["GATEWAY_URL"]
PROVIDER = os.environ["PROVIDER_URL"]
PROVIDERS = os.environ.get("PROVIDERS", "chat,native,messages").split(",")
TEXT = "Hello there, \u00fcber-caf\u00e9 \U0001f600. How are you?"
CALLS = [("call_one", "weather", {"city": "Rome"}), ("call_two", "time", {"city": "Oslo"})]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": False}
PATIENCE = 10.0
OPTIONS = {"api_key": "client-key", "max_retries": 0, "timeout": 2 * PATIENCE}


class Person(pydantic.BaseModel):
    name: str
    age: int


def steer(page, method="POST"):
    request = urllib.request.Request(f"{PROVIDER}/fake/{page}", data=b"" if method == "POST" else None, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def asked():
    return steer("requests", "GET")


def wait_left():
    deadline = time.monotonic() + PATIENCE
    while not asked()[-1]["gone"]:
        if time.monotonic() > deadline:
            raise AssertionError("the provider is still connected")
        time.sleep(0.005)


class Case(unittest.TestCase):
    def setUp(self):
        steer("reset")

    def each(self):
        """Every provider, with a fresh start."""
        for provider in PROVIDERS:
            with self.subTest(provider):
                steer("reset")
                yield provider


class ChatCompletions(Case):
    def setUp(self):
        super().setUp()
        self.client = self.enterContext(openai.OpenAI(base_url=f"{GATEWAY}/v1", **OPTIONS))

    def ask(self, provider, script, **more):
        return {"model": f"{provider}-{script}", "messages": [{"role": "user", "content": "Say hello."}], **more}

    def test_whole_and_streamed(self):
        for provider in self.each():
            whole = self.client.chat.completions.create(**self.ask(provider, "text"))
            self.assertEqual((TEXT, "stop", 12), (whole.choices[0].message.content, whole.choices[0].finish_reason,
                                                  whole.usage.completion_tokens))
            with self.client.chat.completions.stream(**self.ask(provider, "text")) as stream:
                self.assertEqual(TEXT, stream.get_final_completion().choices[0].message.content)

    def test_parallel_tool_calls(self):
        tools = [{"type": "function", "function": {"name": name, "parameters": CITY, "strict": True}}
                 for name in ("weather", "time")]
        for provider in self.each():
            request = self.ask(provider, "parallel", tools=tools)
            with self.client.chat.completions.stream(**request) as stream:
                streamed = stream.get_final_completion()
            for answer in (self.client.chat.completions.create(**request), streamed):
                self.assertEqual(CALLS, [(one.id, one.function.name, json.loads(one.function.arguments))
                                         for one in answer.choices[0].message.tool_calls])

    def test_structured_output(self):
        for provider in self.each():
            answer = self.client.chat.completions.parse(**self.ask(provider, "json", response_format=Person))
            self.assertEqual(Person(name="Ada", age=36), answer.choices[0].message.parsed)

    def test_errors_and_retries(self):
        for provider in self.each():
            for script, kind in (("bad-request", openai.BadRequestError), ("rate-limited", openai.RateLimitError),
                                 ("broken", openai.InternalServerError)):
                with self.assertRaises(kind):
                    self.client.chat.completions.create(**self.ask(provider, script))
            with self.assertRaisesRegex(openai.APIError, "on fire"):
                for chunk in self.client.chat.completions.create(**self.ask(provider, "error-in-stream"), stream=True):
                    self.assertTrue(chunk.choices)
            steer("reset")
            again = self.client.with_options(max_retries=2).chat.completions.create(**self.ask(provider, "flaky"))
            self.assertEqual((TEXT, 3), (again.choices[0].message.content, len(asked())))

    def test_leaving_in_mid_stream_reaches_the_provider(self):
        for provider in self.each():
            stream = self.client.chat.completions.create(**self.ask(provider, "stalled"), stream=True)
            next(iter(stream))
            stream.close()
            wait_left()

    def test_many_at_a_time(self):
        async def run():
            async with openai.AsyncOpenAI(base_url=f"{GATEWAY}/v1", **OPTIONS) as client:
                return await asyncio.gather(*(client.chat.completions.create(**self.ask(provider, "text"))
                                              for provider in PROVIDERS for _ in range(8)))
        self.assertEqual({TEXT}, {one.choices[0].message.content for one in asyncio.run(run())})


class Responses(Case):
    def setUp(self):
        super().setUp()
        self.client = self.enterContext(openai.OpenAI(base_url=f"{GATEWAY}/v1", **OPTIONS))

    def ask(self, provider, script, **more):
        return {"model": f"{provider}-{script}", "input": "Say hello.", **more}

    def test_whole_and_streamed(self):
        for provider in self.each():
            whole = self.client.responses.create(**self.ask(provider, "text"))
            self.assertEqual((TEXT, "completed", 12), (whole.output_text, whole.status, whole.usage.output_tokens))
            with self.client.responses.stream(**self.ask(provider, "text")) as stream:
                self.assertEqual(TEXT, stream.get_final_response().output_text)

    def test_parallel_tool_calls(self):
        tools = [{"type": "function", "name": name, "parameters": CITY, "strict": True} for name in ("weather", "time")]
        for provider in self.each():
            request = self.ask(provider, "parallel", tools=tools)
            with self.client.responses.stream(**request) as stream:
                streamed = stream.get_final_response()
            for answer in (self.client.responses.create(**request), streamed):
                self.assertEqual(CALLS, [(one.call_id, one.name, json.loads(one.arguments)) for one in answer.output
                                         if one.type == "function_call"])

    def test_structured_output(self):
        for provider in self.each():
            answer = self.client.responses.parse(**self.ask(provider, "json", text_format=Person))
            self.assertEqual(Person(name="Ada", age=36), answer.output_parsed)

    def test_errors_and_retries(self):
        for provider in self.each():
            with self.assertRaises(openai.BadRequestError):
                self.client.responses.create(**self.ask(provider, "bad-request"))
            with self.assertRaises(openai.RateLimitError):
                self.client.responses.create(**self.ask(provider, "rate-limited"))
            steer("reset")
            again = self.client.with_options(max_retries=2).responses.create(**self.ask(provider, "flaky"))
            self.assertEqual((TEXT, 3), (again.output_text, len(asked())))


class Messages(Case):
    def setUp(self):
        super().setUp()
        self.client = self.enterContext(anthropic.Anthropic(base_url=GATEWAY, **OPTIONS))

    def ask(self, provider, script, **more):
        return {"model": f"{provider}-{script}", "max_tokens": 256,
                "messages": [{"role": "user", "content": "Say hello."}], **more}

    def test_whole_and_streamed(self):
        for provider in self.each():
            whole = self.client.messages.create(**self.ask(provider, "text"))
            self.assertEqual((TEXT, "end_turn", 12),
                             (whole.content[0].text, whole.stop_reason, whole.usage.output_tokens))
            with self.client.messages.stream(**self.ask(provider, "text")) as stream:
                self.assertEqual(TEXT, "".join(stream.text_stream))
                self.assertEqual(12, stream.get_final_message().usage.output_tokens)

    def test_parallel_tool_calls(self):
        tools = [{"name": name, "input_schema": CITY} for name in ("weather", "time")]
        for provider in self.each():
            request = self.ask(provider, "parallel", tools=tools)
            with self.client.messages.stream(**request) as stream:
                streamed = stream.get_final_message()
            for answer in (self.client.messages.create(**request), streamed):
                self.assertEqual("tool_use", answer.stop_reason)
                self.assertEqual(CALLS, [(one.id, one.name, one.input) for one in answer.content
                                         if one.type == "tool_use"])

    def test_thinking(self):
        for provider in self.each():
            with self.client.messages.stream(**self.ask(provider, "reasoning")) as stream:
                message = stream.get_final_message()
            self.assertEqual(["thinking", "text"], [block.type for block in message.content])
            self.assertEqual("They greet me, so I greet them.", message.content[0].thinking)

    def test_errors_and_retries(self):
        for provider in self.each():
            for script, kind, name in (("bad-request", anthropic.BadRequestError, "invalid_request_error"),
                                       ("rate-limited", anthropic.RateLimitError, "rate_limit_error"),
                                       ("broken", anthropic.InternalServerError, "api_error")):
                with self.assertRaises(kind) as caught:
                    self.client.messages.create(**self.ask(provider, script))
                self.assertEqual(name, caught.exception.body["error"]["type"])
            with self.assertRaisesRegex(anthropic.APIError, "on fire"):
                with self.client.messages.stream(**self.ask(provider, "error-in-stream")) as stream:
                    stream.until_done()
            steer("reset")
            again = self.client.with_options(max_retries=2).messages.create(**self.ask(provider, "flaky"))
            self.assertEqual((TEXT, 3), (again.content[0].text, len(asked())))

    def test_leaving_in_mid_stream_reaches_the_provider(self):
        for provider in self.each():
            with self.client.messages.stream(**self.ask(provider, "stalled")) as stream:
                next(iter(stream.text_stream))
            wait_left()

    def test_counting_tokens(self):
        for provider in self.each():
            count = self.client.messages.count_tokens(model=f"{provider}-text",
                                                      messages=[{"role": "user", "content": "Hi."}])
            self.assertGreater(count.input_tokens, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
