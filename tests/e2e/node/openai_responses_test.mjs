// The Responses API of the OpenAI SDK, answered by providers of every protocol. Run by sdk_protocols_test.py.
import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import OpenAI from 'openai';
import {zodTextFormat} from 'openai/helpers/zod';
import {z} from 'zod';
import {asked, CALLS, CITY, collect, FIRE, GATEWAY_URL, gotImage, gotResults, gotSchema, IMAGE, lastAsked, PERSON,
  providerIsLeft, providers, release, reset, SIGNATURE, TEXT, THOUGHT, USAGE} from './provider.mjs';

const client = new OpenAI({baseURL: `${GATEWAY_URL}/v1`, apiKey: 'client-key', maxRetries: 0, timeout: 20_000});
const ask = (model, more = {}) => ({model, input: 'Say hello.', ...more});
const tools = ['weather', 'time'].map((name) => ({type: 'function', name, parameters: CITY, strict: true}));
const callsOf = (response) => response.output.filter((item) => item.type === 'function_call').map((item) => (
  {id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments)}));

beforeEach(reset);

for (const provider of providers) {
  const model = (script) => `${provider}-${script}`;
  const check = (name, run) => test(`${provider}: ${name}`, run);

  check('a whole answer', async () => {
    const response = await client.responses.create(ask(model('text'), {instructions: 'Be brief.'}));
    assert.equal(response.output_text, TEXT);
    assert.equal(response.status, 'completed');
    assert.equal(response.usage.input_tokens, USAGE.input);
    assert.equal(response.usage.input_tokens_details.cached_tokens, USAGE.cached);
    assert.equal(response.usage.output_tokens, USAGE.output);
    assert.ok(JSON.stringify(await lastAsked()).includes('Be brief.'));
  });

  check('a stream, event by event and accumulated', async () => {
    const events = await collect(await client.responses.create(ask(model('text'), {stream: true})));
    const pieces = events.filter((event) => event.type === 'response.output_text.delta').map((event) => event.delta);
    assert.equal(pieces.join(''), TEXT);
    assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, number) => number));
    assert.equal(events.at(-1).type, 'response.completed');
    const final = await client.responses.stream(ask(model('text'))).finalResponse();
    assert.equal(final.output_text, TEXT);
    assert.equal(final.usage.output_tokens, USAGE.output);
  });

  check('parallel tool calls, whole and streamed', async () => {
    const whole = await client.responses.create(ask(model('parallel'), {tools}));
    assert.deepEqual(callsOf(whole), CALLS);
    assert.equal(whole.output_text, 'Let me look.');
    const stream = client.responses.stream(ask(model('parallel'), {tools}));
    let pieces = 0;
    stream.on('response.function_call_arguments.delta', () => { pieces += 1; });
    const final = await stream.finalResponse();
    assert.ok(pieces > 2);
    assert.deepEqual(callsOf(final), CALLS);
    assert.deepEqual(final.output.find((item) => item.type === 'function_call').parsed_arguments, CALLS[0].arguments);
  });

  check('a conversation that goes on after the tools\' results', async () => {
    const first = await client.responses.create(ask(model('parallel'), {tools, store: false}));
    const next = await client.responses.create({model: model('text'), tools, store: false, input: [
      {role: 'user', content: 'Look.'}, ...first.output,
      ...CALLS.map((call) => ({type: 'function_call_output', call_id: call.id, output: `${call.name} is fine`}))]});
    assert.equal(next.output_text, TEXT);
    gotResults(await lastAsked());
  });

  check('structured output', async () => {
    const format = zodTextFormat(z.object({name: z.string(), age: z.number().int()}), 'person');
    const response = await client.responses.parse(ask(model('json'), {text: {format}}));
    assert.deepEqual(response.output_parsed, PERSON);
    gotSchema(await lastAsked());
    const streamed = await client.responses.stream(ask(model('json'), {text: {format}})).finalResponse();
    assert.deepEqual(streamed.output_parsed, PERSON);
  });

  check('an image', async () => {
    await client.responses.create({model: model('text'), input: [{role: 'user', content: [
      {type: 'input_text', text: 'What is this?'},
      {type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${IMAGE}`}]}]});
    gotImage(await lastAsked());
  });

  check('what the model thought comes with the answer, and returns', async () => {
    const first = await client.responses.create(ask(model('reasoning'), {
      store: false, include: ['reasoning.encrypted_content'], reasoning: {effort: 'low', summary: 'auto'}}));
    const item = first.output.find((one) => one.type === 'reasoning');
    const parts = [...item.summary, ...(item.content ?? [])];
    assert.equal(parts.map((part) => part.text).join(''), THOUGHT);
    assert.equal(first.output_text, 'Hello.');
    await client.responses.create({model: model('text'), store: false, reasoning: {effort: 'low'}, input: [
      {role: 'user', content: 'Say hello.'}, ...first.output, {role: 'user', content: 'And now?'}]});
    if (provider === 'chat') return;  // that protocol has no place for a proof
    const text = JSON.stringify(await lastAsked());
    assert.ok(text.includes(SIGNATURE), text);
  });

  check('an answer that the limit cut', async () => {
    const response = await client.responses.create(ask(model('long')));
    assert.equal(response.status, 'incomplete');
    assert.equal(response.incomplete_details.reason, 'max_output_tokens');
  });

  check('abort in the middle of a stream reaches the provider', async () => {
    const stream = await client.responses.create(ask(model('stalled'), {stream: true}));
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') stream.controller.abort();
    }
    await providerIsLeft();
  });

  check('a stalled stream goes on when the provider does', async () => {
    const stream = client.responses.stream(ask(model('stalled')));
    stream.once('response.output_text.delta', release);
    assert.equal((await stream.finalResponse()).output_text, TEXT);
  });

  check('errors are the SDK\'s classes', async () => {
    for (const [script, kind, status] of [['bad-request', OpenAI.BadRequestError, 400],
      ['rate-limited', OpenAI.RateLimitError, 429], ['broken', OpenAI.InternalServerError, 500]]) {
      await assert.rejects(client.responses.create(ask(model(script))), (error) => {
        assert.ok(error instanceof kind, `${script}: ${error}`);
        assert.equal(error.status, status);
        assert.ok(error.type);
        return true;
      });
    }
  });

  check('an error in mid-stream is told', async () => {
    // This SDK gives "response.failed" as an event and throws what is an "error" of its own.
    let told = '';
    try {
      for await (const event of await client.responses.create(ask(model('error-in-stream'), {stream: true}))) {
        told += event.message ?? event.response?.error?.message ?? '';
        assert.notEqual(event.type, 'response.completed');
      }
    } catch (error) {
      assert.ok(error instanceof OpenAI.APIError, String(error));
      told += error.message;
    }
    assert.match(told, FIRE);
  });

  check('the SDK tries again what the provider refused for a while', async () => {
    const response = await client.responses.create(ask(model('flaky')), {maxRetries: 2});
    assert.equal(response.output_text, TEXT);
    assert.equal((await asked()).length, 3);
  });
}
