// What every view is: an element that is built once, kept while somebody is logged in, and works only while it is shown.

import { h } from "./element.js";
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
    this.start();
  }

  disconnectedCallback() {
    this.#shown.abort();
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
        await act(signal).catch((error) => (isFirst && !signal.aborted ? toastError(error) : undefined));
      }
      isFirst = false;
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
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
