// The AI SDK with its providers for OpenAI (chat completions and Responses) and Anthropic, answered by providers of
// every protocol. It checks every chunk against a schema and fails on the first that does not fit. Run by
// sdk_protocols_test.py.
import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {createAnthropic} from '@ai-sdk/anthropic';
import {createOpenAI} from '@ai-sdk/openai';
import {APICallError, generateText, Output, stepCountIs, streamText, tool} from 'ai';
import {z} from 'zod';
import {asked, CALLS, collect, FIRE, GATEWAY_URL, gotImage, gotResults, gotSchema, IMAGE, lastAsked, PERSON,
  providerIsLeft, providers, release, reset, TEXT, THOUGHT, USAGE} from './provider.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const openai = createOpenAI({baseURL: `${GATEWAY_URL}/v1`, apiKey: 'client-key'});
const anthropic = createAnthropic({baseURL: `${GATEWAY_URL}/v1`, apiKey: 'client-key'});
const clients = Object.entries({chat: openai.chat, responses: openai.responses, messages: anthropic.messages})
  .filter(([name]) => !process.env.CLIENTS || process.env.CLIENTS.split(',').includes(name));
const city = z.object({city: z.string()});
const tools = (execute) => Object.fromEntries(['weather', 'time'].map((name) => [name, tool({
  description: `The ${name}.`, inputSchema: city, execute: execute && ((input) => execute(name, input))})]));
const callsOf = (calls) => calls.map((call) => ({id: call.toolCallId, name: call.toolName, arguments: call.input}));
const person = Output.object({schema: z.object({name: z.string(), age: z.number().int()})});
const errors = [];
const stream = (request) => streamText({maxRetries: 0, onError: ({error}) => errors.push(error), ...request});

beforeEach(async () => {
  errors.length = 0;
  await reset();
});

for (const [name, client] of clients) {
  for (const provider of providers) {
    const model = (script) => client(`${provider}-${script}`);
    const ask = (script, more = {}) => ({model: model(script), prompt: 'Say hello.', maxRetries: 0, ...more});
    const check = (what, run) => test(`${name} by ${provider}: ${what}`, run);

    check('a whole answer', async () => {
      const {text, finishReason, usage} = await generateText(ask('text'));
      assert.equal(text, TEXT);
      assert.equal(finishReason, 'stop');
      assert.equal(usage.inputTokens, USAGE.input);
      assert.equal(usage.outputTokens, USAGE.output);
      assert.equal(usage.inputTokenDetails?.cacheReadTokens ?? usage.cachedInputTokens, USAGE.cached);
    });

    check('a stream', async () => {
      const result = stream(ask('text'));
      assert.equal((await collect(result.textStream)).join(''), TEXT);
      assert.equal(await result.finishReason, 'stop');
      assert.equal((await result.usage).outputTokens, USAGE.output);
      assert.deepEqual(errors, []);
    });

    check('parallel tool calls, whole and streamed', async () => {
      const whole = await generateText(ask('parallel', {tools: tools()}));
      assert.equal(whole.finishReason, 'tool-calls');
      assert.deepEqual(callsOf(whole.toolCalls), CALLS);
      const streamed = stream(ask('parallel', {tools: tools()}));
      const parts = await collect(streamed.fullStream);
      assert.deepEqual(errors, []);
      assert.ok(parts.filter((part) => part.type === 'tool-input-delta').length > 2);
      assert.deepEqual(callsOf(await streamed.toolCalls), CALLS);
      assert.equal(await streamed.text, 'Let me look.');
    });

    check('tools that are run, and the turn after them', async () => {
      const runs = [];
      const {steps} = await generateText(ask('parallel', {
        tools: tools((which, input) => { runs.push([which, input.city]); return `${which} is fine`; }),
        stopWhen: stepCountIs(2)}));
      assert.equal(steps.length, 2);
      assert.deepEqual(runs.slice(0, 2), [['weather', 'Rome'], ['time', 'Oslo']]);
      gotResults(await lastAsked());
    });

    check('structured output', async () => {
      const whole = await generateText(ask('json', {output: person}));
      assert.deepEqual(whole.output, PERSON);
      gotSchema(await lastAsked());
      const streamed = stream(ask('json', {output: person}));
      const partial = await collect(streamed.partialOutputStream);
      assert.deepEqual(partial.at(-1), PERSON);
    });

    check('an image', async () => {
      await generateText({model: model('text'), maxRetries: 0, messages: [{role: 'user', content: [
        {type: 'text', text: 'What is this?'},
        {type: 'image', image: Buffer.from(IMAGE, 'base64'), mediaType: 'image/png'}]}]});
      gotImage(await lastAsked());
    });

    if (name !== 'chat') {  // this SDK reads no reasoning from chat completions
      check('what the model thought', async () => {
        assert.equal((await generateText(ask('reasoning'))).reasoningText, THOUGHT);
        const streamed = stream(ask('reasoning'));
        assert.equal(await streamed.reasoningText, THOUGHT);
        assert.equal(await streamed.text, 'Hello.');
      });
    }

    check('an answer that the limit cut', async () => {
      assert.equal((await generateText(ask('long'))).finishReason, 'length');
      assert.equal(await stream(ask('long')).finishReason, 'length');
    });

    check('abort in the middle of a stream reaches the provider', async () => {
      const abort = new AbortController();
      for await (const part of stream(ask('stalled', {abortSignal: abort.signal})).fullStream) {
        if (part.type === 'text-delta') abort.abort();
      }
      await providerIsLeft();
    });

    check('a stalled stream goes on when the provider does', async () => {
      let text = '';
      for await (const piece of stream(ask('stalled')).textStream) {
        if (!text) await release();
        text += piece;
      }
      assert.equal(text, TEXT);
    });

    check('errors are the SDK\'s', async () => {
      for (const [script, status, retryable, word] of [['bad-request', 400, false, 'how it works'],
        ['rate-limited', 429, true, 'Slow down'], ['broken', 500, true, 'broke']]) {
        await assert.rejects(generateText(ask(script)), (error) => {
          assert.ok(APICallError.isInstance(error), `${script}: ${error}`);
          assert.equal(error.statusCode, status);
          assert.equal(error.isRetryable, retryable);
          assert.ok(error.message.includes(word), error.message);
          return true;
        });
      }
    });

    check('an error in mid-stream is told', async () => {
      const parts = await collect(stream(ask('error-in-stream')).fullStream);
      const told = parts.filter((part) => part.type === 'error').map((part) => part.error?.message ?? part.error);
      assert.match(JSON.stringify([...told, ...errors.map((error) => [error, error?.message])]), FIRE);
    });

    check('the SDK tries again what the provider refused for a while', async () => {
      assert.equal((await generateText(ask('flaky', {maxRetries: 2}))).text, TEXT);
      assert.equal((await asked()).length, 3);
    });
  }
}
