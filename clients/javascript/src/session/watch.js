// Watching: one session after the other that is told what happens on the hub. Nothing is acknowledged, and what happens while
// nobody watches is not told later; so the watcher is told when it was away.

import { Backoff } from "../requests/backoff.js";
import { writeClientFrame } from "../wire/frames.js";
import { Listening } from "./listening.js";
import { holdSession, openSession, pauseAfter } from "./opening.js";

/** Most events that wait for the watcher. Beyond, they are left out, and counted. */
const KEPT_MAX = 20_000;

/** @typedef {import("./end.js").End} End */
/** @typedef {import("../requests/jwt.js").Jwt} Jwt */
/** @typedef {import("../wire/frames.js").HubEvent} HubEvent */
/** @typedef {import("../wire/frames.js").HubFrame} HubFrame */

/**
 * What a watcher is told: that it watches from here on; what happened, and how much more was too much to tell; that the
 * connection is gone, and why. It comes back by itself.
 *
 * @typedef {(
 *   | { kind: "here" }
 *   | { kind: "events", events: HubEvent[], leftOut: number }
 *   | { kind: "away", error?: unknown }
 * )} Told
 */

/** Keeps a socket that watches. */
export class Watch {
  #rest;
  #backoff = Backoff.ofSessions();
  /** @type {Told[]} */
  #kept = [];
  #keptEvents = 0;
  #leftOut = 0;
  #wake = () => {};
  /** The session at hand told something. */
  #hasTold = false;

  /** @param {import("../requests/rest.js").Rest} rest */
  constructor(rest) {
    this.#rest = rest;
  }

  /**
   * What is told, until the signal is aborted or coming back is useless.
   *
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<Told, void, undefined>}
   */
  async *told(signal) {
    /** @type {{ error: unknown } | undefined} */
    let ended;
    void this.#keep(signal).catch((error) => {
      ended = { error };
      this.#wake();
    });
    for (;;) {
      const told = this.#kept.shift();
      if (told) {
        if (told.kind === "events") this.#keptEvents -= told.events.length;
        yield told;
      } else if (ended) {
        throw ended.error;
      } else {
        await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #keep(signal) {
    for (;;) {
      const end = await this.#session(signal);
      signal.throwIfAborted();
      if (end.kind !== "final") this.#tell({ kind: "away", error: "error" in end ? end.error : undefined });
      await pauseAfter(end, this.#backoff, signal);
      if (end.kind === "later") await this.#rest.findAgain();
    }
  }

  /** @param {AbortSignal} signal */
  #session(signal) {
    this.#hasTold = false;
    const converse = (/** @type {Jwt} */ jwt) => this.#converse(jwt, signal);
    return holdSession({ rest: this.#rest, backoff: this.#backoff, converse, hasTold: () => this.#hasTold }, signal);
  }

  /**
   * @param {Jwt} jwt
   * @param {AbortSignal} signal
   * @returns {Promise<End>}
   */
  async #converse(jwt, signal) {
    const opened = await openSession(this.#rest, jwt, {}, signal);
    if ("kind" in opened) return opened;
    const { socket, welcome } = opened;
    socket.say(writeClientFrame({ type: "watch", events: true }));
    // It always has room: what is too much is left out here. What is told to the agent itself is for others to hear.
    const handler = { room: async () => {}, take: (/** @type {HubFrame} */ frame) => this.#take(frame) };
    const about = { socket, rest: this.#rest, jwt, pingIntervalS: welcome.pingIntervalS, handler };
    return new Listening(about).run(signal);
  }

  /**
   * @param {HubFrame} frame
   * @returns {undefined}
   */
  #take(frame) {
    if (frame.type === "ok") this.#tell({ kind: "here" });
    if (frame.type !== "events") return;
    this.#hasTold = true;
    this.#leftOut += frame.leftOut ?? 0;
    if (this.#keptEvents + frame.events.length > KEPT_MAX) {
      this.#leftOut += frame.events.length;
      return;
    }
    this.#keptEvents += frame.events.length;
    this.#tell({ kind: "events", events: frame.events, leftOut: this.#leftOut });
    this.#leftOut = 0;
  }

  /** @param {Told} told */
  #tell(told) {
    this.#kept.push(told);
    this.#wake();
  }
}
