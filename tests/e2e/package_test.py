"""The Debian package: what is in it, installed, upgraded and purged in a root of its own, and the program run from there.

The package is $POINTSMAN_DEB, or is made by cpack from $POINTSMAN_CPACK (CPackConfig.cmake of a build). Nothing of this
machine is changed: dpkg gets a root and a database of its own, and the scripts of the package see DPKG_ROOT.
"""

import glob
import gzip
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

import harness
from wire import Upstream, ask, whole

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
CONFIG = "etc/pointsman/pointsman.yaml"
# Path -> mode of what must be there.
FILES = {
    "usr/bin/pointsman": 0o755,
    "usr/lib/pointsman/run": 0o755,
    "lib/systemd/system/pointsman.service": 0o644,
    "etc/pointsman": 0o755,
    CONFIG: 0o644,
    "etc/pointsman/credentials": 0o700,
    "usr/share/man/man1/pointsman.1.gz": 0o644,
    "usr/share/doc/pointsman/copyright": 0o644,
    "usr/share/doc/pointsman/changelog.Debian.gz": 0o644,
    "usr/share/doc/pointsman/configuration.md": 0o644,
    "usr/share/doc/pointsman/operations.md": 0o644,
    "usr/share/doc/pointsman/pointsman.schema.json": 0o644,
    "usr/share/doc/pointsman/examples/minimal.yaml": 0o644,
    "usr/share/doc/pointsman/examples/prometheus/pointsman.rules.yaml": 0o644,
    "usr/share/doc/pointsman/examples/proxy/nginx.conf": 0o644,
}
folder, deb = None, None


def run(*command, **more):
    return subprocess.run(command, **{"capture_output": True, "text": True, "timeout": 300, "check": True, **more})


def setUpModule():
    global folder, deb
    if not shutil.which("dpkg-deb"):
        raise unittest.SkipTest("dpkg-deb is not here")
    folder = tempfile.mkdtemp(prefix="pointsman-deb-")
    deb = os.environ.get("POINTSMAN_DEB")
    if not deb:
        made = os.environ.get("POINTSMAN_CPACK")
        if not made or not shutil.which("cpack"):
            raise unittest.SkipTest("neither POINTSMAN_DEB nor POINTSMAN_CPACK says where the package comes from")
        run("cpack", "--config", made, "-B", folder, timeout=540)
        deb, = glob.glob(os.path.join(folder, "pointsman_*.deb"))


def tearDownModule():
    if folder:
        shutil.rmtree(folder)


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = os.path.join(folder, "unpacked")
        run("dpkg-deb", "-R", deb, cls.root)

    def test_what_must_be_there_is_there_and_only_for_whom_it_is(self):
        for path, mode in FILES.items():
            with self.subTest(path):
                found = os.lstat(os.path.join(self.root, path))
                self.assertEqual(oct(mode), oct(stat.S_IMODE(found.st_mode)))

    def test_nothing_of_the_machine_that_built_it_is_in_it(self):
        for base, _, names in os.walk(self.root):
            for name in names:
                with open(os.path.join(base, name), "rb") as file:
                    self.assertNotIn(ROOT.encode(), file.read(), name)

    def test_it_says_what_it_is_and_needs(self):
        fields = dict(line.split(": ", 1) for line in run("dpkg-deb", "-f", deb).stdout.splitlines() if ": " in line)
        self.assertEqual("pointsman", fields["Package"])
        version = run(os.path.join(self.root, "usr/bin/pointsman"), "version").stdout.split()[-1]
        self.assertTrue(fields["Version"].startswith(version + "-"), fields["Version"])
        for library in ("libc6", "libssl3", "libsqlite3-0"):
            self.assertIn(library + " (>= ", fields["Depends"])
        with open(os.path.join(self.root, "DEBIAN/conffiles"), encoding="utf-8") as file:
            self.assertEqual(["/" + CONFIG], file.read().split())

    def test_its_checksums_hold(self):
        with open(os.path.join(self.root, "DEBIAN/md5sums"), encoding="utf-8") as file:
            sums = dict(reversed(line.split(maxsplit=1)) for line in file.read().splitlines())
        self.assertIn("usr/bin/pointsman", sums)
        for path, digest in sums.items():
            with open(os.path.join(self.root, path), "rb") as file:
                self.assertEqual(digest, hashlib.md5(file.read()).hexdigest(), path)

    def test_the_manual_page_has_every_command(self):
        path = os.path.join(self.root, "usr/share/man/man1/pointsman.1.gz")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            text = file.read()
        listed = run(os.path.join(self.root, "usr/bin/pointsman"), "--help").stdout.partition("Subcommands:")[2]
        commands = re.findall(r"(?m)^  ([a-z][\w-]*)", listed)
        self.assertGreater(len(commands), 25)
        for name in commands:
            self.assertIn(f'.SH "pointsman {name}"', text)
        self.assertIn("\\-\\-config", text)
        if shutil.which("man"):
            said = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path, check=False,
                       env={**os.environ, "MANROFFSEQ": "", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual("", said.stderr)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not here")
    def test_lintian_finds_nothing(self):
        said = run("lintian", "--allow-root", "--fail-on", "error,warning", deb, check=False)
        self.assertEqual("", said.stdout)
        self.assertEqual(0, said.returncode, said.stderr)

    def test_scripts_are_sound_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            run("sh", "-n", os.path.join(self.root, "DEBIAN", name))


class Installed(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="root-", dir=folder)
        for path in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "var/log"):
            os.makedirs(os.path.join(self.root, path))
        open(os.path.join(self.root, "var/lib/dpkg/status"), "w", encoding="utf-8").close()
        # Nothing is installed in that root, so no dependency is either; the libraries are this machine's.
        self.dpkg("--install", deb)

    def dpkg(self, *arguments):
        wrapper = [] if os.geteuid() == 0 or not shutil.which("fakeroot") else ["fakeroot"]
        done = run(*wrapper, "dpkg", f"--root={self.root}", "--force-script-chrootless", "--force-depends",
                   "--force-not-root", "--force-confold", *arguments, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def at(self, path):
        return os.path.join(self.root, path)

    def text(self, path):
        with open(self.at(path), encoding="utf-8") as file:
            return file.read()

    def put(self, path, text):
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), "w", encoding="utf-8") as file:
            file.write(text)

    def test_the_example_configuration_is_in_order_and_serves(self):
        self.put("etc/pointsman/credentials/openai", "sk-0123456789abcdef\n")
        # What systemd makes of LoadCredential=key:/etc/pointsman/credentials.
        credentials = self.at("run")
        self.put("run/key_openai", self.text("etc/pointsman/credentials/openai"))
        environment = {"PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": credentials, "HOME": folder}
        program = self.at("usr/bin/pointsman")
        checked = run(program, "check", "--config", self.at(CONFIG), env=environment)
        self.assertIn("everything is in order", checked.stdout)
        self.assertIn("/var/lib/pointsman/ledger", checked.stdout)

        upstream = self.enterContext(Upstream(lambda peer, one: peer.send(whole())))
        served = (self.text(CONFIG).replace("127.0.0.1:8080", "127.0.0.1:0").replace("127.0.0.1:9090", "127.0.0.1:0")
                  .replace("/var/lib/pointsman/ledger", self.at("var/lib/pointsman/ledger"))
                  .replace("  openai:\n", f"  openai:\n    base_url: http://127.0.0.1:{upstream.port}/v1\n", 1))
        kept, harness.BINARY = harness.BINARY, program
        try:
            gateway = self.enterContext(harness.Gateway(served, {"CREDENTIALS_DIRECTORY": credentials}))
            answer = ask(gateway.port, harness.chat("gpt-5.6-luna"))
        finally:
            harness.BINARY = kept
        self.assertEqual(200, answer.status)
        self.assertEqual("Bearer sk-0123456789abcdef", upstream.seen()[0].field("authorization"))
        self.assertTrue(os.path.isdir(self.at("var/lib/pointsman/ledger")))

    def test_the_unit_starts_what_was_installed(self):
        unit = self.text("lib/systemd/system/pointsman.service")
        command = re.search(r"(?m)^ExecStart=(\S+) serve --config (\S+)$", unit)
        self.assertTrue(os.access(self.at(command[1].lstrip("/")), os.X_OK))
        self.assertTrue(os.path.isfile(self.at(command[2].lstrip("/"))))
        source = re.search(r"(?m)^LoadCredential=key:(\S+)$", unit)[1]
        self.assertTrue(os.path.isdir(self.at(source.lstrip("/"))))

    def test_an_upgrade_keeps_what_was_changed(self):
        mine = self.text(CONFIG) + "# mine\n"
        self.put(CONFIG, mine)
        self.put("etc/pointsman/credentials/openai", "sk-x\n")
        self.dpkg("--install", deb)
        self.assertEqual(mine, self.text(CONFIG))
        self.assertEqual("sk-x\n", self.text("etc/pointsman/credentials/openai"))

    def test_removing_keeps_the_configuration_and_purging_keeps_keys_and_ledger(self):
        self.put("etc/pointsman/credentials/openai", "sk-x\n")
        self.put("var/lib/private/pointsman/ledger/ledger.db", "spent")
        self.dpkg("--remove", "pointsman")
        self.assertFalse(os.path.exists(self.at("usr/bin/pointsman")))
        self.assertTrue(os.path.exists(self.at(CONFIG)))
        said = self.dpkg("--purge", "pointsman")
        self.assertFalse(os.path.exists(self.at(CONFIG)))
        self.assertEqual("sk-x\n", self.text("etc/pointsman/credentials/openai"))
        self.assertEqual("spent", self.text("var/lib/private/pointsman/ledger/ledger.db"))
        for kept in ("etc/pointsman/credentials", "var/lib/private/pointsman"):
            self.assertIn(f"{kept} is kept", said)


def main():
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    if result.testsRun == 0 or len(result.skipped) == result.testsRun:
        print(json.dumps([str(reason) for _, reason in result.skipped]))
        sys.exit(harness.SKIPPED)
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
