"""The files of the source tree and their text, as the checkers of this folder see them."""
import argparse
import fnmatch
import pathlib
import re
import subprocess
import sys
import tomllib

SKIPPED_FOLDERS = {".git", ".cache", "build", "node_modules", "__pycache__"}

_TOKEN = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
      | (?P<raw>\bu?8?[LU]?R"(?P<tag>[^()\\\s"]{0,16})\(.*?\)(?P=tag)")
      | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<digits>\b\d[\w.]*(?:'[\w.]+)+)
      | (?P<char>'(?:[^'\\\n]|\\.)+')""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


class Tree:
    """A source tree; `root` may be a checkout, a plain copy of one, or a sample made by a test."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self._files = None

    def files(self, *globs):
        """The files git knows or would add (without git: all but build output), as paths relative to the root."""
        if self._files is None:
            self._files = sorted(self._from_git() or self._from_disk())
        return [name for name in self._files if not globs or matches(name, globs)]

    def text(self, name):
        """The text of a file, or None when it is not UTF-8."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return None

    def toml(self, name):
        """A table of tools/, or an empty one when the file is not there."""
        path = self.root / name
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def _from_git(self):
        if not (self.root / ".git").exists():
            return None
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            listed = subprocess.run(command, cwd=self.root, capture_output=True, check=True).stdout.decode()
        except (OSError, subprocess.CalledProcessError):
            return None
        return [name for name in listed.split("\0") if name and (self.root / name).is_file()]

    def _from_disk(self):
        found = []
        for path in self.root.rglob("*"):
            parts = path.relative_to(self.root).parts
            if path.is_file() and not SKIPPED_FOLDERS.intersection(parts):
                found.append("/".join(parts))
        return found


def matches(name, globs):
    """Whether a path matches one of the globs; `*` crosses folders."""
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)


def without_comments(text, strings=False):
    """C++ text with comments (and, unless `strings` is set, literals) blanked out; line numbers stay."""

    def blank(match):
        kind = match.lastgroup if match.lastgroup != "tag" else "raw"
        if kind in ("include", "digits") or (strings and kind != "comment"):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return _TOKEN.sub(blank, text)


def line_of(text, offset):
    """The 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1


def main(check, title):
    """Runs `check(tree) -> findings` for a script: prints what it found, exits 1 when there is anything."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    findings = check(Tree(parser.parse_args().root))
    for finding in findings:
        print(finding)
    print(f"{title}: {len(findings)} findings" if findings else f"{title}: clean")
    sys.exit(1 if findings else 0)
