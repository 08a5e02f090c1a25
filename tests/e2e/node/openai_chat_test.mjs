// Chat completions of the OpenAI SDK, answered by providers of every protocol. Run by sdk_protocols_test.py.
import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import OpenAI from 'openai';
import {zodResponseFormat} from 'openai/helpers/zod';
import {z} from 'zod';
import {CALLS, CITY, collect, FIRE, GATEWAY_URL, gotImage, gotResults, gotSchema, IMAGE, asked, lastAsked, PERSON,
  providerIsLeft, providers, release, reset, TEXT, THOUGHT, USAGE} from './provider.mjs';

const client = new OpenAI({baseURL: `${GATEWAY_URL}/v1`, apiKey: 'client-key', maxRetries: 0, timeout: 20_000});
const chat = (model, more = {}) => ({model, messages: [{role: 'user', content: 'Say hello.'}], ...more});
const tools = ['weather', 'time'].map((name) => ({type: 'function', function: {name, parameters: CITY}}));
const callsOf = (message) => message.tool_calls.map((call) => (
  {id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments)}));

beforeEach(reset);

for (const provider of providers) {
  const model = (script) => `${provider}-${script}`;
  const check = (name, run) => test(`${provider}: ${name}`, run);

  check('a whole answer', async () => {
    const answer = await client.chat.completions.create(chat(model('text')));
    assert.equal(answer.choices[0].message.content, TEXT);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.usage.prompt_tokens, USAGE.input);
    assert.equal(answer.usage.prompt_tokens_details.cached_tokens, USAGE.cached);
    assert.equal(answer.usage.completion_tokens, USAGE.output);
  });

  check('a stream, chunk by chunk and accumulated', async () => {
    const chunks = await collect(await client.chat.completions.create(chat(model('text'), {stream: true})));
    assert.equal(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join(''), TEXT);
    assert.ok(chunks.length > 3);
    const stream = client.chat.completions.stream(chat(model('text'), {stream_options: {include_usage: true}}));
    const final = await stream.finalChatCompletion();
    assert.equal(final.choices[0].message.content, TEXT);
    assert.equal((await stream.totalUsage()).completion_tokens, USAGE.output);
  });

  check('parallel tool calls, whole and streamed', async () => {
    const request = chat(model('parallel'), {tools});
    const whole = await client.chat.completions.create(request);
    assert.equal(whole.choices[0].finish_reason, 'tool_calls');
    assert.deepEqual(callsOf(whole.choices[0].message), CALLS);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    assert.equal(streamed.choices[0].finish_reason, 'tool_calls');
    assert.equal(streamed.choices[0].message.content, 'Let me look.');
    assert.deepEqual(callsOf(streamed.choices[0].message), CALLS);
  });

  check('the SDK runs the tools and goes on', async () => {
    const runs = [];
    const runner = client.chat.completions.runTools(chat(model('parallel'), {
      tools: tools.map((tool) => ({type: 'function', function: {...tool.function, parse: JSON.parse,
        function: ({city}) => { runs.push(city); return `${tool.function.name} is fine`; }}}))}),
    {maxChatCompletions: 1});
    await runner.done();
    assert.deepEqual(runs, ['Rome', 'Oslo']);
    const next = await client.chat.completions.create(chat(model('text'), {tools, messages: runner.messages}));
    assert.equal(next.choices[0].message.content, TEXT);
    gotResults(await lastAsked());
  });

  check('structured output', async () => {
    const response_format = zodResponseFormat(z.object({name: z.string(), age: z.number().int()}), 'person');
    const answer = await client.chat.completions.parse(chat(model('json'), {response_format}));
    assert.deepEqual(answer.choices[0].message.parsed, PERSON);
    gotSchema(await lastAsked());
    const streamed = await client.chat.completions.stream(chat(model('json'), {response_format})).finalChatCompletion();
    assert.deepEqual(streamed.choices[0].message.parsed, PERSON);
  });

  check('an image', async () => {
    await client.chat.completions.create(chat(model('text'), {messages: [{role: 'user', content: [
      {type: 'text', text: 'What is this?'},
      {type: 'image_url', image_url: {url: `data:image/png;base64,${IMAGE}`}}]}]}));
    gotImage(await lastAsked());
  });

  check('what the model thought', async () => {
    const answer = await client.chat.completions.create(chat(model('reasoning')));
    assert.equal(answer.choices[0].message.reasoning_content, THOUGHT);
    assert.equal(answer.choices[0].message.content, 'Hello.');
  });

  check('an answer that the limit cut, and one that was refused', async () => {
    const long = await client.chat.completions.create(chat(model('long')));
    assert.equal(long.choices[0].finish_reason, 'length');
    const {finish_reason, message} = (await client.chat.completions.create(chat(model('refused')))).choices[0];
    assert.ok(finish_reason === 'content_filter' || message.refusal, finish_reason);
  });

  check('abort in the middle of a stream reaches the provider', async () => {
    const stream = await client.chat.completions.create(chat(model('stalled'), {stream: true}));
    for await (const chunk of stream) {
      assert.ok(chunk.choices);
      stream.controller.abort();
    }
    await providerIsLeft();
  });

  check('a stalled stream goes on when the provider does', async () => {
    const stream = client.chat.completions.stream(chat(model('stalled')));
    stream.once('content', release);
    assert.equal(await stream.finalContent(), TEXT);
  });

  check('errors are the SDK\'s classes', async () => {
    for (const [script, kind, status] of [['bad-request', OpenAI.BadRequestError, 400],
      ['rate-limited', OpenAI.RateLimitError, 429], ['broken', OpenAI.InternalServerError, 500],
      ['overloaded', OpenAI.InternalServerError, undefined]]) {
      const request = chat(model(script), {stream: script === 'broken'});
      await assert.rejects(client.chat.completions.create(request), (error) => {
        assert.ok(error instanceof kind, `${script}: ${error}`);
        if (status) assert.equal(error.status, status);
        assert.ok(error.type, script);
        if (status === 429) assert.equal(error.headers.get('retry-after'), '7');
        return true;
      });
    }
  });

  check('an error in mid-stream is thrown', async () => {
    await assert.rejects(async () => collect(await client.chat.completions.create(
      chat(model('error-in-stream'), {stream: true}))), (error) => {
      assert.ok(error instanceof OpenAI.APIError, String(error));
      assert.match(error.message, FIRE);
      return true;
    });
  });

  check('the SDK tries again what the provider refused for a while', async () => {
    const answer = await client.chat.completions.create(chat(model('flaky')), {maxRetries: 2});
    assert.equal(answer.choices[0].message.content, TEXT);
    assert.equal((await asked()).length, 3);
  });

  check('the SDK does not try again what cannot succeed', async () => {
    await assert.rejects(client.chat.completions.create(chat(model('bad-request')), {maxRetries: 2}));
    assert.equal((await asked()).length, 1);
  });
}
