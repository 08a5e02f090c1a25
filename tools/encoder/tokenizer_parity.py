"""Writes texts and the numbers that the reference tokenizer gives them, for comparing ours with it.

    tokenizer_parity.py texts TOKENIZER_JSON OUT [--count N] [--seed S]
        N varied texts: prose and code of many languages, accents, CJK, Hangul, emoji, control characters, combining
        marks in any order, letters of every case, code points from all of Unicode, broken UTF-8, tokens written out.
    tokenizer_parity.py golden FOLDER
        tiny_tokenizer.json and tiny_cases.tsv: a vocabulary of a few pieces of the words below, and 400 texts. They are
        committed for a test that needs nothing else.
    tokenizer_parity.py characters FOLDER
        Every code point, between letters, before and behind marks. A tokenizer of its own for each block of code
        points knows every character that can come out, so that no two results look the same. Prints the pairs of
        files it wrote, one pair a line.

Needs the Python package `tokenizers`, which is the reference. A line of the output is the text in hexadecimal digits, a
tab, and the numbers between spaces. The reference reads what is not UTF-8 as U+FFFD for each maximal ill-formed
subpart, which is what Python's decoder puts there.
"""

import argparse
import json
import os
import random
import sys

WORDS = """
How do I reset my password when the two-factor device was lost and support takes three days to answer? Write a haiku
about autumn leaves falling on a quiet temple roof. def quicksort(xs): return xs if len(xs) < 2 else [x for x in xs[1:]
if x <= xs[0]] SELECT name, COUNT(*) FROM orders WHERE total > 100.50 GROUP BY name; https://example.org/a?b=c&d=%20e
Größenwahn Straße ÄÖÜ äöü ẞ ß naïve café déjà-vu Ångström señor ¿Qué? ¡Olé! São Paulo coração Łódź Żółć Đặng Nguyễn
Việt Nam Türkiye İstanbul ışık Diyarbakır ΟΔΥΣΣΕΥΣ Ὀδυσσεύς ΣΊΣΥΦΟΣ άέήίόύώ Привет МИР Ёлка Україна їжак Ѣ
ǅungla ǈ ǋ Ǆ ǆ ﬁnance oﬃce ½ ² ™ № ℃ Ω Å K ſ שָׁלוֹם עִבְרִית العَرَبِيَّة مرحبا ﷺ नमस्ते दुनिया क्षत्रिय ভাষা தமிழ்
ภาษาไทย ສະບາຍດີ မြန်မာ ខ្មែរ 你好,世界。今天天气怎么样? 日本語のテキスト カタカナ ｶﾞｷﾞ が ひらがな 한국어 안녕하세요 각
𠮷野家 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛 😀 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽 ❤️ ☃ « » „ “ ” ‘ ’ – — … · • 、 。 「 」 ！ ？ ： ； ₿ € £ ¥ ¢
aren't I'll don't re-entrant state-of-the-art C++23 x86_64 10,000.00 3.14e-10 0xDEADBEEF user@example.com #hashtag
antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis floccinaucinihilipilification tokenization
[CLS] [SEP] [MASK] [UNK] [PAD] [cls] [ MASK ] [MASK][MASK] x[SEP]y [[CLS]] ##ing ## # [unused1] <s> </s>
""".split()

SPACES = [" ", " ", " ", " ", " ", " ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2009", "\u2028", "\u0085",
          "\u200b", "\u000b", "\u000c", "\u001c", "\ufeff", "", ""]
MARKS = [0x300, 0x301, 0x308, 0x327, 0x323, 0x31B, 0x334, 0x345, 0x34F, 0x5B0, 0x64B, 0x93C, 0x94D, 0x302E, 0x302F,
         0x1B44, 0xA953, 0x16FF0, 0x1D165, 0x1D166, 0x1D16D, 0x1715, 0x1DF6, 0x7FD, 0xE38, 0xF71, 0xF72, 0xFE0F, 0x20E3,
         0x1ABF, 0x11F41, 0x10EFD, 0x1E4EC, 0x3099]
CONTROLS = [0, 1, 7, 8, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F, 0xAD, 0x61C, 0x200B, 0x200C, 0x200D, 0x200E,
            0x202E, 0x2060, 0xFEFF, 0xFFF9, 0xFFFD, 0xE000, 0xF8FF, 0xE0001, 0xE0041, 0x10FFFD, 0x890, 0x110CD, 0x180E]
BROKEN = [b"\x80", b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
          b"\xe2\x28\xa1", b"\xf8\x88\x80\x80\x80", b"\xfe\xfe", b"\xf0\x28\x8c\xbc"]
BLOCK = 0x4000


def any_code_point(rng):
    top = rng.choice([0x250, 0x600, 0x3000, 0x10000, 0x10000, 0x20000, 0x20000, 0x30000, 0x110000])
    while True:
        c = rng.randrange(top)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def mangle(rng, word):
    kind = rng.randrange(16)
    if kind == 0:
        return word.upper()
    if kind == 1:
        return word.title()
    if kind == 2:
        at = rng.randrange(len(word) + 1)
        marks = "".join(chr(rng.choice(MARKS)) for _ in range(rng.randrange(1, 6)))
        return word[:at] + marks + word[at:]
    if kind == 3:
        at = rng.randrange(len(word) + 1)
        return word[:at] + chr(rng.choice(CONTROLS)) + word[at:]
    if kind == 4:
        return "".join(any_code_point(rng) for _ in range(rng.randrange(1, 8)))
    if kind == 5:
        return word * rng.randrange(1, 30)
    if kind == 6:
        return "".join(rng.sample(word, len(word)))
    if kind == 7:
        return "".join(chr(rng.randrange(0x20, 0x7F)) for _ in range(rng.randrange(1, 12)))
    if kind == 8:
        return rng.choice(["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]"])
    return word


def make_text(rng):
    """One text as bytes, not always UTF-8."""
    parts = []
    for _ in range(rng.randrange(0, 24)):
        word = rng.choice(WORDS)
        parts.append((mangle(rng, word) if rng.random() < 0.4 else word).encode())
        parts.append(rng.choice(SPACES).encode())
        if rng.random() < 0.01:
            parts.append(rng.choice(BROKEN))
    text = b"".join(parts)
    if rng.random() < 0.05 and text:
        at = rng.randrange(len(text))
        text = text[:at] + bytes([rng.randrange(256)]) + text[at + 1:]
    if rng.random() < 0.03:
        text = text[: rng.randrange(len(text) + 1)]
    return text


def write_cases(path, texts, tokenizer):
    encoded = tokenizer.encode_batch([text.decode("utf-8", "replace") for text in texts])
    with open(path, "w", encoding="ascii") as out:
        for text, encoding in zip(texts, encoded):
            out.write(text.hex() + "\t" + " ".join(map(str, encoding.ids)) + "\n")


def write_texts(arguments):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(arguments.tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = random.Random(arguments.seed)
    write_cases(arguments.out, [make_text(rng) for _ in range(arguments.count)], tokenizer)


def tiny_vocabulary(normalizer):
    """Some words whole, some by their beginnings and endings, most of their characters; not everything."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for i, word in enumerate(WORDS):
        small = normalizer.normalize_str(word).strip()
        if i % 3 == 0:
            pieces.append(small)
        pieces += [small[:3], "##" + small[3:6], "##" + small[-2:]]
        pieces += [p for c in small if ord(c) % 7 for p in (c, "##" + c)]
    return {piece: i for i, piece in enumerate(dict.fromkeys(p for p in pieces if p.strip("#") or p == "#"))}


def write_golden(arguments):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    normalizer = normalizers.BertNormalizer()
    vocabulary = tiny_vocabulary(normalizer)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, vocabulary[t]) for t in ("[CLS]", "[SEP]")])
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.save(os.path.join(arguments.folder, "tiny_tokenizer.json"), pretty=False)
    rng = random.Random(2)
    texts = [word.encode() for word in WORDS] + [make_text(rng) for _ in range(400 - len(WORDS))]
    write_cases(os.path.join(arguments.folder, "tiny_cases.tsv"), texts, tokenizer)


def with_alphabet(lowercase, strip_accents, clean_text, texts):
    """A tokenizer that has a piece for every character which these texts can become."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    normalizer = normalizers.BertNormalizer(clean_text=clean_text, handle_chinese_chars=True,
                                            strip_accents=strip_accents, lowercase=lowercase)
    alphabet = sorted({c for text in texts for c in normalizer.normalize_str(text)})
    pieces = ["[UNK]"] + alphabet + ["##" + c for c in alphabet]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def surroundings(c):
    ch = chr(c)
    return ["a" + ch + "b", ch, "a" + ch + "\u0334\u302e\u1b44b", "a\u302e\u0345\U0001d165" + ch + "\U0001d16db"]


def write_characters(arguments):
    os.makedirs(arguments.folder, exist_ok=True)
    modes = {"uncased": (True, True, True), "cased": (False, False, True), "raw": (True, False, False),
             "accents": (False, True, False)}
    for first in range(0, 0x110000, BLOCK):
        texts = [t for c in range(first, first + BLOCK) if not 0xD800 <= c < 0xE000 for t in surroundings(c)]
        for mode, (lowercase, strip_accents, clean_text) in modes.items():
            if first >= 0x30000 and mode != "uncased":
                continue  # nothing but unassigned, private and tag characters
            if not texts:
                continue
            tokenizer = with_alphabet(lowercase, strip_accents, clean_text, texts)
            name = os.path.join(arguments.folder, f"{first:06x}.{mode}")
            tokenizer.save(name + ".json", pretty=False)
            write_cases(name + ".cases", [text.encode() for text in texts], tokenizer)
            print(name + ".json", name + ".cases", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    texts = commands.add_parser("texts")
    texts.add_argument("tokenizer")
    texts.add_argument("out")
    texts.add_argument("--count", type=int, default=100_000)
    texts.add_argument("--seed", type=int, default=1)
    texts.set_defaults(run=write_texts)
    golden = commands.add_parser("golden")
    golden.add_argument("folder")
    golden.set_defaults(run=write_golden)
    characters = commands.add_parser("characters")
    characters.add_argument("folder")
    characters.set_defaults(run=write_characters)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
