"""Promise P1: one request is one request. The framing matrix of the end-to-end tests goes through Pointsman and through
nginx, haproxy, Apache and h2o, each in front of an upstream that records. What Pointsman forwards, no reference may read
as other requests; and behind Pointsman, each of them as origin must see exactly the requests that were served."""

import re
from concurrent.futures import ThreadPoolExecutor

import promise
import harness
import references
from framing_cases import BODY_LIMIT, all_cases
from wire import Client, Request, Upstream, parse_head, whole

TAG = re.compile(rb'"(own|first|second|smuggled) (\d+)"')
QUIET = 0.4  # seconds after which a reference that says nothing is taken to wait for more


class Recorder(Upstream):
    """Reads lengths and chunks, answers each request, and keeps its body."""

    def __init__(self):
        super().__init__(lambda peer, _: peer.send(whole()), backlog=1024)

    def receive(self, peer, data):
        while b"\r\n\r\n" not in data:
            got = peer.socket.recv(65536)
            if not got:
                return None, b""
            data += got
        head, _, rest = data.partition(b"\r\n\r\n")
        fields = dict(parse_head(head)[1])
        if "chunked" not in fields.get("transfer-encoding", "").lower():
            wanted = int(fields.get("content-length", 0))
            while len(rest) < wanted:
                got = peer.socket.recv(65536)
                if not got:
                    return None, b""
                rest += got
            return Request(peer, head, rest[:wanted]), rest[wanted:]
        while not re.search(rb"(^|\r\n)0\r\n\r\n$", rest):
            got = peer.socket.recv(65536)
            if not got:
                return None, b""
            rest += got
        return Request(peer, head, rest), b""


STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


def play(port, data, answers=0):
    """Sends one payload and reads `answers` answers, or, where their number is not known, until it is quiet; the
    statuses."""
    try:
        with Client(port) as client:
            client.send(data)
            try:
                if answers:
                    while len(STATUS.findall(client.input)) < answers and client.fill():
                        pass
                client.read_to_end(QUIET if not answers else QUIET / 20)
            except TimeoutError:
                pass
            return [int(one) for one in STATUS.findall(client.input)]
    except OSError:
        return []


def tags(recorder):
    """Number of the case -> the kinds of requests that were seen of it."""
    found = {}
    for one in recorder.seen():
        for kind, number in TAG.findall(one.body):
            found.setdefault(int(number), []).append(kind.decode())
    return {number: sorted(kinds) for number, kinds in found.items()}


def feed(port, cases, clients, ours=True):
    """The statuses of each case. Of Pointsman (`ours`) it is known how many answers there must be."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda case: play(port, case.bytes, ours and len(case.served) + (case.refusal != 0)), cases))


def configuration(port):
    return harness.config({"up": harness.provider(port, max_connections=64)}, {"m": "up"}, workers=2,
                          limits={"max_body": BODY_LIMIT})


def through_pointsman(run, cases, clients):
    recorder = run.enter(Recorder())
    gateway = run.enter(harness.Gateway(configuration(recorder.port)))
    statuses = feed(gateway.port, cases, clients)
    seen = tags(recorder)
    wrong = [case.name for case, got in zip(cases, statuses)
             if case.refusal and (not got or got[-1] != case.refusal or len(got) != len(case.served) + 1)]
    run.require(not wrong, f"{len(wrong)} ambiguous payloads not refused as they must: {wrong[:2]}")
    smuggled = sum("smuggled" in kinds for kinds in seen.values())
    run.equal(0, smuggled, "requests smuggled through Pointsman")
    return seen, sum(case.refusal != 0 for case in cases)


def number_of(case):
    """Of the case, as its bodies tell it; -1 where all that it has is a broken body."""
    found = TAG.search(case.bytes)
    return int(found.group(2)) if found else -1


def as_reference(run, name, cases, ours, clients):
    """Where a reference reads more or other requests out of a payload that Pointsman has forwarded."""
    recorder = run.enter(Recorder())
    reference = run.enter(references.Reference(name, recorder.port))
    statuses = feed(reference.port, cases, clients, ours=False)
    seen = tags(recorder)
    accepted = sum(bool(got) and got[0] < 400 for got in statuses)
    smuggled = [case for case in cases if "smuggled" in seen.get(number_of(case), [])]
    disagree = []
    for case in cases:
        mine, its = list(ours.get(number_of(case), [])), seen.get(number_of(case), [])
        if not case.keep_alive:  # whether a connection goes on is no matter of where a request ends
            its = [kind for kind in its if kind != "smuggled"]
        if mine and not case.refusal and any(its.count(kind) > mine.count(kind) for kind in its):
            disagree.append(case.name)
    run.value(f"{name}: accepted", accepted)
    run.value(f"{name}: requests seen", sum(map(len, seen.values())))
    run.value(f"{name}: second requests behind what Pointsman refuses", len(smuggled))
    run.require(not disagree, f"{name} reads {len(disagree)} forwarded payloads otherwise: {disagree[:2]}")
    return f"{name} accepts {accepted}"


def behind(run, name, cases, clients):
    """Pointsman in front of the reference: the kinds of requests that it saw of each case, and what was answered."""
    recorder = run.enter(Recorder())
    reference = run.enter(references.Reference(name, recorder.port))
    gateway = run.enter(harness.Gateway(configuration(reference.port)))
    statuses = feed(gateway.port, cases, clients)
    return tags(recorder), {number_of(case): got for case, got in zip(cases, statuses)}


def as_origin(run, name, cases, clients):
    """The reference must see what was served, and nothing else. What it did not see at all of a case is asked for once
    more, alone: a server with too much to do answers 503 by itself, and how a request is read does not change with that."""
    seen, statuses = behind(run, name, cases, clients)
    served = {}
    for case in cases:
        for body in case.served:
            kind, number = TAG.search(body).groups()
            served.setdefault(int(number), []).append(kind.decode())
    absent = [case for case in cases if number_of(case) in served and number_of(case) not in seen]
    for case in absent:
        run.note(f"{name} as origin: {case.name}: nothing seen, answered {statuses[number_of(case)]}; asked again")
    if absent:
        seen |= behind(run, name, absent, 1)[0]
    wrong = [number for number, kinds in served.items() if sorted(kinds) != seen.get(number, [])]
    extra = [number for number in seen if number not in served]
    for case in cases:
        if number_of(case) in wrong:
            run.note(f"{name} as origin: {case.name}: {seen.get(number_of(case))} instead of {served[number_of(case)]}, "
                     f"answered {statuses[number_of(case)]}")
    run.require(not wrong and not extra, f"{name} as origin: {len(wrong)} requests differ, {len(extra)} too many")
    run.value(f"{name}: asked again as origin", len(absent))
    return sum(map(len, seen.values()))


def measure(run):
    cases = all_cases()
    if run.small:
        cases = cases[::11]
    names = references.installed()
    if not names:
        promise.need("nginx")
    clients = run.pick(16, 8)
    ours, refused = through_pointsman(run, cases, clients)
    run.tried(f"{len({case.bytes for case in cases}):,} framing payloads: {refused:,} refused and closed, the others "
              f"forwarded as {sum(map(len, ours.values())):,} requests")
    told = [as_reference(run, name, cases, ours, clients) for name in names]
    run.tried(f"as references {', '.join(told)}; none reads what Pointsman forwards otherwise" if not run.reasons else
              f"as references {', '.join(told)}")
    fine = [case for case in cases if not case.refusal] if run.small else cases
    origins = [f"{name} {as_origin(run, name, fine, clients):,}" for name in names]
    run.tried(f"requests seen as origins behind Pointsman: {', '.join(origins)}")
    missing = [name for name in references.COMMANDS if name not in names]
    run.require(run.small or not missing, f"not installed: {', '.join(missing)}")


if __name__ == "__main__":
    promise.main("P1", "one request = one request", measure)
