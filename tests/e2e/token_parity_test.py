"""Our token ids against the reference's: the documents of this repository, every code point, and random texts.

    token_parity_test.py PROGRAM [MEGABYTES]

PROGRAM is token_ids; the random texts have 4 megabytes unless told otherwise, all texts together 20 more. Skipped
without Node or npm, when the locked version of npm tiktoken cannot be installed here, and when the vocabularies are not
in this build.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import harness

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokens")
PACKAGES = ("gpt-tokenizer", "tiktoken")
ENCODINGS = ("o200k_base", "cl100k_base")


def why_not_node():
    """Why the reference cannot run here, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are needed"
    if all(os.path.exists(os.path.join(FOLDER, "node_modules", name, "package.json")) for name in PACKAGES):
        return None
    try:
        run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER,
                             capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "npm ci took longer than 120 s"
    return f"npm ci failed: {run.stderr.strip()[-300:]}" if run.returncode else None


def why_not(program):
    """Why there is nothing to compare with, or nothing."""
    for encoding in ENCODINGS:
        run = subprocess.run([program, encoding], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if run.returncode:
            return run.stderr.strip()
    return why_not_node()


def numbers(path):
    """The ids of each text."""
    with open(path, "rb") as file:
        words = memoryview(file.read()).cast("I")
    at = 0
    while at < len(words):
        yield words[at + 1:at + 1 + words[at]]
        at += 1 + words[at]


def texts(path):
    with open(path, "rb") as file:
        while size := file.read(4):
            yield file.read(int.from_bytes(size, "little"))


def compare(encoding, program, frames, folder):
    """The number of texts whose ids differ; shows the first."""
    answers = []
    reference = ["node", os.path.join(FOLDER, "token_ids.mjs"), encoding]
    for name, command in (("ours", [program, encoding]), ("reference", reference)):
        answers.append(os.path.join(folder, name))
        with open(frames, "rb") as source, open(answers[-1], "wb") as target:
            subprocess.run(command, stdin=source, stdout=target, check=True)
    count = tokens = size = different = 0
    for text, ours, theirs in zip(texts(frames), *map(numbers, answers), strict=True):
        count, tokens, size = count + 1, tokens + len(ours), size + len(text)
        if ours == theirs:
            continue
        different += 1
        if different <= 5:
            print(f"{encoding}: {text[:300]!r}\n  ours {ours.tolist()[:50]}\n  reference {theirs.tolist()[:50]}")
    print(f"{encoding}: {count} texts, {size} bytes, {tokens} tokens, {different} texts different")
    return different


def main():
    program = sys.argv[1]
    reason = why_not(program)
    if reason:
        print(f"skipped: {reason}")
        return harness.SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        frames = os.path.join(folder, "frames")
        with open(frames, "wb") as target:
            subprocess.run([sys.executable, os.path.join(FOLDER, "corpus.py"), *(sys.argv[2:] or ["4"])], stdout=target,
                           check=True)
        different = sum(compare(encoding, program, frames, folder) for encoding in ENCODINGS)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
