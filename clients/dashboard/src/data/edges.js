// Who talks to whom: items from an agent to an address, and entries of a channel to its members, by minute. Counted from what
// the hub tells of the time before, and from the events that this page saw.

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

/** Minutes that are kept. */
export const MINUTES = 15;
/** Edges that are kept. When there are more, those that were quiet for longest give way. */
const EDGES_MAX = 5_000;
const MINUTE_MS = 60_000;

/**
 * @typedef {object} Edge
 * @property {string} from An agent; or a channel, to one of its members.
 * @property {string} to An agent or a channel.
 * @property {number} lastMs When something last went there.
 * @property {Uint32Array} minutes
 * @property {number} minute The last that was counted.
 */

/** The edges of the map. */
export class Edges {
  /** The one that was used last is last. @type {Map<string, Edge>} */
  #edges = new Map();

  /** @param {HubEvent[]} batch */
  add(batch) {
    for (const event of batch) {
      if (event.event === "published" && event.agent !== undefined) {
        for (const to of event.to) this.count(event.agent, to, event.atMs);
      } else if (event.event === "pushed" && event.stream?.startsWith("#") && event.agent !== undefined) {
        this.count(event.stream, event.agent, event.atMs);
      }
    }
  }

  /**
   * @param {string} from
   * @param {string} to
   * @param {number} atMs
   */
  count(from, to, atMs) {
    if (from === to) return;
    const key = `${from} ${to}`;
    const minute = Math.floor(atMs / MINUTE_MS);
    const edge = this.#edges.get(key) ?? { from, to, lastMs: 0, minutes: new Uint32Array(MINUTES), minute };
    move(edge, minute);
    if (minute <= edge.minute - MINUTES) return;
    const at = minute % MINUTES;
    edge.minutes[at] = (edge.minutes[at] ?? 0) + 1;
    edge.lastMs = Math.max(edge.lastMs, atMs);
    this.#edges.delete(key);
    this.#edges.set(key, edge);
    if (this.#edges.size <= EDGES_MAX) return;
    for (const quiet of this.#edges.keys()) {
      this.#edges.delete(quiet);
      return;
    }
  }

  /**
   * The edges that were used in the last minutes, with how much.
   *
   * @param {number} minutes
   * @param {number} nowMs
   */
  within(minutes, nowMs) {
    const now = Math.floor(nowMs / MINUTE_MS);
    /** @type {{ from: string, to: string, lastMs: number, count: number }[]} */
    const found = [];
    for (const edge of this.#edges.values()) {
      move(edge, now);
      let count = 0;
      // The minute that has begun counts beside the whole ones.
      for (let ago = 0; ago < Math.min(minutes + 1, MINUTES); ago += 1) {
        count += edge.minutes[(edge.minute - ago) % MINUTES] ?? 0;
      }
      if (count > 0) found.push({ from: edge.from, to: edge.to, lastMs: edge.lastMs, count });
    }
    return found;
  }
}

/**
 * @param {Edge} edge
 * @param {number} minute
 */
function move(edge, minute) {
  const gone = Math.min(minute - edge.minute, MINUTES);
  for (let step = 0; step < gone; step += 1) edge.minutes[(minute - step) % MINUTES] = 0;
  edge.minute = Math.max(minute, edge.minute);
}
