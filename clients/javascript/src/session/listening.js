// One socket that was welcomed: what is heard on it, until it ends.

import { HubError } from "../error.js";
import { onAbort, TIMER_MAX_MS } from "../requests/signals.js";
import { readHubFrame, writeClientFrame } from "../wire/frames.js";
import { endOf, final, later } from "./end.js";

/** When a JWT that could not be renewed is tried again. */
const RENEW_AGAIN_MS = 5_000;

/** @typedef {import("./end.js").End} End */

/** Hears one socket. */
export class Listening {
  #socket;
  #rest;
  #handler;
  #intervalMs;
  #heardAt = performance.now();
  /** When a ping was sent that nothing has followed. @type {number | undefined} */
  #pingedAt;
  /** The caller has no room: nobody listens. */
  #isWaiting = false;
  /** Why this side ended it. @type {End | undefined} */
  #end;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #renewal;

  /**
   * @param {object} about
   * @param {import("../websocket/open.js").Socket} about.socket
   * @param {import("../requests/rest.js").Rest} about.rest
   * @param {import("../requests/jwt.js").Jwt} about.jwt The JWT that the socket was opened with.
   * @param {number} about.pingIntervalS
   * @param {{ room: () => Promise<void>, take: (frame: import("../wire/frames.js").HubFrame) => End | undefined }} about.handler
   */
  constructor({ socket, rest, jwt, pingIntervalS, handler }) {
    this.#socket = socket;
    this.#rest = rest;
    this.#handler = handler;
    this.#intervalMs = Math.max(pingIntervalS, 1) * 1000;
    socket.onSign = () => this.#heard();
    this.#renewAt(jwt.renewAt);
    this.#watchIn(this.#intervalMs);
  }

  /**
   * Listens until the socket ends.
   *
   * @param {AbortSignal} signal Ends it.
   * @returns {Promise<End>}
   */
  async run(signal) {
    const release = onAbort(signal, () => void this.#socket.close());
    try {
      return await this.#listen();
    } finally {
      release();
      clearTimeout(this.#watch);
      clearTimeout(this.#renewal);
      await this.#socket.close();
    }
  }

  async #listen() {
    for (;;) {
      // While the caller has no room, the socket is not read: then the hub waits.
      this.#isWaiting = true;
      await this.#handler.room();
      this.#isWaiting = false;
      this.#heard();
      const text = await this.#socket.receive();
      if (text === undefined) {
        return this.#end ?? endOf(this.#rest.url, this.#socket.ended ?? { code: 1006, reason: "" });
      }
      const frame = readHubFrame(text);
      const end = frame && this.#take(frame);
      if (end) return end;
    }
  }

  /**
   * @param {import("../wire/frames.js").HubFrame} frame
   * @returns {End | undefined}
   */
  #take(frame) {
    // Of a session; what asks for something goes by REST.
    if (frame.type === "error" && frame.code === "unauthenticated") return { kind: "login" };
    return this.#handler.take(frame);
  }

  #heard() {
    this.#heardAt = performance.now();
    this.#pingedAt = undefined;
  }

  /** @param {number} ms */
  #watchIn(ms) {
    this.#watch = setTimeout(() => this.#look(), ms);
  }

  /** Nothing heard for an interval: ask. Nothing since for another: the connection is dead. */
  #look() {
    const now = performance.now();
    if (this.#isWaiting) this.#heard();
    const since = this.#pingedAt ?? this.#heardAt;
    if (now - since < this.#intervalMs) {
      this.#watchIn(since + this.#intervalMs - now);
    } else if (this.#pingedAt !== undefined) {
      this.#giveUp(later(this.#rest.url, "nothing is heard from it"));
    } else {
      this.#pingedAt = now;
      this.#socket.say(writeClientFrame({ type: "ping" }));
      this.#watchIn(this.#intervalMs);
    }
  }

  /** @param {number} at On the monotonic clock. */
  #renewAt(at) {
    // A timer holds 24 days at most; a JWT may be good for longer.
    const inMs = Math.min(Math.max(at - performance.now(), 100), TIMER_MAX_MS);
    this.#renewal = setTimeout(() => this.#renew(), inMs);
  }

  /** The next JWT, told to the hub before this one ends. */
  async #renew() {
    try {
      const jwt = await this.#rest.jwt();
      if (this.#socket.ended) return;
      this.#socket.say(writeClientFrame({ type: "refresh", token: jwt.text }));
      this.#renewAt(jwt.renewAt);
    } catch (error) {
      if (this.#socket.ended) return;
      // The hub ends the session when it must; until then the old one is good.
      if (mayWorkLater(error)) this.#renewAt(performance.now() + RENEW_AGAIN_MS);
      else this.#giveUp(final(error));
    }
  }

  /** @param {End} end */
  #giveUp(end) {
    this.#end = end;
    this.#socket.destroy();
  }
}

/**
 * Whether a login that failed may succeed later.
 *
 * @param {unknown} error
 */
export function mayWorkLater(error) {
  return (
    error instanceof HubError &&
    (error.code === "unreachable" || [408, 429].includes(error.status) || error.status >= 500)
  );
}
