"""Promise P17: nothing leaks. Whole answers, streams, clients that leave, refusals and failures for as long as --minutes
says (30; a release: 1440): memory must not climb, and descriptors return to where they were."""

import os
import threading
import time

import promise
import harness
from wire import Client, Upstream, request, stream, whole

CLIENTS = 4
SLOPE = 2**20  # bytes an hour
IDLE = 40 * 2**20


class Mixed(threading.Thread):
    def __init__(self, port, number, stop):
        super().__init__(daemon=True)
        self.port, self.number, self.stop, self.count, self.bad = port, number, stop, 0, 0
        self.start()

    def run(self):
        while not self.stop.is_set():
            with Client(self.port) as client:
                for _ in range(40):
                    if not self.one(client):
                        break

    def one(self, client):
        """One of ten kinds; False when the connection is over."""
        self.count += 1
        kind = (self.count + self.number) % 10
        if kind == 0:  # leaves in the middle
            client.post(harness.chat(text="leave", stream=True))
            client.read_head()
            return False
        if kind == 1:
            client.send(request(b"{"))
            self.bad += client.read().status != 400
            return True
        client.post(harness.chat(text=f"{self.number} {self.count} " + "word " * (self.count % 50), stream=kind % 2 == 0))
        answer = client.read()
        self.bad += answer.status != 200 or not answer.whole
        return True


def descriptors(gateway):
    return len(os.listdir(f"/proc/{gateway.pid()}/fd"))


def slope(samples):
    """Bytes an hour, by least squares."""
    n = len(samples)
    mean_at, mean = sum(at for at, _ in samples) / n, sum(value for _, value in samples) / n
    spread = sum((at - mean_at) ** 2 for at, _ in samples)
    return 3600 * sum((at - mean_at) * (value - mean) for at, value in samples) / spread if spread else 0.0


def measure(run):
    seconds = 60 * (run.minutes or run.pick(30, 1 / 3))
    upstream = run.enter(Upstream(lambda peer, one: peer.send(stream() if one.json().get("stream") else whole())))
    gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, workers=2,
                                                       router={"breaker": {"failures": 1000}})))
    idle, base = gateway.memory(), descriptors(gateway)
    stop = threading.Event()
    clients = [Mixed(gateway.port, number, stop) for number in range(CLIENTS)]
    began, samples, warm = time.monotonic(), [], seconds / 3
    while (now := time.monotonic() - began) < seconds:
        if now >= warm:
            samples.append((now, gateway.memory()))
        upstream.requests.clear()
        stop.wait(min(5.0, seconds / 20))
    stop.set()
    for one in clients:
        one.join(harness.PATIENCE)
    harness.wait_until(lambda: gateway.metrics()['pointsman_connections{state="open"}'] <= 1, "clients are gone")
    upstream.__exit__()  # connections that were kept for the next request end
    harness.wait_until(lambda: abs(descriptors(gateway) - base) <= 5 or time.monotonic() > began + seconds + 5,
                       "descriptors return")
    left = descriptors(gateway) - base
    climbs = run.value("slope_bytes_per_hour", slope(samples))
    total, bad = sum(one.count for one in clients), sum(one.bad for one in clients)
    run.value("idle_bytes", idle)
    run.tried(f"{seconds / 60:,.1f} minutes of mixed traffic at {total / seconds:,.0f} requests/s ({total:,} in all): RSS "
              f"{promise.megabytes(idle)} idle, {promise.megabytes(samples[-1][1])} at the end, slope after a third "
              f"{climbs / 2**20:+.1f} MiB/h; {left:+d} descriptors; {bad} wrong answers")
    run.equal(0, bad, "wrong answers")
    run.figure(idle <= IDLE, f"{promise.megabytes(idle)} when idle, 40 MiB allowed")
    run.require(abs(left) <= 5, f"{left:+d} descriptors")
    if run.small:
        run.figure(samples[-1][1] - samples[0][1] < 32 * 2**20, "memory climbs")
    else:
        run.figure(climbs <= SLOPE, f"RSS climbs by {climbs / 2**20:.1f} MiB/h, 1 allowed")


if __name__ == "__main__":
    promise.main("P17", "no leak", measure)
