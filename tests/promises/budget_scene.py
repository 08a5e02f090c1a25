"""What P13's trials share: three replicas on one PostgreSQL and one budget, clients that use it up, and what the
provider saw of it."""

import bisect
import os
import subprocess
import threading
import time

import promise
import harness
import databases
from islands import ISLANDS
from wire import Client, Upstream, completion, whole

USED = 30       # tokens of each answer
ANSWER = 40     # tokens that clients allow it
WORST = 120     # more than any request can be held to need
KEPT = 0.8      # of all requests have room in the budget, if nothing else is said
LATER = 0.05    # after which a client that was refused for now asks again


class Served:
    """When the provider got each request."""

    def __init__(self):
        self.lock, self.begins = threading.Lock(), []

    def begin(self):
        with self.lock:
            self.begins.append(time.monotonic())

    def begun_by(self, instant):
        return bisect.bisect_right(sorted(self.begins), instant)


class Load:
    """Clients that share what is left to ask, each on one replica until that dies. Refused for now (503), they wait a
    little and ask again."""

    def __init__(self, gateways, key, requests):
        self.gateways, self.left, self.lock = gateways, requests, threading.Lock()
        self.fields = [("Authorization", f"Bearer {key}")]
        self.answers, self.broken = [], []  # (began, ended, status, gateway), (began, ended, why, gateway)
        self.go_on, self.counts = True, {}

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and self.go_on

    def start(self, clients):
        self.threads = [threading.Thread(target=self.ask, args=(self.gateways[i % len(self.gateways)],), daemon=True)
                        for i in range(clients)]
        for one in self.threads:
            one.start()

    def join(self, seconds):
        deadline = time.monotonic() + seconds
        for one in self.threads:
            one.join(max(0.0, deadline - time.monotonic()))
        return not any(one.is_alive() for one in self.threads)

    def ask(self, gateway):
        client = None
        while self.take():
            began = time.monotonic()
            try:
                client = client or Client(gateway.port, host=gateway.host)
                client.post(harness.chat(max_tokens=ANSWER), self.fields)
                answer = client.read(30)
                if not answer.whole:
                    raise OSError("the connection broke")
                self.answers.append((began, time.monotonic(), answer.status, gateway))
                with self.lock:
                    self.counts[answer.status] = self.counts.get(answer.status, 0) + 1
                    self.left += answer.status == 503
                if answer.status == 503:
                    time.sleep(LATER)
            except (OSError, AssertionError) as error:
                client = None
                self.broken.append((began, time.monotonic(), str(error), gateway))
                if gateway.process.child.poll() is not None:
                    gateway = self.gateways[0]

    def count(self, status):
        return self.counts.get(status, 0)


class Scene:
    """`kept`: the share of the requests that has room in the budget. `takes`: the seconds of an answer. `islands`: where
    the replicas are, if not all here."""

    def __init__(self, run, lease, requests, kept=KEPT, takes=0.01, islands=()):
        self.run, self.takes, self.requests = run, takes, requests
        self.budget = int(requests * kept) * USED
        self.lease = lease
        self.served = Served()
        places = ",".join(["127.0.0.1", *(one.database for one in islands)])
        self.database = run.enter(databases.Postgres([f"listen_addresses={places}"]))
        if islands:
            self.database.admit(ISLANDS)
        self.upstream = run.enter(Upstream(self.answer, backlog=512, host="0.0.0.0" if islands else "127.0.0.1"))
        self.gateways = [run.enter(harness.Gateway(self.configuration(one), host=one.inside, within=one.within))
                         for one in islands] or [run.enter(harness.Gateway(self.configuration())) for _ in range(3)]
        self.key = self.command("keys", "create", "--name", "app", "--owner", "acme", "--quiet").strip()
        for one in self.gateways:
            harness.wait_until(lambda one=one: self.knows_key(one), "the key is known to all", 20)
        self.served.begins.clear()  # those that came before the key was known

    def answer(self, peer, _):
        self.served.begin()
        body = completion()
        body["usage"] = {"prompt_tokens": 10, "completion_tokens": USED - 10, "total_tokens": USED}
        time.sleep(self.takes)  # so that calls are under way
        peer.send(whole(body))

    def configuration(self, island=None):
        database, provider, more = self.database.url, harness.provider(self.upstream.port), {}
        if island:
            database = database.replace("127.0.0.1", island.database)
            provider["base_url"] = provider["base_url"].replace("127.0.0.1", island.outside)
            more = {"listen": f"{island.inside}:0"}
        return harness.config({"up": provider}, {"m": "up"}, **more,
                              ledger={"postgres": {"url": database, "lease": f"{self.lease}s", "timeout": "2s"}},
                              owners={"acme": {"budgets": [{"period": "total", "tokens": self.budget}]}})

    def command(self, *arguments):
        gateway = self.gateways[0]
        done = subprocess.run([harness.BINARY, *arguments, "--config", gateway.config_path], capture_output=True,
                              text=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": gateway.directory})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def knows_key(self, gateway):
        with Client(gateway.port, host=gateway.host) as client:
            client.post(harness.chat(max_tokens=1))
            return client.read().status == 401

    def pool(self):
        """Used, leased, and leases that have not ended though nobody renews them."""
        rows = self.database.ask("SELECT used, (SELECT coalesce(sum(amount), 0) FROM budget_leases l WHERE l.name = b.name),"
                                 " most FROM budgets b WHERE name = 'total tokens acme'")
        return [int(value) for value in rows[0]] if rows else [0, 0, 0]

    def late_leases(self):
        return int(self.database.ask("SELECT count(*) FROM budget_leases WHERE name = 'total tokens acme' AND NOT ended "
                                     "AND amount > 0 AND until < extract(epoch FROM clock_timestamp()) * 1000000")[0][0])


def false_refusals(scene, load, lost):
    """Refusals while everything that may have been spent or set aside left room for one more request."""
    begins = sorted(began for began, *_ in load.answers + load.broken)
    ends = sorted(ended for _, ended, *_ in load.answers + load.broken)
    wrong = 0
    for began, ended, status, _ in load.answers:
        if status != 429:
            continue
        spent = scene.served.begun_by(ended) * USED
        under_way = bisect.bisect_right(begins, ended) - bisect.bisect_left(ends, began)
        if spent + under_way * WORST + WORST <= scene.budget - lost:
            wrong += 1
    return wrong
