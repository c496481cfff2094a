// Bytes as text, exactly one way: base64url without padding (RFC 4648, section 5). And what is done with bytes everywhere here.

import { refused } from "../error.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** The value of each character; 64 for those that are none. */
const VALUES = new Uint8Array(128).fill(64);
for (let value = 0; value < 64; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * As base64url.
 *
 * @param {Uint8Array} bytes
 */
export function toText(bytes) {
  const parts = [];
  // In pieces: a string cannot be made of a million arguments.
  for (let start = 0; start < bytes.length; start += 24_573) {
    parts.push(String.fromCharCode(...characters(bytes.subarray(start, start + 24_573))));
  }
  return parts.join("");
}

/** @param {Uint8Array} bytes */
function characters(bytes) {
  const codes = new Uint8Array(Math.ceil((bytes.length * 8) / 6));
  let [at, bits, held] = [0, 0, 0];
  const put = (/** @type {number} */ value) => (codes[at++] = ALPHABET.charCodeAt(value & 63));
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    held += 8;
    while (held >= 6) put(bits >> (held -= 6));
  }
  if (held > 0) put(bits << (6 - held));
  return codes;
}

/**
 * From base64url; `undefined` for padding, foreign characters, and spare bits that are not zero.
 *
 * @param {unknown} text
 * @returns {Bytes | undefined}
 */
export function fromText(text) {
  if (typeof text !== "string" || text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let [at, bits, held] = [0, 0, 0];
  for (let index = 0; index < text.length; index += 1) {
    const value = VALUES[text.charCodeAt(index)] ?? 64;
    if (value === 64) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) bytes[at++] = bits >> (held -= 8);
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : undefined;
}

/**
 * From base64url of so many bytes.
 *
 * @param {unknown} text
 * @param {number} length
 * @returns {Bytes | undefined}
 */
export function fromTextOf(text, length) {
  const bytes = fromText(text);
  return bytes?.length === length ? bytes : undefined;
}

/**
 * One after the other; text as UTF-8.
 *
 * @param {(Uint8Array | string)[]} parts
 * @returns {Bytes}
 */
export function concat(...parts) {
  const all = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  const whole = new Uint8Array(all.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of all) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export function isEqual(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/**
 * SHA-256 of the parts, one after the other.
 *
 * @param {(Uint8Array | string)[]} parts
 * @returns {Promise<Bytes>}
 */
export async function hash(...parts) {
  return new Uint8Array(await subtle().digest("SHA-256", concat(...parts)));
}

/**
 * The platform's cryptography.
 *
 * @returns {SubtleCrypto}
 */
export function subtle() {
  const found = globalThis.crypto?.subtle;
  if (!found) {
    throw refused(
      "unsupported",
      "there is no WebCrypto here: a browser has it on pages that came over HTTPS or from this machine",
    );
  }
  return found;
}

/**
 * @param {number} length
 * @returns {Bytes}
 */
export function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}
