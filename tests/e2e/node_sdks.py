"""The SDKs for JavaScript of node/package.json: installed once, exactly as locked, or the reason why not."""

import json
import os
import shutil
import subprocess

NODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")


def installed(name):
    """The version that is there, or nothing."""
    try:
        with open(os.path.join(NODE, "node_modules", name, "package.json"), encoding="utf-8") as file:
            return json.load(file)["version"]
    except OSError:
        return None


def why_not():
    """Why the SDKs cannot be used here, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are needed"
    with open(os.path.join(NODE, "package.json"), encoding="utf-8") as file:
        wanted = json.load(file)["dependencies"]
    if all(installed(name) == version for name, version in wanted.items()):
        return None
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE, text=True,
                              capture_output=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        return "npm ci took longer than 240 s"
    return f"npm ci failed: {done.stderr.strip()[-300:]}" if done.returncode else None


def run(file, seconds=180, **environment):
    """Runs a file of tests; the finished process with everything it printed in `stdout`."""
    return subprocess.run(["node", "--test", os.path.join(NODE, file)], check=False, timeout=seconds, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment})
