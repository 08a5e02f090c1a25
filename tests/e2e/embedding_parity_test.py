"""Our vectors against those of sentence-transformers: 1,000 texts in many languages, every precision.

    embedding_parity_test.py PROGRAM

Skipped without the Python package `sentence_transformers` (POINTSMAN_PYTHON names another interpreter that has it) and
without POINTSMAN_ENCODER, the directory of a BERT-like model. POINTSMAN_ENCODER_ONNX names the ONNX graph that the
directory was made from: the vectors are then compared with those of ONNX Runtime.
"""

import os
import subprocess
import sys
import tempfile

import harness

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "encoder", "embedding_parity.py")
PYTHON = os.environ.get("POINTSMAN_PYTHON", sys.executable)
MODEL = os.environ.get("POINTSMAN_ENCODER", "")
GRAPH = os.environ.get("POINTSMAN_ENCODER_ONNX", "")


def why_not():
    """Why there is nothing to compare with, or nothing."""
    if not MODEL:
        return "POINTSMAN_ENCODER names no model directory"
    if not os.path.exists(os.path.join(MODEL, "config.json")):
        return f"there is no config.json in {MODEL}"
    probe = subprocess.run([PYTHON, "-c", "import sentence_transformers"], capture_output=True, check=False)
    return f"{PYTHON} has no package sentence_transformers" if probe.returncode else None


def main():
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return harness.SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        cases = os.path.join(folder, "cases.tsv")
        subprocess.run([PYTHON, SCRIPT, MODEL, cases, *(["--onnx", GRAPH] if GRAPH else [])], check=True)
        return subprocess.run([sys.argv[1], MODEL, cases], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
