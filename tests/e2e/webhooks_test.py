"""Events about budgets arrive at webhooks: signed, tried again, once for each crossing, also across kill -9.

The receiver here checks signatures with nothing but Python's own hmac; what docs/webhooks.md tells receivers to do must
agree with it.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time
import unittest

import harness
from wire import Client, Upstream, completion, whole

BUDGET = 1500  # tokens
USED = 30  # by each answer
LONGEST = 40  # tokens of an answer that clients allow
KEY = b"thirty-two bytes of test secret!"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
SOON = 30.0  # a second attempt comes within five seconds, on a machine that is not busy


class Receiver:
    """Answers the first requests by `statuses`, all others 204; keeps what was signed rightly."""

    def __init__(self, statuses=()):
        self.statuses, self.attempts, self.events, self.forged = list(statuses), [], [], []
        self.last = None  # headers and body
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(self.headers, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def take(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
        with self.lock:
            self.attempts.append(headers["webhook-id"])
            self.last = ({name.lower(): value for name, value in headers.items()}, body)
            if f"v1,{wanted}" not in headers["webhook-signature"].split() or not fresh:
                self.forged.append(body)
                return 401
            status = self.statuses.pop(0) if self.statuses else 204
            if status < 300:
                self.events.append(json.loads(body))
            return status

    def of(self, kind):
        with self.lock:
            return [one for one in self.events if one["type"] == kind]

    def wait(self, kind, count=1):
        return harness.wait_until(lambda: len(found := self.of(kind)) >= count and found,
                                  lambda: f"{count} of {kind}; there are {[one['type'] for one in self.events]}", SOON)


def answer(peer, _):
    body = completion()
    body["usage"] = {"prompt_tokens": 10, "completion_tokens": USED - 10, "total_tokens": USED}
    peer.send(whole(body))


class Webhooks(unittest.TestCase):
    def start(self, receiver, **more):
        upstream = self.enterContext(Upstream(answer))
        hook = {"url": f"http://127.0.0.1:{receiver.port}/hook", "secret": SECRET, "allow_private": True}
        configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, workers=3,
                                       webhooks={"billing": hook}, **more)
        return self.enterContext(harness.Gateway(configuration))

    def run_command(self, gateway, *arguments):
        return subprocess.run([harness.BINARY, *arguments, "--config", gateway.config_path], capture_output=True,
                              text=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": gateway.directory})

    def ask(self, gateway, key=None):
        with Client(gateway.port) as client:
            client.post(harness.chat(max_tokens=LONGEST), [("Authorization", f"Bearer {key}")] if key else [])
            return client.read().status

    def use_up(self, gateway, key):
        def load():
            while (status := self.ask(gateway, key)) == 200:
                pass
            statuses.append(status)
        statuses = []
        clients = [threading.Thread(target=load) for _ in range(6)]
        for one in clients:
            one.start()
        for one in clients:
            one.join(60)
        self.assertEqual([429] * 6, statuses)

    def test_each_crossing_arrives_once_whatever_fails(self):
        receiver = self.enterContext(Receiver([500]))
        gateway = self.start(receiver, owners={"acme": {"budgets": [{"period": "total", "tokens": BUDGET}]}})
        made = self.run_command(gateway, "keys", "create", "--name", "app", "--owner", "acme", "--quiet")
        key = made.stdout.strip()
        harness.wait_until(lambda: self.ask(gateway) == 401, "a key is needed")
        self.use_up(gateway, key)

        warning = receiver.wait("budget.warning")[0]
        refused = receiver.wait("budget.refused")[0]
        self.assertEqual(1, warning["version"])
        self.assertEqual(("acme", None, None), tuple(warning["data"][part] for part in ("owner", "key", "end_user")))
        self.assertEqual(("total", None, "tokens", BUDGET, 80),
                         tuple(warning["data"][part] for part in ("period", "resets_at", "unit", "limit",
                                                                  "threshold_percent")))
        self.assertGreaterEqual(warning["data"]["used"], BUDGET * 80 // 100)
        self.assertGreater(refused["data"]["used"] + refused["data"]["asked"], BUDGET)
        self.assertLess(len(set(receiver.attempts)), len(receiver.attempts), "the one that failed came again, same id")
        self.assertEqual(receiver.attempts[0], receiver.attempts[receiver.attempts.index(receiver.attempts[0], 1)])
        samples = gateway.metrics()
        self.assertEqual(1, samples['pointsman_webhook_deliveries_total{result="retried"}'])

        gateway.kill()
        gateway.start()
        self.assertEqual(429, self.ask(gateway, key), "what was spent is known")
        receiver.wait("budget.refused", 2)  # a process does not know what another one refused
        self.assertEqual(429, self.ask(gateway, key))
        self.assertEqual(0, gateway.terminate())
        self.assertEqual(1, len(receiver.of("budget.warning")), "but what was spent tells it what was told")
        self.assertEqual(2, len(receiver.of("budget.refused")))
        self.assertEqual([], receiver.forged)
        ids = [one["id"] for one in receiver.events]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertNotIn(SECRET[6:], gateway.process.err())

    def test_the_documents_receivers_accept_it(self):
        receiver = self.enterContext(Receiver())
        gateway = self.start(receiver)
        self.assertEqual(0, self.run_command(gateway, "webhooks", "test", "billing").returncode)
        headers, body = receiver.last
        with open("docs/webhooks.md", encoding="utf-8") as file:
            blocks = dict(re.findall(r"```(python|js)\n(.*?)```", file.read(), re.S))
        names = {}
        exec(blocks["python"], names)  # pylint: disable=exec-used
        self.assertTrue(names["verify"](SECRET, headers, body))
        self.assertFalse(names["verify"](SECRET, headers, body + b" "))
        if not shutil.which("node"):
            return
        program = os.path.join(gateway.directory, "verify.mjs")
        given = ", ".join(json.dumps(one) for one in (SECRET, headers, body.decode()))
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"{blocks['js']}\nconsole.log(verify({given}), verify({given} + ' '));")
        run = subprocess.run(["node", program], capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual("true false\n", run.stdout)

    def test_the_cap_on_doubt_is_announced(self):
        receiver = self.enterContext(Receiver())
        gateway = self.start(receiver, router={"fallback_cap": {"per_day": 0.001, "on_cap": "reject"}})
        self.use_up(gateway, None)
        event = receiver.wait("fallback_cap.reached")[0]
        self.assertEqual(("day", "usd", "0.001"), tuple(event["data"][part] for part in ("period", "unit", "limit")))
        self.assertIsNotNone(event["data"]["resets_at"])
        self.assertEqual(0, gateway.terminate())
        self.assertEqual(1, len(receiver.events))

    def test_a_webhook_can_be_tried_by_command(self):
        receiver = self.enterContext(Receiver())
        gateway = self.start(receiver)
        tried = self.run_command(gateway, "webhooks", "test", "billing")
        self.assertEqual((0, ""), (tried.returncode, tried.stderr))
        self.assertRegex(tried.stdout, r"^billing: answered 204 in \d+ ms; the event was ")
        self.assertEqual("webhook.test", receiver.events[0]["type"])
        with open(gateway.config_path, encoding="utf-8") as file:
            configuration = json.load(file)
        configuration["webhooks"]["billing"]["url"] = "https://169.254.169.254/latest/meta-data"
        del configuration["webhooks"]["billing"]["allow_private"]
        gateway.write(configuration)
        checked = self.run_command(gateway, "webhooks", "test", "billing")
        self.assertEqual(3, checked.returncode)
        self.assertIn("webhooks.billing.url", checked.stderr)


if __name__ == "__main__":
    harness.main()
