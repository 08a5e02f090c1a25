// Says of each body whether it is what an OpenAPI description says it is.
//
//   node openapi_check.mjs openapi.yaml
//
// reads lines {"schema": name, "body": ...}, and answers each with a line, a list of faults: {schema, path, keyword,
// what}.
// A schema "A/type" is the one of the alternatives of A that the body's `type` names.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Ajv2020 from "ajv/dist/2020.js";
import { parse } from "yaml";
import { Schemas } from "./openapi_schemas.mjs";

const schemas = new Schemas(parse(readFileSync(process.argv[2], "utf8")));
const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, validateFormats: false });
ajv.addSchema(schemas.root);
const compiled = new Map();

function validator(name) {
  if (!compiled.has(name)) compiled.set(name, ajv.compile(schemas.reference(name)));
  return compiled.get(name);
}

// What is wrong, with the values that matter and, of an object, its `type`.
function told({ params, message, data }) {
  if (params.allowedValues) return `${message}: ${params.allowedValues} (not ${JSON.stringify(data)})`;
  const member = params.unevaluatedProperty ?? params.additionalProperty;
  const kind = typeof data?.type === "string" ? ` in ${data.type}` : "";
  return `${message}${member === undefined ? "" : `: ${member}`}${kind}`;
}

function faults(schema, body) {
  const [choice, by] = schema.split("/");
  const name = by === undefined ? schema : schemas.alternative(choice, body[by]);
  if (name === undefined) {
    return [{ schema, path: `/${by}`, keyword: "discriminator", what: `no such ${by}: ${body[by]}` }];
  }
  const validate = validator(name);
  if (validate(body)) return [];
  const found = validate.errors.filter((one) => one.keyword !== "if");
  return found.map((one) => ({ schema: name, path: one.instancePath, keyword: one.keyword, what: told(one) }));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { schema, body } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(faults(schema, body))}\n`);
}
