#!/usr/bin/env python3
"""Answers the admin API with made-up data and serves web/dist, as the gateway will: same roles, cookie, CSRF, headers.

    python3 tests/web/fixture_server.py --port 9191 [--decisions N] [--empty] [--hostile]

Users: ada (admin), grace (labeller), linus (viewer); the password of all is "pointsman".
"""
import argparse
import datetime
import json
import mimetypes
import re
import secrets
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import contract
import fixture_desk
import fixture_reports
import fixture_setup
import hostile
from fixture_traffic import BY_CATEGORY, CATEGORIES, CHAMPION, MODELS, NOW, POLICY, THRESHOLDS, Traffic, iso

DIST = contract.ROOT / "web/dist"
USERS = {"ada": "admin", "grace": "labeller", "linus": "viewer"}
PASSWORD = "pointsman"
RANK = {"none": -1, "viewer": 0, "labeller": 1, "admin": 2}
POLICY_HEADER = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
                 "form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'; report-uri /csp-report")
# Members that hostile data leaves alone: what pages compute with.
KEPT = re.compile(r"\.(id|\w*_id|number|at|day|started|now|since|until|made|created|expires|revoked|begins|ends|last|loaded|oldest|newest|leased_until|rests_until|verified|next|version|base_url|before|decision|role|\w*_version)$")


class Refusal(Exception):
    def __init__(self, status, message, code=None, **more):
        super().__init__(message)
        self.status, self.code, self.more = status, code, more


def instant(text, otherwise):
    if not text:
        return otherwise
    if match := re.fullmatch(r"(\d+)([mhd])", text):
        return NOW - datetime.timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[match[2]]: int(match[1])})
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Refusal(400, f"since: {text!r} is neither a duration nor an instant") from None
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


class Fixture:
    """The answers, whoever asks. One method for each endpoint, named after it."""

    def __init__(self, decisions=4000, empty=False, is_hostile=False):
        self.empty, self.hostile = empty, is_hostile
        self.traffic = Traffic(0 if empty else decisions)
        self.desk = fixture_desk.ReviewDesk(self.traffic)
        self.sessions, self.csp_reports, self.pwned = {}, [], []
        self.types, self.payloads, self.turn = contract.Types(), hostile.payloads(), 0
        self.delay = 0.0

    def finished(self, value, kind):
        """Checked against the contract; where data is to be hostile, with payloads in place of all free strings."""
        self.types.check(value, kind)
        if not self.hostile or kind in ("Session", "Done"):
            return value
        value = self.types.walk(value, kind, kind, self.poison)
        if kind == "Classifiers":
            for version in value["versions"]:
                version["card"] = {payload: payload for payload in self.payloads[::9]}
        return value

    def poison(self, text, _kind, path):
        if KEPT.search(path) or text == "" and not path.endswith(("text", "comment", "note")):
            return text
        self.turn += 1
        return self.payloads[self.turn % len(self.payloads)]

    def time(self, query):
        return instant(query.get("since"), NOW - datetime.timedelta(hours=24)), instant(query.get("until"), NOW)

    def number(self, identity):
        number = self.traffic.number_of(identity)
        if number is None:
            raise Refusal(404, f"there is no decision {identity}")
        return number

    def get_session(self, ask):
        return {"user": ask.user, "role": ask.role, "expires": iso(NOW + datetime.timedelta(hours=12))}

    def get_status(self, _ask):
        return fixture_setup.status(self.traffic)

    def get_savings(self, ask):
        return fixture_reports.savings(self.traffic, *self.time(ask.query), ask.query)

    def get_overview(self, ask):
        return fixture_reports.overview(self.traffic, *self.time(ask.query), ask.query)

    def page(self, ask, numbers, total):
        limit = min(1000, int(ask.query.get("limit", 200)))
        after = self.number(ask.query["cursor"]) if "cursor" in ask.query else -1
        rows = []
        for number in numbers:
            if number <= after:
                continue
            if len(rows) == limit:
                return {"items": rows, "next": rows[-1]["id"], **total}
            rows.append(self.traffic.row(number))
        return {"items": rows, "next": None, **total}

    def get_decisions(self, ask):
        first, end = self.traffic.within(*self.time(ask.query))
        filters = {name: ask.query[name] for name in ("category", "model", "stage", "outcome", "key", "fallback") if name in ask.query}
        if not filters:
            after = self.number(ask.query["cursor"]) if "cursor" in ask.query else -1
            return self.page(ask, range(max(first, after + 1), end), {"total": end - first})
        numbers = [n for n in range(first, end) if self.traffic.matches(n, filters)]
        return self.page(ask, numbers, {"total": len(numbers)})

    def get_decisions_id(self, ask):
        return fixture_desk.detail(self.traffic, self.number(ask.parts["id"]), self.desk.feedback)

    def post_decisions_id_feedback(self, ask):
        number, body = self.number(ask.parts["id"]), ask.body
        if not {"category", "verdict", "rating", "comment"} & set(body):
            raise Refusal(400, "say at least one of category, verdict, rating and comment")
        made = str(uuid.uuid4())
        self.desk.keep(made, self.traffic.identity(number), ask.user, body.get("category"), labels="category" in body, verdict=body.get("verdict", ""), comment=body.get("comment", ""))
        return {"id": made, "decision_id": self.traffic.identity(number), "repeated": False}

    def delete_feedback_id(self, ask):
        if not self.desk.retract(ask.user, ask.parts["id"]):
            raise Refusal(404, "there is no such feedback")
        return {"done": True}

    def get_review(self, ask):
        return self.desk.state(ask.user)

    def post_review_take(self, ask):
        return self.desk.take(ask.user, ask.body["count"], ask.body["again"])

    def post_review_id_answer(self, ask):
        receipt = self.desk.answer(ask.user, self.number(ask.parts["id"]), ask.body["category"], ask.headers.get("idempotency-key") or str(uuid.uuid4()))
        if receipt is None:
            raise Refusal(409, "the lease has passed to somebody else")
        return receipt

    def post_review_id_skip(self, ask):
        number = self.number(ask.parts["id"])
        self.desk.skipped.add((ask.user, number))
        self.desk.leases.pop(number, None)
        return {"done": True}

    def get_quality(self, ask):
        return fixture_reports.quality(self.traffic, *self.time(ask.query), ask.query)

    def get_quality_examples(self, ask):
        truth, predicted = ask.query.get("true"), ask.query.get("predicted")
        first, end = self.traffic.within(*self.time(ask.query))
        every = {"slice": 11, "golden": 17}.get(ask.query.get("set", "slice"), 5)
        numbers = (n for n in range(first, end) if n % every == 0 and (self.traffic.facts(n)["truth"], self.traffic.facts(n)["predicted"]) == (truth, predicted) or self.hostile)
        return self.page(ask, numbers, {})

    def get_frontier(self, ask):
        return fixture_reports.frontier(self.traffic, *self.time(ask.query))

    def get_classifiers(self, _ask):
        return fixture_setup.classifiers(self.empty)

    def post_classifiers_version_promote(self, ask):
        gate = fixture_setup.gate()
        if ask.body["as"] != "shadow" and not ask.body.get("dry_run") and not ask.body.get("force"):
            raise Refusal(409, "the gate did not let it through", gate=gate)
        return {"promoted": not ask.body.get("dry_run"), "gate": gate}

    def post_classifiers_rollback(self, _ask):
        return {"done": True}

    post_classifiers_withdraw = post_training = post_keys_name_revoke = post_classifiers_rollback

    def get_keys(self, _ask):
        return fixture_setup.keys(self.empty)

    def post_keys(self, ask):
        return {"name": ask.body["name"], "secret": "pm-" + "0" * 49}

    def post_keys_name_rotate(self, ask):
        return {"name": ask.parts["name"], "secret": "pm-" + "1" * 49}

    def get_providers(self, ask):
        return fixture_setup.providers(self.empty, *self.time(ask.query))

    def get_config(self, _ask):
        return fixture_setup.config()

    def post_config_validate(self, ask):
        return fixture_setup.validate(ask.body["yaml"])

    def get_audit(self, ask):
        events = [one for one in fixture_setup.audit(self.empty) if ask.query.get("who", one["who"]) == one["who"] and ask.query.get("kind", one["kind"]) == one["kind"]]
        start = next((at + 1 for at, one in enumerate(events) if str(one["number"]) == ask.query.get("cursor")), 0)
        items = events[start : start + 40]
        return {"items": items, "next": str(items[-1]["number"]) if start + 40 < len(events) else None}

    def post_route(self, ask):
        f = self.traffic.facts(sum(map(ord, ask.body["text"])) % 5000)
        sure = max(f["probabilities"])
        doubt = sure < THRESHOLDS[f["predicted"]]
        model = "atlas-large" if doubt else BY_CATEGORY[f["predicted"]]
        candidates = [{"model": one, "provider": MODELS[one][0], "from": "category" if at == 0 else "fallback", "healthy": True, "expected_cost_usd": round(0.0004 * (at + 1), 6)} for at, one in enumerate(dict.fromkeys([model, "atlas-large"]))]
        decision = {"object": "route.decision", "category": f["predicted"], "confidence": sure, "threshold": THRESHOLDS[f["predicted"]], "threshold_from": "configuration", "stage": "fallback" if doubt else "local",
                    "reason": "below_threshold" if doubt else "at_or_above_threshold", "fallback": doubt, "escalated": False, "shift": False, "model": model, "candidates": candidates, "excluded": [],
                    "probabilities": dict(zip(CATEGORIES, f["probabilities"])), "rule_hits": [], "policy_version": POLICY, "classifier_version": CHAMPION, "classify_us": 41.2}
        return {"decision": decision, "nearest": fixture_desk.nearest(f["predicted"]), "words": fixture_desk.words()}

    def post_run(self, ask):
        model = ask.body.get("model") or "swift-mini"
        return {"decision_id": self.traffic.identity(0) if self.traffic.count else str(uuid.uuid4()), "model": model, "provider": MODELS.get(model, ("quick",))[0], "category": "simple", "status": 200, "answer": "Ulaanbaatar is the capital of Mongolia.", "cut": False,
                "input_tokens": 14, "output_tokens": 9, "cost_usd": 0.00001, "first_byte_us": 204_000, "total_us": 377_000}


class Ask:
    def __init__(self, query, headers):
        self.query, self.headers, self.user, self.role, self.parts, self.body = query, headers, "", "none", {}, {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", **headers):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in {"cache-control": "no-store", "content-security-policy": POLICY_HEADER, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        try:
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the page was left

    def handle_any(self):
        address = urllib.parse.urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if address.path == "/csp-report":
            self.server.fixture.csp_reports.append(raw.decode())
            self.answer(204, b"")
        elif address.path.startswith("/admin/v1/"):
            self.api(address, raw)
        elif address.path == "/" or address.path.startswith("/dashboard"):
            self.file(address.path)
        else:
            self.server.fixture.pwned.append(address.path)
            self.answer(404, b"{}")

    do_GET = do_POST = do_DELETE = handle_any

    def file(self, path):
        name = path.removeprefix("/dashboard").lstrip("/")
        target = (DIST / name).resolve()
        if not name or not target.is_file() or DIST not in target.parents:
            return self.answer(200, (DIST / "index.html").read_bytes(), "text/html; charset=utf-8")
        kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        return self.answer(200, target.read_bytes(), kind, cache_control="public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache")

    def api(self, address, raw):
        fixture = self.server.fixture
        try:
            endpoint, ask = self.admitted(address)
            if endpoint["method"] == "POST" and "body" in endpoint:
                ask.body = json.loads(raw)
                self.checked(fixture, ask.body, endpoint["body"])
            if endpoint["path"] == "/login":
                return self.login(fixture, ask)
            if endpoint.get("stream"):
                return self.live(fixture)
            name = "_".join([endpoint["method"].lower(), *re.findall(r"\w+", endpoint["path"])])
            if endpoint["path"] == "/logout":
                fixture.sessions.pop(self.token(), None)
                value = {"done": True}
            else:
                value = getattr(fixture, name)(ask)
            return self.answer(200, json.dumps(fixture.finished(value, endpoint["answer"])).encode())
        except Refusal as refusal:
            error = {"message": str(refusal), "type": "invalid_request_error", "param": None, "code": refusal.code}
            return self.answer(refusal.status, json.dumps({"error": error, **refusal.more}).encode())

    @staticmethod
    def checked(fixture, value, kind):
        try:
            fixture.types.check(value, kind)
        except ValueError as wrong:
            raise Refusal(400, str(wrong)) from None

    def admitted(self, address):
        path = address.path.removeprefix("/admin/v1")
        for endpoint in sorted(contract.endpoints(), key=lambda one: "{" in one["path"]):
            parts = contract.match_path(endpoint["path"], urllib.parse.unquote(path))
            if endpoint["method"] != self.command or parts is None:
                continue
            ask = Ask(dict(urllib.parse.parse_qsl(address.query)), self.headers)
            ask.parts = parts
            ask.user, ask.role = self.server.fixture.sessions.get(self.token(), ("", "none"))
            if endpoint["role"] != "none" and ask.role == "none":
                raise Refusal(401, "sign in first")
            if RANK[ask.role] < RANK[endpoint["role"]]:
                raise Refusal(403, f"this takes the role {endpoint['role']}")
            if self.command != "GET" and self.headers.get("x-pointsman-csrf") != "1":
                raise Refusal(403, "the header x-pointsman-csrf is missing")
            allowed = {known for name in endpoint["query"] for known in re.findall(r"`(\w+)`", contract.PARAMETERS.get(name, f"`{name}`"))}
            if unknown := set(ask.query) - allowed:
                raise Refusal(400, f"unknown parameter {sorted(unknown)[0]}")
            return endpoint, ask
        raise Refusal(404, "there is no such endpoint")

    def token(self):
        match = re.search(r"(?:^|;\s*)__Host-pointsman=([\w-]+)", self.headers.get("cookie") or "")
        return match[1] if match else ""

    def login(self, fixture, ask):
        user, role = ask.body["user"], USERS.get(ask.body["user"])
        if role is None or not secrets.compare_digest(ask.body["password"], PASSWORD):
            raise Refusal(401, "the name or the password is wrong")
        token = secrets.token_urlsafe(32)
        fixture.sessions[token] = (user, role)
        ask.user, ask.role = user, role
        body = json.dumps(fixture.finished(fixture.get_session(ask), "Session")).encode()
        return self.answer(200, body, set_cookie=f"__Host-pointsman={token}; HttpOnly; Secure; SameSite=Strict; Path=/")

    def live(self, fixture):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-store")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        number = 0
        try:
            while not self.server.stopping.wait(0.4):
                if fixture.traffic.count:
                    row = {**fixture.traffic.row(number % 500), "id": str(uuid.uuid4()), "started": iso(NOW)}
                    row = fixture.finished(row, "DecisionRow")
                    self.wfile.write(f"id: {row['id']}\nevent: decision\ndata: {json.dumps(row)}\n\n".encode())
                else:
                    self.wfile.write(b": nothing yet\n\n")
                self.wfile.flush()
                number += 1
        except OSError:
            pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, fixture):
        super().__init__(("127.0.0.1", port), Handler)
        self.fixture, self.stopping = fixture, threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()

    @classmethod
    def begin(cls, **options):
        server = cls(0, Fixture(**options))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9191)
    parser.add_argument("--decisions", type=int, default=4000)
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--hostile", action="store_true")
    arguments = parser.parse_args()
    server = Server(arguments.port, Fixture(arguments.decisions, arguments.empty, arguments.hostile))
    print(f"{server.address}/dashboard/  (ada, grace or linus; password {PASSWORD})")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
