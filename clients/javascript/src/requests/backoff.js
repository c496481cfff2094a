// How long to wait before the next try: a random time, so that those who were cut off together do not come back together.

/** Growing random pauses, in milliseconds. */
export class Backoff {
  #firstMs;
  #mostMs;
  #random;
  #tries = 0;

  /**
   * @param {number} firstMs The first pause is a random part of it; each next one of twice as much.
   * @param {number} mostMs But never of more than this.
   * @param {() => number} [random] From 0 up to 1.
   */
  constructor(firstMs, mostMs, random = Math.random) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
    this.#random = random;
  }

  /** Between two sockets: up to 1 s, 2 s, 4 s … 30 s. */
  static ofSessions() {
    return new Backoff(1_000, 30_000);
  }

  /** Between two requests: up to 0.1 s, 0.2 s, 0.4 s … 5 s. */
  static ofRequests() {
    return new Backoff(100, 5_000);
  }

  /** The next pause. */
  pauseMs() {
    const most = Math.min(this.#firstMs * 2 ** Math.min(this.#tries, 30), this.#mostMs);
    this.#tries += 1;
    return this.#random() * most;
  }

  /** Whether nothing has failed since it last worked. */
  get isFresh() {
    return this.#tries === 0;
  }

  /** It worked: begin anew. */
  reset() {
    this.#tries = 0;
  }
}
