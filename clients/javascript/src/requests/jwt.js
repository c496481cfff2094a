// The JWT: one login serves all requests, and the next comes before it ends.

import { refused } from "../error.js";
import { isObject, parse } from "../wire/shape.js";

const MINUTE_MS = 60_000;

/** A JWT in use. */
export class Jwt {
  /** The JWT itself: secret. */
  #text;
  /** The hub id: whom the JWT is for. */
  hub;
  /** When to get the next one, on the monotonic clock (`performance.now()`). */
  renewAt;

  /**
   * @param {string} text
   * @param {number} nowMs When the login was asked for, on the monotonic clock.
   */
  constructor(text, nowMs) {
    const claims = parse(decode(text.split(".")[1] ?? ""));
    const { aud, iat, exp } = /** @type {Record<string, unknown>} */ (isObject(claims) ? claims : {});
    if (typeof aud !== "string" || typeof iat !== "number" || typeof exp !== "number" || !(exp > iat)) {
      throw refused("unauthenticated", "the answer of the login is not one of an agent-hub");
    }
    // By its length, not by this machine's clock, which may be wrong.
    const lifeMs = (exp - iat) * 1000;
    const beforeItsEnd = Math.min(Math.max(lifeMs / 10, MINUTE_MS), lifeMs / 2);
    this.#text = text;
    this.hub = aud;
    this.renewAt = nowMs + lifeMs - beforeItsEnd;
  }

  get text() {
    return this.#text;
  }
}

/**
 * The text of a part of a JWT; empty if it is none.
 *
 * @param {string} part base64url
 */
function decode(part) {
  try {
    const bytes = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return "";
  }
}
