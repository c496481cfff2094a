// What the hub takes, checked before anything is sent to it.

import { refused } from "./error.js";
import { isWellFormed } from "./names.js";

/** What a hub takes that nothing else is known of: its own default. */
const DATA_MAX_BYTES = 1024 * 1024;

/** The limits of the hub, as far as they are known. */
export class Limits {
  #dataMaxBytes;
  /** @type {number | undefined} */
  #ttlMaxS;

  /** @param {number} [dataMaxBytes] */
  constructor(dataMaxBytes = DATA_MAX_BYTES) {
    this.#dataMaxBytes = dataMaxBytes;
  }

  /**
   * A session was told.
   *
   * @param {import("./wire/frames.js").HubLimits} limits
   */
  learn({ dataMaxBytes, ttlMaxS }) {
    this.#dataMaxBytes = dataMaxBytes;
    this.#ttlMaxS = ttlMaxS;
  }

  /**
   * @param {unknown} data
   * @returns {string} The data.
   */
  checkData(data) {
    if (typeof data !== "string") throw refused("invalid", "`data` must be text");
    if (!isWellFormed(data)) throw refused("invalid", "`data` has half of a surrogate pair, which UTF-8 cannot write");
    // A character has up to three bytes for each of its units: most data need not be counted.
    if (data.length * 3 > this.#dataMaxBytes) this.checkSize(new TextEncoder().encode(data).length);
    return data;
  }

  /** @param {number} bytes Of data, as it will be sent. */
  checkSize(bytes) {
    if (bytes <= this.#dataMaxBytes) return;
    throw refused("too_large", `the data would have ${bytes} bytes; the hub takes ${this.#dataMaxBytes}`);
  }

  /**
   * @param {unknown} ttl Seconds.
   * @returns {number | undefined} The same.
   */
  checkTtl(ttl) {
    if (ttl === undefined) return undefined;
    const most = this.#ttlMaxS ?? Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(ttl) || Number(ttl) < 1 || Number(ttl) > most) {
      throw refused("invalid", `\`ttl\` must be a whole number of seconds, from 1 to ${most}`);
    }
    return Number(ttl);
  }
}
