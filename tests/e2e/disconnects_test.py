"""Promise P7, client gone means upstream gone: in every state of a request, by FIN and by RST, with one ledger entry and
no retry. Prints how long the upstream's connection outlived the client's."""

import socket
import time
import unittest

import harness
from harness import wait_until
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, event, whole


ROUNDS = 30
MOST = 1.0  # seconds; the promise is 0.1 at p99, this machine may be busy


def silent(peer, _):
    peer.wait_gone()


def head_only(peer, _):
    peer.send(STREAM_HEAD)
    peer.wait_gone()


def some_tokens(peer, _):
    peer.send(STREAM_HEAD + chunked(event({"role": "assistant", "content": "One"}), event({"content": " two"})))
    peer.wait_gone()


def endless(peer, _):
    peer.send(STREAM_HEAD)
    while peer.send(chunked(event({"content": "word " * 200}))):
        pass
    peer.gone_at = time.monotonic()


class FullBacklog:
    """A listener that lets nobody in: connecting to it goes on until somebody gives up."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.inside = []
        while True:
            one = socket.socket()
            one.settimeout(0.2)
            try:
                one.connect(("127.0.0.1", self.port))
            except TimeoutError:
                one.close()
                break
            self.inside.append(one)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (*self.inside, self.listener):
            one.close()

    def connecting(self):
        """How many sockets of this machine are trying (state SYN_SENT in /proc/net/tcp)."""
        with open("/proc/net/tcp", encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        return sum(row[2].endswith(f":{self.port:04X}") and row[3] == "02" for row in rows)


class Disconnects(unittest.TestCase):
    def start(self, port, other=None, **more):
        providers = {"up": harness.provider(port, first_byte_timeout="30s", connect_timeout="20s", **more)}
        models = {"m": "up"}
        if other:  # a second candidate, which must never be tried
            providers["other"] = harness.provider(other)
            models["n"] = "other"
        return self.enterContext(harness.Gateway(harness.config(providers, models)))

    def check_ledger(self, gateway, count):
        for entry in gateway.wait_entries(count):
            self.assertEqual(("client_gone", 499), (entry["outcome"], entry["status"]), entry)
            self.assertEqual(1, len(entry["attempts"]), entry)

    def leave_often(self, script, stream, wait_for_event=False):
        upstream = self.enterContext(Upstream(script))
        spare = self.enterContext(Upstream(lambda peer, _: peer.send(whole())))
        gateway = self.start(upstream.port, spare.port)
        late = []
        for number in range(2 * ROUNDS):
            client = Client(gateway.port)
            client.post(harness.chat(stream=stream))
            peer = wait_until(lambda: len(upstream.seen()) > number and upstream.seen()[number].peer, "the request arrives")
            if wait_for_event:
                while b"data: " not in client.input:
                    self.assertTrue(client.fill())
            left_at = time.monotonic()
            client.leave("rst" if number % 2 else "fin")
            late.append(wait_until(lambda: peer.gone_at, "the upstream's connection closes") - left_at)
        self.check_ledger(gateway, 2 * ROUNDS)
        self.assertEqual(2 * ROUNDS, len(upstream.seen()))
        self.assertEqual([], spare.seen())
        print(f"{self.id().rpartition('.')[2]}: cancelled after p50 {harness.quantile(late, 0.5) * 1000:.1f} ms, "
              f"p99 {harness.quantile(late, 0.99) * 1000:.1f} ms, worst {max(late) * 1000:.1f} ms of {len(late)}")
        self.assertLess(max(late), MOST)

    def test_while_a_whole_answer_is_awaited(self):
        self.leave_often(silent, False)

    def test_while_the_head_of_a_stream_is_awaited(self):
        self.leave_often(silent, True)

    def test_while_the_first_token_is_awaited(self):
        self.leave_often(head_only, True)

    def test_in_the_middle_of_a_stream(self):
        self.leave_often(some_tokens, True, wait_for_event=True)

    def test_in_the_middle_of_a_stream_that_is_faster_than_the_client(self):
        self.leave_often(endless, True, wait_for_event=True)

    def test_while_queued_for_a_connection(self):
        upstream = self.enterContext(Upstream(lambda peer, _: None))
        gateway = self.start(upstream.port, max_connections=1)
        attempts = 'pointsman_upstream_requests_total{provider="up",model="m"}'
        holder = self.enterContext(Client(gateway.port))
        holder.post(harness.chat())
        wait_until(lambda: len(upstream.seen()) == 1, "the first request holds the connection")
        for number in range(2 * ROUNDS):
            client = Client(gateway.port)
            client.post(harness.chat(text=f"queued {number}"))
            wait_until(lambda: gateway.metrics().get(attempts) == number + 2, "the request waits for a connection")
            client.leave("rst" if number % 2 else "fin")
        self.check_ledger(gateway, 2 * ROUNDS)
        upstream.seen()[0].peer.send(whole())
        self.assertEqual(200, holder.read().status)
        holder.post(harness.chat(text="afterwards"))
        wait_until(lambda: len(upstream.seen()) == 2, "the connection is free again")
        self.assertIn(b"afterwards", upstream.seen()[1].body)

    def test_while_connecting(self):
        upstream = self.enterContext(FullBacklog())
        gateway = self.start(upstream.port)
        late = []
        for number in range(2 * ROUNDS):
            client = Client(gateway.port)
            client.post(harness.chat())
            wait_until(lambda: upstream.connecting() == 1, "the gateway is connecting")
            left_at = time.monotonic()
            client.leave("rst" if number % 2 else "fin")
            wait_until(lambda: upstream.connecting() == 0, "the gateway gives up")
            late.append(time.monotonic() - left_at)
        self.check_ledger(gateway, 2 * ROUNDS)
        print(f"while connecting: given up after p50 {harness.quantile(late, 0.5) * 1000:.1f} ms, "
              f"p99 {harness.quantile(late, 0.99) * 1000:.1f} ms")
        self.assertLess(max(late), MOST)

    def test_a_client_that_leaves_does_not_open_the_breaker(self):
        upstream = self.enterContext(Upstream(lambda peer, one: silent(peer, one) if b"leave" in one.body
                                              else peer.send(whole())))
        gateway = self.start(upstream.port)
        for number in range(10):
            client = Client(gateway.port)
            client.post(harness.chat(text="leave"))
            wait_until(lambda: len(upstream.seen()) > number, "the request arrives")
            client.leave("fin")
            wait_until(lambda: upstream.seen()[number].peer.gone_at, "the upstream's connection closes")
        self.assertEqual(200, ask(gateway.port, harness.chat()).status)
        self.assertEqual(0, gateway.metrics()['pointsman_breaker_state{model="m"}'])


if __name__ == "__main__":
    harness.main()
