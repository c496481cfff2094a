// Names and addresses, checked before anything is sent: the rules of the hub, with its code for breaking them.

import { refused } from "./error.js";

const ITEM_NAME_MAX_CHARS = 100;
const NAME_RULE = "1 to 64 of a-z 0-9 . _ -, and start with a letter or digit";
const FORM = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
// What could make a name look like another, or reach a terminal as a command. U+200C and U+200D stay lawful.
const DECEPTIVE = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;
const HALF_OF_A_PAIR = /\p{Surrogate}/u;

/** Most addresses in one `to`, after duplicates are folded. */
export const TO_MAX = 64;

/**
 * Whether `name` can be an agent's: 1 to 64 of `a-z 0-9 . _ -`, first a letter or digit; never `me`.
 *
 * @param {unknown} name
 * @returns {name is string}
 */
export function isAgentName(name) {
  return typeof name === "string" && FORM.test(name) && name !== "me";
}

/**
 * @param {unknown} name
 * @returns {string} The name.
 */
export function checkAgentName(name) {
  if (!isAgentName(name)) {
    throw refused("invalid", `an agent's name must be ${NAME_RULE}; ${shown(name)} is not`);
  }
  return name;
}

/**
 * @param {unknown} name A channel, with or without its `#`.
 * @returns {string} Its name without the `#`, as a path carries it.
 */
export function checkChannelName(name) {
  const bare = typeof name === "string" && name.startsWith("#") ? name.slice(1) : name;
  if (typeof bare !== "string" || !FORM.test(bare)) {
    throw refused("invalid", `a channel's name must be ${NAME_RULE}; ${shown(name)} is not`);
  }
  return bare;
}

/**
 * @param {unknown} to One address or several.
 * @returns {string[]} Each address once.
 */
export function checkAddresses(to) {
  const addresses = [...new Set(Array.isArray(to) ? to : [to])];
  if (addresses.length === 0) {
    throw refused("invalid", "`to` must name somebody");
  }
  if (addresses.length > TO_MAX) {
    throw refused("invalid", `\`to\` has more than ${TO_MAX} addresses`);
  }
  for (const address of addresses) {
    if (typeof address === "string" && address.startsWith("#")) checkChannelName(address);
    else checkAgentName(address);
  }
  return addresses;
}

/**
 * @param {unknown} name What an item is called.
 * @returns {string} The name.
 */
export function checkItemName(name) {
  if (typeof name !== "string" || name.length === 0 || [...name].length > ITEM_NAME_MAX_CHARS) {
    throw refused("invalid", `\`name\` must have 1 to ${ITEM_NAME_MAX_CHARS} characters`);
  }
  if (DECEPTIVE.test(name) || !isWellFormed(name)) {
    throw refused("invalid", "`name` must not contain control, direction or invisible characters");
  }
  return name;
}

/**
 * @param {unknown} token
 * @returns {string} The token.
 */
export function checkToken(token) {
  if (typeof token !== "string" || !TOKEN.test(token)) {
    throw refused("not_found", "there is no item with such a token");
  }
  return token;
}

/**
 * Whether text can be written as UTF-8: it has no half of a surrogate pair.
 *
 * @param {string} text
 */
export function isWellFormed(text) {
  return !HALF_OF_A_PAIR.test(text);
}

/**
 * A value for people, short and without what would reach a terminal.
 *
 * @param {unknown} value
 */
function shown(value) {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : `a value of type ${typeof value}`;
}
