// What every verb throws. No error holds a key, a JWT or a body.

import { codes } from "./codes.js";

/** @typedef {import("./wire/bodies.js").Position} Position */

/** Something was not done; `code` says why. */
export class HubError extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {{ status?: number, retryAfter?: number, position?: Position }} [about]
   */
  constructor(code, detail, about = {}) {
    super(detail);
    this.name = "HubError";
    /**
     * The stable code: one of `codes`, or one that a newer hub has.
     * @type {string}
     */
    this.code = code;
    /**
     * For people: what was wrong this time. May change.
     * @type {string}
     */
    this.detail = detail;
    /**
     * HTTP status of the hub's refusal; 0 where it did not answer, or was not asked.
     * @type {number}
     */
    this.status = about.status ?? 0;
    /**
     * Seconds after which the hub wants to be asked again, if it said so.
     * @type {number | undefined}
     */
    this.retryAfter = about.retryAfter;
    /**
     * Of `resync`: from where to go on.
     * @type {Position | undefined}
     */
    this.position = about.position;
  }

  /**
   * Whether the same call fails whenever it is made: it is refused for what the item or its addressee is, not for the
   * connection, the hub, the login or this machine. Whoever reads note after note is done with one that fails so.
   *
   * @returns {boolean}
   */
  get lasts() {
    if (this.code === "no_keys") return true;
    const isRefused = this.status >= 400 && this.status < 500 && ![401, 408, 429].includes(this.status);
    return isRefused && !this.code.startsWith("http_");
  }
}

/** An envelope was not opened, or keys were not believed. */
export class SealError extends HubError {
  /**
   * @param {keyof typeof codes} code
   * @param {string} [about] Whose envelope or keys.
   */
  constructor(code, about) {
    super(code, about === undefined ? codes[code].meaning : `${about}: ${codes[code].meaning}`);
    this.name = "SealError";
  }

  /**
   * The same envelope is never better.
   *
   * @override
   */
  get lasts() {
    return true;
  }
}

/**
 * A refusal of the client's own, with a code of the hub.
 *
 * @param {keyof typeof codes} code
 * @param {string} detail
 */
export function refused(code, detail) {
  return new HubError(code, detail, { status: codes[code].status });
}

/**
 * The hub was not reached, or what answered is none.
 *
 * @param {string} url
 * @param {string} why
 */
export function unreachable(url, why) {
  return new HubError("unreachable", `the hub at ${url} cannot be reached: ${why}`);
}

/** The client was closed. */
export function closedError() {
  return new HubError("closed", "the client is closed");
}
