// Frames of the socket: JSON text, one object each, told apart by `type`. What a newer hub says and this client does not
// know (a type, a field, a code) is passed over.

import { cursor, entryFields, itemFields, positionFields, skippedFields } from "./bodies.js";
import {
  byName,
  count,
  fields,
  isObject,
  list,
  listOrNothing,
  mark,
  optional,
  parse,
  text,
  time,
  Unreadable,
} from "./shape.js";

/** The protocol that this client speaks. */
export const PROTOCOL = 1;

/** @template T @typedef {import("./shape.js").Shape<T>} Shape */

/**
 * What the hub takes.
 *
 * @typedef {object} HubLimits
 * @property {number} dataMaxBytes Bytes of `data` by REST.
 * @property {number} socketDataMaxBytes Bytes of `data` over the socket.
 * @property {number} messageMaxBytes Bytes of one message of the socket.
 * @property {number} inlineMaxBytes Largest data that is told along with an entry.
 * @property {number} toMax Addresses in one `to`.
 * @property {number} ttlMaxS Largest `ttl`, in seconds.
 */

/** @type {Shape<HubLimits>} */
const hubLimits = fields({
  dataMaxBytes: count,
  socketDataMaxBytes: count,
  messageMaxBytes: count,
  inlineMaxBytes: count,
  toMax: count,
  ttlMaxS: count,
});

/**
 * One thing that happened, for operators who watch. `event` says what: `published`, `pushed`, `acked`, `read`, `withdrawn`,
 * `expired`, `refused`, `connected`, `gone`, or what a newer hub may tell.
 *
 * @typedef {object} HubEvent
 * @property {string} event What.
 * @property {number} atMs When, in milliseconds since the Unix epoch.
 * @property {string} [agent] Who.
 * @property {string[]} to To which addresses.
 * @property {string} [stream] Address of the stream.
 * @property {number} [seq] The number in it.
 * @property {string} [item] Id of the item, which gives nobody its data.
 * @property {string} [name] What its publisher called it.
 * @property {number} [size] Bytes of data.
 * @property {string} [replyTo] Id of the item that it answers.
 * @property {string} [session] The session.
 * @property {string} [code] A stable code.
 * @property {string} [asked] What was asked: a method and a route, or the type of a frame.
 */

/** @type {Shape<HubEvent>} */
const event = fields({
  event: text,
  atMs: count,
  agent: optional(text),
  to: listOrNothing(text),
  stream: optional(text),
  seq: optional(count),
  item: optional(text),
  name: optional(text),
  size: optional(count),
  replyTo: optional(text),
  session: optional(text),
  code: optional(text),
  asked: optional(text),
});

/** The fields of each, in the order in which the hub writes them. */
const HUB_FIELDS = {
  welcome: {
    agent: text,
    session: text,
    protocol: count,
    version: text,
    hub: text,
    epoch: text,
    limits: hubLimits,
    streams: byName(cursor),
    pingIntervalS: count,
  },
  notify: entryFields,
  skipped: skippedFields,
  resync: positionFields,
  joined: { stream: text, acked: count, head: count },
  left: { stream: text },
  published: { token: text },
  data: itemFields,
  ok: {},
  traffic: { from: text, to: list(text), name: text, size: count, createdAt: time },
  events: { events: list(event), leftOut: optional(count) },
  error: { code: text, detail: text },
  pong: {},
};

/** @typedef {keyof typeof HUB_FIELDS} HubType */
/** @typedef {import("./bodies.js").Entry} Entry */

/**
 * What the hub said.
 *
 * @typedef {(
 *   | { type: "welcome", id?: string } & Welcome
 *   | { type: "notify", id?: string } & Entry
 *   | { type: "skipped", id?: string } & import("./bodies.js").Skipped
 *   | { type: "resync", id?: string } & import("./bodies.js").Position
 *   | { type: "joined", id?: string, stream: string, acked: number, head: number }
 *   | { type: "left", id?: string, stream: string }
 *   | { type: "events", id?: string, events: HubEvent[], leftOut?: number }
 *   | { type: "error", id?: string, code: string, detail: string }
 *   | { type: "published" | "data" | "ok" | "traffic" | "pong", id?: string }
 * )} HubFrame
 */

/**
 * @typedef {object} Welcome
 * @property {string} agent
 * @property {string} hub
 * @property {string} epoch
 * @property {HubLimits} limits
 * @property {Record<string, import("./bodies.js").Cursor>} streams
 * @property {number} pingIntervalS
 */

/** What the hub says, by `type`. */
export const HUB_SHAPES = new Map(
  Object.entries(HUB_FIELDS).map(([type, shapes]) => [type, fields({ type: text, ...shapes, id: optional(text) })]),
);

/**
 * What a message says; `undefined` where it is none that this client knows.
 *
 * @param {string} message
 * @returns {HubFrame | undefined}
 */
export function readHubFrame(message) {
  const told = parse(message);
  const shape = isObject(told) && typeof told.type === "string" ? HUB_SHAPES.get(told.type) : undefined;
  if (!shape) return undefined;
  try {
    return /** @type {HubFrame} */ (/** @type {unknown} */ (shape.read(told)));
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** What this client says, by `type`. Everything else it asks by REST. */
const CLIENT_SHAPES = {
  hello: fields({
    type: text,
    apiKey: text,
    token: text,
    protocol: count,
    epoch: optional(text),
    after: optional(byName(count)),
  }),
  refresh: fields({ type: text, token: text }),
  watch: fields({ type: text, events: mark }),
  ping: fields({ type: text }),
};

/**
 * @typedef {(
 *   | { type: "hello", apiKey: string, token: string, protocol: number, epoch?: string, after?: Record<string, number> }
 *   | { type: "refresh", token: string }
 *   | { type: "watch", events: boolean }
 *   | { type: "ping" }
 * )} ClientFrame
 */

/**
 * A client's frame, as a message.
 *
 * @param {ClientFrame} frame
 */
export function writeClientFrame(frame) {
  return JSON.stringify(/** @type {Shape<any>} */ (CLIENT_SHAPES[frame.type]).write(frame));
}
