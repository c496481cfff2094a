// The operator's own mail: what is told to it while this page is open, from its durable cursors on. Begins when it is first
// needed, since it is a session of its own.

/** @typedef {import("/client/index.js").Note} Note */

/** Notes that are kept; older ones stay at the hub until they are acknowledged. */
const KEPT_MAX = 200;

export class Mailbox extends EventTarget {
  #hub;
  #isOpen = false;
  /** The newest first. @type {Note[]} */
  notes = [];
  /** Why nothing more comes. @type {unknown} */
  error;

  /** @param {import("/client/index.js").Hub} hub */
  constructor(hub) {
    super();
    this.#hub = hub;
  }

  /** Begins to listen; it ends with the client. */
  async open() {
    if (this.#isOpen) return;
    this.#isOpen = true;
    try {
      for await (const note of this.#hub.notifications()) {
        this.notes = [note, ...this.notes].slice(0, KEPT_MAX);
        this.dispatchEvent(new Event("note"));
      }
    } catch (error) {
      this.error = error;
      this.#isOpen = false;
      this.dispatchEvent(new Event("note"));
    }
  }

  /**
   * The operator is done with a note, and with those before it in its stream.
   *
   * @param {Note} note
   */
  async done(note) {
    await note.ack();
    this.notes = this.notes.filter(({ stream, seq }) => stream !== note.stream || seq > note.seq);
    this.dispatchEvent(new Event("note"));
  }
}
