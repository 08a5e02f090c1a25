"""Starting, stopping and reloading under load (promises P15, P16)."""

import os
import signal
import subprocess
import threading
import unittest

import harness
from harness import wait_until
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, event, whole

RELOADS = 200


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.go_on = threading.Event()
        self.upstream = self.enterContext(Upstream(self.play))
        self.base = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up", "n": "up"})

    def play(self, peer, request):
        if not request.json().get("stream"):
            peer.send(whole())
            return
        peer.send(STREAM_HEAD + chunked(event({"content": "begun"})))
        self.go_on.wait(harness.PATIENCE)
        peer.send(chunked(event(finish="stop"), b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def start(self, **more):
        return self.enterContext(harness.Gateway({**self.base, **more}))

    def begin_stream(self, gateway):
        client = self.enterContext(Client(gateway.port))
        client.post(harness.chat(stream=True))
        while b"begun" not in client.input:
            self.assertTrue(client.fill())
        return client

    def stopping(self, gateway):
        """Whether new connections are told that this gateway wants no more traffic."""
        with Client(gateway.port) as probe:
            probe.send(b"GET /readyz HTTP/1.1\r\nHost: test\r\n\r\n")
            return probe.read().status == 503

    # ---- stopping

    def test_a_stop_is_told_at_once_and_lets_a_stream_end(self):
        gateway = self.start()
        client = self.begin_stream(gateway)
        idle = self.enterContext(Client(gateway.port))
        idle.get("/livez")
        self.assertEqual(200, idle.read().status)
        gateway.process.send(signal.SIGTERM)
        wait_until(lambda: self.stopping(gateway), "readiness ends")
        self.assertIsNone(gateway.process.child.poll())
        self.go_on.set()
        self.assertEqual("fin", idle.read_to_end(), "a connection between two requests is closed")
        answer = client.read()
        self.assertTrue(answer.whole)
        self.assertEqual("[DONE]", answer.events()[-1])
        self.assertEqual(0, gateway.process.wait())
        self.assertEqual(["ok"], [one["outcome"] for one in gateway.entries()])

    def test_readiness_ends_before_the_listener_does(self):
        gateway = self.start(admin="127.0.0.1:0")
        probe = self.enterContext(Client(gateway.port))
        self.begin_stream(gateway)
        probe.send(b"GET /readyz HTTP/1.1\r\nHost: test\r\n")  # the rest comes after the stop has begun
        wait_until(lambda: gateway.metrics()["pointsman_connections{state=\"open\"}"] >= 2, "both are connected")
        gateway.process.send(signal.SIGTERM)
        wait_until(lambda: self.stopping(gateway), "readiness ends")
        probe.send(b"\r\n")
        self.assertEqual(503, probe.read().status)
        self.go_on.set()
        self.assertEqual(0, gateway.process.wait())

    def test_a_second_signal_cuts(self):
        gateway = self.start()
        client = self.begin_stream(gateway)
        gateway.process.send(signal.SIGTERM)
        wait_until(lambda: self.stopping(gateway), "the stop has begun")
        gateway.process.send(signal.SIGTERM)
        self.assertEqual(0, gateway.process.wait())
        answer = client.read()
        self.assertFalse(answer.whole)
        self.assertNotIn(b"[DONE]", answer.body)
        self.assertEqual(1, len(gateway.entries()))
        self.assertNotEqual("ok", gateway.entries()[0]["outcome"])

    def test_a_stop_that_takes_too_long_cuts(self):
        gateway = self.start(limits={"drain_timeout": "200ms"})
        client = self.begin_stream(gateway)
        self.assertEqual(0, gateway.terminate())
        self.assertFalse(client.read().whole)
        self.assertEqual(1, len(gateway.entries()))

    def test_interrupting_is_stopping(self):
        gateway = self.start()
        gateway.process.send(signal.SIGINT)
        self.assertEqual(0, gateway.process.wait())

    # ---- starting

    def test_ready_within_a_second(self):
        gateway = self.start()
        times = []
        for _ in range(10):
            gateway.terminate()
            times.append(gateway.start())
        print(f"from start to ready: p50 {harness.quantile(times, 0.5) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms")
        self.assertLess(harness.quantile(times, 0.5), 2)

    def test_two_gateways_do_not_share_a_ledger(self):
        gateway = self.start()
        run = subprocess.run([harness.BINARY, "serve", "--config", gateway.config_path], capture_output=True, text=True,
                             timeout=harness.PATIENCE, check=False)
        self.assertNotEqual(0, run.returncode)
        self.assertIn("ledger", run.stderr)
        self.assertEqual(200, ask(gateway.port, harness.chat()).status)

    def test_a_file_with_problems_does_not_start_and_names_each_place(self):
        gateway = self.enterContext(harness.Gateway("providers:\n  up: {base_url: 'http://127.0.0.1:1/v1', api_key: k}\n"
                                                    "models:\n  m: {provider: upp}\nlogg: {}\n", start=False))
        gateway.process = harness.Process(["serve", "--config", gateway.config_path], gateway.directory, "bad")
        self.assertNotEqual(0, gateway.process.wait())
        self.assertRegex(gateway.process.err(), r"pointsman\.yaml:4:\d+: .*upp")
        self.assertRegex(gateway.process.err(), r"pointsman\.yaml:5:\d+: .*logg")

    # ---- reloading

    def fallback_is(self, name):
        return {**self.base, "router": {**self.base["router"], "fallback": [name]}}

    def answered_by(self, gateway):
        return ask(gateway.port, harness.chat()).field("x-pointsman-model")

    def test_a_changed_file_takes_effect_with_and_without_a_signal(self):
        gateway = self.start()
        self.assertEqual("m", self.answered_by(gateway))
        gateway.write(self.fallback_is("n"))
        gateway.process.send(signal.SIGHUP)
        wait_until(lambda: self.answered_by(gateway) == "n", "the signal reloads")
        gateway.write(self.fallback_is("m"))
        wait_until(lambda: self.answered_by(gateway) == "m", "the changed file is noticed")
        added = harness.config(self.base["providers"], {"m": "up", "brand-new": "up"})
        gateway.write(added)
        wait_until(lambda: ask(gateway.port, harness.chat("brand-new")).status == 200, "the new model answers")
        self.assertEqual(404, ask(gateway.port, harness.chat("n")).status)

    def test_a_file_with_problems_keeps_the_previous_one_serving(self):
        gateway = self.start()
        before = ask(gateway.port, harness.chat())
        for text, place in (("models: {m: {provider: up}\n", r":\d+:\d+: "),
                            ("providers:\n  up: {base_url: 'http://127.0.0.1:1/v1'}\nmodels:\n  m: {provider: nobody}\n",
                             r"pointsman\.yaml:4:\d+: .*nobody")):
            seen = len(gateway.process.err())
            gateway.write(text)
            gateway.process.send(signal.SIGHUP)
            wait_until(lambda: "keeps serving" in gateway.process.err()[seen:], "the log tells")
            self.assertRegex(gateway.process.err()[seen:], place)
            self.assertEqual(before.field("x-pointsman-model"), self.answered_by(gateway))
        versions = {one["policy_version"] for one in gateway.wait_entries(3)}
        self.assertEqual(1, len(versions))

    def test_reloads_under_load_fail_no_request_and_mix_no_versions(self):
        gateway = self.enterContext(harness.Gateway(self.fallback_is("m")))
        stop = threading.Event()
        answers = [[] for _ in range(4)]

        def load(into):
            with Client(gateway.port) as client:
                while not stop.is_set():
                    client.post(harness.chat())
                    into.append(client.read())

        threads = [threading.Thread(target=load, args=(into,)) for into in answers]
        for thread in threads:
            thread.start()
        for number in range(1, RELOADS + 1):
            gateway.write(self.fallback_is("mn"[number % 2]))
            gateway.process.send(signal.SIGHUP)
            wait_until(lambda: gateway.process.err().count("reloaded: policy") >= number, f"reload {number}")
        stop.set()
        for thread in threads:
            thread.join(harness.PATIENCE)
        got = [one for into in answers for one in into]
        self.assertEqual([], [one for one in got if one.status != 200 or not one.whole][:3])
        model_of = {}  # the only model that each version may have chosen
        for entry in gateway.wait_entries(len(got), 30):
            model_of.setdefault(entry["policy_version"], set()).add(entry["model"])
        self.assertEqual([{"m"}, {"n"}], sorted(model_of.values(), key=sorted), model_of)
        print(f"{RELOADS} reloads, {len(got)} requests, none failed")

    def test_memory_and_descriptors_stay_over_reloads(self):
        gateway = self.start()

        def reload(times):
            done = gateway.process.err().count("reloaded: policy")
            for number in range(1, times + 1):
                gateway.write(self.fallback_is("mn"[number % 2]))
                gateway.process.send(signal.SIGHUP)
                wait_until(lambda: gateway.process.err().count("reloaded: policy") >= done + number, "reloaded")
                ask(gateway.port, harness.chat())

        reload(50)
        memory, descriptors = gateway.memory(), len(os.listdir(f"/proc/{gateway.pid()}/fd"))
        reload(100)
        self.assertLess(gateway.memory() - memory, 16 * 1024 * 1024)
        self.assertLessEqual(len(os.listdir(f"/proc/{gateway.pid()}/fd")), descriptors + 5)


if __name__ == "__main__":
    harness.main()
