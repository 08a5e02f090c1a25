"""Two replicas with one Redis: they share a rate, answers, and what they know of conversations and of failing models; while
Redis says nothing or is gone each keeps to its share, and nobody waits for it; when it is back they share again.

Each replica has a ledger of its own, and a key of its own of the same owner, whose rate it is.
"""

import os
import subprocess
import time
import unittest

import harness
from redis_server import Redis
from wire import Client, Upstream, ask, completion, stream, whole

LIMIT = 20  # requests a minute
EXCHANGE = 0.05


LIMITED = ("acme", "beta", "gamma")
SECRET = "of-the-test-and-32-characters-long"
ROUTED = ("x-pointsman-route", "general")


def shared(redis, **more):
    """The machine may be busy: what is slow is not lost at once."""
    return {"redis": {"address": redis.address, "exchange": "50ms", "timeout": "500ms", **more}}


class Replica:
    def __init__(self, test, upstream, redis, **more):
        settings = {"shared": shared(redis), **more}
        configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, workers=2,
                                       owners={name: {"limits": {"requests_per_minute": LIMIT}} for name in LIMITED},
                                       **settings)
        self.gateway = test.enterContext(harness.Gateway(configuration))
        self.fields = {}
        for name in (*LIMITED, "nobody"):
            owner = ["--owner", name] if name in LIMITED else []
            run = subprocess.run([harness.BINARY, "keys", "create", "--name", name, *owner, "--quiet",
                                  "--config", self.gateway.config_path], capture_output=True, text=True, timeout=60, check=True,
                                 env={"PATH": os.environ["PATH"], "HOME": self.gateway.directory})
            self.fields[name] = [("Authorization", f"Bearer {run.stdout.strip()}")]
        # The key without limits was made last: who knows it knows all.
        harness.wait_until(lambda: self.ask("nobody", []) == 401 and self.ask("nobody") == 200, "the keys are known")

    def ask(self, owner, fields=None):
        with Client(self.gateway.port) as client:
            client.post(harness.chat(), self.fields[owner] if fields is None else fields)
            return client.read().status

    def look(self, owner, text, *fields, stream=False):
        """A request that the category decides: what the cache said, and the answer."""
        answer = ask(self.gateway.port, harness.chat(text=text, stream=stream), [*self.fields[owner], ROUTED, *fields])
        assert answer.status == 200, answer
        return answer.field("x-pointsman-cache"), answer

    def metric(self, name):
        return self.gateway.metrics().get(name, 0.0)

    def operations(self, operation, result):
        return self.metric(f'pointsman_redis_operations_total{{operation="{operation}",result="{result}"}}')

    def heard(self, news):
        return self.operations("hear", news)


class SharedRedis(unittest.TestCase):
    def setUp(self):
        self.redis = self.enterContext(Redis())
        self.upstream = self.enterContext(Upstream(lambda peer, _: peer.send(whole(completion()))))
        self.replicas = [Replica(self, self.upstream, self.redis) for _ in range(2)]
        self.together()

    def together(self):
        for one in self.replicas:
            harness.wait_until(lambda: one.metric("pointsman_redis_replicas") == 2 and one.metric("pointsman_redis_up") == 1,
                               "both replicas hear each other")

    def until_told(self, one):
        """Two exchanges of both are over: whatever was said is heard."""
        def counts():
            return [r.metric('pointsman_redis_operations_total{operation="exchange",result="ok"}') for r in self.replicas]
        before = counts()
        harness.wait_until(lambda: all(now >= then + 3 for now, then in zip(counts(), before)), "exchanges go on")

    def fill(self, one, owner):
        """How many requests of the owner pass at that replica, one after the other; and what the middle one took."""
        took = []
        for passed in range(LIMIT + 5):
            began = time.monotonic()
            status = one.ask(owner)
            took.append(time.monotonic() - began)
            if status == 429:
                return passed, sorted(took)[len(took) // 2]
            self.assertEqual(status, 200)
        return LIMIT + 5, 0.0

    def test_they_share_a_rate_and_keep_to_their_shares_without_redis(self):
        a, b = self.replicas
        # One limit for both: what one uses the other has no more.
        self.assertEqual([a.ask("acme") for _ in range(LIMIT - 5)], [200] * (LIMIT - 5))
        self.until_told(b)
        passed, _ = self.fill(b, "acme")
        self.assertEqual(passed, 5)
        self.until_told(a)
        self.assertEqual(a.ask("acme"), 429)

        # Redis says nothing: half of the limit each, and no request waits.
        self.redis.stall()
        for one in self.replicas:
            harness.wait_until(lambda: one.metric("pointsman_redis_up") == 0, "Redis counts as lost")
        time.sleep(2 * EXCHANGE + 0.7)  # from then on each is alone
        for one in self.replicas:
            passed, took = self.fill(one, "beta")
            self.assertEqual(passed, LIMIT // 2)
            self.assertLess(took, 0.3, "a wait for Redis would be seen in all")
            self.assertEqual(one.gateway.ready(), 200)
        # It goes on: they share again.
        self.redis.go_on()
        self.together()
        self.until_told(a)
        self.assertEqual([one.ask("beta") for one in self.replicas], [429, 429])

        # Gone and back, with nothing in it.
        self.redis.kill()
        for one in self.replicas:
            harness.wait_until(lambda: one.metric("pointsman_redis_up") == 0, "Redis counts as lost")
        self.redis.start()
        self.together()
        self.assertEqual([a.ask("gamma") for _ in range(LIMIT - 8)], [200] * (LIMIT - 8))
        self.until_told(b)
        self.assertEqual(self.fill(b, "gamma")[0], 8)

    def test_a_replica_that_starts_again_is_held_to_what_it_used(self):
        a, b = self.replicas
        self.assertEqual([a.ask("acme") for _ in range(LIMIT)], [200] * LIMIT)
        a.gateway.terminate()
        a.gateway.start()
        self.together()
        self.until_told(a)
        self.assertEqual(a.ask("acme"), 429)
        harness.wait_until(lambda: b.metric("pointsman_redis_replicas") == 2, "one left and one came")


class SharedAnswers(unittest.TestCase):
    def setUp(self):
        self.redis = self.enterContext(Redis())
        self.upstream = self.enterContext(Upstream(lambda peer, one: peer.send(
            stream() if one.json().get("stream") else whole(completion("answer %d" % len(self.upstream.seen()))))))
        category = {"general": {"models": ["m"], "cache_ttl": "10m"}}
        self.replicas = [Replica(self, self.upstream, self.redis, categories=category, shared=shared(self.redis, secret=SECRET))
                         for _ in range(2)]
        for one in self.replicas:
            self.until_it_looks(one)

    def until_it_looks(self, one):
        """A Redis that has just come is not waited for: only once it has answered for a second."""
        texts = iter(range(100_000))
        before = one.operations("find", "miss")

        def looked():
            time.sleep(0.02)
            one.look("nobody", f"{one.gateway.port} warms up {next(texts)}", ("cache-control", "max-age=0"))
            return one.operations("find", "miss") > before
        harness.wait_until(looked, "the replica looks in Redis")

    def kept(self, one, times=1):
        before = one.operations("keep", "ok")
        return lambda: harness.wait_until(lambda: one.operations("keep", "ok") >= before + times, "the answer is in Redis")

    def test_what_one_keeps_the_other_gives_again_to_the_same_owner_alone(self):
        a, b = self.replicas
        kept = self.kept(a)
        said, first = a.look("acme", "What is it?")
        self.assertEqual(said, "miss")
        kept()
        calls = len(self.upstream.seen())
        said, again = b.look("acme", "What is it?")
        self.assertEqual(said, "hit")
        self.assertEqual(again.body, first.body)
        self.assertEqual(again.field("content-type"), first.field("content-type"))
        self.assertEqual(again.field("x-pointsman-cost-usd"), "0")
        self.assertLess(int(again.field("age")), 30)
        self.assertEqual(len(self.upstream.seen()), calls)
        self.assertEqual(b.operations("find", "hit"), 1)
        # From then on it is its own.
        self.assertEqual(b.look("acme", "What is it?")[0], "hit")
        self.assertEqual(b.operations("find", "hit"), 1)
        harness.wait_until(lambda: first.decision() in [one["bill"].get("replayed") for one in b.gateway.entries()],
                           lambda: f"the entry names the first decision: {b.gateway.entries()}")
        # Nobody else's, and not another request's.
        self.assertEqual(b.look("beta", "What is it?")[0], "miss")
        self.assertEqual(b.look("nobody", "What is it?")[0], "miss")
        self.assertEqual(b.look("acme", "What is it not?")[0], "miss")
        self.assertEqual(b.look("acme", "What is it?", ("cache-control", "no-store"))[0], "bypass")

    def test_a_stream_is_given_again_as_one(self):
        a, b = self.replicas
        kept = self.kept(a)
        _, first = a.look("acme", "Tell me", stream=True)
        kept()
        said, again = b.look("acme", "Tell me", stream=True)
        self.assertEqual((said, again.body), ("hit", first.body))
        self.assertEqual(b.look("acme", "Tell me")[0], "miss", "a whole answer is another")

    def test_what_is_in_redis_tells_nothing_and_nothing_put_there_is_believed(self):
        a, b = self.replicas
        kept = self.kept(a, 2)
        a.look("acme", "canary-question")
        a.look("acme", "another-question")
        kept()
        names = [one for one in self.redis.words("KEYS", "*") if b":answer:" in one]
        self.assertGreaterEqual(len(names), 2)
        values = {one: self.redis.words("GET", one) for one in names}
        everything = b"".join(names) + b"".join(values.values())
        for secret in (b"canary", b"acme", b"answer 1", SECRET.encode(), b'"m"'):
            self.assertNotIn(secret, everything)
        # Everybody's answer in everybody else's place.
        for name, other in zip(names, names[1:] + names[:1]):
            self.redis.words("SET", name, values[other])
        calls = len(self.upstream.seen())
        for text in ("canary-question", "another-question"):
            self.assertEqual(b.look("acme", text)[0], "miss")
        self.assertEqual(len(self.upstream.seen()), calls + 2)
        self.assertEqual(b.operations("find", "unreadable"), 2)
        self.assertEqual(b.metric("pointsman_redis_up"), 1)

    def test_while_redis_says_nothing_nobody_waits_and_afterwards_it_is_asked_again(self):
        a, b = self.replicas
        self.redis.stall()
        for one in self.replicas:
            harness.wait_until(lambda: one.metric("pointsman_redis_up") == 0, "Redis counts as lost")
        took = []
        for number in range(20):
            began = time.monotonic()
            self.assertEqual(a.look("nobody", f"Meanwhile {number}")[0], "miss")
            took.append(time.monotonic() - began)
        self.assertLess(sorted(took)[len(took) // 2], 0.3, "a wait for Redis would be seen in all")
        self.assertEqual(a.look("nobody", "Meanwhile 1")[0], "hit", "its own memory is there")
        self.assertEqual(a.gateway.ready(), 200)
        self.redis.go_on()
        for one in self.replicas:
            self.until_it_looks(one)
        kept = self.kept(a)
        a.look("acme", "And now?")
        kept()
        self.assertEqual(b.look("acme", "And now?")[0], "hit")


class SharedNews(unittest.TestCase):
    """What replicas tell each other: where conversations are, and which models fail."""

    def setUp(self):
        self.redis = self.enterContext(Redis())
        self.sick = False
        self.upstreams = {name: self.enterContext(Upstream(self.answer_as(name))) for name in ("cheap", "dear")}
        providers = {name: harness.provider(one.port) for name, one in self.upstreams.items()}
        configuration = harness.config(providers, {name: name for name in providers}, shared=shared(self.redis),
                                       router={"affinity": {"stay": "always"}, "retries": {"budget": "100%"},
                                               "breaker": {"failures": 5, "cooldown": "1m"}})
        configuration["models"]["dear"]["price"] = {"input": 2, "cached_input": 0.1, "output": 4}
        self.replicas = [self.enterContext(harness.Gateway(configuration)) for _ in range(2)]
        for one in self.replicas:
            harness.wait_until(lambda: one.metrics().get("pointsman_redis_replicas") == 2, "both replicas hear each other")

    def answer_as(self, name):
        def answer(peer, _):
            if self.sick and name == "cheap":
                return peer.send(whole({"error": {"message": "sick"}}, status="500 Internal Server Error"))
            body = completion(f"from {name}")
            body["usage"] = {"prompt_tokens": 20000, "completion_tokens": 5, "total_tokens": 20005}
            return peer.send(whole(body))
        return answer

    def turn(self, gateway, session, model="auto"):
        answer = ask(gateway.port, harness.chat(model, "It is long. " * 6000), [ROUTED, ("x-pointsman-session", session)])
        self.assertEqual(answer.status, 200, answer)
        return answer.field("x-pointsman-model")

    def heard(self, gateway, news):
        return gateway.metrics().get(f'pointsman_redis_operations_total{{operation="hear",result="{news}"}}', 0)

    def test_a_conversation_stays_with_its_model_whoever_gets_the_next_turn(self):
        a, b = self.replicas
        self.assertEqual(self.turn(a, "session-1", "dear"), "dear")
        harness.wait_until(lambda: self.heard(b, "conversation") >= 1, "the turn is told")
        self.assertEqual(self.turn(b, "session-1"), "dear")
        self.assertEqual(self.turn(b, "session-2"), "cheap")
        # While Redis is away each knows its own, and what it heard.
        self.redis.stall()
        harness.wait_until(lambda: b.metrics()["pointsman_redis_up"] == 0, "Redis counts as lost")
        self.assertEqual(self.turn(b, "session-1"), "dear")
        self.assertEqual(self.turn(a, "session-3", "dear"), "dear")
        self.assertEqual(self.turn(b, "session-3"), "cheap")

    def test_a_failing_model_costs_another_replica_one_request(self):
        a, b = self.replicas
        state = 'pointsman_breaker_state{model="cheap"}'
        self.sick = True
        for number in range(5):
            self.assertEqual(b.metrics()[state], 0)
            self.assertEqual(self.turn(a, f"at-a-{number}"), "dear", "the next candidate answers")
        self.assertEqual(a.metrics()[state], 2)
        harness.wait_until(lambda: self.heard(b, "failure") >= 1, "the breaker is told")
        self.assertEqual(b.metrics()[state], 0, "a warning alone opens nothing")
        calls = len(self.upstreams["cheap"].seen())
        for number in range(4):
            self.assertEqual(self.turn(b, f"at-b-{number}"), "dear")
        self.assertEqual(b.metrics()[state], 2)
        self.assertEqual(len(self.upstreams["cheap"].seen()), calls + 1)


if __name__ == "__main__":
    harness.main()
