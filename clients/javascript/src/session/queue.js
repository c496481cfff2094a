// Between socket and caller: bounded, so that a slow caller holds up the socket, and through it the hub.

/** @typedef {import("../note.js").Note} Note */
/** @typedef {import("./tracks.js").Track} Track */

/** Entries that wait for the caller; when there are so many, the socket is not read. */
export const QUEUE_MAX = 256;

/** Notes on their way to the caller, and how it ends. */
export class Queue {
  /** @type {{ note: Note, track: Track }[]} */
  #notes = [];
  /** Who waits for a note. @type {{ resolve: (result: IteratorResult<Note, undefined>) => void, reject: (error: unknown) => void }[]} */
  #waiting = [];
  /** Who waits for room. */
  #roomMade = () => {};
  #isEnded = false;
  /** Is told to the first who asks after the end. @type {{ error: unknown } | undefined} */
  #failure;

  /** Nothing more comes. */
  get isEnded() {
    return this.#isEnded;
  }

  /** Resolves when there is room for one more. For one at a time. */
  async room() {
    while (this.#notes.length >= QUEUE_MAX && !this.#isEnded) {
      await new Promise((resolve) => (this.#roomMade = () => resolve(undefined)));
    }
  }

  /**
   * Adds a note. There must be room.
   *
   * @param {Note} note
   * @param {Track} track The stream that it was told in.
   */
  push(note, track) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ done: false, value: note });
    else if (!this.#isEnded) this.#notes.push({ note, track });
  }

  /**
   * The next note, when there is one. After the end what is left, then the error, then nothing.
   *
   * @returns {Promise<IteratorResult<Note, undefined>>}
   */
  next() {
    const first = this.#notes.shift();
    if (first) {
      this.#roomMade();
      return Promise.resolve({ done: false, value: first.note });
    }
    if (!this.#isEnded) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const failure = this.#failure;
    this.#failure = undefined;
    return failure ? Promise.reject(failure.error) : Promise.resolve({ done: true, value: undefined });
  }

  /**
   * Nothing more comes. The caller still gets what is here, and then the error.
   *
   * @param {{ error: unknown }} [failure]
   */
  end(failure) {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    this.#roomMade();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#failure) reject(this.#failure.error);
      else resolve({ done: true, value: undefined });
      this.#failure = undefined;
    }
  }

  /**
   * Nothing more comes, and what is here is not wanted.
   *
   * @param {{ error: unknown }} [failure]
   */
  clear(failure) {
    this.#notes = [];
    this.end(failure);
  }

  /**
   * Takes away what was told of a track that is void.
   *
   * @param {Track} track
   */
  drop(track) {
    this.#notes = this.#notes.filter((waiting) => waiting.track !== track);
    this.#roomMade();
  }

  /**
   * The lowest number of a track that waits.
   *
   * @param {Track} track
   * @returns {number | undefined}
   */
  firstOf(track) {
    return this.#notes.find((waiting) => waiting.track === track)?.note.seq;
  }
}
