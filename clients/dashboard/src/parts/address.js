// The address of what is shown: `#/agents/alice`. It holds names and ids of items, never a token or a key.

import { h } from "./element.js";
import { inert } from "./inert.js";

/**
 * @param {string} place
 * @param {string} [what]
 */
export function addressOf(place, what) {
  return what === undefined ? `#/${place}` : `#/${place}/${encodeURIComponent(what)}`;
}

/**
 * @param {string} place
 * @param {string} [what]
 */
export function goTo(place, what) {
  location.hash = addressOf(place, what);
}

/** @param {string} hash */
export function placeOf(hash) {
  const [, place = "traffic", what = ""] = /^#\/([a-z]+)(?:\/(.*))?$/.exec(hash) ?? [];
  try {
    return { place, what: decodeURIComponent(what) };
  } catch {
    return { place, what: "" };
  }
}

/**
 * A name that leads to its agent; a channel's leads to the map.
 *
 * @param {string} address
 */
export function addressLink(address) {
  const isChannel = address.startsWith("#");
  return h("a", { class: "name", href: addressOf(isChannel ? "map" : "agents", address) }, inert(address));
}

/**
 * Leads to an item's life.
 *
 * @param {string} item
 * @param {Node} shown
 */
export function itemLink(item, shown) {
  return h("a", { class: "name", href: addressOf("life", item) }, shown);
}
