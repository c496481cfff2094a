// A row of the traffic: when, what, who, where, and of what.

import { KINDS } from "../../parts/badge.js";
import { h, say } from "../../parts/element.js";
import { bytes, clock, shortSession } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { visible } from "../../parts/inert.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

/**
 * @typedef {object} Cells
 * @property {HTMLElement} time
 * @property {HTMLElement} kind
 * @property {HTMLElement} word
 * @property {HTMLElement} agent
 * @property {HTMLElement} where
 * @property {HTMLElement} what
 * @property {HTMLElement} size
 */

/** @type {WeakMap<HTMLElement, Cells>} */
const cellsOf = new WeakMap();
/** Every drawing once in each row, shown by the row's kind: nothing is made while events rush by. */
const drawings = () => [...KINDS, "unknown"].map((kind) => icon(kind, `of-${kind}`));

/** What stands above the rows. */
export function headRow() {
  const names = ["Time", "Event", "Agent", "Where", "What", "Size"];
  return h(
    "div",
    { class: "traffic-row traffic-head", "aria-hidden": "true" },
    ...names.map((name) => h("span", null, name)),
  );
}

/** A row without content. */
export function makeRow() {
  const word = h("span");
  const kind = h("span", { class: "kind", role: "gridcell" }, ...drawings(), word);
  const cell = (/** @type {string} */ name) => h("bdi", { class: `inert ${name}`, role: "gridcell" });
  const cells = {
    time: h("span", { class: "time mono", role: "gridcell" }),
    kind,
    word,
    agent: cell("agent"),
    where: cell("where"),
    what: cell("what"),
    size: h("span", { class: "size num", role: "gridcell" }),
  };
  const row = h("div", { class: "traffic-row" }, cells.time, kind, cells.agent, cells.where, cells.what, cells.size);
  cellsOf.set(row, cells);
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {HubEvent} event
 */
export function showRow(row, event) {
  const cells = cellsOf.get(row);
  if (!cells) return;
  const { where, what } = told(event);
  say(cells.time, clock(event.atMs, true));
  if (cells.kind.dataset.kind !== event.event) {
    cells.kind.dataset.kind = event.event;
    row.dataset.kind = event.event;
    say(cells.word, event.event);
  }
  write(cells.agent, event.agent ?? "");
  write(cells.where, where);
  write(cells.what, what);
  say(cells.size, event.size === undefined ? "" : bytes(event.size));
  row.classList.toggle("opens", event.item !== undefined || event.agent !== undefined);
}

/**
 * @param {HTMLElement} cell
 * @param {string} text
 */
function write(cell, text) {
  const shown = visible(text);
  if (cell.title === shown) return;
  cell.title = shown;
  cell.textContent = shown;
}

/**
 * The item's name, where this page saw how it is called, and the end of the session: the whole of that is in the row's life.
 *
 * @param {string | undefined} name
 * @param {string} session
 */
function pushedWhat(name, session) {
  return name === undefined ? `session ${session}` : `${name} · ${shortSession(session)}`;
}

/**
 * Where and of what, for each kind.
 *
 * @param {HubEvent} event
 * @returns {{ where: string, what: string }}
 */
function told({ event, to, stream, seq, name, session, code, asked, replyTo }) {
  switch (event) {
    case "published":
      return { where: to.length > 0 ? `→ ${to.join(", ")}` : "→ nobody", what: `${replyTo ? "↩ " : ""}${name ?? ""}` };
    case "pushed":
      return { where: `${stream ?? ""}/${seq ?? ""}`, what: pushedWhat(name, session ?? "") };
    case "acked":
      return { where: `up to ${stream ?? ""}/${seq ?? ""}`, what: "" };
    case "refused":
      return { where: asked ?? "", what: code ?? "" };
    case "connected":
    case "gone":
      return { where: `session ${session ?? ""}`, what: code ?? "" };
    default:
      return { where: stream ?? "", what: name ?? code ?? "" };
  }
}
