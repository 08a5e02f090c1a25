// LangChain's ChatOpenAI, by chat completions and by the Responses API, answered by providers of every protocol. Run by
// sdk_protocols_test.py.
import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {HumanMessage, ToolMessage} from '@langchain/core/messages';
import {tool} from '@langchain/core/tools';
import {ChatOpenAI} from '@langchain/openai';
import {z} from 'zod';
import {asked, CALLS, FIRE, GATEWAY_URL, gotImage, gotResults, gotSchema, IMAGE, lastAsked, PERSON, providerIsLeft,
  providers, release, reset, TEXT, USAGE} from './provider.mjs';

const tools = ['weather', 'time'].map((name) => tool(({city}) => `${name} of ${city}`, {
  name, description: `The ${name}.`, schema: z.object({city: z.string()})}));
const callsOf = (message) => message.tool_calls.map(({id, name, args}) => ({id, name, arguments: args}));

beforeEach(reset);

for (const useResponsesApi of [false, true].filter((one) => !process.env.CLIENTS
  || process.env.CLIENTS.split(',').includes(one ? 'responses' : 'chat'))) {
  for (const provider of providers) {
    const model = (script, more = {}) => new ChatOpenAI({model: `${provider}-${script}`, apiKey: 'client-key',
      maxRetries: 0, timeout: 20_000, useResponsesApi, configuration: {baseURL: `${GATEWAY_URL}/v1`}, ...more});
    const check = (what, run) => test(`${useResponsesApi ? 'responses' : 'chat'} by ${provider}: ${what}`, run);

    check('a whole answer', async () => {
      const message = await model('text').invoke('Say hello.');
      assert.equal(message.text, TEXT);
      assert.equal(message.usage_metadata.input_tokens, USAGE.input);
      assert.equal(message.usage_metadata.output_tokens, USAGE.output);
    });

    check('a stream', async () => {
      let all;
      for await (const chunk of await model('text').stream('Say hello.')) all = all ? all.concat(chunk) : chunk;
      assert.equal(all.text, TEXT);
      assert.equal(all.usage_metadata.output_tokens, USAGE.output);
    });

    check('parallel tool calls, whole and streamed, and the turn after them', async () => {
      const bound = model('parallel').bindTools(tools);
      const whole = await bound.invoke('Look.');
      assert.deepEqual(callsOf(whole), CALLS);
      let all;
      for await (const chunk of await bound.stream('Look.')) all = all ? all.concat(chunk) : chunk;
      assert.deepEqual(callsOf(all), CALLS);
      const results = CALLS.map((call) => new ToolMessage({tool_call_id: call.id, content: `${call.name} is fine`}));
      const next = await model('text').bindTools(tools).invoke([new HumanMessage('Look.'), whole, ...results]);
      assert.equal(next.text, TEXT);
      gotResults(await lastAsked());
    });

    check('structured output', async () => {
      const schema = z.object({name: z.string(), age: z.number().int()});
      const structured = model('json').withStructuredOutput(schema, {method: 'jsonSchema', name: 'person'});
      assert.deepEqual(await structured.invoke('Who?'), PERSON);
      gotSchema(await lastAsked());
    });

    check('an image', async () => {
      await model('text').invoke([new HumanMessage({content: [{type: 'text', text: 'What is this?'},
        {type: 'image_url', image_url: {url: `data:image/png;base64,${IMAGE}`}}]})]);
      gotImage(await lastAsked());
    });

    check('abort in the middle of a stream reaches the provider', async () => {
      const abort = new AbortController();
      await assert.rejects(async () => {
        for await (const chunk of await model('stalled').stream('Say hello.', {signal: abort.signal})) {
          if (chunk.text) abort.abort();
        }
        throw new Error('AbortError');  // some versions end the loop quietly
      });
      await providerIsLeft();
    });

    check('a stalled stream goes on when the provider does', async () => {
      let text = '';
      for await (const chunk of await model('stalled').stream('Say hello.')) {
        if (!text && chunk.text) await release();
        text += chunk.text;
      }
      assert.equal(text, TEXT);
    });

    check('errors, at once and in mid-stream', async () => {
      for (const [script, status] of [['bad-request', 400], ['rate-limited', 429], ['broken', 500]]) {
        await assert.rejects(model(script).invoke('Say hello.'), (error) => {
          assert.equal(error.status, status, `${script}: ${error}`);
          return true;
        });
      }
      if (useResponsesApi) return;  // this SDK ends such a stream without a word
      await assert.rejects(async () => {
        for await (const chunk of await model('error-in-stream').stream('Say hello.')) assert.ok(chunk);
      }, FIRE);
    });

    // It waits for seconds, whatever the provider says: once is enough.
    if (provider === providers.at(-1)) check('the SDK tries again what the provider refused for a while', async () => {
      assert.equal((await model('flaky', {maxRetries: 3}).invoke('Say hello.')).text, TEXT);
      assert.equal((await asked()).length, 3);
    });
  }
}
