// The header of an envelope: canonical JSON, which there is one way to write.

import { SealError } from "../error.js";
import { isAgentName, isWellFormed } from "../names.js";
import { isObject, parse } from "../wire/shape.js";
import { fromTextOf, isEqual } from "./bytes.js";
import { isSuite, wrapBytes } from "./suites.js";

/** Largest header, in bytes. */
export const HEADER_MAX_BYTES = 256 * 1024;

/** Whose wrap it is. @typedef {[agent: string, suite: import("./suites.js").Suite, keyId: string]} WrapFor */

/**
 * The fields of a header, in their order.
 *
 * @typedef {object} Header
 * @property {1} v
 * @property {string} hub
 * @property {string} id
 * @property {string} from
 * @property {WrapFor[]} to Ascending by name.
 * @property {string} name
 * @property {number} ts The sender's clock, milliseconds since 1970.
 * @property {string} [reply_to]
 * @property {string} commit
 */

/** @param {Header} header */
export function writeHeader({ v, hub, id, from, to, name, ts, reply_to, commit }) {
  return new TextEncoder().encode(JSON.stringify({ v, hub, id, from, to, name, ts, reply_to, commit }));
}

/**
 * Reads a header, strictly: written again it must be the same bytes.
 *
 * @param {Uint8Array} bytes
 * @returns {Header}
 * @throws {SealError} `malformed`, `unknown_version`.
 */
export function readHeader(bytes) {
  const written = parse(utf8(bytes));
  if (!isObject(written) || !Number.isInteger(written.v) || Number(written.v) < 0) throw new SealError("malformed");
  // First: another version may look different.
  if (written.v !== 1) throw new SealError("unknown_version");
  if (!isHeader(written) || !isEqual(writeHeader(written), bytes)) throw new SealError("malformed");
  return written;
}

/**
 * Bytes of all wraps of an envelope with this header.
 *
 * @param {Header} header
 */
export function wrapsBytes({ to }) {
  return to.reduce((sum, [, suite]) => sum + wrapBytes(suite), 0);
}

/** @param {Uint8Array} bytes */
function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SealError("malformed");
  }
}

/**
 * @param {Record<string, unknown>} written
 * @returns {written is Record<string, unknown> & Header}
 */
function isHeader(written) {
  const { hub, id, from, to, name, ts, reply_to: replyTo, commit } = written;
  const isText = (/** @type {unknown} */ value) => typeof value === "string" && isWellFormed(value);
  return (
    isText(hub) &&
    isText(name) &&
    (replyTo === undefined || isText(replyTo)) &&
    fromTextOf(id, 16) !== undefined &&
    fromTextOf(commit, 32) !== undefined &&
    isAgentName(from) &&
    Number.isSafeInteger(ts) &&
    Number(ts) >= 0 &&
    Array.isArray(to) &&
    to.length > 0 &&
    to.every(isWrapFor) &&
    to.every(([agent], at) => at === 0 || agent > String(to[at - 1]?.[0]))
  );
}

/**
 * @param {unknown} wrap
 * @returns {wrap is WrapFor}
 */
function isWrapFor(wrap) {
  return (
    Array.isArray(wrap) &&
    wrap.length === 3 &&
    isAgentName(wrap[0]) &&
    isSuite(wrap[1]) &&
    fromTextOf(wrap[2], 16) !== undefined
  );
}
