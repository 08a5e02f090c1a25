// The client against events written by hand; program.test.mjs holds it against the gateway's own.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {events, growing, GrowingValues} from '../dist/index.js';

const encoder = new TextEncoder();
async function* bytes(text, size) {
  const all = encoder.encode(text);
  for (let i = 0; i < all.length; i += size) yield all.subarray(i, i + size);
}
const collect = async (stream) => {
  const all = [];
  for await (const one of stream) all.push(one);
  return all;
};
const opened = () => {
  const values = new GrowingValues();
  return [values, values.push({open: 0, choice: 0})];
};

test('applies every op', () => {
  const [values, value] = opened();
  assert.equal(value.value, undefined);
  const steps = [
    [[0, [{a: 'x'}], 1, 'a'], {a: 'x'}],
    [[0, 'y'], {a: 'xy'}],
    [[0, -1, {b: [1, [2]]}, 'b', 1], {a: 'xy', b: [1, [2]]}],
    [[0, [3], -1, [[4, {k: [5]}]], 1, 1, 'k'], {a: 'xy', b: [1, [2, 3], [4, {k: [5]}]]}],
    [[0, [6], -4, {c: null}], {a: 'xy', b: [1, [2, 3], [4, {k: [5, 6]}]], c: null}],
  ];
  for (const [event, expected] of steps) {
    assert.equal(values.push(event), value);
    assert.deepEqual(value.value, expected);
  }
  assert.equal(value.verdict, 'growing');
  values.push({end: 0, verdict: 'complete'});
  assert.equal(value.verdict, 'complete');
  assert.deepEqual(value.value, steps.at(-1)[1]);
});

test('moves through nested arrays in one op', () => {
  const [values, value] = opened();
  values.push([0, [[[['a']]]], 4]);
  values.push([0, 'b', -2, ['c']]);
  assert.deepEqual(value.value, [[['ab'], 'c']]);
});

test('what was read never changes, and what did not change stays the same object', () => {
  const [values, value] = opened();
  values.push([0, [{done: {x: [1]}, rows: [{n: 1}]}], 1, 'rows', 1]);
  const before = value.value;
  const kept = structuredClone(before);
  assert.equal(value.value, before, 'no event, no new object');
  values.push([0, {m: 2}]);
  const after = value.value;
  assert.deepEqual(before, kept);
  assert.deepEqual(after, {done: {x: [1]}, rows: [{n: 1, m: 2}]});
  assert.notEqual(after, before);
  assert.notEqual(after.rows, before.rows);
  assert.notEqual(after.rows[0], before.rows[0]);
  assert.equal(after.done, before.done);
  values.push([0, -1, [{n: 3}]]);
  const last = value.value;
  assert.equal(last.rows[0], after.rows[0], 'a row that is complete is not copied again');
  values.push({end: 0, verdict: 'complete'});
  assert.equal(value.value, last, 'the end changes nothing');
});

test('a repeated name replaces the member in its place', () => {
  const [values, value] = opened();
  values.push([0, [{a: 1, b: 2}], 1]);
  values.push([0, {a: 'x'}, 'a']);
  values.push([0, 'y']);
  assert.equal(JSON.stringify(value.value), '{"a":"xy","b":2}');
});

test('names that mean something to JavaScript are members like others', () => {
  const [values, value] = opened();
  values.push(JSON.parse('[0,[{"__proto__":{"x":"a"},"constructor":1,"2":[],"1":0}],1,"__proto__","x"]'));
  value.value;
  values.push([0, 'b']);
  assert.deepEqual(Object.keys(value.value), ['1', '2', '__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(value.value), Object.prototype);
  assert.equal(Object.getOwnPropertyDescriptor(value.value, '__proto__').value.x, 'ab');
  values.push(JSON.parse('[0,-2,{"3":"c"}]'));
  assert.equal({}.x, undefined);
  assert.equal(value.value[3], 'c');
});

test('tells several values apart, and how each ended', () => {
  const values = new GrowingValues();
  const answer = values.push({open: 0, choice: 1});
  const call = values.push({open: 1, choice: 0, tool: {index: 2, id: 'call_1', name: 'f'}});
  values.push([1, [{}]]);
  values.push([0, [[]]]);
  values.push({end: 1, verdict: 'invalid', offset: 12, what: 'expected a value', schema: {valid: false}});
  assert.deepEqual([answer.choice, answer.tool, answer.verdict], [1, undefined, 'growing']);
  assert.deepEqual([call.choice, call.tool.name, call.verdict], [0, 'f', 'invalid']);
  assert.deepEqual([call.offset, call.what, call.schema], [12, 'expected a value', {valid: false}]);
  assert.deepEqual([...values], [answer, call]);
  assert.throws(() => values.push([9, []]), /value 9 was not opened/);
});

test('reads events however lines end and wherever they are cut', async () => {
  const stream = '\ufeffevent: a\r\ndata: 1\r\rdata:2\ndata: 3\n: comment\nid: 7\n\nevent: b\r\n\r\ndata\n\ndata: \u{1F600}\u2028x\n\n' +
    'data: never ended\n';
  const expected = [{event: 'a', data: '1'}, {event: '', data: '2\n3'}, {event: '', data: ''}, {event: '', data: '\u{1F600}\u2028x'}];
  for (let size = 1; size < 90; ++size) assert.deepEqual(await collect(events(bytes(stream, size))), expected, `pieces of ${size}`);
});

test('finds the values in a stream of other events', async () => {
  const stream = 'data: {"choices":[{"delta":{"content":"{}"}}]}\n\n' +
    'event: pointsman.partial\ndata: {"open":0,"choice":0}\n\n' +
    'data: {"choices":[],"pointsman_partial":[0,[{}],1]}\n\n' +
    'data: {"choices":[{"delta":{"content":"\\"pointsman_partial\\":"}}]}\n\n' +
    'data: {"choices":[],"pointsman_partial":{"end":0,"verdict":"complete"}}\n\ndata: [DONE]\n\n';
  const seen = [];
  for await (const {value, verdict} of growing(new Response(stream))) seen.push([value, verdict]);
  assert.deepEqual(seen, [[undefined, 'growing'], [{}, 'growing'], [{}, 'complete']]);
});
