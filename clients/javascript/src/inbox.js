// The inbox, for agents that hold no socket.

import { refused } from "./error.js";
import { sleep } from "./requests/signals.js";
import { withQuery } from "./requests/rest.js";
import { inboxAnswer } from "./wire/bodies.js";

/** Seconds that one request may be held. */
const HELD_MAX_S = 60;

/**
 * What of the inbox is asked for.
 *
 * @typedef {object} InboxQuery
 * @property {string} [stream] Only this stream.
 * @property {number} [after] From this number of `stream` on, instead of the durable cursor.
 * @property {string} [epoch] The epoch that `after` belongs to.
 * @property {number} [limit] Most entries, up to 1,000; left out: 100.
 */

/**
 * What is after the durable cursors.
 *
 * @typedef {object} Inbox
 * @property {string} epoch The epoch that positions belong to.
 * @property {Record<string, import("./wire/bodies.js").Cursor>} streams The agent's streams that were read.
 * @property {import("./note.js").Note[]} entries Each stream in order. `note.ack()` moves the durable cursor.
 * @property {import("./wire/bodies.js").Skipped[]} skipped Ranges with nothing left to give. To move past them, acknowledge `to`.
 * @property {boolean} more Whether there is more than fitted: acknowledge, and ask again.
 */

/**
 * @param {import("./requests/rest.js").Rest} rest
 * @param {InboxQuery & { wait?: number }} query
 * @param {AbortSignal} [signal]
 */
export function inbox(rest, { stream, after, epoch, limit, wait }, signal) {
  const path = withQuery("/secure/inbox", { stream, after, epoch, limit, wait });
  return rest.call({ path, heldS: wait ?? 0, signal }, inboxAnswer);
}

/**
 * As `inbox`, but holds until there is an entry or the time is over.
 *
 * @param {import("./requests/rest.js").Rest} rest
 * @param {number} seconds
 * @param {InboxQuery} query
 * @param {AbortSignal} [signal]
 */
export async function wait(rest, seconds, query, signal) {
  if (typeof seconds !== "number" || !(seconds >= 0))
    throw refused("invalid", "how long to wait must be a number of seconds");
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const begun = performance.now();
    const heldS = Math.min(Math.ceil((end - begun) / 1000), HELD_MAX_S);
    const answer = await inbox(rest, { ...query, wait: Math.max(heldS, 0) }, signal);
    if (answer.entries.length > 0 || answer.more || performance.now() >= end) return answer;
    // A hub that shuts down lets go at once.
    if (performance.now() - begun < 500) await sleep(Math.random() * 500, signal);
  }
}
