"""web/node_modules as web/package-lock.json says: installed when a test needs them, once, whoever comes first."""
import fcntl
import pathlib
import shutil
import subprocess

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"


def why_not(package):
    """Why that package cannot be used here, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are needed"
    with (WEB / ".install.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (WEB / "node_modules" / package / "package.json").exists():
            return None
        try:
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=WEB, text=True, capture_output=True, timeout=240, check=False)
        except subprocess.TimeoutExpired:
            return "npm ci took longer than 240 s"
        if done.returncode != 0:
            return f"npm ci failed: {done.stderr.strip()[-300:]}"
    return None if (WEB / "node_modules" / package / "package.json").exists() else f"npm ci did not install {package}"
