// How much each agent did in the last minute, counted from the events that this page saw.

import { seconds } from "../parts/format.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

const SECONDS = 60;
/** Agents that are counted. When there are more, those that were quiet for longest give way. */
const AGENTS_MAX = 5_000;

/** @typedef {{ sent: Uint16Array, told: Uint16Array, second: number }} Counts */

/** Counts by agent and second. */
export class Rates {
  /** The one that did something last is last. @type {Map<string, Counts>} */
  #agents = new Map();
  /** Since when it sees them all. @type {number | undefined} */
  #sinceMs;

  /**
   * The page watches from now on, for the first time or again.
   *
   * @param {number} nowMs
   */
  begin(nowMs) {
    this.#sinceMs = nowMs;
  }

  /**
   * Of which time they are, in words: less than a minute, while the page has not watched for one.
   *
   * @param {number} nowMs
   */
  span(nowMs) {
    const watched = (nowMs - (this.#sinceMs ?? nowMs)) / 1_000;
    return watched < SECONDS ? `since ${seconds(watched)}` : "a minute";
  }

  /** @param {HubEvent[]} batch */
  add(batch) {
    for (const { event, agent, atMs } of batch) {
      if (agent === undefined) continue;
      if (event === "published") this.#count(agent, "sent", atMs);
      else if (event === "pushed") this.#count(agent, "told", atMs);
    }
  }

  /**
   * Items that an agent published, and notifications that were pushed to it, in the last minute.
   *
   * @param {string} agent
   * @param {number} nowMs
   */
  of(agent, nowMs) {
    const counts = this.#agents.get(agent);
    if (!counts) return { sent: 0, told: 0 };
    move(counts, Math.floor(nowMs / 1000));
    const sum = (/** @type {Uint16Array} */ each) => each.reduce((total, count) => total + count, 0);
    return { sent: sum(counts.sent), told: sum(counts.told) };
  }

  /**
   * @param {string} agent
   * @param {"sent" | "told"} what
   * @param {number} atMs
   */
  #count(agent, what, atMs) {
    const second = Math.floor(atMs / 1000);
    const counts = this.#agents.get(agent) ?? empty(second);
    this.#agents.delete(agent);
    this.#agents.set(agent, counts);
    move(counts, second);
    const at = second % SECONDS;
    if (second > counts.second - SECONDS) counts[what][at] = (counts[what][at] ?? 0) + 1;
    if (this.#agents.size <= AGENTS_MAX) return;
    for (const quiet of this.#agents.keys()) {
      this.#agents.delete(quiet);
      return;
    }
  }
}

/** @param {number} second */
function empty(second) {
  return { sent: new Uint16Array(SECONDS), told: new Uint16Array(SECONDS), second };
}

/**
 * Forgets the seconds that are a minute old.
 *
 * @param {Counts} counts
 * @param {number} second
 */
function move(counts, second) {
  const gone = Math.min(second - counts.second, SECONDS);
  for (let step = 0; step < gone; step += 1) {
    counts.sent[(second - step) % SECONDS] = 0;
    counts.told[(second - step) % SECONDS] = 0;
  }
  counts.second = Math.max(second, counts.second);
}
