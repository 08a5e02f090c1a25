"""Promise P4: abuse of HTTP/2 is bounded. It is not spoken: its preface is refused, an upgrade to it is ignored, and TLS
does not offer it."""

import os
import socket
import ssl
import subprocess

import promise
import harness
from wire import Client, Upstream, request, whole

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
UPGRADE = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]


def negotiated(run, gateway_port, cert):
    context = ssl.create_default_context(cafile=cert)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", gateway_port), harness.PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            run.require(secure.selected_alpn_protocol() != "h2", "TLS offers h2")
            return secure.selected_alpn_protocol() or "nothing"


def over_tls(run, upstream):
    folder = run.enter(harness.Gateway({}, start=False)).directory
    cert, key = (os.path.join(folder, name) for name in ("cert.pem", "key.pem"))
    subprocess.run([promise.on_path("openssl") or "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, listeners=[
        {"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0", "tls": {"cert": cert, "key": key}}])
    del configuration["listen"]
    gateway = run.enter(harness.Gateway(configuration))
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    inodes = {os.readlink(f"/proc/{gateway.pid()}/fd/{one}") for one in os.listdir(f"/proc/{gateway.pid()}/fd")}
    ports = [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    other = [port for port in ports if port != gateway.port]
    return negotiated(run, other[0], cert)


def measure(run):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"})))
    with Client(gateway.port) as client:
        client.send(PREFACE)
        run.equal(400, client.read().status, "the answer to HTTP/2's preface")
        client.read_to_end()
        run.equal(b"", client.input, "bytes behind the refusal")
    with Client(gateway.port) as client:
        client.send(request(harness.chat(), UPGRADE))
        answer = client.read()
        run.equal(200, answer.status, "a request that offers an upgrade")
        run.require(answer.field("upgrade") is None, "the upgrade was taken up")
    chosen = over_tls(run, upstream)
    run.tried(f"HTTP/2 is not spoken: its preface gets 400 and the end, h2c is ignored, ALPN chooses {chosen}")


if __name__ == "__main__":
    promise.main("P4", "HTTP/2 abuse is bounded", measure)
