"""The operators' listener of the real program: every endpoint answers what docs/admin-api.md says, to the roles it says,
and tells nothing to anybody else.

Answers are held against the types of web/src/api by the reader that the dashboard's own tests use.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import time
import unittest

import harness
from wire import ask

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../web"))
import contract  # noqa: E402

PASSWORD = "correct horse battery"
USERS = {"ada": "admin", "grace": "labeller", "linus": "viewer"}
RANK = {"none": -1, "viewer": 0, "labeller": 1, "admin": 2}
CANARY = "sk-canary-4711-never-shown"


def hash_of(password):
    run = subprocess.run([harness.BINARY, "passwd"], input=password + "\n", text=True, capture_output=True, check=True)
    return run.stdout.strip()


class Browser:
    """Somebody at the dashboard: keeps his cookie, sends what its page sends."""

    def __init__(self, port):
        self.port, self.cookie = port, ""

    def send(self, method, path, body=None, csrf=True, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        sent = {"cookie": self.cookie, **({"x-pointsman-csrf": "1"} if csrf else {}), **(headers or {})}
        text = None if body is None else json.dumps(body)
        if text is not None:
            sent["content-type"] = "application/json"
        connection.request(method, path, text, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers

    def api(self, method, path, body=None, **more):
        status, content, headers = self.send(method, "/admin/v1" + path, body, **more)
        return status, json.loads(content) if content else None, headers

    def sign_in(self, user, password=PASSWORD):
        status, answer, headers = self.api("POST", "/login", {"user": user, "password": password})
        if status == 200:
            self.cookie = headers["set-cookie"].split(";")[0]
        return status, answer


class Office(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = harness.Simulator(("sim",))
        hashed = hash_of(PASSWORD)
        users = {name: {"password": hashed, "role": role} for name, role in USERS.items()}
        providers = {"sim": {**harness.provider(cls.simulator.ports["sim"]), "api_key": CANARY}}
        configuration = harness.config(providers, {"sim": "sim"}, admin={"address": "127.0.0.1:0", "users": users},
                                       ledger={"store_prompts": "full"}, categories={"general": {"models": ["sim"]}},
                                       router={"classifier": "builtin"})
        configuration["categories"] = {name: {"models": ["sim"]} for name in ("simple", "reasoning", "tool_use")}
        cls.gateway = harness.Gateway(configuration)
        match = cls.gateway.process.expect(r"dashboard is at http://127\.0\.0\.1:(\d+)/dashboard/")
        cls.port = int(match.group(1))
        for number in range(12):
            text = f"Please reset my password, number {number}." if number % 2 else f"Prove that {number} is not prime."
            status = ask(cls.gateway.port, harness.chat(text=text)).status
            assert status == 200, status
        cls.decisions = [one["id"] for one in cls.gateway.wait_entries(12)]
        cls.people = {name: Browser(cls.port) for name in USERS}
        for name, browser in cls.people.items():
            status, answer = browser.sign_in(name)
            assert status == 200, answer

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__(None)
        cls.simulator.__exit__()

    def path_of(self, endpoint):
        names = {"id": self.decisions[-1], "version": "0123abcd", "name": "nobody"}
        return re.sub(r"\{(\w+)\}", lambda match: names[match.group(1)], endpoint["path"])

    def test_everything_that_can_be_read_is_as_the_contract_says(self):
        types = contract.Types()
        queries = {"/quality/examples": "?true=simple&predicted=simple"}
        for endpoint in contract.endpoints():
            if endpoint["method"] != "GET" or endpoint.get("stream"):
                continue
            with self.subTest(endpoint["path"]):
                path = self.path_of(endpoint) + queries.get(endpoint["path"], "")
                status, answer, headers = self.people["ada"].api("GET", path)
                self.assertEqual(status, 200, answer)
                types.check(answer, endpoint["answer"])
                self.assertEqual(headers["cache-control"], "no-store")
                self.assertNotIn(CANARY, json.dumps(answer))
                self.assertNotIn("$argon2id$", json.dumps(answer))

    def test_p18_roles_are_those_of_the_table(self):
        """Every endpoint asked by everybody; what is refused is refused for the role, and by nothing else."""
        for endpoint in contract.endpoints():
            if endpoint["path"] in ("/login", "/logout") or endpoint.get("stream"):
                continue
            path = self.path_of(endpoint)
            for name, role in [*USERS.items(), ("nobody", "none")]:
                with self.subTest(f"{endpoint['method']} {path} as {role}"):
                    browser = self.people.get(name) or Browser(self.port)
                    allowed = RANK[role] >= RANK[endpoint["role"]]
                    if allowed and endpoint["method"] != "GET":
                        continue  # is done for real elsewhere
                    body = {} if endpoint["method"] == "POST" else None
                    status, answer, _ = browser.api(endpoint["method"], path, body)
                    if name == "nobody":
                        self.assertEqual(status, 401, answer)
                    elif not allowed:
                        self.assertEqual(status, 403, answer)
                        self.assertEqual(answer["error"]["code"], "role")
                    else:
                        self.assertNotIn(status, (401, 403), answer)

    def test_changes_need_the_header_and_the_own_origin(self):
        for endpoint in contract.endpoints():
            if endpoint["method"] == "GET":
                continue
            with self.subTest(endpoint["path"]):
                path = self.path_of(endpoint)
                ada = self.people["ada"]
                self.assertEqual(ada.api(endpoint["method"], path, {}, csrf=False)[0], 403)
                foreign = {"origin": "https://evil.example"}
                self.assertEqual(ada.api(endpoint["method"], path, {}, headers=foreign)[0], 403)

    def test_unknown_parameters_are_named(self):
        status, answer, _ = self.people["ada"].api("GET", "/decisions?categry=simple")
        self.assertEqual(status, 400)
        self.assertIn("did you mean category", answer["error"]["message"])

    def test_decisions_page_by_page_are_all_of_them_once(self):
        seen, cursor = [], ""
        while True:
            status, page, _ = self.people["linus"].api("GET", f"/decisions?limit=5{cursor}")
            self.assertEqual(status, 200, page)
            seen += [row["id"] for row in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        self.assertEqual(len(seen), len(set(seen)))
        self.assertTrue(set(self.decisions) <= set(seen))
        self.assertEqual(seen, sorted(seen, reverse=True))

    def test_a_correction_is_kept_shown_and_taken_back(self):
        decision = self.decisions[3]
        grace, linus = self.people["grace"], self.people["linus"]
        status, receipt, _ = grace.api("POST", f"/decisions/{decision}/feedback", {"category": "reasoning"},
                                       headers={"idempotency-key": "one"})
        self.assertEqual(status, 200, receipt)
        _, detail, _ = linus.api("GET", f"/decisions/{decision}")
        said = [one for one in detail["feedback"] if one["id"] == receipt["id"]]
        self.assertEqual([(one["who"], one["category"]) for one in said], [("grace", "reasoning")])
        _, again, _ = grace.api("POST", f"/decisions/{decision}/feedback", {"category": "reasoning"},
                                headers={"idempotency-key": "one"})
        self.assertEqual((again["id"], again["repeated"]), (receipt["id"], True))
        self.assertEqual(grace.api("DELETE", f"/feedback/{receipt['id']}")[0], 200)
        _, detail, _ = linus.api("GET", f"/decisions/{decision}")
        self.assertEqual([one for one in detail["feedback"] if one["id"] == receipt["id"]], [])

    def test_two_people_review_different_things(self):
        ada, grace = self.people["ada"], self.people["grace"]
        _, hers, _ = grace.api("POST", "/review/take", {"count": 3, "again": False})
        _, mine, _ = ada.api("POST", "/review/take", {"count": 3, "again": False})
        ids = [one["id"] for one in hers["items"] + mine["items"]]
        self.assertGreaterEqual(len(ids), 2)
        self.assertEqual(len(ids), len(set(ids)))
        item = hers["items"][0]["id"]
        self.assertEqual(ada.api("POST", f"/review/{item}/answer", {"category": "simple"})[0], 409)
        status, receipt, _ = grace.api("POST", f"/review/{item}/answer", {"category": "simple"})
        self.assertEqual(status, 200, receipt)

    def test_a_key_is_shown_once_works_and_is_revoked(self):
        ada = self.people["ada"]
        status, made, _ = ada.api("POST", "/keys", {"name": "ci", "budget_month_usd": 5})
        self.assertEqual(status, 200, made)
        _, keys, _ = ada.api("GET", "/keys")
        self.assertNotIn(made["secret"], json.dumps(keys))
        self.assertEqual([one["name"] for one in keys["keys"] if one["state"] == "live"], ["ci"])
        status, turned, _ = ada.api("POST", "/keys/ci/rotate", {"grace_seconds": 0})
        self.assertEqual(status, 200, turned)
        self.assertNotEqual(turned["secret"], made["secret"])
        self.assertEqual(ada.api("POST", "/keys/ci/revoke")[0], 200)
        _, audit, _ = ada.api("GET", "/audit")
        kinds = {(one["who"], one["kind"]) for one in audit["items"]}
        self.assertTrue({("ada", "key.created"), ("ada", "key.rotated"), ("ada", "key.revoked"), ("grace", "login")} <= kinds, kinds)
        self.assertNotIn(made["secret"], json.dumps(audit))

    def test_a_text_is_routed_for_free_and_run_for_money(self):
        status, routed, _ = self.people["linus"].api("POST", "/route", {"text": "Prove that seven is prime."})
        self.assertEqual(status, 200, routed)
        contract.Types().check(routed, "RouteAnswer")
        before = self.simulator.stats()["requests"]
        status, ran, _ = self.people["ada"].api("POST", "/run", {"text": "Say hello.", "max_output_tokens": 20})
        self.assertEqual(status, 200, ran)
        contract.Types().check(ran, "RunAnswer")
        self.assertEqual(ran["status"], 200)
        self.assertEqual(self.simulator.stats()["requests"], before + 1)

    def test_a_configuration_is_validated_and_nothing_leaks(self):
        ada = self.people["ada"]
        _, view, _ = ada.api("GET", "/config")
        status, answer, _ = ada.api("POST", "/config/validate", {"yaml": view["file_yaml"].replace("workers: 1", "workers: -1")})
        self.assertEqual(status, 200, answer)
        contract.Types().check(answer, "ValidateAnswer")
        self.assertFalse(answer["ok"])
        _, leak, _ = ada.api("POST", "/config/validate", {"yaml": "log: {level: '${file:/etc/passwd}'}"})
        self.assertNotIn("root:", json.dumps(leak))
        _, leak, _ = ada.api("POST", "/config/validate", {"yaml": "log: {level: '${HOME}'}"})
        self.assertNotIn(self.gateway.directory, json.dumps(leak))

    def test_pages_carry_a_strict_policy(self):
        for path in ("/dashboard/", "/dashboard/decisions", "/dashboard/icon.svg"):
            status, content, headers = Browser(self.port).send("GET", path)
            self.assertEqual(status, 200)
            self.assertIn("default-src 'none'; script-src 'self'", headers["content-security-policy"])
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertTrue(content)

    def test_the_live_tail_follows(self):
        linus = self.people["linus"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        connection.request("GET", "/admin/v1/decisions/live", headers={"cookie": linus.cookie})
        answer = connection.getresponse()
        self.assertEqual(answer.headers["content-type"], "text/event-stream")
        self.assertEqual(answer.readline(), b": still here\n")
        # Of its own: once there was a key, one is needed.
        _, made, _ = self.people["ada"].api("POST", "/keys", {"name": "tail"})
        fields = [("Authorization", f"Bearer {made['secret']}")]
        harness.wait_until(lambda: ask(self.gateway.port, harness.chat(text="Hello once more."), fields).status == 200,
                           "the key is known")
        self.assertEqual(self.people["ada"].api("POST", "/keys/tail/revoke")[0], 200)
        lines = {}
        while "data" not in lines:
            name, _, value = answer.readline().decode().rstrip("\n").partition(": ")
            lines[name] = value
        contract.Types().check(json.loads(lines["data"]), "DecisionRow")
        self.assertEqual(json.loads(lines["data"])["id"], lines["id"])
        connection.close()

    def test_a_report_is_one_page_without_prompts(self):
        run = subprocess.run([harness.BINARY, "report", "--config", self.gateway.config_path, "--since", "1h"], text=True,
                             capture_output=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(" saved (", run.stdout)
        self.assertIn("<svg", run.stdout)
        for never in ("<script", "not prime", CANARY):
            self.assertNotIn(never, run.stdout)

    def test_who_guesses_waits(self):
        guesser = Browser(self.port)
        statuses = [guesser.sign_in("eve", f"guess {number}")[0] for number in range(6)]
        self.assertEqual(statuses, [401] * 5 + [429])
        deadline = time.monotonic() + harness.PATIENCE
        while Browser(self.port).sign_in("linus")[0] != 200:  # the address is slowed down as well, for a second
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)


class Alone(unittest.TestCase):
    def test_without_people_a_start_makes_a_password(self):
        configuration = harness.config({"sim": harness.provider(9)}, {"sim": "sim"}, admin={"address": "127.0.0.1:0"})
        with harness.Gateway(configuration) as gateway:
            match = gateway.process.expect(r"dashboard is at http://127\.0\.0\.1:(\d+)/dashboard/\nSign in as admin with (\w+)")
            browser = Browser(int(match.group(1)))
            self.assertEqual(browser.sign_in("admin", match.group(2))[0], 200)
            status, session, _ = browser.api("GET", "/session")
            self.assertEqual((status, session["role"]), (200, "admin"))
            self.assertNotIn(match.group(2), gateway.process.err())


if __name__ == "__main__":
    harness.main()
