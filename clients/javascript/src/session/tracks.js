// Where the agent is in each of its streams, and what may be acknowledged: the rules of docs/clients.md.

import { Ranges } from "./ranges.js";

/** Tokens that are remembered, to tell an item's copies in other streams. */
const TOKENS_MAX = 65_536;

/**
 * From where to go on: what `notifications` takes, and what it tells.
 *
 * @typedef {object} Positions
 * @property {string} epoch The epoch that the numbers belong to.
 * @property {Record<string, number>} after By stream, the last number that is not wanted again.
 */

/** @typedef {import("../wire/bodies.js").Cursor} Cursor */
/** @typedef {import("../wire/bodies.js").Entry} Entry */

/**
 * What to do with an entry: `handOver`: it is the caller's. `movePast`: it was seen before, or is none of the caller's
 * business. `gap`: something is missing before it, so come back and read on.
 *
 * @typedef {"handOver" | "movePast" | "gap"} Verdict
 */

/** One stream, from when the agent is in it until it leaves, or the position becomes void. */
export class Track {
  /** What was handed over, or is a copy of it, and is not acknowledged. */
  outstanding = new Ranges();
  /** Its tokens, as far as they are remembered; ascending. @type {Map<number, string>} */
  tokens = new Map();
  /** What the hub was told. */
  acked = 0;
  /**
   * Up to where the first number of a session may leave out what is before: the agent may have left meanwhile and come again,
   * and a new membership begins acknowledged.
   */
  mayBeginAfter = 0;

  /**
   * @param {string} stream
   * @param {number} position What was last handed over or moved past.
   */
  constructor(stream, position) {
    this.stream = stream;
    this.position = position;
  }

  /** Up to where everything is acknowledged by the caller, or was moved past silently. */
  get doneUpTo() {
    const first = this.outstanding.first;
    return first === undefined ? this.position : first - 1;
  }
}

/**
 * An item that the caller was handed.
 *
 * @typedef {object} HandedOver
 * @property {boolean} isDone The caller acknowledged it.
 * @property {Track} [home] Where it was handed over; elsewhere are copies. None: it is to be handed over again.
 * @property {{ track: Track, seq: number }[]} places Where it is outstanding.
 */

/** All streams of a session. */
export class Tracks {
  /** @type {Map<string, Track>} */
  #tracks = new Map();
  /** Oldest first. @type {Map<string, HandedOver>} */
  #items = new Map();
  /** Streams in which nothing is acknowledged before the caller does: what is before is not known to be done with. */
  #held;
  /** Is told of tracks that end. */
  #ended;

  /**
   * @param {Positions} [from] The caller's own positions.
   * @param {(track: Track) => void} [ended] Is called with each track whose numbers mean nothing any more.
   */
  constructor(from, ended = () => {}) {
    this.#ended = ended;
    /** The epoch that positions belong to. */
    this.epoch = from?.epoch ?? "";
    this.#held = new Set(Object.keys(from?.after ?? {}));
    for (const [stream, position] of Object.entries(from?.after ?? {})) {
      this.#tracks.set(stream, new Track(stream, position));
    }
  }

  /**
   * @param {string} stream
   * @returns {Track | undefined}
   */
  get(stream) {
    return this.#tracks.get(stream);
  }

  /** @returns {IterableIterator<Track>} */
  all() {
    return this.#tracks.values();
  }

  /**
   * What the hub may be told now, where that is news.
   *
   * @returns {{ track: Track, seq: number }[]}
   */
  due() {
    const known = [...this.#tracks.values()].filter(({ stream }) => !this.#held.has(stream));
    return known.map((track) => ({ track, seq: track.doneUpTo })).filter(({ track, seq }) => seq > track.acked);
  }

  /**
   * A session stands: streams that are new begin at their cursor, those that are gone are left, and positions of another
   * epoch are void. (A `resync` says so of each, but the connection may end before it comes.)
   *
   * @param {{ epoch: string, streams: Record<string, Cursor> }} welcome
   */
  welcome({ epoch, streams }) {
    const isVoid = this.epoch !== epoch;
    this.epoch = epoch;
    this.keep(streams);
    for (const [stream, cursor] of Object.entries(streams)) {
      const track = this.#tracks.get(stream);
      if (!track) this.join(stream, cursor);
      else if (isVoid) this.resync(stream, cursor);
      else {
        track.acked = cursor.acked;
        track.mayBeginAfter = cursor.acked;
      }
    }
  }

  /**
   * The agent is in a stream from now on. (To be told so of a stream that it is in means that it has left and come again.)
   *
   * @param {string} stream
   * @param {Cursor} cursor
   */
  join(stream, cursor) {
    this.leave(stream);
    const track = new Track(stream, cursor.acked);
    track.acked = cursor.acked;
    this.#tracks.set(stream, track);
  }

  /**
   * The agent is no longer in a stream. What it was handed there waits for copies in other streams.
   *
   * @param {string} stream
   */
  leave(stream) {
    const track = this.#tracks.get(stream);
    if (!track) return;
    this.#tracks.delete(stream);
    for (const [seq, token] of track.tokens) {
      const item = this.#items.get(token);
      if (item) item.places = item.places.filter((place) => place.track !== track || place.seq !== seq);
    }
    this.#ended(track);
  }

  /**
   * Leaves all other streams.
   *
   * @param {Record<string, unknown>} streams By name.
   */
  keep(streams) {
    for (const stream of [...this.#tracks.keys()]) {
      if (!Object.hasOwn(streams, stream)) this.leave(stream);
    }
  }

  /**
   * A position is void: what was handed over and not acknowledged will be handed over again.
   *
   * @param {string} stream
   * @param {Cursor} cursor
   */
  resync(stream, cursor) {
    const old = this.#tracks.get(stream);
    this.join(stream, cursor);
    for (const token of old?.tokens.values() ?? []) {
      const item = this.#items.get(token);
      if (item && item.home === old) item.home = undefined;
    }
  }

  /**
   * An entry was told.
   *
   * @param {Entry} entry
   * @param {boolean} isMine Its publisher is this agent, who did not ask for its own.
   * @returns {Verdict}
   */
  notify({ stream, seq, token }, isMine) {
    const track = this.#continuing(stream, seq);
    if (!track) return "gap";
    if (seq <= track.position) return "movePast";
    track.position = seq;
    if (isMine) return "movePast";
    const item = this.#items.get(token);
    if (item?.isDone) return "movePast";
    track.outstanding.add(seq);
    track.tokens.set(seq, token);
    if (!item) this.#remember(token, { isDone: false, home: track, places: [{ track, seq }] });
    else item.places.push({ track, seq });
    if (item?.home) return "movePast";
    if (item) item.home = track;
    return "handOver";
  }

  /**
   * A range has nothing left to give.
   *
   * @param {import("../wire/bodies.js").Skipped} skipped
   * @returns {Verdict}
   */
  skip({ stream, from, to }) {
    const track = this.#continuing(stream, from);
    if (!track) return "gap";
    track.position = Math.max(track.position, to);
    return "movePast";
  }

  /**
   * The caller is done with everything up to `seq` in a stream.
   *
   * @param {Track} track
   * @param {number} seq
   */
  done(track, seq) {
    this.#held.delete(track.stream);
    track.outstanding.removeUpTo(seq);
    for (const [number, token] of track.tokens) {
      if (number > seq) break;
      track.tokens.delete(number);
      const item = this.#items.get(token);
      // Behind a copy, it is still waited for where it was handed over.
      if (item && item.home !== track) item.places = item.places.filter((place) => place.track !== track);
      else this.#settle(token);
    }
  }

  /**
   * The caller is done with an entry. Where its position is not void, with everything before it in its stream too.
   *
   * @param {Track} track As it was when the entry was told.
   * @param {Entry} entry
   */
  doneWith(track, entry) {
    if (this.#tracks.get(entry.stream) === track) this.done(track, entry.seq);
    else this.#settle(entry.token);
  }

  /**
   * The hub has it on disk.
   *
   * @param {Track} track
   * @param {number} seq
   */
  acked(track, seq) {
    track.acked = Math.max(track.acked, seq);
  }

  /**
   * The track of a stream, if what is told of it from `first` on leaves nothing out.
   *
   * @param {string} stream
   * @param {number} first
   */
  #continuing(stream, first) {
    const track = this.#tracks.get(stream);
    if (!track) return undefined;
    const { mayBeginAfter } = track;
    track.mayBeginAfter = 0;
    if (first <= track.position + 1) return track;
    if (first > mayBeginAfter + 1) return undefined;
    // The membership is newer than the position.
    this.join(stream, { acked: mayBeginAfter, head: mayBeginAfter });
    const newer = this.#tracks.get(stream);
    if (newer) newer.position = first - 1;
    return newer;
  }

  /**
   * The caller is done with an item, wherever it is.
   *
   * @param {string} token
   */
  #settle(token) {
    const item = this.#items.get(token);
    if (!item) return;
    item.isDone = true;
    for (const { track, seq } of item.places) {
      track.outstanding.remove(seq);
      track.tokens.delete(seq);
    }
    item.places = [];
  }

  /**
   * @param {string} token
   * @param {HandedOver} item
   */
  #remember(token, item) {
    this.#items.set(token, item);
    if (this.#items.size <= TOKENS_MAX) return;
    for (const [oldest, { places }] of this.#items) {
      this.#items.delete(oldest);
      for (const { track, seq } of places) track.tokens.delete(seq);
      return;
    }
  }
}
