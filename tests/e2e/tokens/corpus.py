"""Texts to compare tokenizers by, the same ones every time: prose, code, data, many scripts, and everything that could
go wrong where letters, marks, numbers, spaces and line ends meet; broken UTF-8 too.

    corpus.py MEGABYTES > FRAMES

A frame is the length of a text (32 bits, little endian) and its bytes.
"""
import base64
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
MAX_RUN = 400  # of one character: the reference takes quadratic time for those

# What words are made of, from every range where the patterns and the vocabularies have something of their own.
ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "etaoinETAOIN' ", "0123456789", "0123456789abcdef",
    " \t\n\r\x0b\x0c\x1c\x85\u00a0\u2003\u2028\u3000\ufeff\u200b", "\r\n", " \n", "\n/ \r", "'sStTdDmMlLrRvVeE\u017f\u212a",
    ".,;:!?()[]{}<>/\\|@#$%^&*-_=+~`\"'", "äöüÄÖÜßéèñçÇøØåÅžŽłŁ", "ǅǈǋǲᾈᾉᾘ", "ªºʰʱˠˤᵃᵇ", "\u0300\u0301\u0308\u0327\u20dd\u093e\u0bbe",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖ", "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔ", "אבגדהוזחטיכלמנסעפצקרשת", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह\u093e\u093f\u0940\u0941\u094d", "กขคงจฉชซญดตถทนบปผพฟมยรลวสหอฮ\u0e31\u0e34\u0e49",
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのアイウエオカキクケコー、。", "가나다라마바사아자차카타파하는을이가에서한국어",
    "😀😁😂🤣👍🏽👩‍💻🇩🇪🇯🇵❤️🔥✨🎉", "①②Ⅳ½¾²³٠١٢३४५", "\u16d4\U00010d40\U00010d50\U00010d70\U0001ccf0\U0002ebf0\U000e0100",
]
MAKERS = []


def maker(function):
    MAKERS.append(function)
    return function


def word(rng):
    alphabet = rng.choice(ALPHABETS)
    return "".join(rng.choice(alphabet) for _ in range(rng.choice((1, 1, 2, 3, 4, 5, 6, 8, 12, 30))))


@maker
def mixed_words(rng):
    glue = rng.choice(("", " ", "", "  ", "\n"))
    return glue.join(word(rng) for _ in range(rng.randint(1, 60))).encode()


@maker
def one_script(rng):
    alphabet = rng.choice(ALPHABETS)
    marks = rng.choice((" ", "。", ", ", "\n\n", "'s "))
    return "".join(rng.choice(alphabet) if rng.random() < 0.9 else marks for _ in range(rng.randint(1, 600))).encode()


@maker
def any_characters(rng):
    top = rng.choice((0x80, 0x250, 0x3000, 0x10000, 0x110000))
    numbers = (rng.randrange(top) for _ in range(rng.randint(1, 120)))
    return "".join(chr(n) for n in numbers if not 0xD800 <= n < 0xE000).encode()


@maker
def encoded_bytes(rng):
    data = rng.randbytes(rng.randint(1, 600))
    return rng.choice((base64.b64encode(data), data.hex().encode(), base64.b85encode(data)))


@maker
def runs(rng):
    return b"".join(word(rng)[:1].encode() * rng.randint(1, MAX_RUN) for _ in range(rng.randint(1, 4)))


@maker
def broken(rng):
    data = bytearray(mixed_words(rng))
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(data) + 1)
        rng.choice((lambda: data.insert(place, rng.randrange(256)), lambda: data.__delitem__(slice(place, place + 1)),
                    lambda: data.__setitem__(slice(place, place), rng.randbytes(3))))()
    return bytes(data)


@maker
def only_bytes(rng):
    return rng.randbytes(rng.randint(1, 200))


def documents():
    """The prose and the code of this repository, whole and cut where it hurts."""
    paths = sorted(path for folder in ("src", "docs", "tests", "tools", "bench") for path in (ROOT / folder).rglob("*")
                   if path.suffix in (".cc", ".h", ".md", ".py", ".json", ".txt", ".toml") and "node_modules" not in path.parts)
    return [path.read_bytes() for path in paths + sorted(ROOT.glob("*.md")) + sorted((ROOT / "data").rglob("*.jsonl"))]


def every_character():
    """Each code point among letters, numbers, spaces and signs, which its kind decides how to cut. Of the planes for
    private use and those not in use, a few."""
    for first in range(0, 0x110000, 64):
        in_use = first < 0x40000 or first >> 16 == 0xE
        numbers = [n for n in range(first, first + 64, 1 if in_use else 61) if not 0xD800 <= n < 0xE000]
        yield "".join(f"a{chr(n)}A {chr(n)}b1{chr(n)}2'{chr(n)}!{chr(n)}{chr(n)}\n{chr(n)} " for n in numbers).encode()


def texts(megabytes):
    """So much of random texts, behind the documents and the characters."""
    rng = random.Random(20261)
    whole = documents()
    yield from [b"", *whole, *every_character()]
    size = 0
    while size < megabytes << 20:
        for make in MAKERS:
            text = make(rng)
            size += len(text)
            yield text
        document = rng.choice(whole)
        begin = rng.randrange(len(document) + 1)
        text = document[begin:begin + rng.randint(1, 4000)]
        size += len(text)
        yield text


def main():
    for text in texts(int(sys.argv[1])):
        sys.stdout.buffer.write(struct.pack("<I", len(text)) + text)


if __name__ == "__main__":
    main()
