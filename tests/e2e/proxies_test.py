"""Balancers in front of replicas, with the configurations of packaging/proxy: nginx runs and is held to what its file
says; Envoy is not in Debian, so its file is read."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

import harness
from harness import wait_until
from wire import STREAM_HEAD, Client, Upstream, ask, chunked, event, whole

try:
    import yaml
except ImportError:
    yaml = None

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
NGINX_FILE = os.path.join(ROOT, "packaging/proxy/nginx.conf")
ENVOY_FILE = os.path.join(ROOT, "packaging/proxy/envoy.yaml")
NGINX = shutil.which("nginx") or (os.access("/usr/sbin/nginx", os.X_OK) and "/usr/sbin/nginx")
OPEN = 'pointsman_connections{state="open"}'
PORTS = (8081, 8082, 8083)  # of the replicas in both files
ABOUT_ALL = """
{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log notice;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/pointsman.conf;
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """Debian's nginx with our file, whose ports alone are others."""

    def __init__(self, replicas):
        self.folder = tempfile.mkdtemp(prefix="pointsman-nginx-")
        self.port = free_port()
        self.replicas = replicas
        self.write("nginx.conf", ABOUT_ALL.format(folder=self.folder, user="user root;" if os.geteuid() == 0 else ""))
        self.configure()
        arguments = [NGINX, "-c", os.path.join(self.folder, "nginx.conf"), "-p", self.folder]
        checked = subprocess.run([*arguments, "-t"], capture_output=True, text=True, timeout=30, check=False)
        assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
        self.process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        wait_until(self.answers, "nginx answers")

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(content)

    def configure(self, down=None):
        with open(NGINX_FILE, encoding="utf-8") as file:
            text = file.read()
        assert text.count("listen 8080;") == 1
        text = text.replace("listen 8080;", f"listen 127.0.0.1:{self.port};")
        for was, now in zip(PORTS, self.replicas, strict=True):
            text, times = re.subn(rf"127\.0\.0\.1:{was} (.*);", rf"127.0.0.1:{now} \1{' down' * (now == down)};", text)
            assert times == 1
        self.write("pointsman.conf", text)

    def take_out(self, down):
        """As an operator does: `down` behind the replica's line, or behind none, and a reload, which is done when the
        worker of the file before has ended."""
        ended = self.log().count("exited with code 0")
        self.configure(down)
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.log().count("exited with code 0") > ended, "nginx works by the new file")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "error.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(harness.PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(NGINX, "nginx is not here")
@unittest.skipUnless(os.access(harness.BINARY, os.X_OK), f"there is no program at {harness.BINARY}")
class BehindNginx(unittest.TestCase):
    def setUp(self):
        self.steps = threading.Semaphore(0)
        self.script = lambda peer, one: self.stream(peer) if one.json().get("stream") else peer.send(whole())
        self.upstream = self.enterContext(Upstream(lambda peer, one: self.script(peer, one)))
        self.made = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up"},
                                   router={"retries": {"max_attempts": 1}})
        self.replicas = [self.enterContext(harness.Gateway(self.made)) for _ in PORTS]
        self.nginx = self.enterContext(Nginx([one.port for one in self.replicas]))

    def stream(self, peer):
        """One event each time that the test lets it."""
        peer.send(STREAM_HEAD)
        for number in range(5):
            if not self.steps.acquire(timeout=harness.PATIENCE):
                return
            peer.send(chunked(event({"content": f"word-{number} "})))
        peer.send(chunked(event(finish="stop"), b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def entries(self):
        return [entry for one in self.replicas for entry in one.entries()]

    def read_until(self, client, mark):
        while mark not in client.input:
            self.assertTrue(client.fill(), f"ended before {mark!r}")

    def test_a_streams_events_come_one_by_one(self):
        client = self.enterContext(Client(self.nginx.port))
        client.post(harness.chat(stream=True))
        for number in range(5):
            # The next event is not even sent before this one has arrived.
            self.steps.release()
            self.read_until(client, f"word-{number} ".encode())
        answer = client.read()
        self.assertEqual("[DONE]", answer.events()[-1])
        self.assertEqual(200, answer.status)

    def test_who_leaves_is_gone_for_the_provider_too(self):
        client = self.enterContext(Client(self.nginx.port))
        client.post(harness.chat(stream=True))
        self.steps.release()
        self.read_until(client, b"word-0 ")
        client.socket.close()
        peer = self.upstream.seen()[-1].peer
        wait_until(peer.is_gone, "the provider's connection ends")

    def test_requests_are_spread_and_connections_kept(self):
        for _ in range(60):
            self.assertEqual(200, ask(self.nginx.port, harness.chat()).status)
        wait_until(lambda: len(self.entries()) == 60, "60 entries")
        shares = [len(one.entries()) for one in self.replicas]
        self.assertGreater(min(shares), 5, shares)
        for one in self.replicas:
            # Each replica has had some twenty requests on a connection or two.
            self.assertLessEqual(one.metrics()[OPEN], 4)

    def test_a_replica_that_dies_costs_no_request_that_it_had_not_taken(self):
        self.replicas[0].kill()
        failed = [answer.status for answer in (ask(self.nginx.port, harness.chat()) for _ in range(30))
                  if answer.status != 200]
        self.assertEqual([], failed)

    def test_a_rolling_restart_under_load_fails_nothing(self):
        stop, statuses = threading.Event(), []

        def load():
            while not stop.is_set():
                with Client(self.nginx.port) as client:
                    for _ in range(100):
                        client.post(harness.chat())
                        answer = client.read()
                        if not answer.status:
                            break  # nginx ended the connection between two requests, as its reload does
                        statuses.append(answer.status)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for replica in self.replicas:
            self.nginx.take_out(replica.port)
            replica.metrics()  # says what was so at the look before, and asks anew
            wait_until(lambda: replica.metrics()[OPEN] <= 1, "none but the scrape is connected")
            replica.write({**self.made, "listen": f"127.0.0.1:{replica.port}"})
            self.assertEqual(0, replica.terminate())
            replica.start()
            self.nginx.take_out(None)
            taken = 'pointsman_requests_total{route="none",model="m",code="200"}'
            wait_until(lambda: replica.metrics().get(taken, 0) > 50, "it takes requests again")
        stop.set()
        for thread in threads:
            thread.join(harness.PATIENCE)
        print(f"rolling restart of 3 replicas: {len(statuses)} requests, {sum(one != 200 for one in statuses)} failed")
        self.assertEqual([], [one for one in statuses if one != 200])

    def test_a_request_that_was_begun_is_not_asked_again(self):
        self.script = lambda peer, one: peer.reset()
        answer = ask(self.nginx.port, harness.chat())
        self.assertGreaterEqual(answer.status, 500)
        self.assertEqual(1, len(self.upstream.seen()))
        self.assertEqual(1, len(wait_until(self.entries, "one entry")))

    def test_what_is_for_operators_is_not_published(self):
        for path in ("/metrics", "/admin/v1/savings"):
            with Client(self.nginx.port) as client:
                client.get(path)
                self.assertEqual(404, client.read().status)
        with Client(self.nginx.port) as client:
            client.get("/v1/models")
            self.assertEqual(200, client.read().status)

    def test_large_bodies_pass_up_to_the_gateways_own_limit(self):
        body = json.dumps(harness.chat(text="x" * 100)).encode().ljust(2 * 1024 * 1024)
        self.assertEqual(200, ask(self.nginx.port, body).status)
        with Client(self.nginx.port) as client:  # nginx refuses by the head alone
            client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 20971521\r\n\r\n")
            self.assertEqual(413, client.read().status)


@unittest.skipUnless(yaml, "PyYAML is not here")
class EnvoyFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(ENVOY_FILE, encoding="utf-8") as file:
            cls.made = yaml.safe_load(file)
        cls.clusters = {one["name"]: one for one in cls.made["static_resources"]["clusters"]}
        cls.manager = cls.made["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
        cls.routes = cls.manager["route_config"]["virtual_hosts"][0]["routes"]

    def route(self, path):
        return next(one for one in self.routes if one["match"].get("path") == path or
                    ("prefix" in one["match"] and path.startswith(one["match"]["prefix"])))

    def test_every_extension_says_its_type(self):
        with open(ENVOY_FILE, encoding="utf-8") as file:
            found = re.findall(r'"@type": (\S+)', file.read())
        self.assertEqual(4, len(found))
        for one in found:
            self.assertRegex(one, r"^type\.googleapis\.com/envoy\.extensions\.[\w.]+\.v3\.[A-Z]\w+$")

    def test_streams_are_neither_buffered_nor_cut(self):
        route = self.route("/v1/chat/completions")["route"]
        self.assertEqual("0s", route["timeout"])
        self.assertEqual(["envoy.filters.http.router"], [one["name"] for one in self.manager["http_filters"]])
        self.assertIn("stream_idle_timeout", self.manager)

    def test_nothing_is_asked_again_that_may_have_been_processed(self):
        policy = self.route("/v1/chat/completions")["route"]["retry_policy"]
        self.assertEqual({"connect-failure", "refused-stream", "reset-before-request"}, set(policy["retry_on"].split(",")))

    def test_every_cluster_that_is_named_is_there_and_checked(self):
        for one in self.routes:
            if "route" in one:
                self.assertIn(one["route"]["cluster"], self.clusters)
        for name, cluster in self.clusters.items():
            self.assertEqual(name, cluster["load_assignment"]["cluster_name"])
            check, = cluster["health_checks"]
            self.assertEqual("/readyz", check["http_health_check"]["path"])
            ports = [one["endpoint"]["address"]["socket_address"]["port_value"]
                     for one in cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]]
            self.assertEqual(list(PORTS), ports)

    def test_connections_are_closed_by_whom_reuses_them(self):
        options = self.clusters["pointsman"]["typed_extension_protocol_options"]
        idle = options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]["common_http_protocol_options"]
        self.assertLess(int(idle["idle_timeout"].rstrip("s")), 75)

    def test_what_is_for_operators_is_not_published(self):
        for path in ("/metrics", "/admin/v1/savings"):
            self.assertEqual(404, self.route(path)["direct_response"]["status"])


if __name__ == "__main__":
    harness.main()
