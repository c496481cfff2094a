// What the caller iterates over.

import { asyncDispose } from "./dispose.js";
import { onAbort } from "./requests/signals.js";

/** @typedef {import("./note.js").Note} Note */
/** @typedef {import("./session/session.js").Session} Session */

/**
 * Everything that is told to an agent: an async iterator. Leaving a `for await` over it, or `close`, ends its session.
 *
 * @implements {AsyncIterableIterator<Note, undefined>}
 */
export class Notifications {
  #session;
  #live;
  #endListening;

  /**
   * Use `Hub.notifications`.
   *
   * @param {Session} session
   * @param {Set<Session>} live The sessions of this client that have begun.
   * @param {AbortSignal} [signal]
   */
  constructor(session, live, signal) {
    this.#session = session;
    this.#live = live;
    this.#endListening = onAbort(signal, () => {
      session.fail(signal?.reason);
      live.delete(session);
    });
  }

  /**
   * From where a session would go on that comes after what was handed over so far: what `notifications` takes.
   *
   * @returns {import("./session/tracks.js").Positions}
   */
  get positions() {
    return this.#session.positions;
  }

  /**
   * The next note; waits for it as long as it takes.
   *
   * @returns {Promise<IteratorResult<Note, undefined>>}
   * @throws {import("./error.js").HubError} What makes coming back useless: the credentials were refused, or the hub speaks another protocol.
   */
  async next() {
    if (this.#session.isOpen) this.#live.add(this.#session);
    try {
      const result = await this.#session.next();
      if (result.done) this.#release();
      return result;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /**
   * Ends it. What was told and not acknowledged is told again to whoever comes next.
   *
   * @returns {Promise<IteratorReturnResult<undefined>>}
   */
  async return() {
    this.#release();
    await this.#session.stop();
    return { done: true, value: undefined };
  }

  /**
   * Ends it, as `return`.
   *
   * @returns {Promise<void>}
   */
  async close() {
    await this.return();
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  [asyncDispose]() {
    return this.close();
  }

  #release() {
    this.#endListening();
    this.#live.delete(this.#session);
  }
}
