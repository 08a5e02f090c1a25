"""Promise P3: JSON means the same to us as to the world. Each file of JSONTestSuite goes through the program's HTTP
interface, as a whole body and inside a sound request; what is forwarded is what came, byte for byte."""

import json
import os

import promise
import harness
from wire import Client, Upstream, whole

HEAD = b'{"model":"m","messages":[{"role":"user","content":"x"}],"metadata":'


class Gate:
    """Sends bodies on one connection; notes what they became."""

    def __init__(self, run):
        self.upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
        configuration = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up"})
        self.gateway = run.enter(harness.Gateway(configuration))

    def send(self, body):
        """The status, and the body that the upstream got, if any."""
        before = len(self.upstream.requests)
        with Client(self.gateway.port) as client:
            client.post(body)
            answer = client.read()
        got = self.upstream.requests[before:]
        return answer.status, got[0].body if got else None


def files(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


def parsing(run, gate):
    wrong, counts = [], dict.fromkeys(("y", "n", "i"), 0)
    for name, content in files(promise.data("json/JSONTestSuite/test_parsing")).items():
        kind = name[0]
        counts[kind] += 1
        alone, _ = gate.send(content)
        if alone not in (400, 413):  # none of them is a chat request
            wrong.append(f"{name} alone: {alone}")
        body = HEAD + content + b"}"
        status, forwarded = gate.send(body)
        if kind == "y" and (status, forwarded) != (200, body):
            wrong.append(f"{name}: {status}")
        if kind == "n" and status != 400:
            wrong.append(f"{name}: {status}")
        if kind == "i" and (status not in (200, 400) or forwarded not in (None, body)):
            wrong.append(f"{name}: {status}")
    run.tried(f"JSONTestSuite: {counts['y']} y_ accepted and forwarded unchanged, {counts['n']} n_ refused with 400, "
              f"{counts['i']} i_ without a crash, but for {len(wrong)}")
    run.value("wrong", wrong)
    run.require(not wrong, f"{len(wrong)} files: {', '.join(wrong[:6])}")
    run.require(counts["y"] >= 95 and counts["n"] >= 188 and counts["i"] >= 35, f"not the whole suite: {counts}")


def transforms(run, gate):
    """Values that parsers like to change on the way."""
    found = files(promise.data("json/JSONTestSuite/test_transform"))
    changed = []
    for name, content in found.items():
        body = HEAD + content.strip() + b"}"
        status, forwarded = gate.send(body)
        if status not in (200, 400) or forwarded not in (None, body):
            changed.append(name)
    run.tried(f"{len(found)} transform files forwarded as they came or refused")
    run.require(not changed, f"changed on the way: {changed[:4]}")


def limits(run, gate):
    """Depth, keys that we interpret and that come twice, size."""
    def nested(depth):
        return HEAD + b"[" * depth + b"]" * depth + b"}"

    text = b'"messages":[{"role":"user","content":"x"}]'
    cases = [("depth 120", nested(120), 200), ("depth 200", nested(200), 400), ("depth 100,000", nested(100000), 400)]
    for name, value in (("model", b'"m"'), ("messages", b'[{"role":"user","content":"y"}]'), ("stream", b"false"),
                        ("max_tokens", b"3"), ("tools", b"[]")):
        pair = b'"%s":%s' % (name.encode(), value)
        rest = b"" if name == "messages" else b"," + text
        model = b"" if name == "model" else b',"model":"m"'
        cases.append((f"{name} twice", b"{" + pair + b"," + pair + rest + model + b"}", 400))
    cases.append(("a body beyond 20 MiB", json.dumps(harness.chat("m")).encode().ljust(20 * 2**20 + 1), 413))
    for name, body, wanted in cases:
        run.equal(wanted, gate.send(body)[0], name)
    run.tried(f"{len(cases)} limits of depth, repeated keys and size")


def measure(run):
    gate = Gate(run)
    parsing(run, gate)
    transforms(run, gate)
    limits(run, gate)
    run.equal(200, gate.send(json.dumps(harness.chat("m")).encode())[0], "a sound request after all that")


if __name__ == "__main__":
    promise.main("P3", "JSON agrees with the world", measure)
