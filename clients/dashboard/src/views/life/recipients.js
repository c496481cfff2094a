// Whom an item was for, and what each of them did.

import { addressLink } from "../../parts/address.js";
import { presence } from "../../parts/badge.js";
import { h } from "../../parts/element.js";
import { clock } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { inert } from "../../parts/inert.js";
import { ackMoment, isItsSender, readMoment } from "./story.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */
/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */
/** @typedef {import("./story.js").Moment} Moment */

const HEADS = ["Agent", "Entry", "Pushed", "Acked", "Read"];

/**
 * @param {ItemLife} life
 * @param {HubEvent[]} seen
 */
export function recipients(life, seen) {
  if (life.addresses.length === 0) {
    return h("p", { class: "soft" }, "Addressed to nobody: whoever holds its token may read it.");
  }
  const rows = life.addresses.flatMap(({ address, seq, recipients: list }) =>
    list.map((recipient) => row(life, { address, seq }, recipient, seen)),
  );
  const isMore = life.addresses.some(({ more }) => more);
  return h(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Recipients" },
    h(
      "table",
      { "aria-label": "Recipients" },
      h("thead", null, h("tr", null, ...HEADS.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, ...rows),
    ),
    isMore && h("p", { class: "hint" }, "The first 100 of each address."),
  );
}

/**
 * @param {ItemLife} life
 * @param {{ address: string, seq: number }} entry
 * @param {import("../../data/admin.js").RecipientLife} recipient
 * @param {HubEvent[]} seen
 */
function row(life, { address, seq }, { agent, pushed, acked, acked_by: ackedBy, read, online }, seen) {
  const mine = seen.filter((event) => event.agent === agent);
  const wasPushed = pushed.length > 0 || mine.some(({ event }) => event === "pushed");
  const wasRead = read !== undefined || mine.some(({ event }) => event === "read");
  const isSender = isItsSender(life, address, agent);
  // What is gone is told and read no more; a cursor may still move past it.
  const rest = isSender ? "sent it" : life.state === "live" ? "not yet" : "never";
  return h(
    "tr",
    null,
    h("td", null, presence({ sessions: online ? 1 : 0, disabled: false }), " ", addressLink(agent)),
    h("td", null, inert(`${address}/${seq}`)),
    h("td", null, wasPushed ? yes(pushed.length > 0 ? `session ${pushed.join(", ")}` : "") : no(rest)),
    h("td", null, told(ackMoment(mine, { address, seq, acked, ackedBy }, seen), isSender ? rest : "not yet")),
    h("td", null, told(wasRead ? readMoment(agent, read, address, seen) : undefined, rest)),
  );
}

/**
 * @param {Pick<Moment, "ms" | "precision"> | undefined} moment
 * @param {string} otherwise
 */
function told(moment, otherwise) {
  if (!moment) return no(otherwise);
  const { ms, precision } = moment;
  if (ms === undefined) return yes("");
  return yes(`${precision === "latest" ? "by " : ""}${clock(ms, precision === "exact")}`);
}

/** @param {string} text */
function yes(text) {
  return h("span", { class: "yes" }, icon("acked"), text || "yes");
}

/** @param {string} text */
function no(text) {
  return h("span", { class: "faint" }, text);
}
