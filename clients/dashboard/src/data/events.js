// What happened while this page was open: the newest events, how many there were of each kind, and how many nobody told.
// They come in batches, twenty times a second; whoever shows them is called once a frame at most, however many there were.

import { KINDS } from "../parts/badge.js";
import { Names } from "./names.js";
import { Ring } from "./ring.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

/** Events that are kept: about ten seconds of the most that a hub tells. */
export const KEPT = 20_000;
/** Seconds that the pulse shows. */
const PULSE_S = 90;
/** Seconds of which the rate is the mean: one alone goes up and down with whatever comes once a second. */
const RATE_S = 5;

/** The events of this page. */
export class Events {
  /** @type {Ring<HubEvent>} */
  ring = new Ring(KEPT);
  /** How many of each kind, since this page began. @type {Record<string, number>} */
  totals = Object.create(null);
  /** How many happened, and were too many to tell. */
  leftOut = 0;
  /** Events of each of the last seconds, by kind. */
  pulse = new Pulse(PULSE_S);
  /** Events a second, as of the last tick: one number, wherever it stands. */
  perSecond = 0;
  #names = new Names();
  #begunMs = Date.now();
  /** @type {Set<() => void>} */
  #clocks = new Set();
  /** @type {Set<(batch: HubEvent[]) => void>} */
  #hearers = new Set();
  /** @type {Map<(fresh: number) => void, number>} */
  #viewers = new Map();
  #isFrameAsked = false;

  /**
   * @param {HubEvent[]} told In the order in which they happened.
   * @param {number} leftOut
   */
  add(told, leftOut) {
    const batch = this.#names.fill(told);
    for (const event of batch) {
      this.ring.push(event);
      this.totals[event.event] = (this.totals[event.event] ?? 0) + 1;
    }
    this.leftOut += leftOut;
    this.pulse.add(batch, Date.now());
    for (const hear of this.#hearers) hear(batch);
    this.#askFrame();
  }

  /**
   * Hears every event, as it comes: for what counts. Must be quick.
   *
   * @param {(batch: HubEvent[]) => void} hear
   * @param {AbortSignal} [signal] Ends it.
   */
  onBatch(hear, signal) {
    this.#hearers.add(hear);
    signal?.addEventListener("abort", () => this.#hearers.delete(hear), { once: true });
  }

  /**
   * Is called in a frame after events have come, with how many of the newest in `ring` are new to it: for what shows.
   *
   * @param {(fresh: number) => void} view
   * @param {AbortSignal} signal Ends it.
   */
  onFrame(view, signal) {
    this.#viewers.set(view, this.ring.pushed);
    signal.addEventListener("abort", () => this.#viewers.delete(view), { once: true });
  }

  /**
   * A second went by: whoever shows the rate or the pulse does it now.
   *
   * @param {number} nowMs
   */
  tick(nowMs) {
    this.pulse.moveTo(nowMs);
    const seen = Math.floor(nowMs / 1_000) - Math.floor(this.#begunMs / 1_000) - 1;
    this.perSecond = this.pulse.mean(Math.min(Math.max(seen, 1), RATE_S));
    for (const show of this.#clocks) show();
  }

  /**
   * Is called with every tick.
   *
   * @param {() => void} show
   * @param {AbortSignal} signal Ends it.
   */
  onTick(show, signal) {
    this.#clocks.add(show);
    signal.addEventListener("abort", () => this.#clocks.delete(show), { once: true });
  }

  #askFrame() {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    requestAnimationFrame(() => {
      this.#isFrameAsked = false;
      for (const [view, seen] of this.#viewers) {
        const fresh = Math.min(this.ring.pushed - seen, this.ring.length);
        this.#viewers.set(view, this.ring.pushed);
        view(fresh);
      }
    });
  }
}

/** How many events each of the last seconds had, by kind. */
export class Pulse {
  #length;
  #counts;
  #second = 0;

  /** @param {number} length Seconds. */
  constructor(length) {
    this.#length = length;
    this.#counts = new Uint32Array(length * (KINDS.length + 1));
  }

  get length() {
    return this.#length;
  }

  /**
   * @param {HubEvent[]} batch
   * @param {number} nowMs
   */
  add(batch, nowMs) {
    this.moveTo(nowMs);
    const row = this.#row(0);
    for (const { event } of batch) {
      const kind = KINDS.indexOf(/** @type {import("../parts/badge.js").Kind} */ (event));
      const at = row + (kind < 0 ? KINDS.length : kind);
      this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    }
  }

  /**
   * Makes room for the seconds that went by.
   *
   * @param {number} nowMs
   */
  moveTo(nowMs) {
    const second = Math.floor(nowMs / 1000);
    const gone = Math.min(Math.max(second - this.#second, 0), this.#length);
    this.#second = Math.max(second, this.#second);
    for (let ago = 0; ago < gone; ago += 1) this.#counts.fill(0, this.#row(ago), this.#row(ago) + KINDS.length + 1);
  }

  /**
   * @param {number} ago Seconds.
   * @param {number} kind Its index in `KINDS`.
   */
  of(ago, kind) {
    return this.#counts[this.#row(ago) + kind] ?? 0;
  }

  /** @param {number} ago Seconds. */
  totalOf(ago) {
    let total = 0;
    for (let kind = 0; kind <= KINDS.length; kind += 1) total += this.of(ago, kind);
    return total;
  }

  /**
   * Events a second in the last seconds that are over.
   *
   * @param {number} seconds
   */
  mean(seconds) {
    let total = 0;
    for (let ago = 1; ago <= seconds; ago += 1) total += this.totalOf(ago);
    return total / seconds;
  }

  /** @param {number} ago */
  #row(ago) {
    return ((this.#second - ago + this.#length) % this.#length) * (KINDS.length + 1);
  }
}
