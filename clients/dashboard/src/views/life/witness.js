// What this page saw itself of one item: the hub keeps that something was done, the events say when, to the millisecond.

/** @typedef {import("/client/index.js").HubEvent} HubEvent */
/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */

/** An item of a large channel has as many events. */
const SEEN_MAX = 2_000;

export class Witness {
  #item;
  /** The entries' numbers by stream. */
  #seqs;
  /** Agents whose acknowledgement was seen, by stream: a later one says nothing new. */
  #acked = new Set();
  /** In the order in which they happened. @type {HubEvent[]} */
  seen = [];

  /** @param {ItemLife} life */
  constructor({ item, addresses }) {
    this.#item = item;
    this.#seqs = new Map(addresses.map(({ address, seq }) => [address, seq]));
  }

  /**
   * @param {Iterable<HubEvent>} events In the order in which they happened.
   * @returns {boolean} Whether one is of the item.
   */
  hear(events) {
    let isConcerned = false;
    for (const event of events) {
      if (!this.#isOfItem(event) || this.seen.length >= SEEN_MAX) continue;
      this.seen.push(event);
      isConcerned = true;
    }
    return isConcerned;
  }

  /** @param {HubEvent} event */
  #isOfItem({ event, item, stream, seq, agent }) {
    if (item !== undefined) return item === this.#item;
    if (event !== "acked" || stream === undefined || seq === undefined) return false;
    const entry = this.#seqs.get(stream);
    const who = `${agent} ${stream}`;
    if (entry === undefined || seq < entry || this.#acked.has(who)) return false;
    this.#acked.add(who);
    return true;
  }
}
