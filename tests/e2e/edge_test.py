"""What a client may send and what it gets: limits, framing of answers for old and slow clients, the first start without
a file, and what must never be written down (promises P5, P6, P19)."""

import json
import os
import threading
import time
import unittest

import harness
from harness import wait_until
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, event, request, stream, whole

LARGE = 20 * 1024 * 1024


def answer_as_asked(peer, one):
    peer.send(stream() if one.json().get("stream") else whole())


class Edge(unittest.TestCase):
    def start(self, script=answer_as_asked, environment=None, **more):
        self.upstream = self.enterContext(Upstream(script))
        providers = {"up": harness.provider(self.upstream.port, **more.pop("provider", {}))}
        return self.enterContext(harness.Gateway(harness.config(providers, {"m": "up"}, **more), environment))

    def expect_refusal(self, gateway, data, status):
        with Client(gateway.port) as client:
            client.send(data)
            answer = client.read()
            self.assertEqual(status, answer.status, answer)
            self.assertTrue(answer.json()["error"]["message"])
            self.assertNotEqual("", client.read_to_end())
        return answer

    # ---- limits

    def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(self):
        gateway = self.start(limits={"max_body": "1MiB"})
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        self.expect_refusal(gateway, head + b"Content-Length: 1048577\r\n\r\n", 413)
        self.expect_refusal(gateway, head + b"Transfer-Encoding: chunked\r\n\r\n100001\r\n", 413)
        fits = json.dumps(harness.chat(text="x" * 1000)).encode().ljust(1024 * 1024)
        self.assertEqual(200, ask(gateway.port, fits).status)
        self.assertEqual([], [one for one in self.upstream.seen() if len(one.body) > 1024 * 1024 + 100])

    def test_heads_beyond_the_limits_are_refused(self):
        gateway = self.start(limits={"max_header_bytes": "4KiB", "max_headers": 20})
        self.expect_refusal(gateway, request({}, [("X-A", "v" * 5000)]), 431)
        self.expect_refusal(gateway, request({}, [("X-A", "v")] * 21), 431)
        self.expect_refusal(gateway, b"GET /" + b"a" * 5000, 431)

    def test_slow_clients_are_told_so(self):
        gateway = self.start(limits={"header_timeout": "200ms", "body_timeout": "200ms", "idle_timeout": "300ms"})
        sound = request(harness.chat())
        self.expect_refusal(gateway, sound[:30], 408)
        self.expect_refusal(gateway, sound[:-10], 408)
        with Client(gateway.port) as client:
            self.assertEqual("fin", client.read_to_end(), "an idle connection ends without a word")
            self.assertEqual(b"", client.input)

    def test_only_plain_json_is_taken(self):
        gateway = self.start()
        body = json.dumps(harness.chat()).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n" % len(body)
        for fields, status in ((b"", 415), (b"Content-Type: text/plain\r\n", 415),
                               (b"Content-Type: application/jsonx\r\n", 415),
                               (b"Content-Type: multipart/form-data\r\n", 415),
                               (b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415),
                               (b"Content-Type: application/json\r\nContent-Encoding: identity\r\n", 200),
                               (b"content-type: Application/JSON; charset=utf-8\r\n", 200)):
            with self.subTest(fields), Client(gateway.port) as client:
                client.send(head + fields + b"\r\n" + body)
                self.assertEqual(status, client.read().status)

    def test_json_that_is_none_is_refused_without_a_call(self):
        gateway = self.start()
        deep = b'{"model":"m","messages":' + b"[" * 200 + b"]" * 200 + b"}"
        twice = b'{"model":"m","model":"n","messages":[{"role":"user","content":"x"}]}'
        for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"model":"m"}', b'{"messages":[]}', deep, twice,
                     b'{"model":"m","messages":[{"role":"user","content":"x"}]} x'):
            with self.subTest(body[:40]):
                answer = ask(gateway.port, body)
                self.assertEqual(400, answer.status, answer)
                self.assertEqual("invalid_request_error", answer.json()["error"]["type"])
        self.assertEqual([], self.upstream.seen())
        self.assertEqual([], gateway.entries())

    def test_paths_and_methods(self):
        gateway = self.start()
        with Client(gateway.port) as client:
            for line, status in ((b"GET /v1/models", 200), (b"HEAD /livez", 200), (b"POST /v1/models", 405),
                                 (b"GET /v1/chat/completions", 405), (b"GET /nothing", 404), (b"GET /", 404),
                                 (b"GET /v1/models/", 404), (b"GET /v1//models", 404), (b"DELETE /livez", 405)):
                with self.subTest(line):
                    client.send(line + b" HTTP/1.1\r\nHost: t\r\n\r\n")
                    if line.startswith(b"HEAD"):
                        self.assertEqual(status, client.read_head().status)
                    else:
                        self.assertEqual(status, client.read().status)

    def test_expect_continue_is_answered_before_the_body(self):
        gateway = self.start()
        sound = request(harness.chat(), [("Expect", "100-continue")])
        head, _, body = sound.partition(b"\r\n\r\n")
        with Client(gateway.port) as client:
            client.send(head + b"\r\n\r\n")
            self.assertEqual(100, client.read_head().status)
            client.send(body)
            self.assertEqual(200, client.read().status)
            client.send(sound)  # who does not wait is not told to go on
            self.assertEqual(200, client.read().status)
        self.expect_refusal(gateway, head.replace(str(len(body)).encode(), b"999999999") + b"\r\n\r\n", 413)

    def test_twenty_requests_in_one_packet_are_answered_in_order(self):
        gateway = self.start(lambda peer, one: peer.send(whole({"echo": one.json()["messages"][0]["content"]})))
        with Client(gateway.port) as client:
            client.send(b"".join(request(harness.chat(text=str(number))) for number in range(20)))
            self.assertEqual([str(number) for number in range(20)], [client.read().json()["echo"] for _ in range(20)])
        self.assertEqual(20, len(gateway.wait_entries(20)))

    def test_an_old_client_gets_a_stream_without_chunks(self):
        gateway = self.start()
        for wants in ({}, {"stream_options": {"include_usage": True}}):
            modern = ask(gateway.port, harness.chat(stream=True, **wants))
            with Client(gateway.port) as client:
                client.post(harness.chat(stream=True, **wants), version="HTTP/1.0")
                old = client.read()
            self.assertIsNone(old.field("transfer-encoding"))
            self.assertEqual((True, modern.body), (old.whole, old.body))

    # ---- slow readers

    def test_a_client_that_does_not_read_holds_up_nobody_and_costs_no_memory(self):
        def script(peer, one):
            if b"large" not in one.body:
                return peer.send(whole())
            peer.send(STREAM_HEAD)
            piece = chunked(event({"content": "x" * 16000}))
            for _ in range(LARGE // 16000):
                if not peer.send(piece):
                    return None
            return peer.send(chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n")

        gateway = self.start(script)
        for _ in range(50):
            ask(gateway.port, harness.chat())
        before = gateway.memory()
        stalled = [self.enterContext(Client(gateway.port, receive_buffer=4096)) for _ in range(20)]
        for client in stalled:
            client.post(harness.chat(text="large", stream=True))
        for client in stalled:
            self.assertEqual(200, client.read_head().status)
        took = []
        for _ in range(200):
            began = time.monotonic()
            self.assertEqual(200, ask(gateway.port, harness.chat()).status)
            took.append(time.monotonic() - began)
        growth = gateway.memory() - before
        print(f"20 stalled readers of 20 MB: memory +{growth / 1e6:.1f} MB, others' p99 "
              f"{harness.quantile(took, 0.99) * 1000:.1f} ms")
        self.assertLess(growth, 20 * 1024 * 1024)
        whole_one = stalled[0]
        while b"[DONE]" not in whole_one.input[-64:]:
            whole_one.input = whole_one.input[-64:]
            self.assertTrue(whole_one.fill(30))

    def test_a_client_that_never_reads_is_let_go(self):
        gone = threading.Event()

        def script(peer, _):
            peer.send(STREAM_HEAD)
            while peer.send(chunked(event({"content": "x" * 16000}))):
                pass
            gone.set()

        gateway = self.start(script, limits={"write_timeout": "300ms"})
        client = self.enterContext(Client(gateway.port, receive_buffer=4096))
        client.post(harness.chat(stream=True))
        self.assertTrue(gone.wait(harness.PATIENCE), "the upstream is released")
        self.assertEqual("client_gone", gateway.wait_entries(1)[0]["outcome"])

    # ---- the first start

    def test_a_key_in_the_environment_is_all_it_takes(self):
        gateway = self.enterContext(harness.Gateway(environment={"OPENAI_API_KEY": "sk-zero-config-canary"}))
        shown = gateway.process.out()
        self.assertIn(f"http://127.0.0.1:{gateway.port}/v1", shown)
        self.assertRegex(shown, r"curl http://127\.0\.0\.1:\d+/v1/chat/completions -H 'content-type: application/json'")
        with Client(gateway.port) as client:
            client.get("/v1/models")
            self.assertIn("auto", [one["id"] for one in client.read().json()["data"]])
        with open("/proc/net/tcp", encoding="ascii") as file:
            listening = [line.split()[1] for line in file if line.split()[3] == "0A"]
        ours = [one for one in listening if one.endswith(f":{gateway.port:04X}")]
        self.assertEqual({f"0100007F:{gateway.port:04X}"}, set(ours), "on loopback only")
        self.assertEqual([], self.find(gateway, b"sk-zero-config-canary"))

    def test_without_a_key_it_says_what_to_do(self):
        gateway = self.enterContext(harness.Gateway(start=False))
        gateway.process = harness.Process(["serve"], gateway.directory, "none")
        self.assertNotEqual(0, gateway.process.wait())
        self.assertIn("OPENAI_API_KEY", gateway.process.err())

    # ---- secrets

    def find(self, gateway, secret):
        """Files under the gateway's directory that hold it: logs, output, ledger with its journals; not the configuration."""
        found = []
        for folder, _, files in os.walk(gateway.directory):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    if secret in file.read() and not name.startswith("pointsman.yaml"):
                        found.append(name)
        return found

    def test_secrets_are_never_written_down(self):
        secrets = {name: f"canary-{name}-0123456789abcdef" for name in
                   ("provider", "extra", "client", "cookie", "xkey", "prompt", "answer")}

        def script(peer, one):
            how = one.field("x-how")
            if how == "401":
                return peer.send(whole({"error": {"message": f"bad key {one.field('authorization')}"}}, "401 No"))
            if how == "reset":
                return peer.reset()
            return peer.send(whole({"choices": [], "text": secrets["answer"]}))

        gateway = self.start(script, {"CANARY_KEY": secrets["provider"]}, log={"level": "debug"},
                             provider={"api_key": "${CANARY_KEY}", "headers": {"x-extra": secrets["extra"]}})
        fields = [("Authorization", "Bearer " + secrets["client"]), ("Cookie", "session=" + secrets["cookie"]),
                  ("X-Api-Key", secrets["xkey"])]
        seen = []
        for how in ("fine", "401", "reset"):
            answer = ask(gateway.port, harness.chat(text=secrets["prompt"]), [*fields, ("x-how", how)])
            seen.append(answer.raw + (b"" if how == "fine" else answer.body))
        for bad in (harness.chat(model=1), {"messages": secrets["prompt"]}):
            answer = ask(gateway.port, bad, fields)
            self.assertEqual(400, answer.status)
            seen.append(answer.raw + answer.body)
        with Client(gateway.port) as client:
            client.get("/metrics")
            seen.append(client.read().body)
        first = self.upstream.seen()[0]
        self.assertEqual("Bearer " + secrets["provider"], first.field("authorization"))
        self.assertEqual(secrets["extra"], first.field("x-extra"))
        for name in ("client", "cookie", "xkey"):
            self.assertNotIn(secrets[name].encode(), first.head)
        gateway.wait_entries(3)
        gateway.process.send(1)  # a reload logs, too
        wait_until(lambda: "reloaded" in gateway.process.err(), "the reload")
        files = {name: self.find(gateway, secret.encode()) for name, secret in secrets.items()}
        self.assertEqual({name: [] for name in secrets}, files)
        for name, secret in secrets.items():
            self.assertNotIn(secret.encode(), b"".join(seen), name)
        self.assertEqual(0, gateway.terminate())
        self.assertEqual([], [name for name, secret in secrets.items() if self.find(gateway, secret.encode())])


if __name__ == "__main__":
    harness.main()
