"""Chat requests whose framing can be read in two ways, in every place, and what a gateway must make of each.

Rows of header lines, request lines and chunked bodies; each header row stands first, in the middle and last among the
fields; every request stands alone, in front of a second one, and behind a good one on the same connection.
"""

from dataclasses import dataclass

from wire import request

PATH = "/v1/chat/completions"
BODY_LIMIT = 1024 * 1024  # what the 413 rows count on


@dataclass
class Case:
    """`bytes` get one answer of 200 for each body of `served`, in order; then, if `refusal` is not 0, one answer of that
    status and the end of the connection. If it is 0, the connection stays open, or ends when `keep_alive` is false."""
    name: str
    bytes: bytes
    served: list
    refusal: int = 0
    keep_alive: bool = True


def body(text):
    return b'{"model":"auto","messages":[{"role":"user","content":"' + text.encode() + b'"}]}'


def chunks(content):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)


# Header lines in the place of Content-Length; the body behind the head is in chunks.
TRANSFER_ENCODING_FINE = [b"Transfer-Encoding: chunked", b"TRANSFER-ENCODING: CHUNKED", b"transfer-Encoding:Chunked"]
TRANSFER_ENCODING_REFUSED = [
    b"Transfer-Encoding: " + value for value in (
        b"xchunked", b"xchunked\r\nContent-Length: 3", b"chunked, identity", b"identity, chunked", b"gzip, chunked",
        b"chunked, chunked", b"identity", b"gzip", b"", b",chunked", b"chunked,", b"chunked;q=1", b'"chunked"',
        b" chunked", b"\tchunked", b"chunked\t", b"chunked ", b"\vchunked", b"chunked\v", b"\fchunked", b"chunked\0",
        b"\xa0chunked", b"\rchunked", b"\nchunked", b"\r\n chunked", b"chunked\r\n\tidentity",
        b"chunked\r\nTransfer-Encoding: chunked", b"chunked\r\nTransfer-Encoding: identity",
        b"identity\r\nTransfer-Encoding: chunked", b"chunked\r\nContent-Length: 13")
] + [b"Content-Length: 13\r\nTransfer-Encoding: chunked", b"Content-Length: 0\r\nTransfer-Encoding: chunked",
     b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked", b"Transfer_Encoding: chunked",
     b" Transfer-Encoding: chunked", b"Transfer\0Encoding: chunked", b"\rTransfer-Encoding: chunked",
     b"X-A: b\rTransfer-Encoding: chunked", b"X-A: b\nTransfer-Encoding: chunked"]

# The same with a plain body of N bytes behind the head; "N" stands for the number, "M" for one less.
CONTENT_LENGTH_FINE = [b"Content-Length: N", b"content-length:N"]
CONTENT_LENGTH_REFUSED = [b"Content-Length: " + value for value in (
    b"+N", b"-1", b"-0", b"0xN", b"N, N", b"N,N", b"N N", b"N;", b"N.0", b"Ne0", b"0N", b"00", b"000N",
    b"0000000000000000000N", b"Na", b"aN", b'"N"', b"12345678901234567890", b"99999999999999999999",
    b"18446744073709551619", "٣".encode(), b"", b" ", b" N", b"\tN", b"N ", b"\vN", b"N\0", b"\r\n N", b"N\r\n N", b"N\r",
    b"N\r\nContent-Length: N", b"N\r\nContent-Length: M", b"M\r\nContent-Length: N", b"0\r\nContent-Length: N",
    b"N\r\ncontent-length: N")] + [
    b"Content_Length: N", b"Content_Length: N\r\nContent-Length: N", b"Content-Length : N",
    b"X-A: b\rContent-Length: N", b"X-A: b\nContent-Length: N"]

# In the place of Host.
HOST_FINE = [b"Host: " + value for value in (
    b"a", b"a.example", b"A.Example:8080", b"127.0.0.1", b"127.0.0.1:1", b"[::1]", b"[2001:db8::1]:443",
    b"my_service:8080", b"a.example.", b"a.example:65535")]
HOST_REFUSED = [b"", b"Host: a.example\r\nHost: a.example", b"Host: a.example\r\nhost: b.example", b"Host:\r\n a.example",
                b"Host : a.example"] + [b"Host: " + value for value in (
                    b"", b"a b", b"a,b", b"a.example, b.example", b"user@a.example", b"user:pw@a.example", b"a/b",
                    b"http://a.example", b"a?b", b"a#b", b"a\\b", b"a.example:", b"a.example:x", b"a.example:65536",
                    b"a.example:80:80", b":80", b"[::1", b"::1", b"[::1]x", b"[]", b"[g::1]", b"[::1]:", b"[1.2.3.4]",
                    b"a%2eb", b"a\tb", b" a.example", b"a.example ", b"\ta.example", b"b\xc3\xbccher.example", b"a<b",
                    b'"a"')]

# Beside all the others.
FIELD_FINE = [b"X-A: 1", b"X-A:", b"X-A: \t ", b"X-A:\t 1 \t", b"X-A: 1\t2", b"X-A: gr\xc3\xbc\xc3\x9f",
              b"X!#$%&'*+-.^`|~09azAZ: 1", b"X-A: 1: 2", b"X-A: 1\r\nX-A: 2",
              b"Connection: upgrade\r\nUpgrade: websocket",
              b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA",
              b"Connection: content-length, transfer-encoding, host", b"Trailer: Content-Length", b"TE: trailers",
              b"Connection: keep-alive", b"Proxy-Connection: close", b"Keep-Alive: timeout=5"]
FIELD_CLOSING = [b"Connection: close", b"Connection: Close", b"Connection: keep-alive, close", b"Connection: x,close ,y",
                 b"Connection: close\r\nConnection: keep-alive"]
FIELD_REFUSED = [(name + b": 1", 400) for name in (
    b"X A", b"X\tA", b"X(A", b"X)A", b"X<A", b"X>A", b"X@A", b"X,A", b"X;A", b"X\\A", b'X"A', b"X/A", b"X[A", b"X]A",
    b"X?A", b"X=A", b"X{A", b"X}A", b"X_A", b"_X", b"X_", b"X\x7f", b"X\x80", b"X\x01", b"", b"X\0A", b"X-A ", b" X-A",
    b"\tX-A")] + [(line, 400) for line in (
        b"X-A", b" ", b"X-A: 1\r\n 2", b"X-A: 1\r\n\t2", b"X-A: 1\nX-B: 2", b"X-A: 1\rX-B: 2", b"X-A: 1\r", b"X-A: 1\n\r",
        b"X-A: 1\r2", b"X-A: 1\x002", b"X-A: \x1b[0m", b"X-A: 1\x7f", b"X-A: 1\v2", b"X-A: 1\b2",
        b"X-A: 1\n\nPOST /v1/chat/completions HTTP/1.1\r\nHost: s")] + [
            (b"Expect: 200-ok", 417), (b"Expect: 100-continue\r\nExpect: 100-continue", 417),
            (b"Expect: 100-continue, x", 417), (b"Expect:", 417), (b"X-A: " + b"v" * 40000, 431),
            (b"\r\n".join([b"a: b"] * 120), 431)]

# The request line; "{T}" stands for a sound target.
LINE_REFUSED = [b"POST {T} " + version for version in (
    b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/2", b"http/1.1", b"Http/1.1", b"HTTP/1.10", b"HTTP/11", b"HTTP/1.",
    b"HTTP/01.1", b"HTTP/1.1 ", b"HTTP/1.1\t", b"HTTP/1.1x", b"HTTP 1.1", b"XTTP/1.1", b"HTTP/-1.1", b"HTTP/1,1",
    b"HTTP/1.1\r", b"HTTP/1.1\rX-A: b", b"")] + [
        b"POST {T}", b"POST", b"POST ", b"", b" ", b"POST  {T} HTTP/1.1", b"POST {T}  HTTP/1.1", b"POST\t{T} HTTP/1.1",
        b"POST {T}\tHTTP/1.1", b" POST {T} HTTP/1.1", b"\tPOST {T} HTTP/1.1", b"{T} HTTP/1.1", b"POST\v{T} HTTP/1.1",
        b"POST http://gw.example{T} HTTP/1.1", b"POST gw.example:80 HTTP/1.1", b"POST * HTTP/1.1", b"OPTIONS * HTTP/1.1",
        b"POST v1/x HTTP/1.1", b"POST ?q HTTP/1.1", b"POST #f HTTP/1.1", b"POST {T}#f HTTP/1.1", b"POST {T} y HTTP/1.1",
        b"POST {T}\x01 HTTP/1.1", b"POST {T}\x7f HTTP/1.1", b"POST {T}\xc3\xbc HTTP/1.1", b"POST {T}\0 HTTP/1.1",
        b"POST {T}\r HTTP/1.1", b"POST\r {T} HTTP/1.1", b"G<ET {T} HTTP/1.1", b"POST: {T} HTTP/1.1", b'"POST" {T} HTTP/1.1',
        b"PRI * HTTP/2.0", b"\xef\xbb\xbfPOST {T} HTTP/1.1", b"\rPOST {T} HTTP/1.1"]

# Chunked bodies; "{C}" stands for a sound content of "{S}" bytes (in hexadecimal), "{E}" for the end of a body.
CHUNKS_FINE = [b"{S}\r\n{C}\r\n{E}", b"00{S}\r\n{C}\r\n000\r\n\r\n"]
CHUNKS_REFUSED = [(size + b"\r\n{C}\r\n{E}", 400) for size in (
    b"0x{S}", b"+{S}", b"-{S}", b" {S}", b"{S} ", b"\t{S}", b"{S}\t", b"{S};ext", b"{S};ext=1", b"{S};", b"{S} ;ext",
    b'{S};a="\r\n"', b"{S}\v", b"{S}\0", b"", b"g", b"{S},{S}", b"{S}.0", b"0{S}h", b"{S}\r", b"\r{S}",
    b"00000000000000{S}", b"fffffffffffffffb", b"8000000000000005", b"_{S}", b"{S}_", b"'{S}")] + [
        (size + b"\r\n{C}\r\n{E}", 413) for size in (b"fffffffffffffff", b"100001", b"7fffffff", b"100000005")] + [
            (data, 400) for data in (
                b"{S}\n{C}\r\n{E}", b"{S}\r{C}\r\n{E}", b"{S}\r\n{C}\n{E}", b"{S}\r\n{C}\r{E}", b"{S}\r\n{C}{E}",
                b"{S}\r\n{C}x\r\n{E}", b"{S}\r\n{C}\r\n\r\n{E}", b"{S}\n{C}\n0\n\n",
                b"{S}\r\n{C}\r\n0\n\r\n", b"{S}\r\n{C}\r\n0\r\n\n", b"{S}\r\n{C}\r\n0\r\n\r\r",
                b"{S}\r\n{C}\r\n0;x\r\n\r\n", b"{S}\r\n{C}\r\n-0\r\n\r\n", b"{S}\r\n{C}\r\n0\r\nX-A: 1\r\n\r\n",
                b"{S}\r\n{C}\r\n0\r\nContent-Length: 3\r\n\r\n", b"{S}\r\n{C}\r\n0\r\n \r\n\r\n",
                b"{S}\r\n{C}\r\n0\r\nPOST /v1/chat/completions HTTP/1.1\r\nHost: s\r\n\r\n",
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: s\r\n\r\n")]


class Matrix:
    def __init__(self):
        self.cases = []

    def text(self, what):
        return body(f"{what} {len(self.cases)}")

    def add(self, name, make, refusal=0, keep_alive=True):
        """`make` puts a JSON body into the bytes of one request; it is called for each context."""
        for context in ("alone", "followed", "behind a good one"):
            own, data, served = self.text("own"), b"", []
            if context == "behind a good one":
                first = self.text("first")
                data, served = request(first), [first]
            data += make(own)
            if not refusal:
                served.append(own)
            if context != "alone":
                second = self.text("smuggled" if refusal or not keep_alive else "second")
                data += request(second)
                if not refusal and keep_alive:
                    served.append(second)
            self.cases.append(Case(f"{name}, {context}", data, served, refusal, keep_alive))

    def add_header(self, row, replaces, refusal=0, keep_alive=True):
        for position, before in (("first", 0), ("middle", 2), ("last", 9)):
            def make(own, before=before):
                lines = [b"Host: gw.example", b"Accept: */*", b"Content-Type: application/json",
                         b"Content-Length: %d" % len(own), b"X-Last: z"]
                lines = [line for line in lines if not (replaces and line.startswith(replaces))]
                content = own
                if replaces == b"Content-Length" and b"transfer" in row.lower():
                    content = chunks(own)
                line = row
                if replaces == b"Content-Length" and b"transfer" not in row.lower():
                    line = row.replace(b"N", b"%d" % len(own)).replace(b"M", b"%d" % (len(own) - 1))
                if line:
                    lines.insert(min(before, len(lines)), line)
                return b"POST %s HTTP/1.1\r\n" % PATH.encode() + b"\r\n".join(lines) + b"\r\n\r\n" + content
            self.add(f"{row[:60]!r} {position}", make, refusal, keep_alive)

    def add_line(self, row, refusal):
        def make(own):
            return row.replace(b"{T}", PATH.encode()) + (
                b"\r\nHost: gw.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(own) + own)
        self.add(f"line {row!r}", make, refusal)

    def add_chunked(self, row, refusal=0):
        def make(own):
            data = row.replace(b"{E}", b"0\r\n\r\n").replace(b"{S}", b"%x" % len(own)).replace(b"{C}", own)
            return (b"POST %s HTTP/1.1\r\nHost: gw.example\r\nContent-Type: application/json\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n" % PATH.encode() + data)
        self.add(f"chunks {row!r}", make, refusal)


def all_cases():
    matrix = Matrix()
    for row in TRANSFER_ENCODING_FINE:
        matrix.add_header(row, b"Content-Length")
    for row in TRANSFER_ENCODING_REFUSED:
        matrix.add_header(row, b"Content-Length", 400)
    for row in CONTENT_LENGTH_FINE:
        matrix.add_header(row, b"Content-Length")
    for row in CONTENT_LENGTH_REFUSED:
        matrix.add_header(row, b"Content-Length", 400)
    matrix.add_header(b"Content-Length: 9999999999999999999", b"Content-Length", 413)
    for row in HOST_FINE:
        matrix.add_header(row, b"Host")
    for row in HOST_REFUSED:
        matrix.add_header(row, b"Host", 400)
    for row in FIELD_FINE:
        matrix.add_header(row, b"")
    for row in FIELD_CLOSING:
        matrix.add_header(row, b"", 0, False)
    for row, status in FIELD_REFUSED:
        matrix.add_header(row, b"", status)
    for row in LINE_REFUSED:
        matrix.add_line(row, 400)
    matrix.add_line(b"CONNECT gw.example:443 HTTP/1.1", 501)
    for row in CHUNKS_FINE:
        matrix.add_chunked(row)
    for row, status in CHUNKS_REFUSED:
        matrix.add_chunked(row, status)
    return matrix.cases
