// What token_ids.cc does, by the reference: tiktoken's own code, compiled to WebAssembly (npm tiktoken).
//
//   node token_ids.mjs ENCODING < FRAMES > IDS
//
// The package's pattern of cl100k_base is of an older tiktoken, which cuts white space at the end of a text before its
// last line end; the one below is that of tiktoken 0.14 (tiktoken_ext/openai_public.py). TextDecoder puts one U+FFFD for
// each ill-formed sequence.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { Tiktoken } from "tiktoken/lite";

const CL100K =
  "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|" +
  "\\s*[\\r\\n]|\\s+(?!\\S)|\\s";

const name = process.argv[2];
const vocabulary = createRequire(import.meta.url)(`tiktoken/encoders/${name}.json`);
const encoding = new Tiktoken(vocabulary.bpe_ranks, vocabulary.special_tokens,
                              name === "cl100k_base" ? CL100K : vocabulary.pat_str);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const frames = readFileSync(0);

function write(bytes) {
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
}

for (let at = 0; at < frames.length;) {
  const size = frames.readUInt32LE(at);
  const ids = encoding.encode_ordinary(decoder.decode(frames.subarray(at + 4, at + 4 + size)));
  at += 4 + size;
  const answer = new Uint32Array(ids.length + 1);
  answer[0] = ids.length;
  answer.set(ids, 1);
  write(new Uint8Array(answer.buffer));
}
