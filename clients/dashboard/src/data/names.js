// The names of items: what was pushed tells only which item it was, and the page saw how it was called when it was published.

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

/** Names that are kept; the oldest give way. */
const KEPT_MAX = 10_000;

export class Names {
  /** By id, the newest last. @type {Map<string, string>} */
  #names = new Map();

  /**
   * Learns the names of a batch, and gives the others of it theirs where they are known.
   *
   * @param {HubEvent[]} batch In the order in which they happened.
   * @returns {HubEvent[]}
   */
  fill(batch) {
    return batch.map((event) => {
      const { item, name } = event;
      if (item === undefined) return event;
      if (event.event === "published" && name !== undefined) this.#keep(item, name);
      return event.event === "pushed" && name === undefined ? this.#named(event, item) : event;
    });
  }

  /**
   * @param {string} item
   * @param {string} name
   */
  #keep(item, name) {
    this.#names.set(item, name);
    if (this.#names.size <= KEPT_MAX) return;
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest);
      return;
    }
  }

  /**
   * @param {HubEvent} event
   * @param {string} item
   */
  #named(event, item) {
    const name = this.#names.get(item);
    return name === undefined ? event : { ...event, name };
  }
}
