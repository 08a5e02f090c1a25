"""docs/improve.md, followed to the letter: every command it shows, in its order."""

import os
import re
import shlex
import subprocess
import tempfile
import unittest

import harness

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def commands():
    with open(os.path.join(ROOT, "docs", "improve.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


class Improve(unittest.TestCase):
    def test_a_newcomer_can_follow_the_page(self):
        with tempfile.TemporaryDirectory(prefix="pointsman-e2e-") as folder:
            for line in commands():
                words = shlex.split(line)
                self.assertEqual("build/release/pointsman", words[0], line)
                # The gateway that --keep leaves up wants a port of its own; learning_test.py has one that follows.
                arguments = [word for word in words[1:] if word != "--keep"]
                done = subprocess.run([harness.BINARY, *arguments], cwd=folder, capture_output=True, text=True,
                                      timeout=170, env={"PATH": os.environ["PATH"], "HOME": folder})
                judged = "--dry-run" in arguments  # by the gate, which may refuse
                self.assertIn(done.returncode, (0, 3) if judged else (0,), f"{line}\n{done.stdout}{done.stderr}")
                if judged:
                    self.assertRegex(done.stdout, "verdict: (passed|failed|too little data)")
            self.assertIn("rolled_back", done.stdout)


if __name__ == "__main__":
    harness.main()
