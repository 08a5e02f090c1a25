"""HTTP/1.1 byte by byte: a client that sees everything, and an upstream that does exactly as it is told.

Neither corrects nor completes anything. Every wait ends after `PATIENCE` seconds.
"""

import contextlib
import json
import select
import socket
import struct
import threading
import time

PATIENCE = 10.0


class Answer:
    """What a client got. `whole` says whether the framing was satisfied; `end` is "" while the connection is open,
    then "fin" or "rst"."""

    def __init__(self):
        self.raw = b""
        self.status = 0
        self.fields = []
        self.body = b""
        self.whole = False
        self.end = ""

    def field(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def json(self):
        return json.loads(self.body)

    def events(self):
        return [line[6:] for line in self.body.decode().split("\n") if line.startswith("data: ")]

    def decision(self):
        return self.field("x-pointsman-decision-id")

    def __repr__(self):
        return f"<{self.status} whole={self.whole} end={self.end!r} {self.body[:300]!r}>"


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    fields = []
    for line in lines[1:]:
        if line:
            name, _, value = line.partition(":")
            fields.append((name.lower(), value.strip()))
    return lines[0], fields


class Client:
    """One connection. Reads as far as it is asked to, and knows FIN from RST."""

    def __init__(self, port, receive_buffer=0, host="127.0.0.1"):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect((host, port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""
        self.end = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer, if any, is still to be read

    def post(self, body, fields=(), path="/v1/chat/completions", version="HTTP/1.1"):
        self.send(request(body, fields, path, version))

    def get(self, path):
        self.send(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())

    def fill(self, seconds=PATIENCE):
        """Reads what comes next; False at the end of the connection, TimeoutError when nothing comes."""
        if self.end:
            return False
        self.socket.settimeout(seconds)
        try:
            got = self.socket.recv(65536)
        except ConnectionResetError:
            self.end = "rst"
            return False
        if not got:
            self.end = "fin"
        self.input += got
        return bool(got)

    def read_head(self, seconds=PATIENCE):
        answer = Answer()
        while b"\r\n\r\n" not in self.input:
            if not self.fill(seconds):
                answer.raw, answer.end = self.input, self.end
                return answer
        head, _, self.input = self.input.partition(b"\r\n\r\n")
        start, answer.fields = parse_head(head)
        answer.raw = head + b"\r\n\r\n"
        answer.status = int(start.split(" ")[1])
        return answer

    def read(self, seconds=PATIENCE):
        """One answer as far as it comes."""
        answer = self.read_head(seconds)
        if answer.status == 0:
            return answer
        if answer.field("transfer-encoding") == "chunked":
            self.read_chunks(answer, seconds)
        elif answer.field("content-length") is not None:
            wanted = int(answer.field("content-length"))
            while len(self.input) < wanted and self.fill(seconds):
                pass
            answer.body, self.input = self.input[:wanted], self.input[wanted:]
            answer.whole = len(answer.body) == wanted
        else:
            while self.fill(seconds):
                pass
            answer.body, self.input = self.input, b""
            answer.whole = self.end == "fin"
        answer.end = self.end
        return answer

    def read_chunks(self, answer, seconds):
        while True:
            line = self.take_line(seconds)
            if line is None:
                return
            size = int(line, 16)
            while len(self.input) < size + 2:
                if not self.fill(seconds):
                    answer.body += self.input[:size]
                    self.input = b""
                    return
            answer.body += self.input[:size]
            end, self.input = self.input[size:size + 2], self.input[size + 2:]
            if end != b"\r\n":
                raise AssertionError(f"a chunk ends with {end!r}")
            if size == 0:
                answer.whole = True
                return

    def take_line(self, seconds):
        while b"\r\n" not in self.input:
            if not self.fill(seconds):
                return None
        line, _, self.input = self.input.partition(b"\r\n")
        return line

    def read_to_end(self, seconds=PATIENCE):
        while self.fill(seconds):
            pass
        return self.end

    def leave(self, how):
        """Ends the connection: "fin" or "rst"."""
        if how == "rst":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def request(body, fields=(), path="/v1/chat/completions", version="HTTP/1.1"):
    """A sound POST. `body` may be bytes or what JSON can express."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"POST {path} {version}", "Host: test", "Content-Type: application/json",
             *(f"{name}: {value}" for name, value in fields), f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def ask(port, body, fields=(), path="/v1/chat/completions", seconds=PATIENCE):
    """One request on a connection of its own."""
    with Client(port) as client:
        client.post(body, fields, path)
        return client.read(seconds)


class Request:
    """What reached the upstream, and the connection it came on."""

    def __init__(self, peer, head, body):
        self.peer = peer
        self.head = head
        self.line, self.fields = parse_head(head)
        self.body = body

    def field(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def count(self, name):
        return sum(key == name for key, _ in self.fields)

    def json(self):
        return json.loads(self.body)


class Peer:
    """One connection at the upstream, in the hands of a script."""

    def __init__(self, connection):
        self.socket = connection
        self.open = True
        self.gone_at = None  # when the other side was seen to have closed

    def send(self, data):
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.open = False
        self.socket.close()

    def is_gone(self):
        """Whether the other side has closed by now."""
        watch = select.poll()
        watch.register(self.socket, select.POLLRDHUP)
        if self.gone_at is None and watch.poll(0):
            self.gone_at = time.monotonic()
        return self.gone_at is not None

    def wait_gone(self, seconds=PATIENCE):
        """Waits for the other side to close; the moment it did, or None."""
        watch = select.poll()
        watch.register(self.socket, select.POLLIN | select.POLLRDHUP)
        if watch.poll(int(seconds * 1000)):
            self.gone_at = time.monotonic()
        self.close()
        return self.gone_at


class Upstream:
    """Listens on a free port; each request is recorded and given to `script(peer, request)`, in a thread for each
    connection. A script that returns with the connection open goes on to the next request."""

    def __init__(self, script, backlog=128, host="127.0.0.1"):
        self.script = script
        self.requests = []
        self.bad = []  # what came that was no request as we know them
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, 0))
        self.listener.listen(backlog)
        self.port = self.listener.getsockname()[1]
        self.peers = []
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        with self.lock:
            for peer in self.peers:
                with contextlib.suppress(OSError):
                    # A thread that waits for bytes keeps a closed socket open; this ends its waiting.
                    peer.socket.shutdown(socket.SHUT_RDWR)
                peer.socket.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(connection)
            with self.lock:
                self.peers.append(peer)
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            left = b""
            while peer.open:
                one, left = self.receive(peer, left)
                if one is None:
                    break
                with self.lock:
                    self.requests.append(one)
                self.script(peer, one)
        except OSError:
            pass
        finally:
            peer.socket.close()

    def receive(self, peer, data):
        while b"\r\n\r\n" not in data:
            got = peer.socket.recv(65536)
            if not got:
                if data:
                    self.bad.append(data)
                return None, b""
            data += got
        head, _, rest = data.partition(b"\r\n\r\n")
        _, fields = parse_head(head)
        length = int(dict(fields).get("content-length", 0))
        while len(rest) < length:
            got = peer.socket.recv(65536)
            if not got:
                return None, b""
            rest += got
        return Request(peer, head, rest[:length]), rest[length:]

    def seen(self):
        with self.lock:
            return list(self.requests)


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def completion(text="Hello there.", model="m"):
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": model,
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": USAGE}


def whole(body=None, status="200 OK", fields=()):
    """An answer with its length, as bytes. `body` as in request()."""
    if body is None:
        body = completion()
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", *(f"{name}: {value}" for name, value in fields),
             f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def event(delta=None, finish=None, **more):
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m",
             "choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **more}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def chunked(*payloads):
    return b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in payloads)


def stream(words=8, usage=True):
    """A whole streamed answer, as bytes."""
    events = [event({"role": "assistant", "content": ""})]
    events += [event({"content": f"word{i} "}) for i in range(words)]
    events.append(event(finish="stop"))
    if usage:
        events.append(event(usage=USAGE).replace(b'"choices": [{"index": 0, "delta": {}, "finish_reason": null}]',
                                                 b'"choices": []'))
    events.append(b"data: [DONE]\n\n")
    return STREAM_HEAD + chunked(*events) + b"0\r\n\r\n"
