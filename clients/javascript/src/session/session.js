// Being told: one session after the other, for as long as the caller wants. Login, hello with the positions so far, what
// the socket tells, and when it ends a pause and the same again. What is told goes through `Tracks`, which tells what is
// new, into the `Queue`, where the caller takes it.

import { Note } from "../note.js";
import { Backoff } from "../requests/backoff.js";
import { anySignal, onAbort, sleep } from "../requests/signals.js";
import { unreachable } from "../error.js";
import { inboxAnswer } from "../wire/bodies.js";
import { PROTOCOL, readHubFrame, writeClientFrame } from "../wire/frames.js";
import { openSocket } from "../websocket/open.js";
import { Acks } from "./acks.js";
import { endOf, endOfHello, endOfOpening, final } from "./end.js";
import { Listening, mayWorkLater } from "./listening.js";
import { Queue } from "./queue.js";
import { Tracks } from "./tracks.js";

/** How long the upgrade and the welcome may take. */
const OPEN_LIMIT_MS = 10_000;
/** Over how long sessions come back after a restart of the hub. */
const RESTART_SPREAD_MS = 5_000;
/** A session that held so long was a good one. */
const GOOD_AFTER_MS = 60_000;

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
    /** @type {Jwt} */
    let jwt;
    try {
      jwt = await this.#rest.jwt(signal);
    } catch (error) {
      return mayWorkLater(error) ? /** @type {End} */ ({ kind: "later", error }) : final(error);
    }
    const begun = performance.now();
    this.#hasTold = false;
    const end = await this.#converse(jwt, signal);
    if (this.#hasTold || performance.now() - begun >= GOOD_AFTER_MS) this.#backoff.reset();
    if (end.kind === "login") this.#rest.forget(jwt);
    return end;
  }

  /**
   * @param {Jwt} jwt
   * @param {AbortSignal} signal
   * @returns {Promise<End>}
   */
  async #converse(jwt, signal) {
    const late = () => unreachable(this.#rest.url, "it did not say welcome in time");
    const limit = anySignal([signal], { afterMs: OPEN_LIMIT_MS, reason: late });
    let opened;
    try {
      opened = await this.#open(jwt, limit.signal);
    } catch (error) {
      return endOfOpening(this.#rest.url, error);
    } finally {
      limit.release();
    }
    if ("kind" in opened) return opened;
    const { socket, welcome } = opened;
    this.#limits.learn(welcome.limits);
    this.#tracks.welcome(welcome);
    const handler = { room: () => this.#queue.room(), take: (/** @type {HubFrame} */ frame) => this.#take(frame) };
    const about = { socket, rest: this.#rest, jwt, pingIntervalS: welcome.pingIntervalS, handler };
    return new Listening(about).run(signal);
  }

  /**
   * Opens a socket and says hello, with the positions so far.
   *
   * @param {Jwt} jwt
   * @param {AbortSignal} signal Gives it up.
   */
  async #open(jwt, signal) {
    const socket = await openSocket(`${this.#rest.url}/secure/ws`, signal);
    const release = onAbort(signal, () => socket.destroy());
    try {
      signal.throwIfAborted();
      const positions = [...this.#tracks.all()].map(({ stream, position }) => [stream, position]);
      const resume = positions.length > 0 ? { epoch: this.#tracks.epoch, after: Object.fromEntries(positions) } : {};
      const credentials = { apiKey: this.#rest.apiKey, token: jwt.text };
      socket.say(writeClientFrame({ type: "hello", ...credentials, protocol: PROTOCOL, ...resume }));
      return await this.#greeting(socket, signal);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      release();
    }
  }

  /**
   * @param {import("../websocket/open.js").Socket} socket
   * @param {AbortSignal} signal
   */
  async #greeting(socket, signal) {
    for (;;) {
      const text = await socket.receive();
      signal.throwIfAborted();
      if (text === undefined) return endOf(this.#rest.url, socket.ended ?? { code: 1006, reason: "" });
      const frame = readHubFrame(text);
      if (frame?.type === "welcome") return { socket, welcome: frame };
      if (frame?.type === "error") {
        void socket.close();
        return endOfHello(frame);
      }
    }
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
    if (end.kind === "final") throw end.error;
    if (end.kind === "restart") return sleep(Math.random() * RESTART_SPREAD_MS, signal);
    if (end.kind === "streams") await this.#keepStreams(signal);
    // At once; but what happens again and again must not become a flood.
    if (end.kind !== "later" && this.#backoff.isFresh) this.#backoff.pauseMs();
    else await sleep(this.#backoff.pauseMs(), signal);
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
