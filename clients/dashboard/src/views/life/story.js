// An item's life as a list of moments: what the hub keeps, with the exact times of what this page saw.

import { timeOf } from "../../parts/format.js";

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
  moments.push(...ofEnd(life, seen));
  const rank = (/** @type {Moment} */ { ms, kind }) => ms ?? (kind === "pushed" ? timeOf(life.item) + 1 : Infinity);
  return moments.sort((one, other) => rank(one) - rank(other) || 0);
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
    moments.push({ kind: "pushed", ms: atMs, precision: "exact", agent, address, detail: `session ${session ?? ""}` });
  }
  const sessions = pushed.filter((session) => !pushes.some((event) => event.session === session));
  if (sessions.length > 0) {
    moments.push({ kind: "pushed", precision: "second", agent, address, detail: `session ${sessions.join(", ")}` });
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
 * @param {ItemLife} life
 * @param {HubEvent[]} seen
 * @returns {Moment[]}
 */
function ofEnd(life, seen) {
  const { state, from, taken_by: by, taken_at: at } = life;
  if (state === "consumed" && by) {
    return [
      {
        kind: "read",
        ms: at ? Date.parse(at) : undefined,
        precision: "second",
        agent: by,
        detail: "took it: it could be read once",
      },
    ];
  }
  if (state !== "expired" && state !== "withdrawn") return [];
  const event = seen.find((each) => each.event === state);
  if (event) return [{ kind: state, ms: event.atMs, precision: "exact", agent: from }];
  return [
    {
      kind: state,
      ms: state === "expired" ? Date.parse(life.expires_at) : undefined,
      precision: "second",
      agent: from,
    },
  ];
}

/**
 * How many of those whom it was for have got how far.
 *
 * @param {ItemLife} life
 * @param {HubEvent[]} seen
 */
export function progress(life, seen) {
  const recipients = life.addresses.flatMap(({ address, seq, recipients }) =>
    recipients.map((each) => ({ ...each, address, seq })),
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
