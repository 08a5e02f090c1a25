// Chat requests and how many tokens their prompts have, as JSON lines: {"body": {...}, "tokens": N, "nested": bool}.
//
//   node prompt_counts.mjs COUNT
//
// First the cases that npm gpt-tokenizer is tested by, whose counts are those that OpenAI's API reported; then COUNT
// random ones, counted by its countChatCompletionTokens(). "nested": a tool has objects in objects.
import { functionCallingTestCases } from "gpt-tokenizer/fixtures/functionCallingTestCases";
import gpt4 from "gpt-tokenizer/model/gpt-4-turbo";
import gpt4o from "gpt-tokenizer/model/gpt-4o";

// Numerical Recipes' generator: the same requests every time.
let state = 20262;
const below = (n) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n;
const pick = (all) => all[below(all.length)];

const WORDS = ["refund", "the", "order", "of", "München", "明天", "weather", "in", "3.14", "snake_case", "it's", "😀", "\n", "{}", "!"];
const words = (most) => Array.from({ length: below(most) }, () => pick(WORDS)).join(pick([" ", "", "  "]));
const name = () => pick(["get", "find", "do"]) + "_" + pick(["order", "weather", "stuff"]) + below(100);

function schema() {
  const type = pick(["string", "integer", "number", "boolean", "null", "array"]);
  const made = { type };
  if (below(2)) made.description = words(12) || "x";
  if (type === "string" && below(3) === 0) made.enum = [pick(WORDS), pick(WORDS)];
  if (type === "integer" && below(3) === 0) made.enum = [below(9), 10 + below(9)];
  if (type === "array") made.items = { type: pick(["string", "number"]) };
  return made;
}

function tool() {
  const made = { name: name() };
  if (below(2)) made.description = words(12) || "x";
  if (below(4)) {
    const properties = {};
    for (let i = below(5); i > 0; --i) properties[name()] = schema();
    made.parameters = { type: "object", properties, required: Object.keys(properties).filter(() => below(2)) };
  }
  return made;
}

function message() {
  const role = pick(["system", "user", "assistant", "function"]);
  const made = { role, content: words(40) };
  if (role === "function") made.name = name();
  if (role === "user" && below(4) === 0) made.name = "example_user";
  if (role === "assistant" && below(3) === 0) made.function_call = { name: name(), arguments: JSON.stringify({ a: words(5) }) };
  return made;
}

function request() {
  const made = { messages: Array.from({ length: 1 + below(5) }, message) };
  if (below(2)) {
    made.functions = Array.from({ length: 1 + below(4) }, tool);
    const choice = pick([undefined, "auto", "none", { name: made.functions[0].name }]);
    if (choice) made.function_call = choice;
  }
  return made;
}

const print = (body, model, tokens, nested) => console.log(JSON.stringify({ body: { model, ...body }, tokens, nested }));
const is_object = (value) => value !== null && typeof value === "object";
const has_objects = (one) => one.type === "object" || (is_object(one.items) && has_objects(one.items));

for (const { tokens, ...body } of functionCallingTestCases) {
  const nested = (body.functions ?? []).some((one) => Object.values(one.parameters?.properties ?? {}).some(has_objects));
  print(body, "gpt-4o", tokens, nested);
}
for (let i = Number(process.argv[2]); i > 0; --i) {
  const body = request();
  const [model, encoding] = pick([["gpt-4o", gpt4o], ["gpt-4-turbo", gpt4]]);
  print(body, model, encoding.countChatCompletionTokens(body), false);
}
