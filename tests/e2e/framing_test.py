"""Promise P1, one request is one request: the framing matrix over real sockets, in front of a recording upstream."""

import re
import unittest

import harness
from framing_cases import BODY_LIMIT, PATH, all_cases
from wire import Client, Upstream, whole

FIELD = re.compile(rb"^[!#$%&'*+\-.^`|~0-9A-Za-z]+: [^\x00-\x08\x0a-\x1f\x7f]*$")


class Framing(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.upstream = self.enterContext(Upstream(lambda peer, _: peer.send(whole())))
        configuration = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up"},
                                       limits={"max_body": BODY_LIMIT})
        self.gateway = self.enterContext(harness.Gateway(configuration))

    def play(self, case):
        """What is wrong with the answers to one case, or nothing."""
        with Client(self.gateway.port) as client:
            client.send(case.bytes)
            for number in range(len(case.served)):
                answer = client.read()
                if answer.status != 200 or not answer.whole:
                    return f"answer {number}: {answer}"
            if case.refusal:
                answer = client.read()
                if answer.status != case.refusal or not answer.whole or "error" not in answer.json():
                    return f"instead of {case.refusal}: {answer}"
            if not case.refusal and case.keep_alive:
                client.get("/livez")
                answer = client.read()
                return None if answer.body == b"ok\n" and not client.input else f"out of step: {answer}"
            client.read_to_end()
            return f"behind the end: {client.input!r}" if client.input else None

    def test_every_request_is_read_one_way_or_refused_and_the_connection_closed(self):
        cases = all_cases()
        self.assertGreater(len({case.bytes for case in cases}), 2000)
        wrong = [f"{case.name}: {problem}" for case in cases if (problem := self.play(case))]
        self.assertEqual([], wrong[:20], f"{len(wrong)} of {len(cases)}")

        expected = sorted(body for case in cases for body in case.served)
        seen = self.upstream.seen()
        self.assertEqual(expected, sorted(self.core(one.body) for one in seen))
        self.assertEqual([], self.upstream.bad)
        for one in seen:
            self.check_forwarded(one)
        refused = sum(case.refusal != 0 for case in cases)
        print(f"{len(cases)} payloads: {refused} refused, {len(cases) - refused} served, {len(seen)} requests upstream")

    def core(self, body):
        """The client's bytes: the gateway may only have replaced the model's name."""
        return body.replace(b'"model":"m"', b'"model":"auto"')

    def check_forwarded(self, one):
        self.assertEqual(f"POST {PATH} HTTP/1.1", one.line)
        for name in ("host", "content-length"):
            self.assertEqual(1, one.count(name), one.head)
        for name in ("transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive",
                     "http2-settings", "proxy-connection"):
            self.assertEqual(0, one.count(name), one.head)
        for line in one.head.split(b"\r\n")[1:]:
            self.assertRegex(line, FIELD)


if __name__ == "__main__":
    harness.main()
