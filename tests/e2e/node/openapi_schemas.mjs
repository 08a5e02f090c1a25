// The component schemas of an OpenAPI 3.1 description, made into JSON Schema 2020-12 that says the same more exactly:
//
// - `nullable: true`, which 3.1 no longer has, still means "or null".
// - A choice (anyOf, oneOf) whose alternatives differ in the type of the value, or in a member that each pins to
//   constants, becomes a decision: the one that the value claims to be must fit, and a fault is in that one only. A
//   `discriminator` only names that member. Alternatives that nothing tells apart stay a choice, of the kind it was.
// - Objects are closed: a member that no schema in its place knows is a fault, though OpenAPI lets it pass. Objects
//   without any known members are free, and so are those that say so (additionalProperties).
// - `format` is no assertion (as in 2020-12). What only describes is dropped; any other unknown keyword is an error.
const DESCRIBING = new Set(["title", "description", "default", "example", "examples", "deprecated", "format", "readOnly",
  "writeOnly", "externalDocs", "contentEncoding", "contentMediaType", "discriminator", "nullable", "summary"]);
const PLAIN = new Set(["type", "enum", "const", "required", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
  "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties",
  "maxProperties"]);
const BY_VALUE = ["additionalProperties", "unevaluatedProperties", "items", "propertyNames"];
const CHOICES = ["anyOf", "oneOf"];
const TELLING = ["type", "role", "object"];
const JSON_TYPES = ["object", "array", "string", "number", "boolean"];

const ROOT = "openapi:components";

const values = (map, change) => Object.fromEntries(Object.entries(map).map(([key, one]) => [key, change(one)]));

export class Schemas {
  #components;
  #made = {};

  constructor(description) {
    this.#components = description.components.schemas;
  }

  // Where the components are, as far as they are needed: they come when they are referred to.
  get root() {
    return { $id: ROOT, $defs: this.#made };
  }

  // What a value must be that claims to be that component.
  reference(name) {
    return this.#refer(name, true);
  }

  has(name) {
    return name in this.#components;
  }

  // The component among the alternatives of `choice` that values with this `type` claim to be.
  alternative(choice, type) {
    const found = this.#components[choice].anyOf.filter((one) => this.#pinned(one, "type")?.has(type));
    return found.length === 1 ? found[0].$ref.split("/").at(-1) : undefined;
  }

  #refer(name, closed) {
    const key = closed ? name : `${name}-open`;
    if (!(key in this.#made)) {
      if (!this.has(name)) throw new Error(`no component ${name}`);
      this.#made[key] = true;  // it may contain itself
      this.#made[key] = this.#convert(this.#components[name], closed);
    }
    return { $ref: `${ROOT}#/$defs/${key}` };
  }

  #convert(schema, closed) {
    if (typeof schema === "boolean") return schema;
    if (schema.nullable === true) {
      const { nullable: _, ...rest } = schema;
      return this.#orNull(this.#convert({ ...rest, ...(rest.enum && { enum: rest.enum.filter((one) => one !== null) }) },
        closed));
    }
    const whole = "properties" in schema || "allOf" in schema;
    const here = whole ? false : closed;  // of what applies to the same value
    const out = {};
    for (const [key, one] of Object.entries(schema)) {
      if (PLAIN.has(key)) out[key] = one;
      else if (key === "properties") out.properties = values(one, (property) => this.#convert(property, true));
      else if (BY_VALUE.includes(key)) out[key] = this.#convert(one, true);
      else if (key === "$ref") Object.assign(out, this.#refer(one.split("/").at(-1), here));
      else if (key === "allOf") out.allOf = one.map((part) => this.#convert(part, here));
      else if (CHOICES.includes(key)) (out.allOf ??= []).push(this.#choice(key, one, schema.discriminator, here));
      else if (!DESCRIBING.has(key) && !key.startsWith("x-") && !key.startsWith("$recursive")) {
        throw new Error(`a keyword that nobody knows: ${key}`);
      }
    }
    const free = !whole || "additionalProperties" in schema || "unevaluatedProperties" in schema;
    if (closed && !free) out.unevaluatedProperties = false;
    return out;
  }

  #orNull(schema) {
    return { if: { type: "null" }, else: schema };
  }

  // A choice among choices of the same kind is one choice.
  #flat(kind, alternatives) {
    return alternatives.flatMap((one) => {
      const whole = this.#resolve(one);
      const only = Object.keys(whole).every((key) => key === kind || DESCRIBING.has(key) || key.startsWith("x-"));
      return whole[kind] && only && !whole.nullable ? this.#flat(kind, whole[kind]) : [one];
    });
  }

  #choice(kind, nested, discriminator, closed) {
    const alternatives = this.#flat(kind, nested);
    const rest = alternatives.filter((one) => one.type !== "null");
    if (rest.length < alternatives.length) return this.#orNull(this.#choice(kind, rest, discriminator, closed));
    const convert = (some) => some.length === 1 ? this.#convert(some[0], closed)
      : { [kind]: some.map((one) => this.#convert(one, closed)) };
    const types = alternatives.map((one) => this.#type(one));
    if (alternatives.length === 1 || types.includes(undefined)) return convert(alternatives);
    const members = [...new Set([discriminator?.propertyName, ...TELLING])].filter(Boolean);
    const cases = JSON_TYPES.filter((type) => types.includes(type)).map((type) => {
      const some = alternatives.filter((_, index) => types[index] === type);
      return { if: { type }, then: type === "object" ? this.#byMember(some, members, convert) : convert(some) };
    });
    return { type: JSON_TYPES.filter((type) => types.includes(type)), allOf: cases };
  }

  #byMember(alternatives, [member, ...others], convert) {
    if (alternatives.length === 1 || member === undefined) return convert(alternatives);
    const pins = alternatives.map((one) => this.#pinned(one, member));
    const known = [...new Set(pins.flatMap((one) => [...(one ?? [])]))];
    if (pins.includes(undefined) || known.length < 2) return this.#byMember(alternatives, others, convert);
    const silent = alternatives.filter((one) => !this.#demands(one, member));
    const cases = known.map((value) => ({
      if: { required: [member], properties: { [member]: { const: value } } },
      then: this.#byMember(alternatives.filter((_, index) => pins[index].has(value)), others, convert),
    }));
    return {
      allOf: cases, if: { required: [member] }, then: { properties: { [member]: { enum: known } } },
      else: silent.length ? this.#byMember(silent, others, convert) : { required: [member] },
    };
  }

  #resolve(schema) {
    return schema.$ref ? this.#components[schema.$ref.split("/").at(-1)] : schema;
  }

  // What every place that applies to the same value says, if all of them agree.
  #type(schema) {
    const one = this.#resolve(schema);
    if (typeof one.type === "string") return one.type === "integer" ? "number" : one.type;
    if (one.nullable || Array.isArray(one.type)) return undefined;
    if (one.properties) return "object";
    if (one.enum) return one.enum.every((value) => typeof value === "string") ? "string" : undefined;
    if (one.allOf) return one.allOf.map((part) => this.#type(part)).find(Boolean);
    const types = new Set((one.anyOf ?? one.oneOf ?? []).map((part) => this.#type(part)));
    return types.size === 1 ? [...types][0] : undefined;
  }

  // The values that a schema names, if it names all that there are.
  #constants(schema) {
    const one = this.#resolve(schema);
    if (one.enum) return new Set(one.enum);
    if ("const" in one) return new Set([one.const]);
    if (one.type === "null") return new Set([null]);
    const parts = (one.anyOf ?? one.oneOf ?? []).map((each) => this.#constants(each));
    return parts.length && !parts.includes(undefined) ? new Set(parts.flatMap((each) => [...each])) : undefined;
  }

  // The values that the member may have where this schema holds; nothing if it may be anything.
  #pinned(schema, member) {
    const one = this.#resolve(schema);
    const own = one.properties?.[member] && this.#constants(one.properties[member]);
    if (own) return own;
    const part = one.allOf?.map((each) => this.#pinned(each, member)).find(Boolean);
    if (part) return part;
    const parts = (one.anyOf ?? one.oneOf ?? []).map((each) => this.#pinned(each, member));
    return parts.length && !parts.includes(undefined) ? new Set(parts.flatMap((each) => [...each])) : undefined;
  }

  #demands(schema, member) {
    const one = this.#resolve(schema);
    if (one.required?.includes(member)) return true;
    if (one.allOf?.some((part) => this.#demands(part, member))) return true;
    const parts = one.anyOf ?? one.oneOf ?? [];
    return parts.length > 0 && parts.every((part) => this.#demands(part, member));
  }
}
