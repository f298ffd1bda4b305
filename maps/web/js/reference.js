// The API's reference out of /openapi.json: FastAPI's own page would fetch its viewer from another origin.

import { h, paint } from "./dom.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Follows `$ref` within the document. */
function resolved(api, schema) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split("/").reduce((node, key) => node[key], api);
}

const LIMITS = [["minimum", "≥ "], ["ge", "≥ "], ["exclusiveMinimum", "> "], ["maximum", "≤ "], ["le", "≤ "], ["exclusiveMaximum", "< "], ["maxLength", "length ≤ "], ["minItems", "items ≥ "], ["maxItems", "items ≤ "], ["format", ""], ["pattern", ""]];

/** A type as a person reads it: `integer, ≥ 1, ≤ 4, or null`. */
function typeText(api, given) {
  const schema = resolved(api, given);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.map((each) => typeText(api, each)).join(", or ");
  if (schema.type === "array") {
    const inner = resolved(api, schema.items);
    return `array of ${inner.title && inner.type === "object" ? inner.title : typeText(api, inner)}`;
  }
  const limits = LIMITS.filter(([name]) => schema[name] !== undefined).map(([name, sign]) => `${sign}${schema[name]}`);
  return [schema.type === "null" ? "null" : (schema.title && schema.type === "object" ? schema.title : (schema.type ?? "any")), ...limits].join(", ");
}

/** A text with its `code` set as code. */
const prose = (text) => text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));

function row(name, where, required, type, text) {
  return h(
    "tr",
    {},
    h("td", {}, h("code", {}, name), required ? " *" : ""),
    h("td", { class: "quiet" }, where),
    h("td", {}, type),
    h("td", { class: "quiet" }, prose(text)),
  );
}

const table = (title, rows) => (rows.length ? [h("h3", {}, title), h("table", {}, h("tbody", {}, rows))] : null);

function parameters(api, operation) {
  return (operation.parameters ?? []).map((each) => row(each.name, each.in, each.required, typeText(api, each.schema), each.description ?? ""));
}

function bodySchema(api, operation) {
  const given = operation.requestBody?.content?.["application/json"]?.schema;
  const first = given?.anyOf ? given.anyOf.find((each) => each.$ref) : given;
  return first ? resolved(api, first) : null;
}

function bodyRows(api, schema) {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, each]) =>
    row(name, "body", required.has(name), typeText(api, each), resolved(api, each).description ?? each.description ?? (each.default === undefined ? "" : `default ${JSON.stringify(each.default)}`)),
  );
}

function example(method, path, schema) {
  const lines = [`curl -X ${method.toUpperCase()} ${location.origin}${path} \\`, `  -H "Authorization: Bearer $TOKEN"`];
  if (schema?.example) {
    lines[1] += " \\";
    lines.push(`  -H "Content-Type: application/json" \\`, `  -d '${JSON.stringify(schema.example)}'`);
  }
  return h("pre", { tabindex: "0" }, lines.join("\n"));
}

function operationBlock(api, path, method, operation) {
  const schema = bodySchema(api, operation);
  return h(
    "details",
    { class: "operation", id: operation.operationId },
    h("summary", {}, h("span", { class: "method" }, method.toUpperCase()), h("code", {}, path), h("span", {}, prose((operation.description ?? operation.summary ?? "").split("\n")[0]))),
    h(
      "div",
      { class: "inside" },
      h("p", { class: "said" }, prose(operation.description ?? "")),
      table("Parameters", parameters(api, operation)),
      table("Body", bodyRows(api, schema)),
      h("p", { class: "quiet" }, `Answers: ${Object.keys(operation.responses ?? {}).join(", ")}; errors are problem documents.`),
      example(method, path, schema),
    ),
  );
}

function grouped(api) {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationBlock(api, path, method, item[method]));
    }
  }
  return [...groups];
}

const api = await (await fetch("/openapi.json")).json();
const groups = grouped(api);
const anchor = (tag) => `tag-${tag.replaceAll(" ", "-")}`;
paint(
  document.getElementById("reference"),
  h("nav", { "aria-label": "Sections" }, groups.map(([tag]) => h("a", { href: `#${anchor(tag)}` }, tag)), h("a", { href: "/openapi.json" }, "openapi.json")),
  h(
    "div",
    { class: "reference-body" },
    h("h1", {}, api.info.title),
    h("p", { class: "quiet" }, prose(api.info.description)),
    groups.map(([tag, blocks]) => h("section", { id: anchor(tag) }, h("h2", {}, tag), blocks)),
  ),
);
