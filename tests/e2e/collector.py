"""A small OpenTelemetry collector: takes OTLP over HTTP as JSON, checks its form, keeps the spans."""

import http.server
import json
import re
import threading

import harness

HEX = {"traceId": 32, "spanId": 16, "parentSpanId": 16}


class Span:
    def __init__(self, raw, resource):
        self.raw, self.resource = raw, resource
        self.name, self.kind = raw["name"], raw["kind"]
        self.id, self.trace, self.parent = raw["spanId"], raw["traceId"], raw.get("parentSpanId")
        self.began, self.ended = int(raw["startTimeUnixNano"]), int(raw["endTimeUnixNano"])
        self.attributes = attributes(raw["attributes"])
        self.error = raw.get("status", {}).get("message") if raw.get("status", {}).get("code") == 2 else None

    def __repr__(self):
        return f"<{self.name} {self.attributes}>"


def attributes(listed):
    """Name -> value; fails on what OTLP's JSON does not have."""
    out = {}
    for one in listed:
        (kind, value), = one["value"].items()
        if kind == "intValue":
            assert isinstance(value, str), f"a 64-bit number is a text in OTLP's JSON: {one}"
            value = int(value)
        else:
            wanted = {"stringValue": str, "doubleValue": (float, int), "boolValue": bool}[kind]
            assert isinstance(value, wanted), one
        assert one["key"] not in out, f"twice: {one}"
        out[one["key"]] = value
    return out


def spans_of(body):
    for group in json.loads(body)["resourceSpans"]:
        resource = attributes(group["resource"]["attributes"])
        for scope in group["scopeSpans"]:
            assert scope["scope"]["name"] == "pointsman"
            for raw in scope["spans"]:
                for key, digits in HEX.items():
                    assert key not in raw or re.fullmatch(f"[0-9a-f]{{{digits}}}", raw[key]), raw
                for key in ("startTimeUnixNano", "endTimeUnixNano"):
                    assert isinstance(raw[key], str), raw
                yield Span(raw, resource)


class Collector:
    """Answers the first requests by `statuses` (None: never), all others 200. Use as a context."""

    def __init__(self, statuses=()):
        self.statuses, self.bodies, self.headers, self.spans, self.wrong = list(statuses), [], [], [], []
        self.lock, self.end = threading.Lock(), threading.Event()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = collector.take(self.path, dict(self.headers.items()), body)
                if status is None:
                    collector.end.wait(60)
                    return
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, path, headers, body):
        with self.lock:
            self.bodies.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()} | {":path": path})
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                try:
                    self.spans += spans_of(body)
                except (AssertionError, KeyError, ValueError) as wrong:
                    self.wrong.append(repr(wrong))
                    status = 400
            return status

    def seen(self):
        with self.lock:
            assert not self.wrong, self.wrong
            return list(self.spans)

    def wait(self, count):
        return harness.wait_until(lambda: len(found := self.seen()) >= count and found,
                                  lambda: f"{count} spans; there are {self.seen()} {self.wrong}", 30.0)
