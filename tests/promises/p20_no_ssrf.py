"""Promise P20: no SSRF. A client cannot set a host by any member or field; addresses of the configuration that are not on
the public internet are refused in whatever spelling; and no redirect is followed."""

import json

import promise
import harness
from wire import Client, Upstream, ask, whole

# Spellings of loopback, link-local, metadata, private, shared, documentation, multicast and unspecified addresses.
HOSTS = """127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.0.0.1. 127.255.255.254
0 0.0.0.0 00.00.00.00 0x0 localhost localhost. LOCALHOST localhost.localdomain a.localhost [::1] [0:0:0:0:0:0:0:1] [::]
[::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1]
[2002:7f00:1::] [2002:a9fe:a9fe::] 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518
[::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [fe80::1] [fe80::1%25eth0] [fd00::1] [fd00:ec2::254] [fc00::1] 10.0.0.1 10.1
167772161 0xa000001 012.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 3232235521 100.64.0.1 192.0.0.1 192.0.2.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 [ff02::1] [2001:db8::1] [100::1] [fec0::1]
metadata.google.internal instance-data""".split()
MEMBERS = ("api_base", "base_url", "url", "endpoint", "host", "upstream", "provider", "api_key", "proxy", "webhook",
           "extra_headers", "callback_url")
FIELDS = ("Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Original-Url", "X-Rewrite-Url", "Forwarded", "X-Upstream",
          "X-Api-Base", "X-Base-Url", "X-Pointsman-Provider", "Destination", "X-Target")


def webhook(run, gateway, configuration, url):
    """Whether the program takes this as an address for events, and whether it would send to it."""
    gateway.write({**configuration, "webhooks": {"hook": {"url": url, "secret": "whsec_" + "QUFB" * 11}}})
    checked = promise.command("check", "--config", gateway.config_path, directory=gateway.directory)
    if checked.returncode != 0:
        return False
    sent = promise.command("webhooks", "test", "hook", "--config", gateway.config_path, directory=gateway.directory)
    return sent.returncode == 0


def configured(run, trap):
    configuration = harness.config({"up": harness.provider(9)}, {"m": "up"})
    gateway = run.enter(harness.Gateway(configuration, start=False))
    hosts = HOSTS if not run.small else HOSTS[::6]
    urls = [f"https://{host}:{trap.port}/x" for host in hosts]
    urls += [f"https://good.example@{hosts[0]}:{trap.port}/", f"https://{hosts[0]}:{trap.port}\\@good.example/",
             f"https://{hosts[0]}:{trap.port}#@good.example/", f"http://{hosts[0]}:{trap.port}/", "file:///etc/passwd",
             "gopher://127.0.0.1:25/", "//127.0.0.1/", f"https://{hosts[0]}%00.good.example/", "https://[::1/", "https:///x"]
    taken = [url for url in urls if webhook(run, gateway, configuration, url)]
    run.equal([], taken, "addresses taken")
    run.equal(0, len(trap.peers), "connections to the trap")
    return len(urls)


def asked(run, trap):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"})))
    place = f"http://127.0.0.1:{trap.port}/v1"
    for name in MEMBERS:
        for value in (place, {"base_url": place}):
            ask(gateway.port, harness.chat(**{name: value}))
    for name in FIELDS:
        body = json.dumps(harness.chat()).encode()
        host = b"" if name == "Host" else b"Host: t\r\n"
        with Client(gateway.port) as client:
            client.send(b"POST /v1/chat/completions HTTP/1.1\r\n%s%s: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                        b"Content-Length: %d\r\n\r\n%s" % (host, name.encode(), trap.port, len(body), body))
            client.read()
    for target in (place + "/chat/completions", f"//127.0.0.1:{trap.port}/v1/models"):
        with Client(gateway.port) as client:
            client.send(f"GET {target} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            client.read()
    run.equal(0, len(trap.peers), "connections to the trap")
    hosts = {one.field("host") for one in upstream.seen()}
    run.equal({f"127.0.0.1:{upstream.port}"}, hosts, "hosts that the provider was asked by")
    return 2 * len(MEMBERS) + len(FIELDS) + 2


def redirected(run, trap):
    """Providers and webhooks that answer with a redirect to the trap."""
    place = f"http://127.0.0.1:{trap.port}/v1/chat/completions"
    count = 0
    for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
        upstream = run.enter(Upstream(lambda peer, _, status=status: peer.send(whole({}, status, [("location", place)]))))
        gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, webhooks={
            "hook": {"url": f"http://127.0.0.1:{upstream.port}/", "secret": "whsec_" + "QUFB" * 11, "allow_private": True}})))
        ask(gateway.port, harness.chat())
        promise.command("webhooks", "test", "hook", "--config", gateway.config_path, directory=gateway.directory)
        run.require(len(upstream.requests) >= 2, f"{status} was not asked for")
        count += 2
    run.equal(0, len(trap.peers), "redirects followed")
    return count


def measure(run):
    trap = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    vectors, members, redirects = configured(run, trap), asked(run, trap), redirected(run, trap)
    run.tried(f"{vectors + members + redirects} vectors: {vectors} addresses in the configuration refused, {members} members, "
              f"fields and targets of requests and {redirects} redirects; {len(trap.peers)} connections to the trap")
    run.require(run.small or vectors >= 60, "fewer than 60 addresses")


if __name__ == "__main__":
    promise.main("P20", "no SSRF", measure)
