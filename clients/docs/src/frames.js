// The socket: a section a frame, and the codes with which it is closed.

import { copyable, h, inline, prose } from "./dom.js";
import { Schemas } from "./schema.js";

/** @param {string} reference */
const last = (reference) => reference.split("/").at(-1) ?? "";

/**
 * @param {any} sockets The AsyncAPI document.
 * @returns {{sections: HTMLElement[], labels: string[][]}}
 */
export function frames(sockets) {
  const schemas = new Schemas(sockets);
  /** @type {HTMLElement[]} */
  const sections = [];
  /** @type {string[][]} */
  const labels = [];
  for (const operation of Object.values(sockets.operations).filter(({ action }) => action === "receive")) {
    const name = last(operation.messages[0].$ref);
    const answers = operation.reply.messages.map((/** @type {any} */ message) => last(message.$ref));
    sections.push(frame(name, "send", operation.summary, answers, sockets, schemas));
    labels.push(["send", name]);
  }
  const heard = Object.values(sockets.operations)
    .filter(({ action }) => action === "receive")
    .map(({ messages }) => last(messages[0].$ref));
  for (const name of Object.keys(sockets.components.messages).filter((name) => !heard.includes(name))) {
    const unasked = sockets.operations[`say_${name}`]?.summary;
    sections.push(frame(name, "hear", unasked ?? sockets.components.messages[name].summary, [], sockets, schemas));
    labels.push(["hear", name]);
  }
  sections.push(closing(sockets.channels.socket["x-close-codes"]));
  labels.push(["end", "close codes"]);
  return { sections, labels };
}

/**
 * @param {string} name
 * @param {'send' | 'hear'} direction
 * @param {string} told
 * @param {string[]} answers
 * @param {any} sockets
 * @param {Schemas} schemas
 */
function frame(name, direction, told, answers, sockets, schemas) {
  const { payload } = sockets.components.messages[name];
  const example = schemas.example(payload, direction === "hear");
  return h(
    "section",
    { class: "route", id: `frame-${name}`, "data-search": "" },
    h(
      "h3",
      {},
      h(
        "a",
        { href: `#frame-${name}` },
        h("span", { class: `method ${direction}` }, direction.toUpperCase()),
        " ",
        h("code", {}, name),
      ),
    ),
    h("p", { class: "summary" }, ...inline(told)),
    schemas.table(payload),
    answers.length > 0 &&
      h(
        "p",
        { class: "reply" },
        "Answered by ",
        answers.flatMap((answer, at) => [
          at > 0 ? " or " : "",
          h("a", { href: `#frame-${answer}` }, h("code", {}, answer)),
        ]),
      ),
    copyable(JSON.stringify(example), `the frame ${name}`),
  );
}

/** @param {{close: number, description: string, retry: string}[]} codes */
function closing(codes) {
  return h(
    "section",
    { class: "route", id: "close-codes", "data-search": "" },
    h("h3", {}, h("a", { href: "#close-codes" }, "Close codes")),
    codes.map(({ close, description, retry }) =>
      h(
        "div",
        { class: "answer" },
        h("span", { class: "status" }, String(close)),
        h("div", {}, prose(description), h("p", { class: "reply" }, "Come back: ", retry)),
      ),
    ),
  );
}
