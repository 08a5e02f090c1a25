#!/usr/bin/env python3
"""The admin API's page, the types and what the fixture answers say the same; roles and CSRF hold."""
import json
import re
import sys
import unittest
import urllib.error
import urllib.request

import contract
import fixture_server

sys.dont_write_bytecode = True
QUERIES = {"/quality/examples": "?true=simple&predicted=simple&since=30d"}


def call(server, method, path, token="", body=None, csrf=True, origin=None):
    headers = {"cookie": f"__Host-pointsman={token}", "content-type": "application/json"}
    if csrf:
        headers["x-pointsman-csrf"] = "1"
    request = urllib.request.Request(f"{server.address}/admin/v1{path}", method=method, headers=headers, data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def sign_in(server, user):
    _, _, headers = call(server, "POST", "/login", body={"user": user, "password": fixture_server.PASSWORD})
    return re.search(r"__Host-pointsman=([\w-]+)", headers["set-cookie"])[1]


def bodies(server):
    identity = server.fixture.traffic.identity(3) if server.fixture.traffic.count else ""
    return {"LoginBody": {"user": "ada", "password": "pointsman"}, "FeedbackBody": {"category": "code"}, "ReviewTake": {"count": 2, "again": False}, "ReviewAnswer": {"category": None}, "PromoteBody": {"as": "canary", "dry_run": True},
            "WithdrawBody": {"role": "canary"}, "NewKey": {"name": "x"}, "RotateBody": {"grace_seconds": 60}, "ValidateBody": {"yaml": "log: {}"}, "RouteBody": {"text": "hello"}, "RunBody": {"decision_id": identity, "max_output_tokens": 5}}


class Page(unittest.TestCase):
    def test_shows_the_table_and_the_types_of_the_source(self):
        text = contract.PAGE.read_text(encoding="utf-8")
        self.assertEqual(text, contract.page_with_contract(text), "run tests/web/contract.py")

    def test_every_type_of_an_endpoint_exists(self):
        types = contract.Types()
        for one in contract.endpoints():
            for name in filter(None, (one.get("body"), one["answer"])):
                self.assertIn(name, types.interfaces)

    def test_every_type_that_a_type_names_exists(self):
        types = contract.Types()
        for name, members in types.interfaces.items():
            for kind, _ in members.values():
                for word in re.findall(r"\b[A-Z]\w+\b", re.sub(r'"[^"]*"', "", kind)):
                    self.assertTrue(word == "Record" or word in types.interfaces or word in types.unions, f"{name}: {word}")

    def test_every_path_that_the_dashboard_asks_is_an_endpoint(self):
        known = [one["path"] for one in contract.endpoints()]
        asked = set()
        for file in (contract.ROOT / "web/src").rglob("*.ts*"):
            text = file.read_text(encoding="utf-8")
            asked |= set(re.findall(r"""(?:useApi<\w+>|get<\w+>|address)\(\s*(?:query\.\w+ \? )?[`"](/[^`"]*)[`"]""", text))
            asked |= set(re.findall(r"""send(?:<\w+>)?\("(?:POST|DELETE)", [`"](/[^`"]*)[`"]""", text))
        self.assertGreater(len(asked), 15)
        for path in asked:
            plain = re.sub(r"\$\{[^}]*\}", "x", path)
            self.assertTrue(any(contract.match_path(one, plain) is not None for one in known), path)


class Checker(unittest.TestCase):
    def test_refuses_what_is_not_of_the_type(self):
        types = contract.Types()
        types.check({"user": "ada", "role": "admin", "expires": ""}, "Session")
        for wrong in ({"user": "ada", "role": "root", "expires": ""}, {"user": "ada", "role": "admin"}, {"user": 1, "role": "admin", "expires": ""}, {"user": "", "role": "admin", "expires": "", "more": 1}):
            with self.assertRaises(ValueError):
                types.check(wrong, "Session")


class Answers(unittest.TestCase):
    """The fixture checks each answer itself; here each endpoint is asked at least once, with each role."""

    def ask_all(self, **options):
        server = fixture_server.Server.begin(**options)
        self.addCleanup(server.stop)
        token = sign_in(server, "ada")
        traffic = server.fixture.traffic
        types = contract.Types()
        number = server.fixture.desk.queue[0] if server.fixture.desk.queue else 0
        for one in contract.endpoints():
            if one.get("stream") or one["path"] == "/logout" or ("{id}" in one["path"] and not traffic.count):
                continue
            path = one["path"].replace("{version}", fixture_server.CHAMPION).replace("{name}", "search-ci").replace("{id}", traffic.identity(number) if traffic.count else "x")
            if path.startswith("/feedback/"):
                path = "/feedback/" + next(iter(server.fixture.desk.feedback))
            if path.endswith("/answer"):
                server.fixture.desk.take("ada", 5, False)
            status, body, _ = call(server, one["method"], path + QUERIES.get(one["path"], ""), token, bodies(server).get(one.get("body")) if "body" in one else {} if one["method"] != "GET" else None)
            self.assertEqual(status, 200, f"{path}: {body}")
            if not options.get("is_hostile"):
                types.check(body, one["answer"])

    def test_are_of_their_types(self):
        self.ask_all(decisions=3000)

    def test_are_of_their_types_where_there_is_nothing(self):
        self.ask_all(empty=True)

    def test_can_be_made_hostile(self):
        self.ask_all(decisions=300, is_hostile=True)


class Doors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = fixture_server.Server.begin(decisions=300)
        cls.tokens = {role: sign_in(cls.server, user) for user, role in fixture_server.USERS.items()}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_each_role_may_what_the_table_says(self):
        for one in contract.endpoints():
            if one.get("stream") or one["path"] in ("/login", "/logout"):
                continue
            for role, token in [("none", ""), *self.tokens.items()]:
                status, _, _ = call(self.server, one["method"], re.sub(r"\{\w+\}", "x", one["path"]), token, {} if one["method"] != "GET" else None)
                allowed = fixture_server.RANK[role] >= fixture_server.RANK[one["role"]]
                self.assertEqual(status in (401, 403), not allowed, f"{role} {one['method']} {one['path']}: {status}")

    def test_a_change_needs_the_header(self):
        status, _, _ = call(self.server, "POST", "/classifiers/rollback", self.tokens["admin"], {}, csrf=False)
        self.assertEqual(status, 403)

    def test_two_people_never_get_the_same_decision(self):
        given = [set(one["id"] for one in call(self.server, "POST", "/review/take", self.tokens[role], {"count": 10, "again": False})[1]["items"]) for role in ("admin", "labeller")]
        self.assertEqual(len(given[0]), 10)
        self.assertFalse(given[0] & given[1])

    def test_pages_of_a_list_neither_repeat_nor_leave_out(self):
        seen, cursor = [], ""
        while cursor is not None:
            page = call(self.server, "GET", "/decisions?since=30d&limit=70" + (f"&cursor={cursor}" if cursor else ""), self.tokens["viewer"])[1]
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
        self.assertEqual(len(seen), 300)
        self.assertEqual(len(set(seen)), 300)


if __name__ == "__main__":
    unittest.main()
