// Which envelopes were opened, and under which token: a copy under another is refused. Remembered until the item expires,
// and at least for a day.

const DAY_MS = 24 * 3_600_000;

/** The envelopes that were opened. */
export class Seen {
  #storage;
  /** By sender and id. @type {Map<string, { token: string, untilMs: number }>} */
  #tokens = new Map();
  /** Up to where the lines of the storage are known. @type {unknown} */
  #cursor;
  /** One reading at a time. @type {Promise<void>} */
  #turn = Promise.resolve();
  /** The day on which what is over was last forgotten. */
  #forgotOn = "";

  /** @param {import("./storage.js").Storage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * Notes that an envelope was opened under a token; `false` if it was opened before under another.
   *
   * @param {{ from: string, id: string }} envelope
   * @param {string} token
   * @param {number} expiresAtMs
   * @param {number} nowMs
   * @returns {Promise<boolean>}
   */
  async note({ from, id }, token, expiresAtMs, nowMs) {
    await this.#catchUp();
    this.#forget(nowMs);
    // From here to where it is noted nothing is waited for: two copies that are opened at once do not pass each other.
    const key = `${from} ${id}`;
    const known = this.#tokens.get(key);
    if (known) return known.token === token;
    const untilMs = Math.max(expiresAtMs, nowMs + DAY_MS);
    this.#tokens.set(key, { token, untilMs });
    try {
      await this.#storage.append(`${key} ${token} ${untilMs}`, day(untilMs));
    } catch (error) {
      // It is not handed over then, and may be read again.
      this.#tokens.delete(key);
      throw error;
    }
    return true;
  }

  /** Reads what was noted meanwhile, also by other processes. */
  #catchUp() {
    const done = this.#turn.then(async () => {
      const { lines, cursor } = await this.#storage.added(this.#cursor);
      for (const line of lines) this.#read(line);
      this.#cursor = cursor;
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  /**
   * A torn line is passed over. Of two lines the first holds.
   *
   * @param {string} line
   */
  #read(line) {
    const [from, id, token, until, ...more] = line.split(" ");
    const untilMs = Number(until);
    if (!from || !id || !token || !Number.isSafeInteger(untilMs) || more.length > 0) return;
    const key = `${from} ${id}`;
    if (!this.#tokens.has(key)) this.#tokens.set(key, { token, untilMs });
  }

  /** @param {number} nowMs */
  #forget(nowMs) {
    if (this.#forgotOn === day(nowMs)) return;
    this.#forgotOn = day(nowMs);
    for (const [key, { untilMs }] of this.#tokens) if (untilMs <= nowMs) this.#tokens.delete(key);
  }
}

/**
 * The UTC day of a moment; one that no calendar has is the last that can be written.
 *
 * @param {number} ms
 */
export function day(ms) {
  return new Date(Math.min(ms, Date.UTC(9999, 11, 31))).toISOString().slice(0, 10);
}
