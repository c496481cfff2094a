// Telling the hub what is done with: one round at a time, and whoever comes while one is under way shares the next.

import { HubError } from "../error.js";
import { Backoff } from "../requests/backoff.js";
import { ackBody, okAnswer } from "../wire/bodies.js";

/** When what was moved past silently is acknowledged. */
const SOON_MS = 1_000;

/** What one agent acknowledges in one session after the other. */
export class Acks {
  #rest;
  #tracks;
  /** Errors by stream. @type {Promise<Map<string, unknown>>} */
  #round = Promise.resolve(new Map());
  /** A round that has not begun. @type {Promise<Map<string, unknown>> | undefined} */
  #next;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #backoff = Backoff.ofSessions();

  /**
   * @param {import("../requests/rest.js").Rest} rest
   * @param {import("./tracks.js").Tracks} tracks
   */
  constructor(rest, tracks) {
    this.#rest = rest;
    this.#tracks = tracks;
  }

  /**
   * Resolves when the hub has on disk what is done with in a stream.
   *
   * @param {string} stream
   */
  async told(stream) {
    const errors = await this.#turn();
    if (errors.has(stream)) throw errors.get(stream);
  }

  /** Something was moved past: it is acknowledged soon, unless it is along with something else. */
  soon() {
    if (this.#timer === undefined && this.#tracks.due().length > 0) this.#in(SOON_MS);
  }

  /** Nothing more is acknowledged by itself. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number} ms */
  #in(ms) {
    this.#timer = setTimeout(async () => {
      const errors = await this.#turn();
      // It was stopped meanwhile.
      if (this.#timer === undefined) return;
      this.#timer = undefined;
      if (errors.size > 0) return this.#in(SOON_MS + this.#backoff.pauseMs());
      this.#backoff.reset();
      this.soon();
    }, ms);
  }

  #turn() {
    this.#next ??= this.#round.then(() => {
      this.#next = undefined;
      this.#round = this.#tell();
      return this.#round;
    });
    return this.#next;
  }

  /** Tells what is due. */
  async #tell() {
    /** @type {Map<string, unknown>} */
    const errors = new Map();
    const epoch = this.#tracks.epoch;
    const tell = async (/** @type {{ track: import("./tracks.js").Track, seq: number }} */ { track, seq }) => {
      const body = ackBody.write({ seq, stream: track.stream, epoch });
      try {
        await this.#rest.call({ method: "POST", path: "/secure/inbox/ack", body }, okAnswer);
      } catch (error) {
        // The agent has left the stream, or the position is void: then there is nothing left to tell.
        if (!(error instanceof HubError && ["not_found", "resync"].includes(error.code))) {
          errors.set(track.stream, error);
          return;
        }
      }
      this.#tracks.acked(track, seq);
    };
    await Promise.all(this.#tracks.due().map(tell));
    return errors;
  }
}
