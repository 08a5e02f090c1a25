"""Promise P26: no bombs of patterns or compression. Patterns are RE2's, compiled when the configuration is loaded; what is
hard for others takes linear time. Compressed requests are refused, and nothing asks providers for compressed answers."""

import gzip
import re
import subprocess
import time
import zlib

import promise
import harness
from wire import Client, Upstream, ask, whole

PATTERNS = ("(a+)+$", "(a|aa)+$", "(a|a?)+$", "([a-zA-Z]+)*$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "a*a*a*a*a*a*b",
            "(x+x+)+y", "(?i)(ab|a|b)*c")
REFUSED = (r"(a)\1", "(?=a)b", "(?<!a)b", "((((a{100}){100}){100}){100}", "a{1,1000000}")


def patterns(run):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    rules = [{"name": f"r{number}", "category": "general", "patterns": [text]} for number, text in enumerate(PATTERNS)]
    configuration = harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}, rules=rules)
    gateway = run.enter(harness.Gateway(configuration))
    took = {}
    for size in (10_000, 100_000):
        best = []
        for _ in range(5):
            began = time.monotonic()
            run.equal(200, ask(gateway.port, harness.chat(text="a" * size + "!")).status, "a text that is hard to match")
            best.append(time.monotonic() - began)
        took[size] = min(best)
    ratio = run.value("ten_times_the_text", took[100_000] / took[10_000])
    run.figure(took[100_000] < 1.0, f"100,000 characters took {took[100_000]:.1f} s")
    run.figure(ratio < 30, f"ten times the text took {ratio:.0f} times as long")
    for text in REFUSED:
        gateway.write({**configuration, "rules": [{"name": "r", "category": "general", "patterns": [text]}]})
        checked = promise.command("check", "--config", gateway.config_path, directory=gateway.directory)
        run.require(checked.returncode != 0, f"the pattern {text} is taken")
    run.tried(f"{len(PATTERNS)} hard patterns: {took[100_000] * 1000:.0f} ms for 100,000 characters, {ratio:.1f} x those of a "
              f"tenth; {len(REFUSED)} that need backtracking or memory refused when loaded")


def compression(run):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"})))
    before = gateway.memory()
    bomb = gzip.compress(b" " * 100_000_000)
    for coding, body in (("gzip", bomb), ("deflate", zlib.compress(b" " * 10_000_000)), ("br", b"\x0b\x00\x80\x03"),
                         ("zstd", b"(\xb5/\xfd"), ("gzip, gzip", gzip.compress(bomb)), ("x-gzip", bomb), ("compress", b"x")):
        with Client(gateway.port) as client:
            client.post(body, [("Content-Encoding", coding)])
            run.equal(415, client.read().status, f"a body in {coding}")
    grown = gateway.memory() - before
    ask(gateway.port, harness.chat(), [("Accept-Encoding", "gzip, br, zstd")])
    asked = upstream.seen()[-1].field("accept-encoding")
    run.require(asked in (None, "identity"), f"the provider is asked for {asked}")
    run.figure(grown < 16 * 2**20, f"bombs cost {promise.megabytes(grown)}")
    run.tried(f"7 kinds of compressed bodies refused with 415 (100 MB in {len(bomb) // 1000} kB: RSS "
              f"+{promise.megabytes(grown)}), providers are not asked for any")


def sources(run):
    """No other engine of patterns, and nothing that decompresses, on the way of a request."""
    listed = subprocess.run(["git", "ls-files", "src"], cwd=promise.ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in listed.stdout.split():
        if name.endswith((".cc", ".h")):
            with open(f"{promise.ROOT}/{name}", encoding="utf-8") as file:
                if re.search(r"#include <(regex|regex\.h|zlib\.h|brotli/decode\.h|zstd\.h|boost/regex)", file.read()):
                    found.append(name)
    run.equal([], found, "sources with another engine or a decompressor")


def measure(run):
    patterns(run)
    compression(run)
    sources(run)


if __name__ == "__main__":
    promise.main("P26", "no regex or zip bombs", measure)
