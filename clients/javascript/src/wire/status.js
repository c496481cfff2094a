// What became of an item: the answer of `GET /secure/status/{token}`.

import { count, fields, flag, list, optional, text, time } from "./shape.js";

/** @template T @typedef {import("./shape.js").Shape<T>} Shape */

/**
 * What became of an item. Stored, pushed, acked and read are four different facts.
 *
 * @typedef {object} Status
 * @property {string} token
 * @property {string} state `live`, `expired`, `withdrawn` or `consumed`.
 * @property {Date} createdAt When it was published.
 * @property {Date} expiresAt When it expires, or would have.
 * @property {string} [takenBy] Who took a one-time item.
 * @property {AddressStatus[]} to What is known for each address.
 */

/**
 * What is known of an item at one address.
 *
 * @typedef {object} AddressStatus
 * @property {string} address
 * @property {number} seq The entry's number in its stream.
 * @property {boolean} [pushed] Of an agent: written to one of its live sockets; left out while that is not known.
 * @property {boolean} [acked] Of an agent: its cursor has moved past it.
 * @property {Date} [read] Of an agent: when it first retrieved the data.
 * @property {boolean} [online] Of an agent: whether it holds a session now.
 * @property {MemberCounts} [counts] Of a channel: how many.
 * @property {MemberStatus[]} [members] Of a channel that was asked for: a page of its members.
 * @property {boolean} [more] Whether there are more members after the last.
 */

/**
 * @typedef {object} MemberCounts
 * @property {number} members Members whom it was for.
 * @property {number} acked Of these, how many cursors have moved past it.
 * @property {number} read Of these, how many retrieved it.
 */

/**
 * @typedef {object} MemberStatus
 * @property {string} agent The member.
 * @property {boolean} [pushed] As of an address.
 * @property {boolean} acked As of an address.
 * @property {Date} [read] As of an address.
 * @property {boolean} online As of an address.
 */

const optionalFlag = optional(flag);
const optionalTime = optional(time);

/** @type {Shape<MemberStatus>} */
const memberStatus = fields({ agent: text, pushed: optionalFlag, acked: flag, read: optionalTime, online: flag });

/** @type {Shape<AddressStatus>} */
const addressStatus = fields({
  address: text,
  seq: count,
  pushed: optionalFlag,
  acked: optionalFlag,
  read: optionalTime,
  online: optionalFlag,
  counts: optional(fields({ members: count, acked: count, read: count })),
  members: optional(list(memberStatus)),
  more: optionalFlag,
});

/** @type {Shape<Status>} */
export const statusAnswer = fields({
  token: text,
  state: text,
  createdAt: time,
  expiresAt: time,
  takenBy: optional(text),
  to: list(addressStatus),
});
