// Signs that mean something: what kind of event it is, whether an agent is there, what state an item is in. Never colour
// alone: each has a shape or a word too.

import { h } from "./element.js";
import { icon } from "./icons.js";

/** The kinds of events, in the order of an item's life. */
export const KINDS = /** @type {const} */ ([
  "published",
  "pushed",
  "acked",
  "read",
  "withdrawn",
  "expired",
  "refused",
  "connected",
  "gone",
]);

/** @typedef {typeof KINDS[number]} Kind */

/** @param {string} event */
export function isKind(event) {
  return KINDS.includes(/** @type {Kind} */ (event));
}

/**
 * The kind of an event: its drawing and its word, in its colour.
 *
 * @param {string} event
 */
export function kindBadge(event) {
  return h("span", { class: "kind", "data-kind": event }, icon(event), h("span", null, event));
}

/**
 * Whether an agent holds a session.
 *
 * @param {{ sessions: number, disabled: boolean }} agent
 */
export function presence({ sessions, disabled }) {
  const word = disabled ? "disabled" : sessions > 0 ? "online" : "away";
  return h("span", { class: "presence", "data-presence": word, title: word }, h("span", { class: "hidden" }, word));
}

/** @param {string} state Of an item. */
export function stateBadge(state) {
  return h("span", { class: "state", "data-state": state }, state);
}
