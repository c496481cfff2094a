// Who is logged in, and the socket that watches. Credentials are in the client's memory, and nowhere else: no cookie, no
// storage; a reload asks for them again.

import { connect } from "/client/index.js";
import { timeOf } from "../parts/format.js";
import { Admin } from "./admin.js";
import { Edges, MINUTES } from "./edges.js";
import { Events } from "./events.js";
import { Rates } from "./rates.js";

/** Pages of items that are asked for, to know who talked to whom before. */
const PAST_PAGES = 5;
const PAGE = 1_000;

/** `live`: the hub tells what happens; `away`: the connection is gone, and comes back by itself; `ended`: it does not. */
/** @typedef {"connecting" | "live" | "away" | "ended"} State */

/** An operator at the hub. */
export class Connection extends EventTarget {
  #hub;
  #stopping = new AbortController();
  /** @type {State} */
  state = "connecting";
  /** Why it is away or has ended. @type {unknown} */
  error;
  /** How often it was away since the page began. */
  timesAway = 0;
  events = new Events();
  rates = new Rates();
  edges = new Edges();
  admin;

  /** @param {import("/client/index.js").Hub} hub */
  constructor(hub) {
    super();
    this.#hub = hub;
    this.admin = new Admin(hub);
    this.events.onBatch((batch) => {
      this.rates.add(batch);
      this.edges.add(batch);
    });
  }

  /**
   * Logs in.
   *
   * @param {string} agent
   * @param {string} apiKey
   */
  static async open(agent, apiKey) {
    const hub = await connect({ url: location.origin, agent, apiKey, limitS: 15 });
    const connection = new Connection(hub);
    try {
      // Whoever is no operator is told so here, and not by seven empty views.
      await connection.admin.hub();
    } catch (error) {
      await hub.close();
      throw error;
    }
    return connection;
  }

  /** The client itself: for sending, and for being told. */
  get hub() {
    return this.#hub;
  }

  /** Watches, until `close`. */
  async watch() {
    try {
      for await (const told of this.#hub.watch({ signal: this.#stopping.signal })) {
        if (told.kind === "events") {
          this.events.add(told.events, told.leftOut);
        } else if (told.kind === "here") {
          this.rates.begin(Date.now());
          this.#become("live");
          void this.#learnPast();
        } else {
          if (this.state === "live") this.timesAway += 1;
          this.#become("away", told.error);
        }
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#become("ended", error);
    }
  }

  /** Logs out: forgets the credentials and everything that was seen. */
  async close() {
    this.#stopping.abort();
    await this.#hub.close();
  }

  /** Who talked to whom before this page watched, or while it was away. */
  async #learnPast() {
    // What came before the last event was counted as it happened.
    const since = Math.max(Date.now() - MINUTES * 60_000, this.events.ring.newest(0)?.atMs ?? 0);
    const known = new Set();
    for (const { event, item } of this.events.ring.all()) if (event === "published") known.add(item);
    /** @type {string | undefined} */
    let before;
    for (let page = 0; page < PAST_PAGES; page += 1) {
      const { items, more } = await this.admin.items({ limit: PAGE, before }).catch(() => ({ items: [], more: false }));
      for (const { item, from, to } of items) {
        if (known.has(item) || timeOf(item) < since) continue;
        for (const address of to) this.edges.count(from, address, timeOf(item));
      }
      before = items.at(-1)?.item;
      if (!more || before === undefined || timeOf(before) < since) break;
    }
    this.dispatchEvent(new Event("past"));
  }

  /**
   * @param {State} state
   * @param {unknown} [error]
   */
  #become(state, error) {
    this.state = state;
    this.error = error;
    this.dispatchEvent(new Event("state"));
  }
}
