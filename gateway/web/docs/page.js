// Shows /api/openapi.json: a section for each tag, an operation in each row. Everything is text, never markup.

const METHODS = ["get", "post", "put", "delete"];

let document_;

/** An element with these attributes and children; a text is a child too. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** What a reference leads to; anything else is itself. */
function resolved(schema) {
  if (!schema?.$ref) return schema ?? {};
  return (
    schema.$ref
      .slice(2)
      .split("/")
      .reduce((at, key) => at?.[key], document_) ?? {}
  );
}

/** The limits of a value, as a reader would write them. */
function limits(schema) {
  const told = [];
  if (schema.minimum !== undefined) told.push(`≥ ${schema.minimum}`);
  if (schema.maximum !== undefined) told.push(`≤ ${schema.maximum}`);
  if (schema.minLength !== undefined) told.push(`at least ${schema.minLength} long`);
  if (schema.maxLength !== undefined) told.push(`at most ${schema.maxLength} long`);
  return told.join(", ");
}

function typeOf(schema) {
  const type = [schema.type ?? "any"].flat().join(" or ");
  const told = [schema.format, limits(schema)].filter(Boolean).join(", ");
  return told ? `${type} (${told})` : type;
}

/** A schema as indented lines; a name stands for its schema once it is inside itself. */
function lines(schema, indent, inside) {
  if (schema.$ref) {
    if (inside.includes(schema.$ref)) return schema.$ref.split("/").pop();
    return lines(resolved(schema), indent, [...inside, schema.$ref]);
  }
  const options = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (options) {
    const word = schema.allOf ? " and " : " or ";
    return options.map((option) => lines(option, indent, inside)).join(word);
  }
  if (schema.properties) return fields(schema, indent, inside);
  if (schema.items) return `[ ${lines(schema.items, indent, inside)} … ]`;
  return typeOf(schema);
}

function fields(schema, indent, inside) {
  const inner = `${indent}  `;
  const required = schema.required ?? [];
  const told = Object.entries(schema.properties).map(([name, field]) => {
    const about = field.description ? `   // ${field.description.replaceAll("\n", " ")}` : "";
    const optional = required.includes(name) ? "" : "?";
    return `${inner}${name}${optional}: ${lines(field, inner, inside)}${about}`;
  });
  return `{\n${told.join("\n")}\n${indent}}`;
}

function body(content) {
  const schema = content?.["application/json"]?.schema;
  return schema ? element("pre", {}, lines(schema, "", [])) : "";
}

function parameters(operation) {
  if (!operation.parameters?.length) return [];
  const rows = operation.parameters.map(({ name, in: where, required, description, schema }) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", {}, name)),
      element("td", {}, required ? where : `${where}, optional`),
      element("td", {}, typeOf(resolved(schema))),
      element("td", {}, description ?? ""),
    ),
  );
  return [element("h3", {}, "Parameters"), element("table", {}, ...rows)];
}

function responses(operation) {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const shown = status < "400" ? body(response.content) : "";
    return element(
      "tr",
      {},
      element("td", {}, element("code", {}, status)),
      element("td", {}, response.description ?? "", shown),
    );
  });
  return [element("h3", {}, "Answers"), element("table", {}, ...rows)];
}

function operationRow(path, method, operation) {
  const isOpen = operation.security?.some((need) => Object.keys(need).length === 0);
  const summary = element(
    "summary",
    {},
    element("span", { class: "method" }, method.toUpperCase()),
    element("code", {}, path),
    operation.summary ?? "",
    " ",
    isOpen ? element("span", { class: "open" }, "no token needed") : "",
  );
  const row = element("details", {}, summary);
  if (operation.description) row.append(element("p", {}, operation.description));
  row.append(...parameters(operation));
  if (operation.requestBody) row.append(element("h3", {}, "Body"), body(operation.requestBody.content));
  row.append(...responses(operation));
  return row;
}

function sections() {
  const byTag = new Map();
  for (const [path, operations] of Object.entries(document_.paths)) {
    for (const method of METHODS.filter((method) => operations[method])) {
      const tag = operations[method].tags?.[0] ?? "other";
      if (!byTag.has(tag)) byTag.set(tag, element("section", {}, element("h2", {}, tag)));
      byTag.get(tag).append(operationRow(`/api${path}`, method, operations[method]));
    }
  }
  return byTag.values();
}

const main = document.getElementById("operations");
try {
  const answer = await fetch("/api/openapi.json");
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  document_ = await answer.json();
  document.getElementById("about").textContent = document_.info.description ?? "";
  main.replaceChildren(...sections());
} catch (error) {
  main.textContent = `The document cannot be read: ${error.message}`;
}
