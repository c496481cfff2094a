// A list of any length, of which only the rows in sight exist. Rows have one height, are made once and used again; what a
// row shows is set by whoever owns the list. One row is active: the arrow keys move it, Enter opens it.

import { h } from "./element.js";

/** Rows beyond the edges, so that scrolling shows no gap before the next frame. */
const SPARE = 4;

/**
 * @typedef {object} ListOwner
 * @property {(index: number) => boolean} open Opens a row; whether there was something to open.
 * @property {() => HTMLElement} make
 * @property {(row: HTMLElement, index: number) => void} show
 * @property {() => void} [moved] The reader scrolled, or made a row active.
 */

/** A list whose rows are drawn as they come into sight. */
export class VirtualList extends HTMLElement {
  #sizer = h("div", { class: "virtual-sizer" });
  /** @type {HTMLElement[]} */
  #rows = [];
  /** @type {ListOwner | undefined} */
  #owner;
  #count = 0;
  #active = -1;
  #rowHeight = 30;
  #observer = new ResizeObserver(() => this.#measure());

  /**
   * @param {ListOwner} owner
   * @param {string} label
   */
  begin(owner, label) {
    this.#owner = owner;
    this.tabIndex = 0;
    this.setAttribute("role", "grid");
    this.setAttribute("aria-label", label);
    this.append(this.#sizer);
    this.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("click", (event) => this.#click(event));
  }

  connectedCallback() {
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
  }

  get count() {
    return this.#count;
  }

  get isAtTop() {
    return this.scrollTop < this.#rowHeight / 2;
  }

  get active() {
    return this.#active;
  }

  set active(index) {
    this.#active = index;
    this.draw();
  }

  /** @param {number} count */
  update(count) {
    if (count !== this.#count) {
      this.#count = count;
      this.#sizer.style.height = `${count * this.#rowHeight}px`;
      this.setAttribute("aria-rowcount", String(count));
    }
    if (this.#active >= count) this.#active = count - 1;
    this.draw();
  }

  /** Shows the rows that are in sight. */
  draw() {
    const owner = this.#owner;
    if (!owner) return;
    const first = Math.max(0, Math.floor(this.scrollTop / this.#rowHeight) - SPARE);
    const last = Math.min(this.#count, Math.ceil((this.scrollTop + this.clientHeight) / this.#rowHeight) + SPARE);
    while (this.#rows.length < last - first) this.#addRow(owner);
    this.#rows.forEach((row, at) => {
      const index = first + at;
      row.hidden = index >= last;
      if (row.hidden) return;
      row.style.transform = `translateY(${index * this.#rowHeight}px)`;
      row.dataset.index = String(index);
      row.classList.toggle("active", index === this.#active);
      row.setAttribute("aria-rowindex", String(index + 1));
      row.setAttribute("aria-selected", String(index === this.#active));
      owner.show(row, index);
    });
    const shown = this.#rows.find((row) => !row.hidden && Number(row.dataset.index) === this.#active);
    if (shown) this.setAttribute("aria-activedescendant", shown.id);
    else this.removeAttribute("aria-activedescendant");
  }

  /** @param {ListOwner} owner */
  #addRow(owner) {
    const row = owner.make();
    row.classList.add("virtual-row");
    row.setAttribute("role", "row");
    row.id = `${this.id || "list"}-row-${this.#rows.length}`;
    this.#rows.push(row);
    this.#sizer.append(row);
  }

  #measure() {
    const told = Number.parseFloat(getComputedStyle(this).getPropertyValue("--row-height"));
    if (told > 0 && told !== this.#rowHeight) {
      this.#rowHeight = told;
      this.#sizer.style.height = `${this.#count * told}px`;
    }
    this.draw();
  }

  #scrolled() {
    this.#owner?.moved?.();
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const page = Math.max(1, Math.floor(this.clientHeight / this.#rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey || this.#count === 0) return;
    if (event.key === "Enter" && this.#active >= 0) {
      if (this.#owner?.open(this.#active)) event.preventDefault();
      return;
    }
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined) return;
    event.preventDefault();
    this.#active = Math.min(Math.max(this.#active + step, 0), this.#count - 1);
    this.#reveal();
    this.#owner?.moved?.();
    this.draw();
  }

  #reveal() {
    const top = this.#active * this.#rowHeight;
    const lowest = top + this.#rowHeight - this.clientHeight;
    this.scrollTo({ top: Math.max(Math.min(top, this.scrollTop), lowest) });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".virtual-row"));
    if (!row) return;
    this.#active = Number(row.dataset.index);
    this.#owner?.moved?.();
    this.draw();
    this.#owner?.open(this.#active);
  }
}

customElements.define("virtual-list", VirtualList);
