// Reads a JSON list of Kubernetes objects from standard input and holds each against the schema of its kind. Prints a
// JSON list of what is wrong. A kind without a schema is wrong too.
import { readFileSync } from "node:fs";

const packageOf = (group) =>
  group === "monitoring.coreos.com" ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";

async function problemsOf(object) {
  const name = `${object.kind} ${object.metadata?.name}`;
  const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
  try {
    const path = [packageOf(group), ...(group ? [group] : []), version, object.kind].join("/");
    const Model = (await import(path))[object.kind];
    const { apiVersion, kind, ...rest } = object;
    const made = new Model(rest);
    if (made.apiVersion !== apiVersion || made.kind !== kind) return [`${name}: the schema is of another kind`];
    made.validate();
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
}

const objects = JSON.parse(readFileSync(0, "utf8"));
const found = [];
for (const object of objects) found.push(...(await problemsOf(object)));
console.log(JSON.stringify(found));
