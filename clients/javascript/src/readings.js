// The keys with which items are retrieved. A reading has one key for all of its tries; and where nobody knows whether its
// answer was lost, the next reading of the same item has it too: a one-time item is then not lost with the answer.

import { HubError } from "./error.js";
import { idempotencyKey } from "./options.js";

/** Readings that are remembered. The hub answers the same key again for 60 s. */
const KEPT_MAX = 1_024;

/** Readings that may have to be taken up again. */
export class Readings {
  /** By token, oldest first. @type {Map<string, string>} */
  #kept = new Map();

  /**
   * Does a reading.
   *
   * @template T
   * @param {string} token
   * @param {(key: string) => Promise<T>} read
   * @returns {Promise<T>}
   */
  async read(token, read) {
    const key = this.#kept.get(token) ?? idempotencyKey(undefined);
    this.#kept.delete(token);
    try {
      return await read(key);
    } catch (error) {
      if (!isRefusal(error)) this.#keep(token, key);
      throw error;
    }
  }

  /**
   * @param {string} token
   * @param {string} key
   */
  #keep(token, key) {
    this.#kept.set(token, key);
    if (this.#kept.size <= KEPT_MAX) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof HubError && error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status);
}
