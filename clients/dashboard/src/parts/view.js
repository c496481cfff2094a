// What every view is: an element that is built once, kept while somebody is logged in, and works only while it is shown.

import { h, say } from "./element.js";
import { toastError } from "./toast.js";

/**
 * What views are given: who is logged in, and what is known.
 *
 * @typedef {object} Context
 * @property {import("../data/connection.js").Connection} connection
 * @property {import("../data/admin.js").Admin} admin
 * @property {import("../data/events.js").Events} events
 * @property {import("../data/rates.js").Rates} rates
 * @property {import("../data/edges.js").Edges} edges
 * @property {string} operator Whose page this is.
 */

/** A view. */
export class View extends HTMLElement {
  /** @type {Context} */
  context;
  #shown = new AbortController();
  #isBuilt = false;
  #unloaded = h("p", { class: "note unloaded-note", role: "status", hidden: true });
  #isLoaded = true;

  /** @param {Context} context */
  constructor(context) {
    super();
    this.context = context;
  }

  /** Holds while the view is shown. */
  get shown() {
    return this.#shown.signal;
  }

  connectedCallback() {
    this.#shown = new AbortController();
    if (!this.#isBuilt) this.build();
    this.#isBuilt = true;
    this.context.connection.addEventListener("state", () => this.#showUnloaded(), { signal: this.shown });
    this.#showUnloaded();
    this.start();
  }

  disconnectedCallback() {
    this.#shown.abort();
  }

  /** Whether it has what the hub told it; a view that shows nothing without begins with `false`. */
  get isLoaded() {
    return this.#isLoaded;
  }

  set isLoaded(isLoaded) {
    this.#isLoaded = isLoaded;
    if (this.#isBuilt) this.#showUnloaded();
  }

  /** A bare table would say that there is nothing, where nobody could be asked. */
  #showUnloaded() {
    const { state } = this.context.connection;
    const isWaiting = !this.#isLoaded && (state === "away" || state === "ended");
    if (isWaiting && !this.#unloaded.isConnected) this.querySelector(".view-head")?.after(this.#unloaded);
    this.#unloaded.hidden = !isWaiting;
    say(this.#unloaded, isWaiting ? "Not loaded yet; it comes when the hub is back." : "");
    this.classList.toggle("unloaded", isWaiting);
  }

  /** Makes what it holds; once. */
  build() {}

  /** Begins to work; each time that it is shown. */
  start() {}

  /**
   * What of it to show: the rest of the address.
   *
   * @param {string} what
   */
  show(what) {
    void what;
  }

  /**
   * Does something now, and again and again while the view is shown and the page is looked at.
   *
   * @param {number} ms
   * @param {(signal: AbortSignal) => Promise<void>} act
   */
  async every(ms, act) {
    const signal = this.shown;
    let isFirst = true;
    while (!signal.aborted) {
      if (isFirst || !document.hidden) {
        // What fails once may work the next time; it is told the first time, and where it goes on the header says so.
        await act(signal).catch((error) => (isFirst ? this.#tell(error, signal) : undefined));
      }
      isFirst = false;
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }

  /**
   * Does something once. What fails is told; what is given up, since the view is no longer shown, ends quietly.
   *
   * @param {(signal: AbortSignal) => Promise<void>} act
   */
  async once(act) {
    const signal = this.shown;
    await act(signal).catch((error) => this.#tell(error, signal));
  }

  /**
   * @param {unknown} error
   * @param {AbortSignal} signal
   */
  #tell(error, signal) {
    // While the hub is away the page says so itself.
    if (!signal.aborted && !(this.context.connection.state === "away" && !this.#isLoaded)) toastError(error);
  }
}

/**
 * The head of a view: its title, what it says of itself, its tools.
 *
 * @param {string} title
 * @param {string | Node} about
 * @param {HTMLElement[]} tools
 */
export function viewHead(title, about, ...tools) {
  return h(
    "header",
    { class: "view-head" },
    h("div", { class: "view-title" }, h("h1", { tabindex: -1 }, title), h("p", null, about)),
    h("div", { class: "tools" }, ...tools),
  );
}
