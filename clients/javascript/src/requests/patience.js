// Until when a request is repeated, and when it is tried again.

import { unreachable } from "../error.js";
import { Backoff } from "./backoff.js";
import { anySignal, sleep } from "./signals.js";

/** @typedef {import("../error.js").HubError} HubError */

/** The time that one request has, for all of its tries. */
export class Patience {
  #endMs;
  #heldMs;
  #tryMs;
  #backoff = Backoff.ofRequests();
  #given;

  /**
   * @param {number} limitMs
   * @param {number} heldMs How long the hub may hold the request, beyond that.
   * @param {(AbortSignal | undefined)[]} signals Who may give it up before.
   */
  constructor(limitMs, heldMs, signals) {
    this.#endMs = performance.now() + limitMs + heldMs;
    this.#heldMs = heldMs;
    this.#tryMs = limitMs / 6;
    this.#given = anySignal(signals);
    this.#given.signal.throwIfAborted();
  }

  /** Is aborted when the request is given up from outside. */
  get signal() {
    return this.#given.signal;
  }

  /** Milliseconds left. */
  leftMs() {
    return Math.max(0, this.#endMs - performance.now());
  }

  /**
   * How long the next try may take. Of 30 s the first has 5, the second 10, the third what is left: a connection that gives no
   * sign must not cost all the time that there is, nor must a slow one never get to the end.
   */
  nextTryMs() {
    const most = this.#heldMs + this.#tryMs;
    this.#tryMs *= 2;
    return Math.min(this.leftMs(), most);
  }

  /**
   * Waits for the next try, as long as the hub asked for or a random time; throws the error if there is no time left for one.
   *
   * @param {HubError} error Why the last try failed.
   */
  async wait(error) {
    const pause = error.retryAfter === undefined ? this.#backoff.pauseMs() : error.retryAfter * 1000;
    if (pause >= this.leftMs()) throw error;
    await sleep(pause, this.signal);
  }

  /**
   * What somebody else's work gives, if it comes in time.
   *
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @param {string} url
   * @returns {Promise<T>}
   */
  async outlast(work, url) {
    const late = () => unreachable(url, "it did not let us log in in time");
    const bounded = anySignal([this.signal], { afterMs: this.leftMs(), reason: late });
    try {
      return await work(bounded.signal);
    } finally {
      bounded.release();
    }
  }

  /** It is done with. */
  release() {
    this.#given.release();
  }
}
