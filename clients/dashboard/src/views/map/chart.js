// The map itself: it draws while something moves, and rests when nothing does.

import { h } from "../../parts/element.js";
import { colours, mayMove, onTheme } from "../../parts/theme.js";
import { Camera } from "./camera.js";
import { begin } from "./hands.js";
import { Layout } from "./layout.js";
import { COLOURS, isOver, paint } from "./paint.js";

/** @typedef {import("./graph.js").Node} Node */

/** More at once are a blur. */
const SPARKS_MAX = 150;
/** Steps of the layout in one frame. */
const STEPS = 2;

export class MapChart extends HTMLElement {
  /** @type {import("./graph.js").Graph} */
  #graph;
  #chosen;
  #camera = new Camera();
  #layout;
  #canvas = h("canvas", {
    tabIndex: 0,
    role: "img",
    "aria-label": "Map of who talks to whom; the table below says the same",
  });
  /** @type {{ link: import("./graph.js").Link, begunMs: number }[]} */
  #sparks = [];
  /** @type {Node | undefined} */
  #pointed;
  /** @type {Node | undefined} */
  #selected;
  #colours = /** @type {Record<typeof COLOURS[number], string>} */ ({});
  #isAsked = false;
  #font = "sans-serif";

  /**
   * @param {import("./graph.js").Graph} graph
   * @param {(node: Node | undefined) => void} chosen
   * @param {() => void} entered Somebody wants to go to what is told of the chosen one.
   */
  constructor(graph, chosen, entered) {
    super();
    this.#graph = graph;
    this.#chosen = chosen;
    this.#layout = new Layout(graph);
    begin(this.#canvas, this.#camera, {
      point: (at) => this.#point(at),
      choose: (at) => this.select(this.#nodeAt(at)),
      moved: () => this.#ask(),
      fit: () => this.fit(),
      step: (by) => this.#step(by),
      enter: () => (this.#selected ? entered() : this.#step(1)),
    });
  }

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#canvas);
  }

  /** @param {AbortSignal} signal While it is shown. */
  start(signal) {
    const repaint = () => {
      this.#colours = colours(COLOURS);
      this.#font = getComputedStyle(this).fontFamily;
      this.#ask();
    };
    repaint();
    onTheme(repaint, signal);
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** @param {boolean} isChanged Nodes or links came or went. */
  update(isChanged) {
    if (isChanged) this.#layout.heat(!this.#camera.isHeld);
    if (isChanged && !mayMove()) this.#layout.settle();
    this.#ask();
  }

  /**
   * Something went along these.
   *
   * @param {{ from: string, to: string }[]} moves
   */
  spark(moves) {
    if (!mayMove()) return;
    for (const { from, to } of moves) {
      if (this.#sparks.length >= SPARKS_MAX) break;
      const link = this.#graph.links.find((each) => each.from.name === from && each.to.name === to);
      if (link) this.#sparks.push({ link, begunMs: performance.now() });
    }
    this.#ask();
  }

  /** @param {Node | undefined} node */
  select(node) {
    this.#selected = node;
    this.#chosen(node);
    this.#ask();
  }

  focus() {
    this.#canvas.focus();
  }

  /**
   * Chooses the next node: the busiest come first.
   *
   * @param {1 | -1} by
   */
  #step(by) {
    const { nodes } = this.#graph;
    const at = this.#selected ? nodes.indexOf(this.#selected) : by > 0 ? -1 : 0;
    const next = nodes[(at + by + nodes.length) % nodes.length];
    if (!next) return;
    this.#camera.reveal(next);
    this.select(next);
  }

  fit() {
    this.#camera.isHeld = false;
    this.#camera.fit(this.#graph.nodes);
    this.#ask();
  }

  /** @param {number} factor */
  zoom(factor) {
    this.#camera.zoom(factor);
    this.#ask();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#camera.width = width;
    this.#camera.height = height;
    this.#layout.aspect = Math.max(width / Math.max(height, 1), 0.4);
    if (!this.#camera.isHeld) this.#camera.fit(this.#graph.nodes);
    this.#draw(performance.now());
  }

  #ask() {
    if (this.#isAsked || !this.isConnected) return;
    this.#isAsked = true;
    requestAnimationFrame((now) => {
      this.#isAsked = false;
      this.#draw(now);
    });
  }

  /** @param {number} now */
  #draw(now) {
    const context = this.#canvas.getContext("2d");
    if (!context || this.#camera.width < 2) return;
    if (this.#layout.isMoving) {
      for (let step = 0; step < STEPS; step += 1) this.#layout.step();
      if (!this.#camera.isHeld) this.#camera.fit(this.#graph.nodes);
    }
    this.#sparks = this.#sparks.filter((spark) => !isOver(spark, now));
    const { nodes, links } = this.#graph;
    const focus = this.#pointed ?? this.#selected;
    const about = { context, camera: this.#camera, colours: this.#colours, font: this.#font };
    paint({ ...about, nodes, links, sparks: this.#sparks, focus, isMoving: this.#layout.isMoving }, now);
    if (this.#layout.isMoving || this.#sparks.length > 0) this.#ask();
  }

  /** @param {{ x: number, y: number } | undefined} at */
  #point(at) {
    const node = at && this.#nodeAt(at);
    if (node === this.#pointed) return;
    this.#pointed = node;
    this.#canvas.style.cursor = node ? "pointer" : "";
    this.#ask();
  }

  /** @param {{ x: number, y: number }} at */
  #nodeAt(at) {
    const { x, y } = this.#camera.toMap(at);
    const reach = 8 / this.#camera.scale;
    let [nearest, best] = [/** @type {Node | undefined} */ (undefined), Infinity];
    for (const node of this.#graph.nodes) {
      const distance = Math.hypot(node.x - x, node.y - y) - this.#camera.size(node) / this.#camera.scale;
      if (distance < Math.min(reach, best)) [nearest, best] = [node, distance];
    }
    return nearest;
  }
}

customElements.define("map-chart", MapChart);
