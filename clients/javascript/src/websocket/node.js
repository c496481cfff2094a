// A WebSocket for Node, which has none before version 22, and whose own cannot be left unread: a consumer that does not
// receive holds up the peer, through TCP, and costs one chunk of memory. Only text, no extensions: all that the hub speaks.

import { randomBytes } from "node:crypto";
import { closePayload, FrameReader, OPCODE, ProtocolError, writeFrame } from "./frames.js";
import { handshake } from "./handshake.js";

/** Largest message, in bytes. */
const MESSAGE_MAX_BYTES = 1024 * 1024;
/** Most bytes that may wait to be written; a peer that lets more wait does not read, and is given up. */
const UNWRITTEN_MAX_BYTES = 4 * 1024 * 1024;
/** How long the peer may take to answer a close frame, and to end the connection. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * Opens a WebSocket.
 *
 * @param {string} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up before it is open; afterwards it means nothing.
 * @returns {Promise<NodeSocket>}
 */
export async function open(url, signal) {
  const { socket, head } = await handshake(new URL(url), signal);
  return new NodeSocket(socket, head);
}

/** @typedef {import("./open.js").Socket} Socket */

/** @implements {Socket} */
export class NodeSocket {
  #socket;
  #reader = new FrameReader(MESSAGE_MAX_BYTES);
  /** How it ended; while it is open, `undefined`. @type {import("./open.js").Ended | undefined} */
  #ended;
  /** The connection gives nothing any more. */
  #isDrained = false;
  #wake = () => {};
  /** The last ping that could not be answered yet. @type {Uint8Array | undefined} */
  #ping;
  /** A close frame was sent. */
  #isClosing = false;
  /** Is called at every sign of life. */
  onSign = () => {};

  /**
   * @param {import("node:net").Socket} socket
   * @param {Uint8Array} head What has come already.
   */
  constructor(socket, head) {
    this.#socket = socket;
    if (head.length > 0) this.#reader.push(head);
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on("readable", () => this.#wake());
    socket.on("drain", () => this.#answerPing());
    socket.on("error", (error) => this.#end({ code: 1006, reason: error.message }));
    const drained = () => {
      this.#isDrained = true;
      this.#wake();
    };
    socket.on("end", drained);
    socket.on("close", drained);
  }

  /** How it ended. */
  get ended() {
    return this.#ended;
  }

  /**
   * The next message; `undefined` when there will be none, and `ended` says why. One at a time. While nobody receives,
   * nothing is read.
   *
   * @returns {Promise<string | undefined>}
   */
  async receive() {
    try {
      for (;;) {
        const received = this.#isClosing ? undefined : this.#reader.next();
        if (received?.type === "text") return received.text;
        if (received) this.#control(received);
        else if (this.#ended) return undefined;
        else await this.#read();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end({ code: 1006, reason: `it sent ${error.message}` });
      this.#close(error.closeCode, "");
      return undefined;
    }
  }

  /**
   * Sends a message.
   *
   * @param {string} text
   */
  say(text) {
    this.#write(OPCODE.text, new TextEncoder().encode(text));
  }

  /**
   * Ends it: politely, if that does not take long.
   *
   * @param {number} [code]
   * @param {string} [reason]
   * @returns {Promise<void>}
   */
  async close(code = 1000, reason = "") {
    this.#end({ code, reason });
    this.#close(code, reason);
    await new Promise((resolve) => {
      if (this.#socket.closed) resolve(undefined);
      else this.#socket.once("close", resolve);
    });
  }

  /** Ends it at once: nothing is said, and nothing is waited for. */
  destroy() {
    this.#end({ code: 1006, reason: "given up" });
    this.#socket.destroy();
  }

  async #read() {
    const chunk = this.#socket.read();
    if (chunk) {
      this.#reader.push(chunk);
      this.onSign();
    } else if (this.#isDrained) {
      this.#end({ code: 1006, reason: "the connection ended" });
    } else {
      await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    }
  }

  /** @param {Exclude<import("./frames.js").Received, { type: "text" }>} received */
  #control(received) {
    if (received.type === "ping") {
      this.#ping = received.payload;
      this.#answerPing();
    } else if (received.type === "close") {
      this.#end({ code: received.code, reason: received.reason });
      this.#close(received.code === 1005 ? 1000 : received.code, "");
    }
  }

  /** The last ping is answered as soon as there is room: those before it need not be. */
  #answerPing() {
    if (!this.#ping || this.#socket.writableNeedDrain) return;
    const payload = this.#ping;
    this.#ping = undefined;
    this.#write(OPCODE.pong, payload);
  }

  /**
   * Says the close frame, once, and sees to it that the connection ends.
   *
   * @param {number} code
   * @param {string} reason
   */
  #close(code, reason) {
    if (this.#isClosing) return;
    this.#write(OPCODE.close, closePayload(code, reason));
    this.#isClosing = true;
    const socket = this.#socket;
    // What still comes is not for anybody.
    socket.removeAllListeners("readable");
    socket.resume();
    socket.end();
    const timer = setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS);
    socket.once("close", () => clearTimeout(timer));
  }

  /**
   * @param {number} opcode
   * @param {Uint8Array} payload
   */
  #write(opcode, payload) {
    if (this.#isClosing || !this.#socket.writable) return;
    if (this.#socket.writableLength > UNWRITTEN_MAX_BYTES) {
      this.#end({ code: 1006, reason: "it does not read" });
      this.#socket.destroy();
      return;
    }
    this.#socket.write(writeFrame(opcode, payload, randomBytes(4)));
  }

  /** @param {import("./open.js").Ended} ended */
  #end(ended) {
    this.#ended ??= ended;
    this.#wake();
  }
}
