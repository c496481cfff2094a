// A table that is sorted by its heads and walked with the arrow keys. Its rows are kept by their keys, so that an update
// moves and rewrites what changed, and the focus stays where it is.

import { fill, h, say } from "./element.js";

/** @typedef {import("./element.js").Child} Child */

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} id
 * @property {string} label
 * @property {boolean} [isNumber]
 * @property {(row: Row) => Child | Child[]} show
 * @property {boolean} [isSortable]
 */

/**
 * @template Row
 * @typedef {object} TableAbout
 * @property {string} label
 * @property {Column<Row>[]} columns
 * @property {(row: Row) => string} key
 * @property {(row: Row) => void} [open] Rows that open something take the focus.
 * @property {(column: string) => void} [sort]
 */

/** @template Row */
export class Table {
  #about;
  #body = h("tbody");
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();
  /** @type {Map<string, { head: HTMLElement }>} */
  #heads = new Map();
  element;

  /** @param {TableAbout<Row>} about */
  constructor(about) {
    this.#about = about;
    const heads = about.columns.map((column) => this.#head(column));
    const table = h("table", { "aria-label": about.label }, h("thead", null, h("tr", null, ...heads)), this.#body);
    this.element = h("div", { class: "table-wrap" }, table);
    this.#body.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Row[]} rows */
  show(rows) {
    const kept = new Map();
    const elements = rows.map((row) => {
      const key = this.#about.key(row);
      const element = this.#rows.get(key) ?? this.#make();
      kept.set(key, element);
      this.#write(element, row);
      return element;
    });
    this.#rows = kept;
    // Moving an element that has the focus would lose it.
    const isSame =
      elements.length === this.#body.childElementCount &&
      elements.every((each, at) => each === this.#body.children[at]);
    if (!isSame) {
      const focused = elements.find((element) => element === document.activeElement);
      this.#body.replaceChildren(...elements);
      focused?.focus();
    }
    this.#rove(elements.find((element) => element.tabIndex === 0) ?? elements[0]);
  }

  /**
   * @param {string} column By which it is sorted.
   * @param {"ascending" | "descending"} direction
   */
  mark(column, direction) {
    for (const [id, { head }] of this.#heads) {
      if (id === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    }
  }

  /**
   * Says anew what a column is.
   *
   * @param {string} column
   * @param {string} text
   */
  label(column, text) {
    const head = this.#heads.get(column)?.head;
    if (head) say(head.firstElementChild ?? head, text);
  }

  /** @param {string | undefined} key The row whose content is shown elsewhere. */
  current(key) {
    for (const [each, row] of this.#rows) {
      if (each === key) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  /** @param {Column<Row>} column */
  #head({ id, label, isNumber, isSortable }) {
    const head = h("th", { scope: "col", class: isNumber ? "num" : "" });
    if (isSortable && this.#about.sort) {
      head.append(h("button", { type: "button", onclick: () => this.#about.sort?.(id) }, label));
    } else {
      head.append(label);
    }
    this.#heads.set(id, { head });
    return head;
  }

  #make() {
    const cells = this.#about.columns.map(({ label, isNumber, id }) =>
      h("td", { class: `${isNumber ? "num " : ""}cell-${id}`, "data-label": label }),
    );
    return h("tr", this.#about.open ? { tabindex: -1 } : null, ...cells);
  }

  /**
   * @param {HTMLTableRowElement} element
   * @param {Row} row
   */
  #write(element, row) {
    this.#about.columns.forEach((column, at) => {
      const shown = [column.show(row)].flat();
      const cell = element.cells[at];
      if (!cell) return;
      const text = shown.every((each) => typeof each === "string" || typeof each === "number")
        ? shown.join("")
        : undefined;
      if (text === undefined) fill(cell, ...shown);
      else if (cell.textContent !== text || cell.childElementCount > 0) cell.textContent = text;
    });
    element.onclick = (event) => {
      const isControl = event.target instanceof Element && event.target.closest("a, button, input");
      if (!isControl && !getSelection()?.toString()) this.#about.open?.(row);
    };
  }

  /** @param {HTMLTableRowElement | undefined} row */
  #rove(row) {
    if (!row || !this.#about.open) return;
    for (const each of this.#rows.values()) each.tabIndex = each === row ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const row = /** @type {HTMLTableRowElement} */ (event.target);
    if (!(row instanceof HTMLTableRowElement)) return;
    if (event.key === "Enter") return row.click();
    const next = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
      Home: this.#body.firstElementChild,
      End: this.#body.lastElementChild,
    }[event.key];
    if (!(next instanceof HTMLTableRowElement)) return;
    event.preventDefault();
    this.#rove(next);
    next.focus();
  }
}
