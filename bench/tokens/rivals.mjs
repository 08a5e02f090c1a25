// Counting tokens in Node: npm tiktoken (the reference's Rust, compiled to WebAssembly) and gpt-tokenizer, on the texts
// of a folder.
//
//   node rivals.mjs FOLDER [--seconds N]
//
// Prints one JSON object. Of each library, encoding and text: the least processor time of several runs, of as many as
// fit into so many seconds (2), and one in any case; and the count.
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, join} from 'node:path';
import {parseArgs} from 'node:util';

const {positionals: [folder], values: options} = parseArgs({
  allowPositionals: true, options: {seconds: {type: 'string', default: '2'}}});
if (!folder) {
  console.error('rivals.mjs FOLDER [--seconds N]');
  process.exit(2);
}
const require = createRequire(import.meta.url);
const version = (name) => JSON.parse(readFileSync(join(import.meta.dirname, 'node_modules', name, 'package.json'))).version;

const libraries = {
  'tiktoken': async (encoding) => {
    const {Tiktoken} = await import('tiktoken/lite');
    const vocabulary = require(`tiktoken/encoders/${encoding}.json`);
    const tokenizer = new Tiktoken(vocabulary.bpe_ranks, vocabulary.special_tokens, vocabulary.pat_str);
    return (text) => tokenizer.encode_ordinary(text).length;
  },
  'gpt-tokenizer': async (encoding) => {
    const {countTokens} = await import(`gpt-tokenizer/encoding/${encoding}`);
    const plain = {allowedSpecial: new Set(), disallowedSpecial: new Set()};
    return (text) => countTokens(text, plain);
  },
};

const seconds = () => {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1e6;
};

const runs = [];
for (const [library, load] of Object.entries(libraries)) {
  for (const encoding of ['o200k_base', 'cl100k_base']) {
    const count = await load(encoding);
    for (const file of readdirSync(folder).sort()) {
      const text = readFileSync(join(folder, file), 'utf8');
      const run = {library, version: version(library), encoding, text: basename(file, '.txt'), seconds: Infinity, runs: 0};
      const begin = seconds();
      do {
        const before = seconds();
        run.tokens = count(text);
        run.seconds = Math.min(run.seconds, seconds() - before);
        ++run.runs;
      } while (seconds() - begin < Number(options.seconds));
      runs.push(run);
    }
  }
}
console.log(JSON.stringify({node: process.version, runs}));
