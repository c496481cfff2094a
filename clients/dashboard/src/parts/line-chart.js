// A chart of columns over time: lines, round marks, and a reading where the pointer or the arrow keys are. What it shows is
// also there as a table.

import { fill, h, say, svg } from "./element.js";
import { clock } from "./format.js";
import { area, line, marks } from "./scale.js";
import { lengthMarks, momentMarks } from "./time-scale.js";

/** Minutes between two rows of the table. */
const TABLE_STEP_MS = 60_000;
/** As far from the card's edge as everything in it; the widest mark has room at the left. */
const EDGES = { left: 68, right: 16, top: 8, bottom: 26 };
/** Half of a written moment. */
const MOMENT_PX = 27;

/**
 * @typedef {object} ChartAbout
 * @property {string} title
 * @property {(value: number) => string} unit A value with its unit.
 * @property {{ column: string, label: string, colour: string }[]} lines
 * @property {boolean} [isBytes]
 * @property {boolean} [isWhole]
 * @property {number} [unitS] Of lengths of time: how many seconds a value of 1 is.
 * @property {boolean} [isFilled] The first line stands on its ground.
 */

/** @typedef {{ times: number[], columns: Record<string, (number | null)[]> }} ChartData */

export class LineChart extends HTMLElement {
  #about;
  /** @type {ChartData} */
  #data = { times: [], columns: {} };
  /** The sample that is read; the last, if nothing else was chosen. @type {number | undefined} */
  #at;
  #svg = svg("svg", { tabindex: 0, role: "img" });
  #readings = h("dl", { class: "readings" });
  #when = h("span", { class: "chart-when" });
  #spoken = h("p", { class: "hidden", "aria-live": "polite" });
  #table = h("details", null, h("summary", null, "As a table"));
  #size = { width: 0, height: 0 };
  #observer = new ResizeObserver(() => this.#resize());

  /** @param {ChartAbout} about */
  constructor(about) {
    super();
    this.#about = about;
  }

  connectedCallback() {
    this.#observer.observe(this.#svg);
    if (this.childElementCount > 0) return;
    this.className = "card chart";
    this.#svg.setAttribute("aria-label", `${this.#about.title}: no sample yet`);
    this.append(
      h("header", null, h("h2", null, this.#about.title), this.#when),
      this.#readings,
      h("div", { class: "chart-place" }, this.#svg),
      this.#spoken,
      this.#table,
    );
    this.#svg.addEventListener("pointermove", (event) => this.#read(this.#nearest(event.offsetX)));
    this.#svg.addEventListener("pointerleave", () => this.#read(undefined));
    this.#svg.addEventListener("blur", () => this.#read(undefined));
    this.#svg.addEventListener("keydown", (event) => this.#key(event));
    this.#table.addEventListener("toggle", () => this.#showTable());
  }

  disconnectedCallback() {
    this.#observer.disconnect();
  }

  /** @param {ChartData} data */
  show(data) {
    this.#data = data;
    this.#draw();
    this.#showReadings();
    this.#showTable();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#svg;
    if (width === this.#size.width && height === this.#size.height) return;
    this.#size = { width, height };
    this.#draw();
  }

  /** @param {number} at */
  #x(at) {
    const last = Math.max(this.#data.times.length - 1, 1);
    return EDGES.left + (at / last) * (this.#size.width - EDGES.left - EDGES.right);
  }

  #draw() {
    const { width, height } = this.#size;
    if (width === 0 || this.#data.times.length === 0) return;
    const { lines, isFilled } = this.#about;
    const columns = lines.map(({ column }) => this.#data.columns[column] ?? []);
    const most = Math.max(0, ...columns.flat().map((value) => value ?? 0));
    const { top, list, write } = this.#marks(most);
    const x = (/** @type {number} */ at) => this.#x(at);
    const y = (/** @type {number} */ value) =>
      height - EDGES.bottom - (value / top) * (height - EDGES.bottom - EDGES.top);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.setAttribute("aria-label", `${this.#about.title}: ${this.#told(this.#data.times.length - 1)}`);
    fill(
      this.#svg,
      ...list.map((value) => [
        svg("line", { class: "grid", x1: EDGES.left, x2: width - EDGES.right, y1: y(value), y2: y(value) }),
        svg("text", { x: EDGES.left - 8, y: y(value) + 4, "text-anchor": "end" }, write(value)),
      ]),
      ...this.#moments(height),
      isFilled && svg("path", { class: `area ${lines[0]?.colour}`, d: area(columns[0] ?? [], x, y) }),
      ...lines.map(({ colour }, at) =>
        svg("path", { class: `line ${colour} line-${at}`, d: line(columns[at] ?? [], x, y) }),
      ),
      svg("g", { class: "cursor" }),
    );
    this.#drawCursor(y);
  }

  /** @param {number} most */
  #marks(most) {
    const { unit, unitS } = this.#about;
    return unitS === undefined ? { ...marks(most, this.#about), write: unit } : lengthMarks(most, unitS);
  }

  /** @param {number} height */
  #moments(height) {
    const { times } = this.#data;
    const { width } = this.#size;
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    const room = Math.max(1, Math.floor((width - EDGES.left - EDGES.right) / (MOMENT_PX * 3)));
    const { stepMs, list } = momentMarks(first, last, Math.min(room, 7));
    const perMs = (times.length - 1) / Math.max(last - first, 1);
    return list.map((time) => {
      const x = this.#x((time - first) * perMs);
      const text = stepMs < 60_000 ? clock(time) : clock(time).slice(0, 5);
      const ground = height - EDGES.bottom;
      return [
        svg("line", { class: "grid", x1: x, x2: x, y1: ground, y2: ground + 5 }),
        x + MOMENT_PX < width && svg("text", { x, y: height - 6, "text-anchor": "middle" }, text),
      ];
    });
  }

  /** @param {(value: number) => number} y */
  #drawCursor(y) {
    const group = this.#svg.querySelector(".cursor");
    if (!group || this.#at === undefined) return;
    const { height } = this.#size;
    const x = this.#x(this.#at);
    fill(
      group,
      svg("line", { x1: x, x2: x, y1: EDGES.top, y2: height - EDGES.bottom }),
      ...this.#about.lines.map(({ column, colour }) => {
        const value = this.#data.columns[column]?.[this.#at ?? 0];
        return typeof value === "number" && svg("circle", { class: colour, cx: x, cy: y(value), r: 3.5 });
      }),
    );
  }

  /** @param {number} offsetX */
  #nearest(offsetX) {
    const { width } = this.#size;
    const part = (offsetX - EDGES.left) / Math.max(width - EDGES.left - EDGES.right, 1);
    return Math.round(Math.min(Math.max(part, 0), 1) * (this.#data.times.length - 1));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.#data.times.length - 1;
    const at = this.#at ?? last;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    this.#read(Math.min(Math.max(next, 0), last));
    say(this.#spoken, `${clock(this.#data.times[this.#at ?? 0] ?? 0)}: ${this.#told(this.#at ?? 0)}`);
  }

  /** @param {number | undefined} at */
  #read(at) {
    if (at === this.#at) return;
    this.#at = at;
    this.#draw();
    this.#showReadings();
  }

  #showReadings() {
    const at = this.#at ?? this.#data.times.length - 1;
    say(this.#when, this.#at === undefined ? "" : clock(this.#data.times[at] ?? 0));
    fill(
      this.#readings,
      ...this.#about.lines.map(({ column, label, colour }, index) =>
        h(
          "div",
          null,
          h("dt", null, h("span", { class: `swatch ${colour} swatch-${index}` }), label),
          h("dd", null, this.#value(column, at)),
        ),
      ),
    );
  }

  /** @param {number} at */
  #told(at) {
    return this.#about.lines.map(({ column, label }) => `${label} ${this.#value(column, at)}`).join(", ");
  }

  /**
   * @param {string} column
   * @param {number} at
   */
  #value(column, at) {
    const value = this.#data.columns[column]?.[at];
    return typeof value === "number" ? this.#about.unit(value) : "–";
  }

  #showTable() {
    this.#table.querySelector(".table-wrap")?.remove();
    if (!this.#table.open) return;
    const { times } = this.#data;
    const rows = [];
    let next = Infinity;
    for (let at = times.length - 1; at >= 0; at -= 1) {
      const time = times[at] ?? 0;
      if (time > next) continue;
      next = time - TABLE_STEP_MS;
      rows.push(
        h(
          "tr",
          null,
          h("td", null, clock(time)),
          ...this.#about.lines.map(({ column }) => h("td", { class: "num" }, this.#value(column, at))),
        ),
      );
    }
    const heads = ["Time", ...this.#about.lines.map(({ label }) => label)];
    const head = heads.map((label, at) => h("th", { scope: "col", class: at > 0 ? "num" : "" }, label));
    const table = h(
      "table",
      { "aria-label": this.#about.title },
      h("thead", null, h("tr", null, ...head)),
      h("tbody", null, ...rows),
    );
    this.#table.append(
      h("div", { class: "table-wrap", tabIndex: 0, role: "region", "aria-label": this.#about.title }, table),
    );
  }
}

customElements.define("line-chart", LineChart);
