"""Promise P9: a cut answer is never sold as a whole one. Upstreams break off at random places in five ways; each answer
must end in an error event or with the connection, and nothing may be invented: no [DONE], no finish_reason."""

import random
from concurrent.futures import ThreadPoolExecutor

import promise
import harness
from cuts_test import DONE, FORMS, STREAM, boundaries
from wire import STREAM_HEAD, Upstream, ask, chunked, stream, whole

WAYS = ("fin", "rst", "stall", "garbage chunk", "html")
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
FINISH_AT = STREAM.index(b'"finish_reason": "stop"')  # behind it nothing of the answer is missing
SEED = 20260101
BATCH = 800


def cut(form, way, place):
    """The upstream's bytes, and how it ends."""
    if way == "html":  # well framed to its end, but what comes is a proxy's page
        at = place.choice([at for at in boundaries(STREAM, STREAM_HEAD) if at < FINISH_AT])
        return STREAM[:at] + chunked(PAGE) + b"0\r\n\r\n", "keep"
    return form.cut(way, place)


class Trial:
    def __init__(self, run):
        self.run, self.plans, self.wrong, self.counts = run, {}, [], dict.fromkeys(("error event", "aborted", "502"), 0)
        upstream = run.enter(Upstream(self.play, backlog=1024))
        spare = run.enter(Upstream(lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
        providers = {"up": harness.provider(upstream.port, idle_timeout="150ms", first_byte_timeout="5s"),
                     "spare": harness.provider(spare.port)}
        self.gateway = run.enter(harness.Gateway(harness.config(
            providers, {"m": "up", "n": "spare"}, router={"retries": {"budget": "100%"}, "breaker": {"failures": 1000}})))
        self.spare = spare

    def play(self, peer, request):
        data, way = self.plans[request.json()["messages"][0]["content"]]
        peer.send(data)
        if way == "rst":
            peer.reset()
        elif way == "fin":
            peer.close()
        elif way == "stall":
            peer.wait_gone()

    def form(self, name, points):
        """As many random places as are asked for, in each way that fits the form."""
        form, place = FORMS[name], random.Random(f"{SEED} {name}")
        ways = [way for way in WAYS if form.is_chunked or "chunk" not in way]
        if not form.request.get("stream"):
            ways = [way for way in ways if way != "html"]
        texts = [f"{name}|{way}|{number}" for way in ways for number in range(points)]
        for text in texts:
            self.plans[text] = cut(form, text.split("|")[1], place)
        before = len(self.gateway.entries())
        self.plans["sound"] = (form.answer, "keep")
        answers, sound = [], 0
        for at in range(0, len(texts), BATCH):
            with ThreadPoolExecutor(16) as clients:
                answers += clients.map(lambda text: self.ask(form, text), texts[at:at + BATCH])
            # One sound answer, so that the provider's breaker never counts its most failures in a row.
            self.run.require(self.ask(form, "sound").whole, f"{name}: the answer that is not cut is not whole")
            sound += 1
        entries = {one["id"]: one for one in self.gateway.wait_entries(before + len(texts) + sound, 60)}
        for text, answer in zip(texts, answers):
            problem = self.judge(form, answer, entries.get(answer.decision()))
            if problem:
                self.wrong.append(f"{text}: {problem}")
        return len(texts)

    def ask(self, form, text):
        return ask(self.gateway.port, harness.chat("m", text=text, **form.request))

    def judge(self, form, answer, entry):
        """What is wrong with one answer, or nothing."""
        if answer.status == 502 and answer.whole and "error" in answer.json():
            self.counts["502"] += 1
            return None if entry and entry["outcome"] == "upstream_error" else f"the ledger has {entry}"
        if answer.status != 200:
            return f"status {answer.status}"
        came, _, told = answer.body.partition(b'data: {"error":')
        if not form.body.startswith(came.partition(PAGE)[0]):
            return f"bytes that never came: {came[-80:]!r}"
        if DONE.strip() in answer.body:
            return "[DONE] was invented"
        if not told and answer.whole:
            return "looks whole"
        if entry is None or entry["outcome"] != "cut":
            return f"the ledger has {entry and entry['outcome']}"
        self.counts["error event" if told else "aborted"] += 1
        return None


def measure(run):
    trial = Trial(run)
    points = run.pick(1000, 20)
    count = sum(trial.form(name, points) for name in FORMS)
    told = ", ".join(f"{number:,} {name}" for name, number in trial.counts.items())
    run.tried(f"{count:,} answers cut at random places: {points:,} x 5 faults (FIN, RST, stall, garbage, 200 then HTML) over "
              f"2 forms of streams and 2 of bodies; {told}; {len(trial.wrong)} sold as whole")
    for one in trial.wrong[:10]:
        run.note(one)
    run.require(not trial.wrong, f"{len(trial.wrong)} answers, the first: {trial.wrong[:1]}")
    run.equal(0, len(trial.spare.requests), "other candidates asked after the first byte")


if __name__ == "__main__":
    promise.main("P9", "a cut stream is never sold as a full answer", measure)
