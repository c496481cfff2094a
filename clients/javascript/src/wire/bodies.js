// What the hub answers, field by field: docs/http.md, in this language's spelling.

import {
  byName,
  count,
  document,
  fields,
  flag,
  list,
  listOrNothing,
  mark,
  optional,
  text,
  time,
  token,
} from "./shape.js";

/** @template T @typedef {import("./shape.js").Shape<T>} Shape */
/** @template {object} T @typedef {import("./shape.js").Fields<T>} Fields */

/**
 * Where an agent stands in a stream.
 *
 * @typedef {object} Cursor
 * @property {number} acked Everything up to here is done with.
 * @property {number} head The last number given.
 */

/** @type {Shape<Cursor>} */
export const cursor = fields({ acked: count, head: count });

/**
 * An entry of a stream: what is told of an item. Never its data.
 *
 * @typedef {object} Entry
 * @property {string} stream Address of the stream: this agent, or a channel with its `#`.
 * @property {number} seq The entry's number in it.
 * @property {string} token The item's token.
 * @property {string} from Who published it.
 * @property {string} name What its publisher called it.
 * @property {number} size Bytes of data.
 * @property {number} ttl Seconds, as published.
 * @property {Date} createdAt When it was published.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {boolean} oneTime Whether it can be read once only.
 * @property {string} [traceparent] The trace that it was published in.
 * @property {string} [data] The data, where it was told along.
 */

/** @type {Fields<Entry>} */
export const entryFields = {
  stream: text,
  seq: count,
  token,
  from: text,
  name: text,
  size: count,
  ttl: count,
  createdAt: time,
  replyTo: optional(text),
  oneTime: mark,
  traceparent: optional(text),
  data: optional(text),
};

/**
 * Entries that have nothing left to give.
 *
 * @typedef {object} Skipped
 * @property {string} stream Address of the stream.
 * @property {number} from The first number.
 * @property {number} to The last one.
 */

export const skippedFields = { stream: text, from: count, to: count };

/**
 * @typedef {object} InboxAnswer
 * @property {string} epoch The epoch that positions belong to.
 * @property {Record<string, Cursor>} streams The agent's streams that were read.
 * @property {Entry[]} entries Each stream in order.
 * @property {Skipped[]} skipped Ranges with nothing left to give.
 * @property {boolean} more Whether there is more than fitted.
 */

/** @type {Shape<InboxAnswer>} */
export const inboxAnswer = fields({
  epoch: text,
  streams: byName(cursor),
  entries: list(fields(entryFields)),
  skipped: list(fields(skippedFields)),
  more: flag,
});

/**
 * An item as the hub has it.
 *
 * @typedef {object} Item
 * @property {string} token Its token.
 * @property {string} name What its publisher called it.
 * @property {string} data The data: an envelope, or plain.
 * @property {number} ttl Seconds, as published.
 * @property {Date} createdAt When it was published.
 * @property {string} from Who published it.
 * @property {string[]} to Its addresses; empty if it was addressed to nobody.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {boolean} oneTime Whether it could be read once only.
 */

/** @type {Fields<Item>} */
export const itemFields = {
  token: text,
  name: text,
  data: text,
  ttl: count,
  createdAt: time,
  from: text,
  to: listOrNothing(text),
  replyTo: optional(text),
  oneTime: mark,
};

/** @type {Shape<Item>} */
export const itemAnswer = fields(itemFields);

/**
 * @typedef {object} PublishBody
 * @property {string} name
 * @property {string} data
 * @property {number | undefined} ttl
 * @property {string[] | undefined} to
 * @property {boolean} oneTime
 * @property {string | undefined} replyTo
 */

/** @type {Shape<PublishBody>} */
export const publishBody = fields({
  name: text,
  data: text,
  ttl: optional(count),
  to: optional(list(text)),
  oneTime: mark,
  replyTo: optional(text),
});

/** @type {Shape<{ token: string }>} */
export const publishAnswer = fields({ token: text });

/** @type {Shape<{ seq: number, stream: string | undefined, epoch: string | undefined }>} */
export const ackBody = fields({ seq: count, stream: optional(text), epoch: optional(text) });

/** The answer where there is nothing else to say. @type {Shape<{ status: string }>} */
export const okAnswer = fields({ status: text });

/** @type {Shape<{ token: string, expiresAt: Date }>} */
export const loginAnswer = fields({ token: text, expiresAt: time });

/**
 * An agent, as the directory has it.
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {boolean} online Whether it holds a session now.
 * @property {Date} [lastSeen] When it was last heard of.
 * @property {Record<string, unknown>} [keys] The public keys that it published, as it wrote them. Nobody has checked them.
 */

/** @type {Shape<Peer>} */
export const peerAnswer = fields({
  name: text,
  online: flag,
  lastSeen: optional(time),
  keys: optional(document),
});

/** @type {Shape<{ agents: Peer[], more: boolean }>} */
export const peersAnswer = fields({ agents: list(peerAnswer), more: flag });

/** @type {Shape<{ members: Peer[], more: boolean }>} */
export const membersAnswer = fields({ members: list(peerAnswer), more: flag });

/**
 * @typedef {object} Channel
 * @property {string} name Its address, with the `#`.
 * @property {boolean} closed Whether its owner chooses the members, and only they publish.
 * @property {string} owner Who made it.
 * @property {boolean} member Whether this agent is a member.
 */

/** @type {Shape<Channel>} */
export const channelAnswer = fields({ name: text, closed: flag, owner: text, member: flag });

/** @type {Shape<{ channels: Channel[], more: boolean }>} */
export const channelsAnswer = fields({ channels: list(channelAnswer), more: flag });

/**
 * Where a member begins: what is published after `acked` is its own.
 *
 * @typedef {object} Membership
 * @property {string} stream Address of the channel.
 * @property {number} acked
 * @property {number} head
 */

/** @type {Shape<Membership>} */
export const membershipAnswer = fields({ stream: text, acked: count, head: count });

/**
 * From where to go on after a position became void.
 *
 * @typedef {object} Position
 * @property {string} stream Address of the stream.
 * @property {string} epoch The epoch that holds now.
 * @property {number} acked The durable cursor.
 * @property {number} head The last number given.
 */

export const positionFields = { stream: text, epoch: text, acked: count, head: count };

/** @type {Shape<Position>} */
export const position = fields(positionFields);

/** @type {Shape<{ code: string, title: string, detail: string | undefined }>} */
export const problem = fields({ code: text, title: text, detail: optional(text) });
