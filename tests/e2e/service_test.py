"""As a service: what the manager is told (sd_notify), keys from its credentials, the unit's hardening, and health checks
by the program itself. No service manager runs here: the test is its end of the socket."""

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
from wire import Client, Upstream, ask, whole

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
UNIT = os.path.join(ROOT, "packaging/systemd/pointsman.service")
MOST_EXPOSED = 2.0  # of 10, as systemd-analyze counts


class Manager:
    """The end of the notification socket that a service manager has."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(harness.PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def next(self, skip=("WATCHDOG=1",)):
        """The next datagram's lines, but for heartbeats."""
        while True:
            said = self.socket.recv(4096).decode().splitlines()
            if said[0] not in skip:
                return said


def unit_lines():
    with open(UNIT, encoding="utf-8") as file:
        return [line.strip() for line in file if "=" in line and not line.startswith("#")]


class Unit(unittest.TestCase):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_is_little_exposed(self):
        run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], capture_output=True,
                             text=True, timeout=60, check=False)
        found = re.search(r"exposure level for pointsman\.service: ([\d.]+)", run.stdout)
        self.assertTrue(found, run.stdout + run.stderr)
        self.assertLessEqual(float(found[1]), MOST_EXPOSED)
        print(f"systemd-analyze security: {found[1]} of 10")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_is_understood(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with open(UNIT, encoding="utf-8") as file:
            text = file.read().replace("/usr/bin/pointsman", "/bin/true")
        text = re.sub(r"(?m)^Documentation=.*\n", "", text)
        copy = os.path.join(folder, "pointsman.service")
        with open(copy, "w", encoding="utf-8") as file:
            file.write(text)
        run = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, timeout=60,
                             check=False)
        ours = [line for line in run.stderr.splitlines() if "pointsman.service" in line]
        self.assertEqual([], ours)

    def test_asks_for_what_the_program_does(self):
        """Each promise of the unit has its test below; here, that the unit makes them."""
        lines = unit_lines()
        for line in ("Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "DynamicUser=yes", "StateDirectory=pointsman",
                     "LoadCredential=key:/etc/pointsman/credentials"):
            self.assertIn(line, lines)
        patience = next(int(line.split("=")[1]) for line in lines if line.startswith("TimeoutStopSec="))
        self.assertGreater(patience, 30, "limits.drain_timeout is 30s unless it is set")


@unittest.skipUnless(os.access(harness.BINARY, os.X_OK), f"there is no program at {harness.BINARY}")
class Service(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="pointsman-svc-"))
        self.manager = self.enterContext(Manager(self.folder))
        self.upstream = self.enterContext(Upstream(lambda peer, one: peer.send(whole())))
        self.base = harness.config({"up": harness.provider(self.upstream.port)}, {"m": "up"})

    def start(self, configuration=None, **environment):
        environment = {"NOTIFY_SOCKET": self.manager.path, **environment}
        return self.enterContext(harness.Gateway(configuration or self.base, environment))

    def test_the_manager_hears_of_start_reload_and_stop(self):
        gateway = self.start()
        self.assertEqual(["READY=1"], self.manager.next())
        gateway.process.send(signal.SIGHUP)
        reloading = self.manager.next()
        self.assertEqual("RELOADING=1", reloading[0])
        self.assertRegex(reloading[1], r"^MONOTONIC_USEC=\d+$")
        self.assertEqual(["READY=1"], self.manager.next())
        gateway.write("nonsense: 1\n")  # a bad file keeps the old configuration, and the service is ready again
        self.assertEqual("RELOADING=1", self.manager.next()[0])
        self.assertEqual(["READY=1"], self.manager.next())
        gateway.process.send(signal.SIGTERM)
        self.assertEqual("STOPPING=1", self.manager.next()[0])
        self.assertEqual(0, gateway.process.wait())

    def test_it_is_answering_when_it_says_so(self):
        # Not Gateway.start(), which waits until it is ready.
        gateway = self.enterContext(harness.Gateway(self.base, start=False))
        gateway.process = harness.Process(["serve", "--config", gateway.config_path], gateway.directory, "gateway",
                                          {"NOTIFY_SOCKET": self.manager.path})
        self.assertEqual(["READY=1"], self.manager.next())
        gateway.port = int(gateway.process.expect(r"http://127\.0\.0\.1:(\d+)/v1").group(1))
        self.assertEqual(200, gateway.ready())

    def test_the_watchdog_hears_three_times_within_its_time(self):
        gateway = self.start(WATCHDOG_USEC="900000")
        heard = [self.manager.next(skip=()) for _ in range(5)]
        self.assertEqual(["READY=1"], heard[0])
        self.assertEqual([["WATCHDOG=1"]] * 4, heard[1:])
        self.assertIsNone(gateway.process.child.poll())

    def test_a_key_from_the_credentials_reaches_the_provider_and_nothing_else(self):
        with open(os.path.join(self.folder, "key_up"), "w", encoding="utf-8") as file:
            file.write("sk-from-credentials\n")
        providers = {"up": {**harness.provider(self.upstream.port), "api_key": "${credential:key_up}"}}
        gateway = self.start(harness.config(providers, {"m": "up"}), CREDENTIALS_DIRECTORY=self.folder)
        self.assertEqual(200, ask(gateway.port, harness.chat()).status)
        self.assertEqual("Bearer sk-from-credentials", self.upstream.seen()[0].field("authorization"))
        self.assertNotIn("sk-from", gateway.process.out() + gateway.process.err())

    def test_a_credential_that_is_missing_is_named_with_its_place(self):
        providers = {"up": {**harness.provider(1), "api_key": "${credential:key_up}"}}
        gateway = self.enterContext(harness.Gateway(harness.config(providers, {"m": "up"}), start=False))
        for environment in ({}, {"CREDENTIALS_DIRECTORY": self.folder}):
            gateway.process = harness.Process(["serve", "--config", gateway.config_path], gateway.directory, "bad",
                                              environment)
            self.assertNotEqual(0, gateway.process.wait())
            self.assertRegex(gateway.process.err(), r"pointsman\.yaml:\d+:\d+: .*key_up")

    def health(self, gateway, *arguments):
        return subprocess.run([harness.BINARY, "health", *arguments], capture_output=True, text=True, check=False,
                              timeout=harness.PATIENCE, cwd=gateway.directory)

    def test_the_program_is_its_own_health_check(self):
        gateway = self.start()
        url = ("--url", f"http://127.0.0.1:{gateway.port}")
        self.assertEqual(0, self.health(gateway, *url).returncode)
        self.assertEqual(0, self.health(gateway, *url, "--live").returncode)
        self.assertEqual(3, self.health(gateway, "--url", url[1] + "/nowhere").returncode)
        gateway.terminate()
        run = self.health(gateway, *url)
        self.assertEqual(3, run.returncode)
        self.assertIn("/readyz", run.stderr)

    def test_health_finds_the_gateway_by_its_configuration(self):
        gateway = self.start()
        fixed = {**self.base, "listen": f"127.0.0.1:{gateway.port}"}
        path = os.path.join(self.folder, "fixed.yaml")
        gateway.config_path, kept = path, gateway.config_path
        gateway.write(fixed)
        gateway.config_path = kept
        self.assertEqual(0, self.health(gateway, "--config", path).returncode)

    def test_requests_that_are_being_answered_are_counted(self):
        """What replicas are added and taken away by (packaging/kubernetes)."""
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        upstream = self.enterContext(Upstream(lambda peer, one: go_on.wait(harness.PATIENCE) and peer.send(whole())))
        gateway = self.start(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"}))
        clients = [self.enterContext(Client(gateway.port)) for _ in range(5)]
        for client in clients:
            client.post(harness.chat())
        active = 'pointsman_connections{state="active"}'
        wait_until(lambda: gateway.metrics()[active] >= 5, "five are being answered")
        go_on.set()
        for client in clients:
            self.assertEqual(200, client.read().status)
        wait_until(lambda: gateway.metrics()[active] <= 1, "none is but the scrape")


if __name__ == "__main__":
    harness.main()
