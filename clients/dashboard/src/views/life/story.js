// An item's life as a list of moments: what the hub keeps, with the exact times of what this page saw.

import { shortSession, timeOf } from "../../parts/format.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */
/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */

/**
 * @typedef {object} Moment
 * @property {string} kind `stored`, or an event's.
 * @property {number} [ms] When; unknown where the hub does not keep it.
 * @property {"exact" | "second" | "latest"} precision `latest`: not later than that.
 * @property {string} agent Who.
 * @property {string} [address] Where.
 * @property {string} [detail]
 */

/**
 * @param {ItemLife} life
 * @param {HubEvent[]} seen
 * @returns {Moment[]} In the order in which they happened; what has no time stands where it must have been.
 */
export function story(life, seen) {
  /** @type {Moment[]} */
  const moments = [
    { kind: "stored", ms: timeOf(life.item), precision: "exact", agent: life.from, detail: life.to.join(", ") },
  ];
  for (const address of life.addresses) {
    for (const recipient of address.recipients) moments.push(...ofRecipient(address, recipient, seen));
  }
  for (const { agent, read } of life.readers) moments.push(readMoment(agent, read, undefined, seen));
  return inOrder(withEnd(moments, life, seen), timeOf(life.item));
}

/** What comes before what, where the times do not say it. */
const ORDER = { stored: 0, pushed: 1, acked: 2, read: 2 };

/** @param {Moment} moment */
function orderOf({ kind }) {
  return ORDER[/** @type {keyof typeof ORDER} */ (kind)] ?? 3;
}

/**
 * Sorts moments of whole seconds among those of milliseconds: such a one was somewhere in its second, but neither before the
 * item was there nor before what has to come before it.
 *
 * @param {Moment[]} moments
 * @param {number} begunMs
 */
function inOrder(moments, begunMs) {
  const exact = moments.filter(({ precision }) => precision === "exact");
  const rank = (/** @type {Moment} */ moment) => {
    const { ms, kind, precision } = moment;
    if (ms === undefined) return kind === "pushed" ? begunMs : Infinity;
    if (precision === "exact") return ms;
    const before = exact.filter((each) => orderOf(each) < orderOf(moment)).map((each) => each.ms ?? 0);
    return Math.max(begunMs, ms, ...before.filter((each) => each < ms + 1_000));
  };
  const ranked = moments.map((moment) => ({ moment, rank: rank(moment), order: orderOf(moment) }));
  // Two that are at infinity have no difference.
  ranked.sort((one, other) => (one.rank === other.rank ? one.order - other.order : one.rank - other.rank));
  return ranked.map(({ moment }) => moment);
}

/**
 * @param {import("../../data/admin.js").AddressLife} address
 * @param {import("../../data/admin.js").RecipientLife} recipient
 * @param {HubEvent[]} seen
 */
function ofRecipient({ address, seq }, { agent, pushed, acked, acked_by: ackedBy, read }, seen) {
  /** @type {Moment[]} */
  const moments = [];
  const mine = seen.filter((event) => event.agent === agent);
  const pushes = mine.filter(({ event, stream }) => event === "pushed" && stream === address);
  for (const { atMs, session } of pushes) {
    moments.push({ kind: "pushed", ms: atMs, precision: "exact", agent, address, detail: sessionsOf([session ?? ""]) });
  }
  const sessions = pushed.filter((session) => !pushes.some((event) => event.session === session));
  if (sessions.length > 0) {
    moments.push({ kind: "pushed", precision: "second", agent, address, detail: sessionsOf(sessions) });
  }
  const ack = ackMoment(mine, { address, seq, acked, ackedBy }, seen);
  if (ack) moments.push({ ...ack, agent, address });
  if (read || mine.some(({ event }) => event === "read")) moments.push(readMoment(agent, read, address, seen));
  return moments;
}

/**
 * When an agent's cursor moved past an entry. What a page saw that came later may be a later move of it.
 *
 * @param {HubEvent[]} mine What the agent did.
 * @param {{ address: string, seq: number, acked: boolean, ackedBy?: string }} entry
 * @param {HubEvent[]} seen
 * @returns {Pick<Moment, "kind" | "ms" | "precision"> | undefined}
 */
export function ackMoment(mine, { address, seq, acked, ackedBy }, seen) {
  const event = mine.find((each) => each.event === "acked" && each.stream === address && (each.seq ?? 0) >= seq);
  if (event && seen.some((each) => each.event === "published")) {
    return { kind: "acked", ms: event.atMs, precision: "exact" };
  }
  if (!event && !acked) return undefined;
  const latest = [event?.atMs, ackedBy ? Date.parse(ackedBy) : undefined].filter((ms) => ms !== undefined);
  return { kind: "acked", ms: latest.length > 0 ? Math.min(...latest) : undefined, precision: "latest" };
}

/**
 * @param {string} agent
 * @param {string | undefined} read
 * @param {string | undefined} address
 * @param {HubEvent[]} seen
 * @returns {Moment}
 */
export function readMoment(agent, read, address, seen) {
  const event = seen.find((each) => each.event === "read" && each.agent === agent);
  // Only the first reading counts; what was seen later is another.
  const isFirst = event && (!read || event.atMs < Date.parse(read) + 2_000);
  if (event && isFirst) return { kind: "read", ms: event.atMs, precision: "exact", agent, address };
  return { kind: "read", ms: read ? Date.parse(read) : undefined, precision: "second", agent, address };
}

/**
 * The moments, and how it ended.
 *
 * @param {Moment[]} moments
 * @param {ItemLife} life
 * @param {HubEvent[]} seen
 * @returns {Moment[]}
 */
function withEnd(moments, life, seen) {
  const { state, from, taken_by: by, taken_at: at, expires_at: expires } = life;
  if (state === "consumed" && by) {
    const detail = "took it: it could be read once";
    const isReading = (/** @type {Moment} */ { kind, agent }) => kind === "read" && agent === by;
    // To take it is to read it: one moment, told once.
    const taken = moments.find(isReading) ?? readMoment(by, at, undefined, seen);
    return [...moments.filter((each) => !isReading(each)), { ...taken, detail }];
  }
  if (state !== "expired" && state !== "withdrawn") return moments;
  const event = seen.find((each) => each.event === state);
  const ms = event?.atMs ?? (state === "expired" ? Date.parse(expires) : undefined);
  return [...moments, { kind: state, ms, precision: event ? "exact" : "second", agent: from }];
}

/**
 * Whether a recipient of an item is the one who published it, to a channel that it is in: nobody waits for that.
 *
 * @param {ItemLife} life
 * @param {string} address
 * @param {string} agent
 */
export function isItsSender({ from }, address, agent) {
  return agent === from && address.startsWith("#");
}

/**
 * How many of those whom it was for have got how far, but for who sent it.
 *
 * @param {ItemLife} life
 * @param {HubEvent[]} seen
 */
export function progress(life, seen) {
  const recipients = life.addresses.flatMap(({ address, recipients }) =>
    recipients.filter(({ agent }) => !isItsSender(life, address, agent)),
  );
  const saw = (/** @type {string} */ kind, /** @type {string} */ agent) =>
    seen.some((event) => event.event === kind && event.agent === agent);
  const count = (/** @type {(each: typeof recipients[number]) => boolean} */ is) => recipients.filter(is).length;
  return {
    recipients: recipients.length,
    pushed: count(({ pushed, agent }) => pushed.length > 0 || saw("pushed", agent)),
    acked: count(({ acked, agent }) => acked || saw("acked", agent)),
    read: count(({ read, agent }) => read !== undefined || saw("read", agent)),
  };
}

/** @param {string[]} sessions */
function sessionsOf(sessions) {
  return `session ${sessions.map(shortSession).join(", ")}`;
}
