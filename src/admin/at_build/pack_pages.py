"""Packs the built dashboard into one file, while the program is built: pack_pages.py DIST OUT

First a line for each file: its path, its content type, the first 16 digits of its SHA-256, its size, and the size of its
brotli form (0: none, it would not be smaller). Then an empty line, then the files one after the other, each followed by
its brotli form. src/admin/pages.cc reads it.
"""
import hashlib
import pathlib
import subprocess
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}


def main():
    dist, out = map(pathlib.Path, sys.argv[1:])
    lines, blobs = [], []
    for file in sorted(path for path in dist.rglob("*") if path.is_file()):
        raw = file.read_bytes()
        packed = subprocess.run(["brotli", "--quality=11", "--stdout", str(file)], capture_output=True, check=True).stdout
        if len(packed) >= len(raw):
            packed = b""
        digest = hashlib.sha256(raw).hexdigest()[:16]
        lines.append("\t".join(("/" + file.relative_to(dist).as_posix(), TYPES[file.suffix], digest, str(len(raw)), str(len(packed)))))
        blobs += [raw, packed]
    out.write_bytes("\n".join(lines).encode() + b"\n\n" + b"".join(blobs))


if __name__ == "__main__":
    main()
