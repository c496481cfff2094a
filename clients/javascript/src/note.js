// A notification, or a line of the inbox: what is told of an item, and what can be done with it.

import { SealError } from "./error.js";
import { checkOptions } from "./options.js";
import { unlessAborted } from "./requests/signals.js";

/** @typedef {import("./wire/bodies.js").Entry} Entry */
/** @typedef {import("./options.js").SendOptions} SendOptions */
/** @typedef {import("./options.js").WaitOptions} WaitOptions */
/** @typedef {import("./message.js").Message} Message */

/** What is told of an item. Its data stays at the hub until it is read. */
export class Note {
  #hub;
  #acknowledge;

  /**
   * @param {Entry} entry
   * @param {import("./hub.js").Hub} hub
   * @param {() => Promise<void>} acknowledge
   */
  constructor(entry, hub, acknowledge) {
    this.#hub = hub;
    this.#acknowledge = acknowledge;
    /** Address of the stream: this agent, or a channel with its `#`. */
    this.stream = entry.stream;
    /** The number in its stream. */
    this.seq = entry.seq;
    /** The item's token. */
    this.token = entry.token;
    /** Who published it, says the hub. */
    this.from = entry.from;
    /** What its publisher called it. */
    this.name = entry.name;
    /** Bytes of data, as published. */
    this.size = entry.size;
    /** Seconds, as published. */
    this.ttl = entry.ttl;
    /** When it was published. */
    this.createdAt = entry.createdAt;
    /** Token of the item that it answers. */
    this.replyTo = entry.replyTo;
    /** Whether it can be read once only. */
    this.oneTime = entry.oneTime;
    /** The trace that it was published in, as a W3C `traceparent`. */
    this.traceparent = entry.traceparent;
  }

  /**
   * Retrieves and opens the item.
   *
   * @param {WaitOptions} [options]
   * @returns {Promise<Message>}
   * @throws {import("./error.js").HubError} As `Hub.read`.
   */
  read(options) {
    return this.#hub.read(this, options);
  }

  /**
   * Whether an item is what was told.
   *
   * @param {{ from: string, name: string, replyTo?: string }} item
   * @throws {SealError} `wrong_from`, `wrong_name`, `wrong_reply_to`.
   */
  check({ from, name, replyTo }) {
    if (from !== this.from) throw new SealError("wrong_from", this.from);
    if (name !== this.name) throw new SealError("wrong_name", this.from);
    if (replyTo !== this.replyTo) throw new SealError("wrong_reply_to", this.from);
  }

  /**
   * The caller is done with this and with everything before it in its stream. Resolves when the hub has that on disk. Where
   * the position has become void, since the hub was restored from a backup or the agent has left the channel, there is
   * nothing to acknowledge; after a restore the item is handed over again.
   *
   * @param {WaitOptions} [options] Given up, it may be done all the same.
   * @returns {Promise<void>}
   * @throws {import("./error.js").HubError} `unreachable`, `closed`, `unauthenticated`.
   */
  async ack(options = {}) {
    checkOptions(options, ["signal"]);
    options.signal?.throwIfAborted();
    await unlessAborted(this.#acknowledge(), options.signal);
  }

  /**
   * Sends an answer to whoever published it, under the same name unless another is given.
   *
   * @param {string | Uint8Array} body
   * @param {Omit<SendOptions, "replyTo">} [options]
   * @returns {Promise<import("./hub.js").Sent>}
   * @throws {import("./error.js").HubError} As `Hub.send`.
   */
  reply(body, options = {}) {
    return this.#hub.send(this.from, body, { name: this.name, ...options, replyTo: this.token });
  }
}
