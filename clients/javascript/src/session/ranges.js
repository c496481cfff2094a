// Numbers of a stream that are outstanding. A caller may leave any number of entries unacknowledged; those that follow each
// other cost one range.

/** Ranges that are kept apart; beyond that the lowest two are one, with what was moved past between them. */
const RANGES_MAX = 65_536;

/** A set of ascending numbers, kept as ranges. */
export class Ranges {
  /** @type {{ from: number, to: number }[]} */
  #ranges = [];
  #most;

  /** @param {number} [most] Ranges that are kept apart. */
  constructor(most = RANGES_MAX) {
    this.#most = most;
  }

  /** The lowest number; `undefined` if there is none. */
  get first() {
    return this.#ranges[0]?.from;
  }

  /**
   * Adds a number above all others.
   *
   * @param {number} number
   */
  add(number) {
    const last = this.#ranges.at(-1);
    if (last?.to === number - 1) last.to = number;
    else this.#ranges.push({ from: number, to: number });
    if (this.#ranges.length <= this.#most) return;
    const [lowest, next] = this.#ranges.splice(0, 2);
    if (lowest && next) this.#ranges.unshift({ from: lowest.from, to: next.to });
  }

  /**
   * Takes one away.
   *
   * @param {number} number
   */
  remove(number) {
    const at = this.#ranges.findIndex(({ from, to }) => from <= number && number <= to);
    const range = this.#ranges[at];
    if (!range) return;
    const left = [
      { from: range.from, to: number - 1 },
      { from: number + 1, to: range.to },
    ];
    this.#ranges.splice(at, 1, ...left.filter(({ from, to }) => from <= to));
  }

  /**
   * Takes everything up to a number away.
   *
   * @param {number} number
   */
  removeUpTo(number) {
    const kept = this.#ranges.findIndex(({ to }) => to > number);
    this.#ranges.splice(0, kept < 0 ? this.#ranges.length : kept);
    const [first] = this.#ranges;
    if (first) first.from = Math.max(first.from, number + 1);
  }
}
