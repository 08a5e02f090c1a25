"""Traces arrive at a collector: the tree of a request, W3C context in and out, nothing of what was said; and a collector
that is away, or does not answer, harms nobody.
"""

import contextlib
import re
import socket
import subprocess
import tempfile
import time
import unittest

import harness
from collector import Collector
from wire import ask, Upstream, completion, whole

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET_WORDS = ("canary-prompt-7781", "canary-answer-9912", "canary-user-4410", "canary-tool-3307", "sk-canary-key")
SERVER, INTERNAL, CLIENT = 2, 1, 3


def answer(peer, _):
    body = completion("canary-answer-9912")
    body["usage"] = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
    peer.send(whole(body))


def fail(peer, _):
    peer.send(b"HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\n{}")


class Tracing(unittest.TestCase):
    def start(self, endpoint, otlp=None, first=answer, **more):
        """Two providers: `bad` does as `first` does, `good` answers. Requests for `auto` ask `bad` first."""
        self.first = self.enterContext(Upstream(first))
        self.second = self.enterContext(Upstream(answer))
        providers = {"bad": harness.provider(self.first.port, api_key="sk-canary-key"),
                     "good": harness.provider(self.second.port)}
        telemetry = {"otlp": {"endpoint": endpoint, **(otlp or {})}} if endpoint else {}
        configuration = harness.config(providers, {"one": "bad", "two": "good"}, telemetry=telemetry,
                                       router={"retries": {"budget": "100%"}},
                                       categories={"general": {"models": ["one", "two"], "strategy": "preference"}},
                                       **more)
        return self.enterContext(harness.Gateway(configuration))

    def ask(self, gateway, fields=(), model="auto", **more):
        body = harness.chat(model=model, text="canary-prompt-7781", user="canary-user-4410", **more)
        got = ask(gateway.port, body, fields)
        self.assertEqual(200, got.status, got)
        return got

    def tree(self, spans):
        """The root, what is right below it, by name."""
        roots = [one for one in spans if one.kind == SERVER]
        self.assertEqual(1, len(roots), spans)
        return roots[0], [one for one in spans if one.parent == roots[0].id]

    def test_a_request_becomes_a_tree(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url, first=fail)
        got = self.ask(gateway, [("x-pointsman-route", "general")])
        spans = collector.wait(4)
        self.assertEqual(4, len(spans), spans)
        root, below = self.tree(spans)
        self.assertIsNone(root.parent)
        self.assertEqual(["classify", "chat one", "chat two"], [one.name for one in below])
        self.assertEqual([INTERNAL, CLIENT, CLIENT], [one.kind for one in below])
        self.assertEqual({root.trace}, {one.trace for one in spans})
        for one in below:
            self.assertLessEqual(root.began, one.began)
            self.assertLessEqual(one.began, one.ended)
            self.assertLessEqual(one.ended, root.ended)
        classify, failed, answered = below
        self.assertLessEqual(failed.ended, answered.began)
        self.assertEqual("pointsman", root.resource["service.name"])
        self.assertTrue(root.resource["service.version"])

        wanted = {"gen_ai.operation.name": "chat", "gen_ai.system": "good", "gen_ai.request.model": "auto",
                  "gen_ai.response.model": "two", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 7,
                  "http.response.status_code": 200, "pointsman.decision.id": got.decision(),
                  "pointsman.route": "general", "pointsman.model": "two", "pointsman.outcome": "ok",
                  "pointsman.attempts": 2, "pointsman.cost.usd": 2.6e-05}
        cost = root.attributes.pop("pointsman.cost.usd")
        self.assertAlmostEqual(wanted.pop("pointsman.cost.usd"), cost, 12)
        self.assertEqual(wanted, {key: root.attributes.get(key) for key in wanted})
        self.assertIsNone(root.error)
        self.assertEqual("general", classify.attributes["pointsman.route"])
        self.assertEqual("client", classify.attributes["pointsman.stage"])
        self.assertEqual(gateway.wait_entries(1)[0]["policy_version"], classify.attributes["pointsman.router.version"])
        self.assertEqual("status_500", failed.error)
        self.assertEqual((500, "status_500", "bad"),
                         tuple(failed.attributes[key] for key in ("http.response.status_code", "error.type",
                                                                  "pointsman.provider")))
        self.assertIsNone(answered.error)
        self.assertEqual((200, 12, 7, "two"),
                         tuple(answered.attributes[key] for key in ("http.response.status_code",
                                                                    "gen_ai.usage.input_tokens",
                                                                    "gen_ai.usage.output_tokens", "pointsman.model")))

    def test_context_comes_in_and_goes_out(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url, first=fail)
        self.ask(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "rojo=1"), ("TraceState", "b=2")])
        root, below = self.tree(collector.wait(4))
        self.assertEqual((TRACE, PARENT), (root.trace, root.parent))
        self.assertEqual("rojo=1,b=2", root.raw["traceState"])
        for upstream, call in ((self.first, below[1]), (self.second, below[2])):
            request, = upstream.seen()
            self.assertEqual(f"00-{TRACE}-{call.id}-01", request.field("traceparent"))
            self.assertEqual(1, request.count("traceparent"))
            self.assertEqual("rojo=1,b=2", request.field("tracestate"))
            self.assertEqual(1, request.count("tracestate"))

    def test_what_a_client_does_not_want_traced_is_not(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url)
        self.ask(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-00")])
        trace = f"00-{TRACE}-{'1' * 16}-01"
        self.ask(gateway, [("traceparent", trace)])
        self.assertEqual({"1" * 16}, {one.parent for one in collector.wait(3) if one.kind == SERVER})
        told = self.first.seen()[0].field("traceparent")
        self.assertRegex(told, f"^00-{TRACE}-[0-9a-f]{{16}}-00$")
        self.assertNotIn(PARENT, told)

    def test_what_is_malformed_begins_a_trace_of_its_own(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url)
        bad = ["", "00", f"00-{TRACE}-{PARENT}", f"00-{TRACE.upper()}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01",
               f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}-{PARENT}-01-x", "x" * 5000]
        for text in bad:
            self.ask(gateway, [("traceparent", text), ("tracestate", "left=behind")])
        self.ask(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-01"), ("traceparent", f"00-{TRACE}-{PARENT}-01")])
        roots = [one for one in collector.wait(3 * (len(bad) + 1)) if one.kind == SERVER]
        self.assertEqual([None] * len(roots), [one.parent for one in roots])
        self.assertEqual(len(roots), len({one.trace for one in roots}))
        self.assertNotIn(TRACE, {one.trace for one in roots})
        for request in self.first.seen():
            self.assertEqual(1, request.count("traceparent"))
            self.assertNotIn(TRACE, request.field("traceparent"))
            self.assertIsNone(request.field("tracestate"))

    def test_nothing_of_what_was_said_leaks(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url, first=fail, ledger={"store_prompts": "full"})
        tool = {"type": "function", "function": {"name": "look", "description": "canary-tool-3307", "parameters": {}}}
        self.ask(gateway, tools=[tool])
        self.ask(gateway, [("authorization", "Bearer sk-canary-key")], stream=False)
        collector.wait(7)
        everything = b"".join(collector.bodies) + repr(collector.headers).encode()
        for words in SECRET_WORDS:
            self.assertNotIn(words.encode(), everything)

    def test_the_newest_names_and_headers_of_ones_own(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url + "/otlp", {"semconv": "genai-latest", "service": "edge",
                                                       "headers": {"x-tenant": "blue"}})
        self.ask(gateway)
        root, _ = self.tree(collector.wait(3))
        self.assertEqual("bad", root.attributes["gen_ai.provider.name"])
        self.assertNotIn("gen_ai.system", root.attributes)
        self.assertIs(False, root.attributes["gen_ai.request.stream"])
        self.assertEqual("edge", root.resource["service.name"])
        self.assertEqual(("blue", "/otlp/v1/traces", "application/json"),
                         tuple(collector.headers[0][key] for key in ("x-tenant", ":path", "content-type")))

    def test_a_share_is_traced(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url, {"sample": "0%"})
        for _ in range(20):
            self.ask(gateway)
        self.ask(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-01")])
        self.assertEqual({TRACE}, {one.trace for one in collector.wait(3)})
        self.assertRegex(self.first.seen()[0].field("traceparent"), "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")

    def test_a_collector_in_trouble_gets_it_later(self):
        collector = self.enterContext(Collector([503]))
        gateway = self.start(collector.url)
        self.ask(gateway)
        self.assertEqual(3, len(collector.wait(3)))
        self.assertEqual(2, len(collector.bodies))
        self.assertEqual(collector.bodies[0], collector.bodies[1])
        harness.wait_until(lambda: gateway.metrics().get("pointsman_spans_exported_total") == 3, "three are counted")
        self.assertEqual(1, gateway.metrics()["pointsman_span_export_failures_total"])

    def test_what_is_refused_is_counted_and_not_sent_again(self):
        collector = self.enterContext(Collector([400]))
        gateway = self.start(collector.url)
        self.ask(gateway)
        dropped = 'pointsman_spans_dropped_total{reason="rejected"}'
        harness.wait_until(lambda: gateway.metrics().get(dropped) == 3, "three are dropped")
        self.ask(gateway)
        self.assertEqual(3, len(collector.wait(3)))

    def test_the_last_traces_are_sent_before_the_end(self):
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url)
        self.ask(gateway)
        self.assertEqual(0, gateway.terminate())
        self.assertEqual(3, len(collector.seen()))

    def test_a_collector_that_is_away_harms_nobody(self):
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))  # and does not listen
            gateway = self.start(f"http://127.0.0.1:{taken.getsockname()[1]}")
            for _ in range(50):
                self.ask(gateway)
            harness.wait_until(lambda: gateway.metrics().get("pointsman_span_export_failures_total", 0) > 0,
                               "a failure is counted")
            self.ask(gateway)
            self.assertEqual(0, gateway.terminate())
            self.assertIn("traces:", gateway.process.err())

    def test_a_collector_that_never_answers_harms_nobody(self):
        collector = self.enterContext(Collector([None] * 100))
        gateway = self.start(collector.url)
        for _ in range(50):
            self.ask(gateway)
        harness.wait_until(lambda: collector.bodies, "the collector has something to think about")
        self.ask(gateway)
        began = time.monotonic()
        self.assertEqual(0, gateway.terminate(30.0))
        self.assertLess(time.monotonic() - began, 15.0)

    def test_the_page_shows_what_there_is(self):
        """Its configuration is read without a problem, and every attribute that is sent is on it."""
        with open("docs/tracing.md", encoding="utf-8") as file:
            page = file.read()
        block, = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write("providers: {p: {base_url: 'http://127.0.0.1:1/v1'}}\nmodels: {m: {provider: p}}\n"
                       "router: {classifier: none}\n" + block)
            file.flush()
            run = subprocess.run([harness.BINARY, "check", "--config", file.name, "--effective"], capture_output=True,
                                 text=True, timeout=60, check=False)
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("http://127.0.0.1:4318", run.stdout)
        collector = self.enterContext(Collector())
        gateway = self.start(collector.url, {"semconv": "genai-latest"}, first=fail)
        self.ask(gateway, stream=False, max_tokens=9)
        for span in collector.wait(4):
            for name in span.attributes:
                self.assertIn(f"`{name}`", page)

    def test_a_reload_begins_and_ends_it(self):
        collector = self.enterContext(Collector())
        gateway = self.start(None)
        self.ask(gateway, [("traceparent", f"00-{TRACE}-{PARENT}-01")])
        self.assertEqual(f"00-{TRACE}-{PARENT}-01", self.first.seen()[0].field("traceparent"), "passed on as it is")
        providers = {"bad": harness.provider(self.first.port), "good": harness.provider(self.second.port)}
        plain = harness.config(providers, {"one": "bad", "two": "good"})
        reloads = 'pointsman_reloads_total{result="ok"}'
        for number, telemetry in ((1, {"otlp": collector.url}), (2, {})):
            gateway.write({**plain, "telemetry": telemetry})
            harness.wait_until(lambda: gateway.metrics().get(reloads, 0) >= number, "it was read again")
            self.ask(gateway)
        self.assertEqual(0, gateway.terminate())
        self.assertEqual(1, len([one for one in collector.seen() if one.kind == SERVER]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
