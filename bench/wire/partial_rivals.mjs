// Growing JSON in JavaScript: the libraries that people use, and our client, on the same documents in pieces of 4
// characters, with a look at the value after each piece.
//
//   node partial_rivals.mjs FOLDER [--limit SECONDS] [--sizes 1000,10000]
//
// FOLDER holds SIZE.json and SIZE.events as growing_json_bench --write-documents writes them. Prints one JSON object; times
// are processor time. A run that takes longer than the limit (60 s) is stopped and reported with the pieces it did.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {isDeepStrictEqual, parseArgs} from 'node:util';
import {fileURLToPath} from 'node:url';

const PIECE = 4;
const here = fileURLToPath(new URL('.', import.meta.url));
const {positionals: [folder], values: options} = parseArgs({
  allowPositionals: true, options: {limit: {type: 'string', default: '60'}, sizes: {type: 'string'}}});
if (!folder) {
  console.error('partial_rivals.mjs FOLDER [--limit SECONDS] [--sizes 1000,10000]');
  process.exit(2);
}

const seconds = () => Number(process.hrtime.bigint()) / 1e9;
const version = (name) => JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'))).version;

function* pieces(text) {
  for (let i = 0; i < text.length; i += PIECE) yield text.slice(i, i + PIECE);
}

// Parses all that is there anew after each piece.
const reparsing = (parse) => async (text, deadline) => {
  let buffer = '';
  let done = 0;
  let value;
  for (const piece of pieces(text)) {
    buffer += piece;
    value = await parse(buffer);
    if (++done % 64 === 0 && seconds() > deadline) break;
  }
  return {done, value};
};

const rivals = [
  {name: 'partial-json', load: async () => {
    const {parse, Allow} = await import('partial-json');
    return reparsing((text) => parse(text, Allow.ALL));
  }},
  {name: 'best-effort-json-parser', load: async () => {
    const {parse, disableErrorLogging} = await import('best-effort-json-parser');
    disableErrorLogging();
    return reparsing((text) => {
      try {
        return parse(text);
      } catch {
        return undefined;  // some prefixes make it throw
      }
    });
  }},
  {name: 'ai', load: async () => {
    const {parsePartialJson} = await import('ai');
    return reparsing(async (text) => (await parsePartialJson(text)).value);
  }},
  {name: 'jsonriver', load: async () => {
    const {parse} = await import('jsonriver');
    return async (text, deadline) => {
      let done = 0;
      let value;
      async function* stream() {
        for (const piece of pieces(text)) {
          ++done;
          yield piece;
          if (done % 64 === 0 && seconds() > deadline) throw new Error('over the limit');
        }
      }
      for await (const now of parse(stream())) value = now;
      return {done, value};
    };
  }},
];

async function ours(size) {
  const {GrowingValues} = await import('../../clients/js/dist/index.js');
  const events = readFileSync(join(folder, `${size}.events`), 'utf8').split('\n\n').filter(Boolean);
  return async () => {
    const values = new GrowingValues();
    let value;
    for (const event of events) value = values.push(JSON.parse(event.slice(event.indexOf('data: ') + 6))).value;
    return {value};
  };
}

async function measure(run, text) {
  const limit = Number(options.limit);
  const used = process.cpuUsage();
  const {done, value} = await run(text, seconds() + limit);
  const {user, system} = process.cpuUsage(used);
  const total = Math.ceil(text.length / PIECE);
  const whole = done === undefined || done === total;
  return {seconds: (user + system) / 1e6, pieces: done ?? total, of: total, finished: whole, equal: whole && isDeepStrictEqual(value, JSON.parse(text))};
}

const sizes = options.sizes ? options.sizes.split(',') :
  readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)).sort((a, b) => a - b);
const result = {node: process.version, piece: PIECE, limit: Number(options.limit), runs: [], missing: []};
for (const {name, load} of rivals) {
  let run;
  try {
    run = await load();
    for (let i = 0; i < 3; ++i) await run('{"warm":["up",1,true]}', seconds() + 60);
  } catch (error) {
    result.missing.push(`${name}: ${error.code ?? error.message}`);
    continue;
  }
  for (const size of sizes) {
    const text = readFileSync(join(folder, `${size}.json`), 'utf8');
    result.runs.push({name, version: version(name), size: Number(size), ...await measure(run, text)});
  }
}
for (const size of sizes) {
  const text = readFileSync(join(folder, `${size}.json`), 'utf8');
  const run = await ours(size);
  await run();
  result.runs.push({name: 'pointsman-partial', version: 'this', size: Number(size), ...await measure(run, text)});
}
console.log(JSON.stringify(result));
