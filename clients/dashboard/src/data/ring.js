// The newest so many of something: what is older gives way.

/** @template T */
export class Ring {
  /** @type {T[]} */
  #slots = [];
  #capacity;
  #pushed = 0;

  /** @param {number} capacity */
  constructor(capacity) {
    this.#capacity = capacity;
  }

  get length() {
    return this.#slots.length;
  }

  /** How many were ever pushed. */
  get pushed() {
    return this.#pushed;
  }

  /** @param {T} value */
  push(value) {
    this.#slots[this.#pushed % this.#capacity] = value;
    this.#pushed += 1;
  }

  /**
   * The newest is 0.
   *
   * @param {number} index
   * @returns {T | undefined}
   */
  newest(index) {
    return index < this.#slots.length ? this.#slots[(this.#pushed - 1 - index) % this.#capacity] : undefined;
  }

  /** All, the newest first. */
  *all() {
    for (let index = 0; index < this.#slots.length; index += 1) yield /** @type {T} */ (this.newest(index));
  }

  clear() {
    this.#slots = [];
    this.#pushed = 0;
  }
}
