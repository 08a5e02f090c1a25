// The client against events as the gateway writes them: PARTIAL_EVENTS names a program that reads a document and writes
// its events (tests/e2e/partial_events.cc of the gateway's sources). Skipped without it.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {growing} from '../dist/index.js';

const program = process.env.PARTIAL_EVENTS;
const skip = program ? false : 'PARTIAL_EVENTS names no program';
const eventsOf = (text, size, form) =>
  execFileSync(program, [String(size), form], {input: text, maxBuffer: 1 << 26});

async function* once(bytes) {
  yield bytes;
}

// Whether a growing value may be `before` and later `after`.
const mayFollow = (before, after) => {
  if (before === after || before === undefined) return true;
  if (typeof before === 'string') return typeof after === 'string' && after.startsWith(before);
  if (before === null || typeof before !== 'object') return false;
  if (typeof after !== 'object' || Array.isArray(before) !== Array.isArray(after)) return false;
  return Object.keys(before).every((key) => Object.hasOwn(after, key) && mayFollow(before[key], after[key]));
};

const follow = async (text, size, form) => {
  let last;
  let steps = 0;
  for await (const one of growing(once(eventsOf(text, size, form)))) {
    const now = one.value;
    assert.ok(mayFollow(last, now), `step ${steps}`);
    last = now;
    ++steps;
    if (one.verdict !== 'growing') return {value: now, steps, verdict: one.verdict, what: one.what, offset: one.offset};
  }
  return assert.fail('no verdict');
};

const documents = {
  scalar: '12.50',
  string: JSON.stringify('x\n"\\\u0001\u{1F600}é\u2028'.repeat(40)),
  empty: '[{},[],"",{"":""}]',
  mixed: JSON.stringify({title: 'Report', parts: [{head: 'One', body: 'Words. '.repeat(50), tags: ['a', 'b']},
    {head: 'Two', body: '', numbers: [1, -2.5, 1e21, true, null], deep: [[[['x'], 'y'], 'z']]}], 10: 'ten', 9: {8: 'eight'}}, null, 1),
  prototype: '{"__proto__":{"a":"bcdefghijkl"},"constructor":"x","b":[{"__proto__":["yes"]}]}',
  rows: JSON.stringify(Array.from({length: 300}, (_, i) => ({id: i, name: `row ${i}`, ok: i % 2 === 0, list: [i, [i]]}))),
};

for (const [name, text] of Object.entries(documents)) {
  test(`follows the gateway: ${name}`, {skip}, async () => {
    for (const size of [1, 2, 3, 4, 7, 64, 100000]) {
      for (const form of ['event', 'member']) {
        const {value, verdict} = await follow(text, size, form);
        assert.deepEqual(value, JSON.parse(text));
        assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)));
        assert.equal(verdict, 'complete');
      }
    }
  });
}

test('follows the gateway to where a text breaks off or goes wrong', {skip}, async () => {
  assert.deepEqual(await follow('{"a":["x', 1, 'event'), {value: {a: ['x']}, steps: 6, verdict: 'incomplete', what: undefined,
    offset: undefined});
  const {value, verdict, what, offset} = await follow('{"a":[1,}', 2, 'event');
  assert.deepEqual({value, verdict, what, offset}, {value: {a: [1]}, verdict: 'invalid', what: 'expected a value', offset: 8});
});

test('a great document is read in linear time and never copied whole', {skip}, async () => {
  const text = JSON.stringify({rows: Array.from({length: 4000}, (_, i) => ({id: i, name: `row ${i}`}))});
  const stream = eventsOf(text, 4, 'event');
  let kept = 0;
  let reads = 0;
  let before;
  for await (const {value} of growing(once(stream))) {
    const rows = value?.rows ?? [];
    for (let i = 0; before && i < before.length - 1; ++i) kept += rows[i] === before[i] ? 0 : 1;
    before = rows;
    ++reads;
  }
  assert.ok(reads > 1000);
  assert.equal(kept, 0, 'rows that were complete and are new objects');
});
