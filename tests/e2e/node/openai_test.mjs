// The OpenAI SDK against a gateway in front of a simulated provider. Run by sdk_test.py, which starts both and names them
// in GATEWAY_URL and SIMULATOR_URL.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import OpenAI from 'openai';

const {GATEWAY_URL, SIMULATOR_URL} = process.env;
const client = new OpenAI({baseURL: `${GATEWAY_URL}/v1`, apiKey: 'client-key', maxRetries: 0, timeout: 20_000});
const messages = [{role: 'user', content: 'Say hello.'}];
const chat = {model: 'auto', messages};

const stats = async () => (await fetch(`${SIMULATOR_URL}/sim/stats`)).json();
const requestsFor = async (call) => {
  const before = (await stats()).requests;
  await call();
  return (await stats()).requests - before;
};
const until = async (look) => {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (await look()) return;
  }
  assert.fail('not within 10 s');
};
const sim = (fields, more = {}) => ({
  headers: Object.fromEntries(Object.entries(fields).map(([key, value]) => [`x-sim-${key}`, String(value)])), ...more});
const collect = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
const tool = (name) => ({type: 'function', function: {name, parameters: {
  type: 'object', properties: {city: {type: 'string'}}, required: ['city'], additionalProperties: false}}});

test('a whole answer, and what the gateway says about it', async () => {
  const {data, response} = await client.chat.completions.create(chat).withResponse();
  assert.equal(data.object, 'chat.completion');
  assert.ok(data.choices[0].message.content.length > 0);
  assert.equal(data.choices[0].finish_reason, 'stop');
  assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
  const header = (name) => response.headers.get(`x-pointsman-${name}`);
  assert.match(header('decision-id'), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(header('model'), 'm');
  assert.equal(header('stage'), 'fallback');
  assert.ok(header('fallback'));
  assert.ok(Number(header('cost-usd')) > 0);
  assert.ok(Number(header('overhead-us')) > 0);
});

test('a stream gives the same text as the whole answer, without a usage report', async () => {
  const chunks = await collect(await client.chat.completions.create({...chat, stream: true}));
  assert.ok(chunks.length > 10);
  assert.ok(textOf(chunks).length > 0);
  for (const chunk of chunks) {
    assert.equal(chunk.choices.length, 1);
    assert.equal(chunk.usage ?? null, null);
  }
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
});

test('a stream with include_usage ends with the usage report', async () => {
  const chunks = await collect(await client.chat.completions.create(
    {...chat, stream: true, stream_options: {include_usage: true}}));
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.ok(chunks.at(-1).usage.completion_tokens > 0);
  assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
});

test('include_usage: false stays the client\'s word', async () => {
  const chunks = await collect(await client.chat.completions.create(
    {...chat, stream: true, stream_options: {include_usage: false}}));
  assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage));
});

test('usage that comes with the last choice is not hidden with it', async () => {
  const chunks = await collect(await client.chat.completions.create({...chat, stream: true}, sim({usage: 'with-finish'})));
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
});

test('the SDK\'s own accumulation of a stream', async () => {
  const final = await client.chat.completions.stream(chat).finalChatCompletion();
  assert.equal(final.choices[0].finish_reason, 'stop');
  assert.ok(final.choices[0].message.content.length > 0);
});

test('parallel tool calls', async () => {
  const answer = await client.chat.completions.create(
    {...chat, tools: [tool('weather'), tool('time')], tool_choice: 'required'}, sim({tools: 'call'}));
  const calls = answer.choices[0].message.tool_calls;
  assert.equal(answer.choices[0].finish_reason, 'tool_calls');
  assert.deepEqual(calls.map((call) => call.function.name), ['weather', 'time']);
  for (const call of calls) assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
});

test('streamed tool calls in fragments', async () => {
  const stream = client.chat.completions.stream(
    {...chat, tools: [tool('weather'), tool('time')], tool_choice: 'required'}, sim({tools: 'call', 'chunk-bytes': 3}));
  let fragments = 0;
  stream.on('chunk', (chunk) => { fragments += chunk.choices[0]?.delta.tool_calls?.length ?? 0; });
  const final = await stream.finalChatCompletion();
  assert.ok(fragments > 4);
  assert.equal(final.choices[0].message.tool_calls.length, 2);
  for (const call of final.choices[0].message.tool_calls) {
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
  }
});

test('a conversation that goes on after a tool\'s result', async () => {
  const asked = await client.chat.completions.create(
    {...chat, tools: [tool('weather')], tool_choice: 'required'}, sim({tools: 'call'}));
  const [call] = asked.choices[0].message.tool_calls;
  const answer = await client.chat.completions.create({...chat, tools: [tool('weather')], messages: [
    ...messages, asked.choices[0].message, {role: 'tool', tool_call_id: call.id, content: '{"degrees": 21}'}]});
  assert.equal(answer.choices[0].finish_reason, 'stop');
});

test('structured output', async () => {
  const schema = {type: 'object', properties: {name: {type: 'string'}, age: {type: 'integer'}},
    required: ['name', 'age'], additionalProperties: false};
  const answer = await client.chat.completions.create({...chat, response_format: {
    type: 'json_schema', json_schema: {name: 'person', strict: true, schema}}});
  const person = JSON.parse(answer.choices[0].message.content);
  assert.deepEqual(Object.keys(person).sort(), ['age', 'name']);
  const object = await client.chat.completions.create({...chat, response_format: {type: 'json_object'}});
  assert.equal(typeof JSON.parse(object.choices[0].message.content), 'object');
});

test('an unknown model is a 404 of the usual shape, and is not tried again', async () => {
  const requests = await requestsFor(() => assert.rejects(
    client.chat.completions.create({...chat, model: 'autoo'}, {maxRetries: 2}), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.type, 'invalid_request_error');
      assert.equal(error.code, 'model_not_found');
      assert.equal(error.param, 'model');
      assert.match(error.message, /auto/);
      assert.equal(error.headers.get('x-should-retry'), 'false');
      return true;
    }));
  assert.equal(requests, 0);
});

test('a request of the wrong shape is a 400 that names the place', async () => {
  for (const [body, param] of [[{model: 'auto', messages: 'hello'}, 'messages'], [{messages}, 'model'],
    [{...chat, stream: 'yes'}, 'stream']]) {
    await assert.rejects(client.chat.completions.create(body), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError, String(error));
      assert.equal(error.type, 'invalid_request_error');
      assert.equal(error.param, param);
      return true;
    });
  }
});

test('errors of the provider arrive as the SDK\'s classes', async () => {
  for (const [fault, kind, status] of [['429@10', OpenAI.RateLimitError, 429], ['500', OpenAI.InternalServerError, 500],
    ['context-too-long', OpenAI.BadRequestError, 400], ['bad-key', OpenAI.InternalServerError, 502]]) {
    await assert.rejects(client.chat.completions.create(chat, sim({fault})), (error) => {
      assert.ok(error instanceof kind, `${fault}: ${error}`);
      assert.equal(error.status, status);
      return true;
    });
  }
});

test('an error in the middle of a stream is thrown, not swallowed', async () => {
  await assert.rejects(async () => collect(await client.chat.completions.create(
    {...chat, stream: true}, sim({fault: 'error-event@3'}))), OpenAI.APIError);
});

test('a stream that is cut is thrown, not ended', async () => {
  for (const fault of ['reset@3000', 'close@3000', 'half-chunk@3']) {
    await assert.rejects(async () => collect(await client.chat.completions.create(
      {...chat, stream: true}, sim({fault, 'chunk-ms': 1}))), undefined, fault);
  }
});

test('the SDK tries again what may succeed, as often as it is told', async () => {
  const tries = (fault) => requestsFor(() => assert.rejects(
    client.chat.completions.create({...chat, model: 'm'}, sim({fault}, {maxRetries: 2}))));
  assert.equal(await tries('429@10'), 3);
  assert.equal(await tries('context-too-long'), 1);
  assert.equal(await tries('bad-key'), 1);
});

test('abort in the middle of a stream reaches the provider', async () => {
  const before = await stats();
  const abort = new AbortController();
  await assert.rejects(async () => {
    const stream = await client.chat.completions.create({...chat, stream: true},
      sim({tokens: 1000, 'chunk-ms': 20}, {signal: abort.signal}));
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) abort.abort();
    }
    throw new OpenAI.APIUserAbortError();  // some versions end the loop quietly
  }, OpenAI.APIUserAbortError);
  await until(async () => (await stats()).aborted === before.aborted + 1);
  const billed = (await stats()).aborts.at(-1).tokens;
  assert.ok(billed < 1000, `${billed} tokens`);
});

test('abort before the first byte reaches the provider', async () => {
  const before = await stats();
  const abort = new AbortController();
  const pending = client.chat.completions.create(chat, sim({'ttft-ms': 20_000}, {signal: abort.signal}));
  await until(async () => (await stats()).requests === before.requests + 1);
  abort.abort();
  await assert.rejects(pending, OpenAI.APIUserAbortError);
  await until(async () => (await stats()).aborted === before.aborted + 1);
});

test('models.list() names the router and every model', async () => {
  const page = await client.models.list();
  assert.deepEqual(page.data.map((model) => model.id).sort(), ['auto', 'm']);
  for (const model of page.data) assert.equal(model.object, 'model');
});

test('fifty at a time over kept connections', async () => {
  const answers = await Promise.all(Array.from({length: 50}, (_, i) => client.chat.completions.create(
    {...chat, messages: [{role: 'user', content: `Number ${i}.`}]})));
  assert.equal(new Set(answers.map((answer) => answer.id)).size, 50);
});
