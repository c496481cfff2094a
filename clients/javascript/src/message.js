// What was read: an item, opened. And what is sent: bytes or text.

import { refused } from "./error.js";
import { isWellFormed } from "./names.js";

/** An item that was read. */
export class Message {
  /**
   * @param {import("./wire/bodies.js").Item} item
   * @param {{ body: Uint8Array, sentAt: Date } | undefined} opened Where it was sealed.
   */
  constructor(item, opened) {
    /** Its token. */
    this.token = item.token;
    /** Who sent it. Only of a sealed one is that more than the hub's word. */
    this.from = item.from;
    /** What its sender called it. */
    this.name = item.name;
    /** Whether it was encrypted and signed. What is not may be anybody's, also the hub's own invention. */
    this.sealed = opened !== undefined;
    /** The body: bytes. */
    this.body = opened?.body ?? new TextEncoder().encode(item.data);
    /** The addresses that the hub says it was sent to. */
    this.to = item.to;
    /** Token of the item that it answers. */
    this.replyTo = item.replyTo;
    /** Whether it could be read once only. */
    this.oneTime = item.oneTime;
    /** When the hub stored it, says the hub. */
    this.createdAt = item.createdAt;
    /** Seconds from then on that it lives, says the hub. */
    this.ttl = item.ttl;
    /** When it was sealed, says its sender. */
    this.sentAt = opened?.sentAt;
  }

  /** The body as text; what is no UTF-8 is replaced. */
  text() {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.body);
  }
}

/**
 * Whether data is an envelope, of whatever version: base64url of something that begins with `ahenv`.
 *
 * @param {string} data
 */
export function isSealed(data) {
  // Five bytes are six characters and a part: the seventh holds their last bits, and the first of the next byte.
  return /^YWhlbn[YZab][A-Za-z0-9_-]/.test(data);
}

/**
 * @param {unknown} body
 * @returns {Uint8Array} The body as it is encrypted.
 */
export function bytesOf(body) {
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string" && isWellFormed(body)) return new TextEncoder().encode(body);
  throw refused("invalid", "a body must be a Uint8Array, or text without halves of surrogate pairs");
}

/**
 * @param {unknown} body
 * @returns {string} The body as it is published plain.
 */
export function textOf(body) {
  if (typeof body === "string") return body;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(body));
  } catch {
    throw refused("invalid", "a plain body must be text; encrypted, it may be anything");
  }
}
