// The platform's own WebSocket, where a browser has one. It cannot be left unread: what comes is kept here until it is
// received, and where that is too much the client hangs up, to come back from its positions.

import { onAbort } from "../requests/signals.js";

/** Most messages that are kept. */
const KEPT_MAX = 4_096;
/** Most characters of them. */
const KEPT_MAX_CHARS = 16 * 1024 * 1024;
/** How long a polite end may take. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * Opens a WebSocket.
 *
 * @param {string} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up before it is open; afterwards it means nothing.
 * @returns {Promise<PlatformSocket>}
 */
export function open(url, signal) {
  const socket = new globalThis.WebSocket(url.replace(/^http/, "ws"));
  return new Promise((resolve, reject) => {
    const settle = () => {
      release();
      socket.onopen = socket.onclose = null;
    };
    socket.onopen = () => {
      settle();
      resolve(new PlatformSocket(socket));
    };
    // A browser does not say why.
    socket.onclose = () => {
      settle();
      reject(new Error("the WebSocket was refused, or there is no connection"));
    };
    const release = onAbort(signal, () => {
      socket.close();
      reject(signal.reason);
    });
  });
}

/** @typedef {import("./open.js").Socket} Socket */

/** @implements {Socket} */
class PlatformSocket {
  #socket;
  /** @type {string[]} */
  #kept = [];
  #keptChars = 0;
  /** @type {import("./open.js").Ended | undefined} */
  #ended;
  #wake = () => {};
  /** Is called at every sign of life. */
  onSign = () => {};

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#keep(data);
    socket.onclose = ({ code, reason }) => this.#end({ code, reason });
  }

  /** How it ended. */
  get ended() {
    return this.#ended;
  }

  /**
   * The next message; `undefined` when there will be none, and `ended` says why. One at a time.
   *
   * @returns {Promise<string | undefined>}
   */
  async receive() {
    for (;;) {
      const text = this.#kept.shift();
      if (text !== undefined) {
        this.#keptChars -= text.length;
        return text;
      }
      if (this.#ended) return undefined;
      await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    }
  }

  /**
   * Sends a message.
   *
   * @param {string} text
   */
  say(text) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /**
   * Ends it: politely, if that does not take long.
   *
   * @param {number} [code]
   * @param {string} [reason]
   * @returns {Promise<void>}
   */
  close(code = 1000, reason = "") {
    this.#end({ code, reason });
    return new Promise((resolve) => {
      if (this.#socket.readyState === WebSocket.CLOSED) return resolve();
      const timer = setTimeout(resolve, CLOSE_LIMIT_MS);
      this.#socket.onclose = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.close(code, reason);
    });
  }

  /** Ends it at once: nothing is waited for. */
  destroy() {
    this.#end({ code: 1006, reason: "given up" });
    this.#socket.close();
  }

  /** @param {unknown} data */
  #keep(data) {
    if (this.#ended) return;
    this.onSign();
    if (typeof data !== "string") {
      this.#end({ code: 1006, reason: "it sent a binary message" });
      this.#socket.close();
    } else {
      this.#kept.push(data);
      this.#keptChars += data.length;
      this.#wake();
      if (this.#kept.length >= KEPT_MAX || this.#keptChars > KEPT_MAX_CHARS) this.#hangUp();
    }
  }

  /** What is kept is still received; the rest is told again when there is room. */
  #hangUp() {
    this.#end({ code: 1006, reason: "the caller is slower than the hub", isFull: true });
    this.#socket.close();
  }

  /** @param {import("./open.js").Ended} ended */
  #end(ended) {
    this.#ended ??= ended;
    this.#wake();
  }
}
