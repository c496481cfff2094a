// Being told: one session after the other, for as long as the caller wants. Login, hello with the positions so far, what
// the socket tells, and when it ends a pause and the same again. What is told goes through `Tracks`, which tells what is
// new, into the `Queue`, where the caller takes it.

import { Note } from "../note.js";
import { Backoff } from "../requests/backoff.js";
import { inboxAnswer } from "../wire/bodies.js";
import { Acks } from "./acks.js";
import { Listening, mayWorkLater } from "./listening.js";
import { holdSession, openSession, pauseAfter } from "./opening.js";
import { Queue } from "./queue.js";
import { Tracks } from "./tracks.js";

/** @typedef {import("./end.js").End} End */
/** @typedef {import("../wire/frames.js").HubFrame} HubFrame */
/** @typedef {import("./tracks.js").Track} Track */
/** @typedef {import("../requests/jwt.js").Jwt} Jwt */

/** Keeps a socket. */
export class Session {
  #hub;
  #rest;
  #limits;
  #own;
  #tracks;
  #acks;
  #queue = new Queue();
  #backoff = Backoff.ofSessions();
  #stopping = new AbortController();
  /** @type {Promise<void> | undefined} */
  #running;
  /** The session at hand told something. */
  #hasTold = false;

  /**
   * @param {import("../hub.js").Hub} hub
   * @param {import("../requests/rest.js").Rest} rest
   * @param {import("../limits.js").Limits} limits
   * @param {{ own: boolean, from?: import("./tracks.js").Positions }} options
   */
  constructor(hub, rest, limits, { own, from }) {
    this.#hub = hub;
    this.#rest = rest;
    this.#limits = limits;
    this.#own = own;
    // What was told under numbers that mean nothing any more is not handed over; after a resync it is told again.
    this.#tracks = new Tracks(from, (track) => this.#queue.drop(track));
    this.#acks = new Acks(rest, this.#tracks);
  }

  /** Whether it was neither ended nor stopped. */
  get isOpen() {
    return !this.#queue.isEnded;
  }

  /** The next note; begins if it has not begun. */
  next() {
    this.#running ??= this.#keep();
    return this.#queue.next();
  }

  /** Ends it; what is told and not taken is told again to whoever comes next. Resolves when the socket is closed. */
  async stop() {
    this.#stopping.abort();
    this.#acks.stop();
    this.#queue.clear();
    await this.#running;
  }

  /**
   * Ends it with an error for the caller.
   *
   * @param {unknown} error
   */
  fail(error) {
    this.#queue.clear({ error });
    this.#stopping.abort();
    this.#acks.stop();
  }

  /** From where a session would go on that comes after what the caller was handed. */
  get positions() {
    const after = Object.create(null);
    for (const track of this.#tracks.all()) {
      after[track.stream] = (this.#queue.firstOf(track) ?? track.position + 1) - 1;
    }
    return { epoch: this.#tracks.epoch, after };
  }

  /**
   * The caller acknowledged a number itself, and the hub has it.
   *
   * @param {string} stream
   * @param {number} seq
   */
  acked(stream, seq) {
    const track = this.#tracks.get(stream);
    if (!track) return;
    this.#tracks.done(track, seq);
    this.#tracks.acked(track, seq);
    this.#acks.soon();
  }

  async #keep() {
    try {
      for (;;) await this.#pause(await this.#session());
    } catch (error) {
      this.#acks.stop();
      this.#queue.end(this.#stopping.signal.aborted ? undefined : { error });
    }
  }

  /** One session, from login to the end of its socket. */
  async #session() {
    const signal = this.#stopping.signal;
    signal.throwIfAborted();
    this.#hasTold = false;
    const converse = (/** @type {Jwt} */ jwt) => this.#converse(jwt, signal);
    return holdSession({ rest: this.#rest, backoff: this.#backoff, converse, hasTold: () => this.#hasTold }, signal);
  }

  /**
   * @param {Jwt} jwt
   * @param {AbortSignal} signal
   * @returns {Promise<End>}
   */
  async #converse(jwt, signal) {
    const positions = [...this.#tracks.all()].map(({ stream, position }) => [stream, position]);
    const resume = positions.length > 0 ? { epoch: this.#tracks.epoch, after: Object.fromEntries(positions) } : {};
    const opened = await openSession(this.#rest, jwt, resume, signal);
    if ("kind" in opened) return opened;
    const { socket, welcome } = opened;
    this.#limits.learn(welcome.limits);
    this.#tracks.welcome(welcome);
    const handler = { room: () => this.#queue.room(), take: (/** @type {HubFrame} */ frame) => this.#take(frame) };
    const about = { socket, rest: this.#rest, jwt, pingIntervalS: welcome.pingIntervalS, handler };
    return new Listening(about).run(signal);
  }

  /**
   * What a frame means: an entry for the caller, a change of what is heard, or the end.
   *
   * @param {HubFrame} frame
   * @returns {End | undefined}
   */
  #take(frame) {
    const tracks = this.#tracks;
    if (frame.type === "notify" || frame.type === "skipped") {
      const isMine = frame.type === "notify" && !this.#own && frame.from === this.#rest.agent;
      const verdict = frame.type === "notify" ? tracks.notify(frame, isMine) : tracks.skip(frame);
      if (verdict === "gap") return { kind: "again" };
      const track = tracks.get(frame.stream);
      if (verdict === "handOver" && frame.type === "notify" && track) this.#handOver(frame, track);
      else this.#acks.soon();
    } else if (frame.type === "resync") {
      tracks.resync(frame.stream, frame);
      tracks.epoch = frame.epoch;
    } else if (frame.type === "joined") {
      tracks.join(frame.stream, frame);
    } else if (frame.type === "left") {
      tracks.leave(frame.stream);
    }
    return undefined;
  }

  /**
   * @param {import("../wire/bodies.js").Entry} entry
   * @param {Track} track
   */
  #handOver(entry, track) {
    this.#hasTold = true;
    const acknowledge = async () => {
      this.#tracks.doneWith(track, entry);
      await this.#acks.told(track.stream);
    };
    this.#queue.push(new Note(entry, this.#hub, acknowledge), track);
  }

  /**
   * What comes before the next session.
   *
   * @param {End} end
   */
  async #pause(end) {
    const signal = this.#stopping.signal;
    signal.throwIfAborted();
    if (end.kind === "streams") await this.#keepStreams(signal);
    await pauseAfter(end, this.#backoff, signal);
    if (end.kind === "later") await this.#rest.findAgain();
  }

  /**
   * Leaves the streams that the agent is no longer in.
   *
   * @param {AbortSignal} signal
   */
  async #keepStreams(signal) {
    try {
      const { streams } = await this.#rest.call({ path: "/secure/inbox?limit=1", signal }, inboxAnswer);
      this.#tracks.keep(streams);
    } catch (error) {
      if (!mayWorkLater(error)) throw error;
    }
  }
}
