// Options of the verbs: an unknown one is refused by name, so that a misspelt `to` does not pass as nobody.

import { refused } from "./error.js";
import { isObject } from "./wire/shape.js";

/**
 * @typedef {object} WaitOptions
 * @property {AbortSignal} [signal] Gives it up; the verb then throws the signal's reason.
 */

/**
 * @typedef {object} SendOptions
 * @property {string} [name] What it is called, 1 to 100 characters; left out: `message`. The hub sees it.
 * @property {number} [ttl] Seconds until it expires; left out: a day.
 * @property {boolean} [oneTime] It can be read once only, by whoever comes first.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {boolean} [plain] Neither encrypted nor signed: the hub can read and change it. The body must then be text.
 * @property {boolean} [allMembers] Refused, instead of sent to the others, if it cannot be encrypted for each member of a channel.
 * @property {string} [idempotencyKey] Under which the hub takes it for the same when it is sent again, byte for byte; left out: drawn. What is
 *   encrypted anew has other bytes: `idempotency_mismatch` then says that the first was stored.
 * @property {string} [traceparent] The trace that it is sent in (W3C Trace Context): whoever is told finds it in its notification.
 * @property {AbortSignal} [signal] Gives it up; whether it was sent is then not known.
 */

/**
 * @typedef {object} PublishOptions
 * @property {string} name What it is called, 1 to 100 characters.
 * @property {string} data The data, as it is.
 * @property {string | string[]} [to] Addresses: agents, and channels with their `#`. Left out: the agent called `name`, if there is one.
 * @property {number} [ttl] Seconds until it expires; left out: a day.
 * @property {boolean} [oneTime] It can be read once only, by whoever comes first.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {string} [idempotencyKey] Under which the hub takes it for the same when it is published again; left out: drawn.
 * @property {string} [traceparent] The trace that it is published in (W3C Trace Context): whoever is told finds it in its notification.
 * @property {AbortSignal} [signal] Gives it up; whether it was published is then not known.
 */

/**
 * @typedef {object} ListenOptions
 * @property {Record<string, number>} [after] By stream, the number from behind which to be told, instead of the durable cursors: for a
 *   process that must see everything for itself. `Notifications.positions` are such. Nothing is acknowledged in these streams
 *   before the caller acknowledges something there.
 * @property {string} [epoch] The epoch that the numbers belong to; if it is over, the cursors hold again.
 * @property {boolean} [own] Also what this agent itself sent to a channel of its own, or to itself.
 * @property {AbortSignal} [signal] Ends it; the iterator then throws the signal's reason.
 */

/**
 * @param {object} options
 * @param {readonly string[]} known
 */
export function checkOptions(options, known) {
  if (typeof options !== "object" || options === null) throw refused("invalid", "options must be an object");
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw refused("invalid", `unknown option \`${name.slice(0, 80)}\``);
  }
}

/**
 * @param {unknown} key
 * @returns {string} An idempotency key: this one, or a fresh one.
 */
export function idempotencyKey(key) {
  if (key === undefined) return crypto.randomUUID?.() ?? randomHex();
  if (typeof key !== "string" || !/^[\x21-\x7e]{1,128}$/.test(key)) {
    throw refused("invalid", "an idempotency key must be 1 to 128 visible ASCII characters");
  }
  return key;
}

// Of version 00, or of a later one, which may go on.
const TRACE = "(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}";
const TRACEPARENT = new RegExp(`^(00-${TRACE}|(?!00|ff)[0-9a-f]{2}-${TRACE}(-[!-~]*)?)$`);

/**
 * @param {unknown} text
 * @returns {string | undefined} The `traceparent`; the hub would take a malformed one for none.
 */
export function checkTraceparent(text) {
  if (text === undefined) return undefined;
  if (typeof text !== "string" || !TRACEPARENT.test(text)) {
    throw refused("invalid", "`traceparent` is not one of W3C Trace Context");
  }
  return text;
}

/** Browsers have `randomUUID` only on pages that came over HTTPS or from this machine. */
export function randomHex() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * From where to be told, if the caller says so.
 *
 * @param {ListenOptions} options
 * @returns {import("./session/tracks.js").Positions | undefined}
 */
export function checkPositions({ after, epoch }) {
  if (after === undefined) return undefined;
  if (typeof epoch !== "string" || !isObject(after)) {
    throw refused("invalid", "`after` must be numbers by stream, and needs the `epoch` that they belong to");
  }
  for (const position of Object.values(after)) {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw refused("invalid", "a position must be an integer from 0 to 2^53 - 1");
    }
  }
  return { epoch, after };
}
