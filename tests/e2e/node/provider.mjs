// The fake provider that answers behind the gateway (fake_provider.py), seen from a test: what it answers, what it was
// asked, and which providers the gateway knows it by.
import assert from 'node:assert/strict';

export const {GATEWAY_URL, PROVIDER_URL} = process.env;
// The providers to go through, as the gateway names them: chat completions, the same with the Responses API, Messages.
export const providers = (process.env.PROVIDERS ?? 'chat,native,messages').split(',');

const page = async (path, method = 'POST') => (await fetch(`${PROVIDER_URL}/fake/${path}`, {method})).json();
export const reset = () => page('reset');
export const release = () => page('release');
export const asked = () => page('requests', 'GET');
export const lastAsked = async () => JSON.parse((await asked()).at(-1).body);

export const until = async (look) => {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (await look()) return;
  }
  assert.fail('not within 10 s');
};
export const providerIsLeft = () => until(async () => (await asked()).at(-1).gone);

export const collect = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};

// What its scripts answer.
export const TEXT = 'Hello there, \u00fcber-caf\u00e9 \u{1f600}. How are you?';
export const THOUGHT = 'They greet me, so I greet them.';
export const SIGNATURE = 'c2lnbmF0dXJlLW9mLXRoZS1tb2RlbA==';
export const CALLS = [{id: 'call_one', name: 'weather', arguments: {city: 'Rome'}},
  {id: 'call_two', name: 'time', arguments: {city: 'Oslo'}}];
export const PERSON = {name: 'Ada', age: 36};
export const USAGE = {input: 40, cached: 8, output: 12};
export const FIRE = /on fire/;

// What a test sends.
export const IMAGE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const CITY = {type: 'object', properties: {city: {type: 'string'}}, required: ['city'],
  additionalProperties: false};
export const PERSON_SCHEMA = {type: 'object', properties: {name: {type: 'string'}, age: {type: 'integer'}},
  required: ['name', 'age'], additionalProperties: false};

// Whether the provider got the image, in its own words.
export const gotImage = (body) => {
  const text = JSON.stringify(body);
  assert.ok(text.includes(`data:image/png;base64,${IMAGE}`)
    || (text.includes('"media_type":"image/png"') && text.includes(`"data":"${IMAGE}"`)), text);
};
// Whether the provider got what the tools gave, each with the id of its call.
export const gotResults = (body) => {
  const text = JSON.stringify(body);
  for (const word of ['weather is fine', 'time is fine', 'call_one', 'call_two']) {
    assert.ok(text.includes(word), `${word} in ${text}`);
  }
};
// Whether the provider was given the schema, wherever its protocol has it.
export const gotSchema = (body) => {
  const schema = body.response_format?.json_schema?.schema ?? body.text?.format?.schema
    ?? body.output_config?.format?.schema ?? body.output_format?.schema ?? body.tools?.[0]?.input_schema
    ?? body.tools?.[0]?.function?.parameters;
  assert.deepEqual(Object.keys(schema?.properties ?? {}).sort(), ['age', 'name'], JSON.stringify(body));
};
