// The API described for people, out of what the hub says of itself: /openapi.json and /asyncapi.json.

import { copyable, h, inline, prose } from "./dom.js";
import { frames } from "./frames.js";
import { Schemas } from "./schema.js";

/** In the order in which they are shown. */
const METHODS = ["get", "post", "put", "delete"];

const content = /** @type {HTMLElement} */ (document.getElementById("content"));
const contents = /** @type {HTMLElement} */ (document.getElementById("contents"));
const search = /** @type {HTMLInputElement} */ (document.getElementById("search"));

/** @param {string} path */
async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/**
 * A command that asks just this. Secrets come from the environment: none is typed into a command line.
 * @param {string} method
 * @param {string} path
 * @param {any} operation
 * @param {Schemas} schemas
 */
function curl(method, path, operation, schemas) {
  const parameters = (operation.parameters ?? []).map((/** @type {any} */ parameter) => schemas.resolve(parameter));
  const inPath = Object.fromEntries(
    parameters
      .filter((/** @type {any} */ p) => p.in === "path")
      .map((/** @type {any} */ p) => [p.name, schemas.example(p.schema)]),
  );
  const url = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(inPath[name] ?? name)));
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${location.origin}${url}`];
  if (operation.security === undefined) lines.push('-H "x-api-key: $API_KEY"', '-H "authorization: Bearer $JWT"');
  const headers = parameters.filter((/** @type {any} */ p) => p.in === "header" && p.required);
  for (const header of headers)
    lines.push(`-H "${header.name}: ${header.name === "x-api-key" ? "$API_KEY" : "$AGENT"}"`);
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  if (body) {
    const example = JSON.stringify(schemas.body(body)).replaceAll("'", "'\\''");
    lines.push('-H "content-type: application/json"', `-d '${example}'`);
  }
  return lines.join(" \\\n  ");
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} operation
 * @param {Schemas} schemas
 */
function route(method, path, operation, schemas) {
  const id = operation.operationId;
  const parameters = (operation.parameters ?? []).map((/** @type {any} */ parameter) => schemas.resolve(parameter));
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  const command = curl(method, path, operation, schemas);
  return h(
    "section",
    { class: "route", id, "data-search": "" },
    h(
      "h3",
      {},
      h(
        "a",
        { href: `#${id}` },
        h("span", { class: `method ${method}` }, method.toUpperCase()),
        " ",
        h("code", {}, ...breakable(path)),
      ),
    ),
    h("p", { class: "summary" }, ...inline(operation.summary)),
    prose(operation.description),
    operation.security === undefined
      ? undefined
      : h(
          "p",
          { class: "open" },
          operation.security.length > 1
            ? "With both credentials, or without: then in the first frame."
            : "Without credentials.",
        ),
    parameters.length > 0 && h("h4", {}, "Parameters"),
    parameters.length > 0 &&
      h(
        "dl",
        { class: "fields" },
        parameters.map((/** @type {any} */ parameter) =>
          schemas.field(
            parameter.name,
            { ...parameter.schema, description: `In the ${parameter.in}. ${parameter.description ?? ""}` },
            parameter.required,
          ),
        ),
      ),
    body && h("h4", {}, "Body"),
    body && (schemas.table(body) ?? h("p", {}, ...inline(schemas.flat(body).description))),
    h("h4", {}, "Answers"),
    answers(operation.responses, schemas),
    copyable(command, `the command for ${method.toUpperCase()} ${path}`),
  );
}

/**
 * A path may break at its slashes.
 * @param {string} path
 */
function breakable(path) {
  return path.split(/(?=\/)/).flatMap((part) => [h("wbr"), part]);
}

/**
 * What was asked for, open; the refusals, by their statuses.
 * @param {Record<string, any>} responses
 * @param {Schemas} schemas
 */
function answers(responses, schemas) {
  const all = Object.entries(responses).map(([status, answer]) => ({
    status,
    shown: response(status, schemas.resolve(answer), schemas),
  }));
  const refused = all.filter(({ status }) => Number(status) >= 400);
  return [
    all.filter(({ status }) => Number(status) < 400).map(({ shown }) => shown),
    refused.length > 0 &&
      h(
        "details",
        { class: "refusals" },
        h(
          "summary",
          {},
          "refused with ",
          refused.map(({ status }) => [h("span", { class: "status" }, status), " "]),
        ),
        refused.map(({ shown }) => shown),
      ),
  ];
}

/**
 * @param {string} status
 * @param {any} answer
 * @param {Schemas} schemas
 */
function response(status, answer, schemas) {
  const good = Number(status) < 400;
  const schema = Object.values(answer.content ?? {})[0]?.schema;
  const lines = good ? [h("p", {}, ...inline(answer.description))] : prose(answer.description);
  const table = good && schema ? schemas.table(schema) : undefined;
  return h(
    "div",
    { class: good ? "answer good" : "answer" },
    h("span", { class: "status" }, status),
    h("div", {}, lines, table && h("details", { open: true }, h("summary", {}, schemas.kind(schema)), table)),
  );
}

/**
 * @param {any} api
 * @param {any} sockets
 */
function show(api, sockets) {
  const schemas = new Schemas(api);
  const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => method in methods).map((method) => ({ path, method, operation: methods[method] })),
  );
  const parts = api.tags.map((/** @type {any} */ tag) => {
    const own = routes.filter(({ operation }) => operation.tags?.includes(tag.name));
    return {
      name: tag.name,
      told: tag.description,
      sections: own.map(({ path, method, operation }) => route(method, path, operation, schemas)),
      labels: own.map(({ path, method }) => [method, path]),
    };
  });
  const { sections, labels } = frames(sockets);
  parts.push({ name: "frames", told: sockets.info.description, sections, labels });
  for (const section of parts.flatMap((/** @type {any} */ part) => part.sections))
    section.dataset.search = section.textContent.toLowerCase();
  document.getElementById("version")?.append(api.info.version);
  content.replaceChildren(
    h("div", { class: "about" }, prose(api.info.description)),
    ...parts.map((/** @type {any} */ part) =>
      h(
        "section",
        { class: "part", id: `part-${part.name}` },
        h("h2", {}, title(part.name)),
        prose(part.told),
        ...part.sections,
      ),
    ),
    h("p", { id: "nothing", role: "status", hidden: true }, "Nothing here is called so."),
  );
  contents.replaceChildren(
    ...parts.map((/** @type {any} */ part) =>
      h(
        "div",
        {},
        h("a", { class: "part", href: `#part-${part.name}` }, title(part.name)),
        h(
          "ul",
          {},
          part.sections.map((/** @type {HTMLElement} */ section, /** @type {number} */ at) => {
            const [method, label] = part.labels[at];
            return h(
              "li",
              { "data-for": section.id },
              h(
                "a",
                { href: `#${section.id}` },
                h("span", { class: `method ${method}` }, method.toUpperCase()),
                " ",
                h("span", {}, ...breakable(label)),
              ),
            );
          }),
        ),
      ),
    ),
  );
}

/** @param {string} name */
function title(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Shows what has all the words, and hides the rest. */
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const section of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-search]"))) {
    const fits = words.every((word) => section.dataset.search?.includes(word));
    section.hidden = !fits;
    found += Number(fits);
    document.querySelector(`[data-for="${CSS.escape(section.id)}"]`)?.toggleAttribute("hidden", !fits);
  }
  for (const part of document.querySelectorAll("section.part")) {
    const empty = part.querySelector("[data-search]:not([hidden])") === null;
    part.toggleAttribute("hidden", empty);
    document.querySelector(`a.part[href="#${CSS.escape(part.id)}"]`)?.parentElement?.toggleAttribute("hidden", empty);
  }
  document.querySelector(".about")?.toggleAttribute("hidden", words.length > 0);
  document.getElementById("nothing")?.toggleAttribute("hidden", found > 0);
}

function chooseTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
}

search.addEventListener("input", filter);
document.getElementById("theme")?.addEventListener("click", chooseTheme);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    filter();
    content.focus();
  }
});

try {
  show(...(await Promise.all([read("/openapi.json"), read("/asyncapi.json")])));
  // What the address names did not stand there when the page was opened.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  content.replaceChildren(
    h(
      "p",
      { role: "alert" },
      `The description cannot be read: ${error instanceof Error ? error.message : error}. Load the page again.`,
    ),
  );
}
