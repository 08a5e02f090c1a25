"""docs/operations.md, its commands run in order: in a root of its own, with the real program, and stand-ins for systemctl,
systemd-run, apt-get and sudo that do to the program what those would. Each block says whether it is run."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

import harness

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
PAGE = os.path.join(ROOT, "docs/operations.md")
BLOCK = re.compile(r"(?:<!-- (run|not run: .+?) -->\n)?```sh\n(.*?)```", re.S)

STANDS_IN = {
    "sudo": 'exec "$@"',
    "apt-get": """
[ "$1 $2" = "install -y" ] && [ -f "$3" ]
mkdir -p "$R/usr/bin" "$R/etc/pointsman/credentials" "$R/usr/lib/pointsman"
install -m 0755 "$POINTSMAN_BINARY" "$R/usr/bin/pointsman"
[ -f "$R/etc/pointsman/pointsman.yaml" ] || cp "$R/package/pointsman.yaml" "$R/etc/pointsman/pointsman.yaml"
sed "s|/etc/pointsman|$R/etc/pointsman|g; s|/usr/bin|$R/usr/bin|g" "$SOURCE/packaging/systemd/run" > "$R/usr/lib/pointsman/run"
chmod 755 "$R/usr/lib/pointsman/run"
if [ -f "$R/pid" ]; then systemctl restart pointsman; fi""",
    # LoadCredential=key:FOLDER: each file FOLDER/NAME is the credential key_NAME.
    "systemd-run": """
while [ "${1#--}" != "$1" ]; do
  case $1 in
    --property=LoadCredential=key:*) folder=${1#*=key:} ;;
    --setenv=*) export "${1#--setenv=}" ;;
    --property=User=pointsman|--property=DynamicUser=yes|--property=StateDirectory=pointsman|--property=UMask=0077) ;;
    --quiet|--pipe|--wait|--collect) ;;
    *) echo "systemd-run: $1" >&2; exit 64 ;;
  esac
  shift
done
export CREDENTIALS_DIRECTORY="$R/run/$$" STATE_DIRECTORY="$R/var/lib/pointsman"
mkdir -p "$CREDENTIALS_DIRECTORY" "$STATE_DIRECTORY"
for file in "$folder"/*; do cp "$file" "$CREDENTIALS_DIRECTORY/key_${file##*/}"; done
exec "$@" """,
    "systemctl": """
for verb; do [ "${verb#--}" = "$verb" ] && break; done
start() {
  setsid systemd-run --property=LoadCredential=key:$R/etc/pointsman/credentials \\
    sh -c 'echo $$ > '"$R"'/pid; exec '"$R"'/usr/bin/pointsman serve --config '"$R"'/etc/pointsman/pointsman.yaml' \\
    >> "$R/journal" 2>&1 < /dev/null &
  for look in $(seq 400); do
    "$R/usr/bin/pointsman" health --url "$ADMIN" > /dev/null 2>&1 && return 0
    sleep 0.05
  done
  cat "$R/journal" >&2
  return 1
}
stop() {
  pid=$(cat "$R/pid"); kill "$pid"
  while kill -0 "$pid" 2> /dev/null; do sleep 0.02; done
  rm "$R/pid"
}
case $verb in
  enable|start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  reload) kill -HUP "$(cat "$R/pid")" ;;
  status) kill -0 "$(cat "$R/pid")" ;;
  *) exit 64 ;;
esac""",
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Page(unittest.TestCase):
    def test_every_block_says_whether_it_is_run(self):
        blocks = BLOCK.findall(read(PAGE))
        self.assertGreater(len(blocks), 8)
        self.assertEqual([], [text for mark, text in blocks if not mark])
        self.assertEqual(read(PAGE).count("```sh"), len(blocks))


@unittest.skipUnless(os.access(harness.BINARY, os.X_OK), f"there is no program at {harness.BINARY}")
@unittest.skipUnless(shutil.which("sqlite3") and shutil.which("curl"), "sqlite3 and curl are needed")
class Commands(unittest.TestCase):
    def setUp(self):
        self.root = self.enterContext(tempfile.TemporaryDirectory(prefix="pointsman-ops-"))
        self.ports = {"8080": str(free_port()), "9090": str(free_port())}
        self.bin = self.made("stand-ins")
        for name, text in STANDS_IN.items():
            self.put(os.path.join(self.bin, name), f"#!/bin/sh\nset -e\n{text}\n", 0o755)
        os.makedirs(self.made("build/package"))
        self.put(self.made("build/package/pointsman_0.1.0-1_amd64.deb"), "stands for e2e.package's")
        os.makedirs(self.made("package"))
        self.put(self.made("package/pointsman.yaml"), self.here(read(os.path.join(ROOT, "packaging/pointsman.yaml"))))
        self.environment = {
            "PATH": f"{self.bin}:{self.made('usr/bin')}:{os.environ['PATH']}", "R": self.root, "HOME": self.root,
            "SOURCE": ROOT, "POINTSMAN_BINARY": harness.BINARY, "OPENAI_API_KEY": "sk-0123456789abcdef",
            "ADMIN": f"http://127.0.0.1:{self.ports['9090']}"}
        self.addCleanup(self.end)

    def made(self, path):
        return os.path.join(self.root, path)

    def put(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def here(self, text):
        """What the page says of this machine, said of the root and the ports of this test."""
        text = re.sub(r"(?<![\w.$/])/(etc|var|usr)/", rf"{self.root}/\1/", text)
        for was, now in self.ports.items():
            text = text.replace(f"127.0.0.1:{was}", f"127.0.0.1:{now}")
        return text

    def end(self):
        if os.path.exists(self.made("pid")):
            pid = int(read(self.made("pid")))
            try:
                os.kill(pid, signal.SIGKILL)
                while os.path.exists(f"/proc/{pid}/stat") and read(f"/proc/{pid}/stat").split()[2] != "Z":
                    time.sleep(0.01)
            except OSError:
                pass

    def run_block(self, text):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.here(text)], cwd=self.root, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(0, done.returncode, f"{text}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_the_commands_work_in_this_order(self):
        said = [self.run_block(text) for mark, text in BLOCK.findall(read(PAGE)) if mark == "run"]
        everything = "\n".join(said)
        self.assertIn("everything is in order", everything)
        self.assertIn("answers 200", everything)
        self.assertIn("gpt-5.6-luna", everything, "the list of models, for a key")
        self.assertIn("first", said[-2], "the key is there after the restoring")
        self.assertIn("retention: 14d", read(self.made("etc/pointsman/pointsman.yaml")))
        self.assertEqual(0o600, os.stat(self.made("etc/pointsman/credentials/openai")).st_mode & 0o777)
        self.assertEqual("sk-0123456789abcdef\n", read(self.made("var/backups/pointsman/etc/credentials/openai")))
        # Nobody gets in without a key, still.
        address = f"http://127.0.0.1:{self.ports['8080']}/v1/models"
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address, timeout=harness.PATIENCE)
        self.assertEqual(401, refused.exception.code)
        secret = read(self.made("first.key")).strip()
        request = urllib.request.Request(address, headers={"authorization": f"Bearer {secret}"})
        with urllib.request.urlopen(request, timeout=harness.PATIENCE) as answer:
            self.assertEqual(200, answer.status)


if __name__ == "__main__":
    harness.main()
