"""Our tokenizer against the reference: 100,000 varied texts with a real vocabulary, and every code point.

    wordpiece_parity_test.py PROGRAM

Skipped without the Python package `tokenizers` (POINTSMAN_PYTHON names another interpreter that has it) and without
POINTSMAN_ENCODER, the directory of a BERT-like model with its tokenizer.json.
"""

import os
import subprocess
import sys
import tempfile

import harness

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "encoder", "tokenizer_parity.py")
PYTHON = os.environ.get("POINTSMAN_PYTHON", sys.executable)
TOKENIZER = os.path.join(os.environ.get("POINTSMAN_ENCODER", ""), "tokenizer.json")


def why_not():
    """Why there is nothing to compare with, or nothing."""
    if not os.environ.get("POINTSMAN_ENCODER"):
        return "POINTSMAN_ENCODER names no model directory"
    if not os.path.exists(TOKENIZER):
        return f"there is no {TOKENIZER}"
    probe = subprocess.run([PYTHON, "-c", "import tokenizers"], capture_output=True, check=False)
    return f"{PYTHON} has no package tokenizers" if probe.returncode else None


def compare(program, tokenizer, cases):
    """Whether all numbers are equal; shows what the program says if not."""
    run = subprocess.run([program, tokenizer, cases], capture_output=True, text=True, check=False)
    if run.returncode:
        print(f"{tokenizer}:\n{run.stdout}{run.stderr}")
    return run.returncode == 0


def compare_texts(program, folder):
    cases = os.path.join(folder, "texts.tsv")
    subprocess.run([PYTHON, SCRIPT, "texts", TOKENIZER, cases], check=True)
    return compare(program, TOKENIZER, cases)


def compare_characters(program, folder):
    """Block by block, as the script writes them: all of them together would fill a small disk."""
    good = True
    with subprocess.Popen([PYTHON, SCRIPT, "characters", folder], stdout=subprocess.PIPE, text=True) as script:
        for line in script.stdout:
            files = line.split()
            good &= compare(program, *files)
            for name in files:
                os.remove(name)
    return good and script.returncode == 0


def main():
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return harness.SKIPPED
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        texts = compare_texts(program, folder)
        characters = compare_characters(program, folder)
    print(f"texts {'equal' if texts else 'different'}, characters {'equal' if characters else 'different'}")
    return 0 if texts and characters else 1


if __name__ == "__main__":
    sys.exit(main())
