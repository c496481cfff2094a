// One agent at its hub: the verbs. Each checks what it is given, asks by REST (`requests/`), and reads the answer
// (`wire/`); `notifications` is told over a socket (`session/`). The verbs about agents and channels are in `directory.js`,
// those of operators in `operator.js`.

import { asyncDispose } from "./dispose.js";
import { HubError, refused, unreachable } from "./error.js";
import * as inboxes from "./inbox.js";
import { bytesOf, isSealed, Message, textOf } from "./message.js";
import { checkAddresses, checkItemName, checkToken } from "./names.js";
import { Note } from "./note.js";
import { Notifications } from "./notifications.js";
import { Operator } from "./operator.js";
import { checkOptions, checkPositions, checkTraceparent, idempotencyKey } from "./options.js";
import { Readings } from "./readings.js";
import { withQuery } from "./requests/rest.js";
import { Session } from "./session/session.js";
import { ackBody, itemAnswer, okAnswer, peerAnswer, publishAnswer, publishBody } from "./wire/bodies.js";
import { statusAnswer } from "./wire/status.js";

/** @typedef {import("./inbox.js").Inbox} Inbox */
/** @typedef {import("./inbox.js").InboxQuery} InboxQuery */
/** @typedef {import("./options.js").ListenOptions} ListenOptions */
/** @typedef {import("./options.js").PublishOptions} PublishOptions */
/** @typedef {import("./options.js").SendOptions} SendOptions */
/** @typedef {import("./options.js").WaitOptions} WaitOptions */
/** @typedef {import("./wire/bodies.js").Item} Item */

/**
 * Something that was sent.
 *
 * @typedef {object} Sent
 * @property {string} token What `status` and `withdraw` take.
 * @property {string[]} sealedFor Who can open it; nobody in particular if it is plain.
 * @property {import("./sealer.js").LeftOut[]} leftOut Members of its channels who cannot open it. Look at it: one whose keys changed may be
 *   under attack.
 */

const SEND = ["name", "ttl", "oneTime", "replyTo", "plain", "allMembers", "idempotencyKey", "traceparent", "signal"];
const PUBLISH = ["name", "data", "to", "ttl", "oneTime", "replyTo", "idempotencyKey", "traceparent", "signal"];
const INBOX = ["stream", "after", "epoch", "limit", "signal"];

/** One agent at its hub: what `connect` gives. */
export class Hub extends Operator {
  #rest;
  #limits;
  /** @type {import("./sealer.js").Sealer | undefined} */
  #sealer;
  #readings = new Readings();
  /** @type {Set<Session>} */
  #sessions = new Set();

  /**
   * Use `connect`.
   *
   * @param {import("./requests/rest.js").Rest} rest
   * @param {import("./limits.js").Limits} limits
   * @param {import("./sealer.js").Sealing} [sealing]
   */
  constructor(rest, limits, sealing) {
    super(rest);
    this.#rest = rest;
    this.#limits = limits;
    this.#sealer = sealing?.attach({
      agent: rest.agent,
      get url() {
        return rest.url;
      },
      hubId: async () => (await rest.jwt()).hub,
      peer: (name, signal) => rest.call({ path: `/secure/agents/${name}`, signal }, peerAnswer),
      members: (channel, signal) => this.members(channel, { signal }),
      async putKeys(body, signal) {
        await rest.call({ method: "PUT", path: "/secure/agents/me/keys", body, signal }, okAnswer);
      },
    });
  }

  /**
   * Of `connect`: the agent's keys are made and published at first use.
   *
   * @param {AbortSignal} [signal]
   * @returns {Promise<void>}
   */
  async begin(signal) {
    await this.#sealer?.begin(signal);
  }

  /** The agent's name. */
  get agent() {
    return this.#rest.agent;
  }

  /** The hub's address. */
  get url() {
    return this.#rest.url;
  }

  /**
   * The verbs about keys.
   *
   * @throws {HubError} `no_sealing`.
   */
  get keys() {
    return this.#requireSealer("this client has no keys").keys;
  }

  /**
   * Sends a body to agents and channels: encrypted for them and signed. To a channel it is encrypted for its members of now
   * whose keys are good; `leftOut` of the answer names the others. Repeated until it is done, refused, or 30 s are over.
   *
   * @example
   * import { connect } from "agent-hub";
   * import { profile } from "agent-hub/node";
   *
   * const hub = await connect(await profile("alice"));
   * await hub.send(["bob"], "the result is 42", { name: "result", ttl: 3600, oneTime: true });
   * await hub.close();
   *
   * @param {string | string[]} to One address or several: agents, and channels with their `#`.
   * @param {string | Uint8Array} body
   * @param {SendOptions} [options]
   * @returns {Promise<Sent>} It is on the hub's disk.
   * @throws {HubError} `no_keys`: an addressee has none. `no_sealing`: nothing can be encrypted without it. `unknown_address`,
   *   `address_disabled`, `not_member`. `too_large`, `invalid`. `SealError`: an addressee's keys are not believed.
   */
  async send(to, body, options = {}) {
    checkOptions(options, SEND);
    const {
      name = "message",
      ttl,
      oneTime,
      replyTo,
      plain,
      allMembers = false,
      idempotencyKey: key,
      traceparent,
      signal,
    } = options;
    const draft = {
      to: checkAddresses(to),
      name: checkItemName(name),
      replyTo,
      body: bytesOf(body),
      allMembers,
      signal,
    };
    const publish = {
      name,
      to: draft.to,
      ttl: this.#limits.checkTtl(ttl),
      oneTime,
      replyTo,
      idempotencyKey: key,
      traceparent: checkTraceparent(traceparent),
      signal,
    };
    if (plain) return { ...(await this.publish({ ...publish, data: textOf(body) })), sealedFor: [], leftOut: [] };
    const sealer = this.#requireSealer(
      "nothing can be encrypted without it; send it with `plain: true`, or connect with sealing",
    );
    const { data, sealedFor, leftOut } = await sealer.seal({
      ...draft,
      checkSize: (bytes) => this.#limits.checkSize(bytes),
    });
    return { ...(await this.publish({ ...publish, data })), sealedFor, leftOut };
  }

  /**
   * Publishes data as it is; `send` encrypts. Repeated until it is done, refused, or 30 s are over.
   *
   * @param {PublishOptions} options
   * @returns {Promise<{ token: string }>} It is on the hub's disk, under this token.
   * @throws {HubError} `unknown_address`, `address_disabled`, `not_member`, `idempotency_mismatch`, `too_large`, `invalid`.
   */
  async publish(options) {
    checkOptions(options, PUBLISH);
    const { name, data, to, ttl, oneTime = false, replyTo, idempotencyKey: key, signal } = options;
    const body = publishBody.write({
      name: checkItemName(name),
      data: this.#limits.checkData(data),
      to: to === undefined ? undefined : checkAddresses(to),
      ttl: this.#limits.checkTtl(ttl),
      oneTime,
      replyTo: replyTo === undefined ? undefined : checkToken(replyTo),
    });
    const call = /** @type {const} */ ({ method: "POST", path: "/secure/agent/publish" });
    const beside = { key: idempotencyKey(key), traceparent: checkTraceparent(options.traceparent), signal };
    return this.#rest.call({ ...call, body, ...beside }, publishAnswer);
  }

  /**
   * Everything that is told to this agent: every entry of every stream once, in order, from its durable cursors on, for as
   * long as it is asked. Begins with the first `next`; `break` ends it.
   *
   * @example
   * import { connect } from "agent-hub";
   * import { profile } from "agent-hub/node";
   *
   * const hub = await connect(await profile("bob"));
   * for await (const note of hub.notifications({ signal: AbortSignal.timeout(60_000) })) {
   *   console.log(note.stream, note.seq, note.from, note.name, (await note.read()).text());
   *   await note.ack();
   *   break;
   * }
   * await hub.close();
   *
   * @param {ListenOptions} [options]
   * @returns {Notifications}
   * @throws {HubError} Here: `invalid`. From the iterator: what makes coming back useless, such as `unauthenticated`.
   */
  notifications(options = {}) {
    checkOptions(options, ["after", "epoch", "own", "signal"]);
    const { own = false, signal } = options;
    this.#rest.closing.throwIfAborted();
    const session = new Session(this, this.#rest, this.#limits, { own, from: checkPositions(options) });
    return new Notifications(session, this.#sessions, signal);
  }

  /**
   * What is after the durable cursors, now.
   *
   * @param {InboxQuery & WaitOptions} [options]
   * @returns {Promise<Inbox>}
   * @throws {HubError} `not_found`: not a stream of this agent. `resync`: the position is void.
   */
  async inbox(options = {}) {
    checkOptions(options, INBOX);
    return this.#withNotes(await inboxes.inbox(this.#rest, options, options.signal));
  }

  /**
   * As `inbox`, but holds until there is an entry or the time is over. What has nothing left to give does not end it.
   *
   * @example
   * import { connect } from "agent-hub";
   * import { profile } from "agent-hub/node";
   *
   * const hub = await connect(await profile("bob"));
   * const { entries, skipped } = await hub.wait(30);
   * for (const note of entries) {
   *   console.log((await note.read()).text());
   *   await note.ack();
   * }
   * for (const { stream, to } of skipped) await hub.ack(to, stream);
   * await hub.close();
   *
   * @param {number} seconds
   * @param {InboxQuery & WaitOptions} [options]
   * @returns {Promise<Inbox>}
   * @throws {HubError} As `inbox`.
   */
  async wait(seconds, options = {}) {
    checkOptions(options, INBOX);
    return this.#withNotes(await inboxes.wait(this.#rest, seconds, options, options.signal));
  }

  /**
   * Retrieves an item and opens it. A sealed one is checked in every respect; a plain one is marked so. Of a note it must be
   * what was told: by whom, under which name, in answer to what.
   *
   * @param {string | Note | { token: string }} item Its token, or its note.
   * @param {WaitOptions} [options]
   * @returns {Promise<Message>}
   * @throws {HubError} As `retrieve`. `no_sealing`: it is sealed. `SealError`: it was not opened.
   */
  async read(item, options = {}) {
    checkOptions(options, ["signal"]);
    const { signal } = options;
    const token = checkToken(typeof item === "string" ? item : item?.token);
    return this.#readings.read(token, async (key) => {
      const told = await this.#retrieve(token, key, signal);
      if (item instanceof Note) item.check(told);
      if (!isSealed(told.data)) return new Message(told, undefined);
      const sealer = this.#requireSealer("the item is encrypted, and cannot be opened without it");
      return new Message(told, await sealer.open(told, signal));
    });
  }

  /**
   * The item as the hub has it.
   *
   * @param {string} token
   * @param {WaitOptions} [options]
   * @returns {Promise<Item>}
   * @throws {HubError} `not_found`: there is none for this agent. `expired`, `withdrawn`, `consumed`.
   */
  async retrieve(token, options = {}) {
    checkOptions(options, ["signal"]);
    return this.#readings.read(checkToken(token), (key) => this.#retrieve(token, key, options.signal));
  }

  /**
   * Everything up to `seq` is done with, for all sessions of the agent. Below the cursor nothing moves.
   *
   * @param {number} seq
   * @param {string} [stream] Left out: the agent's own.
   * @param {{ epoch?: string } & WaitOptions} [options] With `epoch`: refused with `resync` if it is over.
   * @returns {Promise<void>}
   * @throws {HubError} `beyond_head`, `not_found`, `resync`.
   */
  async ack(seq, stream = this.agent, options = {}) {
    checkOptions(options, ["epoch", "signal"]);
    if (!Number.isSafeInteger(seq) || seq < 0) throw refused("invalid", "`seq` must be an integer from 0 to 2^53 - 1");
    checkAddresses(stream);
    const body = ackBody.write({ seq, stream, epoch: options.epoch });
    await this.#rest.call({ method: "POST", path: "/secure/inbox/ack", body, signal: options.signal }, okAnswer);
    for (const session of this.#sessions) session.acked(stream, seq);
  }

  /**
   * Takes back an item that this agent published.
   *
   * @param {string} token
   * @param {WaitOptions} [options]
   * @returns {Promise<void>}
   * @throws {HubError} `not_found`, `expired`, `consumed`.
   */
  async withdraw(token, options = {}) {
    checkOptions(options, ["signal"]);
    const path = `/secure/retrieve/${checkToken(token)}`;
    await this.#rest.call({ method: "DELETE", path, signal: options.signal }, okAnswer);
  }

  /**
   * What became of an item that this agent published: stored, pushed, acked, read.
   *
   * @param {string} token
   * @param {{ address?: string, after?: string, limit?: number } & WaitOptions} [options] With `address`: also the members of
   *   that channel, those after the agent `after`, at most `limit`.
   * @returns {Promise<import("./wire/status.js").Status>}
   * @throws {HubError} `not_found`.
   */
  async status(token, options = {}) {
    checkOptions(options, ["address", "after", "limit", "signal"]);
    const { address, after, limit, signal } = options;
    const path = withQuery(`/secure/status/${checkToken(token)}`, { address, after, limit });
    return this.#rest.call({ path, signal }, statusAnswer);
  }

  /**
   * Closes the client: its iterators end, its sockets are closed, what is under way is given up with the code `closed`.
   *
   * @returns {Promise<void>}
   */
  async close() {
    const stopped = [...this.#sessions].map((session) => session.stop());
    this.#rest.close();
    await Promise.all(stopped);
  }

  [asyncDispose]() {
    return this.close();
  }

  /**
   * @param {string} token
   * @param {string} key
   * @param {AbortSignal} [signal]
   */
  async #retrieve(token, key, signal) {
    const item = await this.#rest.call({ path: `/secure/retrieve/${token}`, key, signal }, itemAnswer);
    // Another item in its place would be a copy that nobody notices.
    if (item.token !== token) throw unreachable(this.url, "its answer is not one of an agent-hub");
    return item;
  }

  /**
   * @param {import("./wire/bodies.js").InboxAnswer} answer
   * @returns {Inbox}
   */
  #withNotes(answer) {
    const { epoch } = answer;
    const entries = answer.entries.map(
      (entry) => new Note(entry, this, () => this.ack(entry.seq, entry.stream, { epoch })),
    );
    return { ...answer, entries };
  }

  /** @param {string} why */
  #requireSealer(why) {
    if (!this.#sealer) throw new HubError("no_sealing", `this client was connected without sealing: ${why}`);
    return this.#sealer;
  }
}
