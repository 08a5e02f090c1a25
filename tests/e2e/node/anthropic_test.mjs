// The Anthropic SDK, answered by providers of every protocol. Run by sdk_protocols_test.py.
import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import {asked, CALLS, CITY, collect, FIRE, GATEWAY_URL, gotImage, gotResults, gotSchema, IMAGE, lastAsked, PERSON,
  PERSON_SCHEMA, providerIsLeft, providers, release, reset, SIGNATURE, TEXT, THOUGHT, USAGE} from './provider.mjs';

const client = new Anthropic({baseURL: GATEWAY_URL, apiKey: 'client-key', maxRetries: 0, timeout: 20_000});
const messages = [{role: 'user', content: 'Say hello.'}];
const ask = (model, more = {}) => ({model, max_tokens: 256, messages, ...more});
const tools = ['weather', 'time'].map((name) => ({name, input_schema: CITY}));
const callsOf = (message) => message.content.filter((block) => block.type === 'tool_use').map((block) => (
  {id: block.id, name: block.name, arguments: block.input}));
const textOf = (message) => message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

beforeEach(reset);

for (const provider of providers) {
  const model = (script) => `${provider}-${script}`;
  const check = (name, run) => test(`${provider}: ${name}`, run);

  check('a whole answer', async () => {
    const message = await client.messages.create(ask(model('text'), {system: 'Be brief.'}));
    assert.equal(textOf(message), TEXT);
    assert.equal(message.stop_reason, 'end_turn');
    assert.equal(message.usage.input_tokens, USAGE.input - USAGE.cached);
    assert.equal(message.usage.cache_read_input_tokens, USAGE.cached);
    assert.equal(message.usage.output_tokens, USAGE.output);
    assert.ok(JSON.stringify(await lastAsked()).includes('Be brief.'));
  });

  check('a stream, event by event and accumulated', async () => {
    const events = await collect(await client.messages.create(ask(model('text'), {stream: true})));
    assert.equal(events[0].type, 'message_start');
    assert.equal(events.at(-1).type, 'message_stop');
    const stream = client.messages.stream(ask(model('text')));
    let text = '';
    stream.on('text', (piece) => { text += piece; });
    const final = await stream.finalMessage();
    assert.equal(text, TEXT);
    assert.equal(textOf(final), TEXT);
    assert.equal(final.stop_reason, 'end_turn');
    assert.equal(final.usage.output_tokens, USAGE.output);
  });

  check('parallel tool calls, whole and streamed', async () => {
    const whole = await client.messages.create(ask(model('parallel'), {tools}));
    assert.equal(whole.stop_reason, 'tool_use');
    assert.equal(textOf(whole), 'Let me look.');
    assert.deepEqual(callsOf(whole), CALLS);
    const stream = client.messages.stream(ask(model('parallel'), {tools}));
    let pieces = 0;
    stream.on('inputJson', () => { pieces += 1; });
    const final = await stream.finalMessage();
    assert.ok(pieces > 2);
    assert.equal(final.stop_reason, 'tool_use');
    assert.deepEqual(callsOf(final), CALLS);
  });

  check('a conversation that goes on after the tools\' results', async () => {
    const first = await client.messages.create(ask(model('parallel'), {tools}));
    const next = await client.messages.create(ask(model('text'), {tools, messages: [
      {role: 'user', content: 'Look.'}, {role: 'assistant', content: first.content},
      {role: 'user', content: CALLS.map((call) => (
        {type: 'tool_result', tool_use_id: call.id, content: `${call.name} is fine`}))}]}));
    assert.equal(textOf(next), TEXT);
    gotResults(await lastAsked());
  });

  check('structured output', async () => {
    const message = await client.messages.parse(ask(model('json'), {
      output_config: {format: {type: 'json_schema', schema: PERSON_SCHEMA}}}));
    assert.deepEqual(JSON.parse(textOf(message)), PERSON);
    gotSchema(await lastAsked());
  });

  check('an image', async () => {
    await client.messages.create(ask(model('text'), {messages: [{role: 'user', content: [
      {type: 'text', text: 'What is this?'},
      {type: 'image', source: {type: 'base64', media_type: 'image/png', data: IMAGE}}]}]}));
    gotImage(await lastAsked());
  });

  check('what the model thought, whole and streamed', async () => {
    const request = ask(model('reasoning'), {thinking: {type: 'enabled', budget_tokens: 1024}, max_tokens: 2048});
    for (const message of [await client.messages.create(request),
      await client.messages.stream(request).finalMessage()]) {
      assert.deepEqual(message.content.map((block) => block.type), ['thinking', 'text']);
      assert.equal(message.content[0].thinking, THOUGHT);
      if (provider === 'messages') assert.equal(message.content[0].signature, SIGNATURE);
    }
  });

  check('an answer that the limit cut, and one that was refused', async () => {
    assert.equal((await client.messages.create(ask(model('long')))).stop_reason, 'max_tokens');
    assert.equal((await client.messages.create(ask(model('refused')))).stop_reason, 'refusal');
    assert.equal((await client.messages.stream(ask(model('refused'))).finalMessage()).stop_reason, 'refusal');
  });

  check('abort in the middle of a stream reaches the provider', async () => {
    const stream = client.messages.stream(ask(model('stalled')));
    stream.once('text', () => stream.abort());
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
    await providerIsLeft();
  });

  check('a stalled stream goes on when the provider does', async () => {
    const stream = client.messages.stream(ask(model('stalled')));
    stream.once('text', release);
    assert.equal(await stream.finalText(), TEXT);
  });

  check('errors are the SDK\'s classes', async () => {
    for (const [script, kind, status, type] of [
      ['bad-request', Anthropic.BadRequestError, 400, 'invalid_request_error'],
      ['rate-limited', Anthropic.RateLimitError, 429, 'rate_limit_error'],
      ['broken', Anthropic.InternalServerError, 500, 'api_error'],
      ['overloaded', Anthropic.InternalServerError, 529, 'overloaded_error']]) {
      await assert.rejects(client.messages.create(ask(model(script), {stream: script === 'broken'})), (error) => {
        assert.ok(error instanceof kind, `${script}: ${error}`);
        assert.equal(error.status, status);
        assert.equal(error.error.error.type, type);
        if (status === 429) assert.equal(error.headers.get('retry-after'), '7');
        return true;
      });
    }
  });

  check('an error in mid-stream is thrown', async () => {
    await assert.rejects(client.messages.stream(ask(model('error-in-stream'))).finalMessage(), (error) => {
      assert.ok(error instanceof Anthropic.APIError, String(error));
      assert.match(error.message, FIRE);
      return true;
    });
  });

  check('the SDK tries again what the provider refused for a while', async () => {
    const message = await client.messages.create(ask(model('flaky')), {maxRetries: 2});
    assert.equal(textOf(message), TEXT);
    assert.equal((await asked()).length, 3);
  });
}

test('an unknown model, and a request that is wrong', async () => {
  await assert.rejects(client.messages.create(ask('messages-no-such-script')), Anthropic.NotFoundError);
});

if (providers.includes('messages')) {
  test('tokens are counted', async () => {
    const count = await client.messages.countTokens({model: 'messages-text', messages});
    assert.ok(count.input_tokens > 0);
  });

  test('beta features are asked for by the header that the SDK sends', async () => {
    let sent;
    const watched = client.withOptions({fetch: (url, init) => {
      sent = new Headers(init.headers);
      return fetch(url, init);
    }});
    await watched.beta.messages.create(ask('messages-text', {betas: ['context-management-2025-06-27']}));
    const [request] = await asked();
    assert.equal(request.fields['anthropic-beta'], 'context-management-2025-06-27');
    assert.ok(sent.get('anthropic-version'));
    assert.equal(request.fields['anthropic-version'], sent.get('anthropic-version'));
  });
}
