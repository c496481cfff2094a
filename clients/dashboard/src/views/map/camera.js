// What of the map is seen: moved by dragging and the arrow keys, nearer and farther by the wheel, two fingers, + and -.

/** @typedef {import("./graph.js").Node} Node */

const NEAREST = 4;
const FARTHEST = 0.15;
/** Room around the nodes, for their labels. */
const MARGIN = 56;
/** Room for the legend below them. */
const FOOT = 36;

export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  width = 1;
  height = 1;
  /** Somebody moved it: it stays there. */
  isHeld = false;

  /**
   * Shows all nodes.
   *
   * @param {Node[]} nodes
   */
  fit(nodes) {
    if (nodes.length === 0) return;
    const xs = nodes.map(({ x }) => x);
    const ys = nodes.map(({ y }) => y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    const wide = (this.width - 2 * MARGIN) / Math.max(right - left, 1);
    const tall = (this.height - 2 * MARGIN - FOOT) / Math.max(bottom - top, 1);
    this.scale = Math.min(Math.max(Math.min(wide, tall), FARTHEST), 1.3);
    this.y += FOOT / 2 / this.scale;
  }

  /** @param {{ x: number, y: number }} point */
  toScreen({ x, y }) {
    return { x: (x - this.x) * this.scale + this.width / 2, y: (y - this.y) * this.scale + this.height / 2 };
  }

  /**
   * How large a node is on the screen: from afar too, large enough to be seen.
   *
   * @param {Node} node
   */
  size(node) {
    return node.radius * Math.min(Math.max(this.scale, 0.72), 1.15);
  }

  /** @param {{ x: number, y: number }} point */
  toMap({ x, y }) {
    return { x: (x - this.width / 2) / this.scale + this.x, y: (y - this.height / 2) / this.scale + this.y };
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  move(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.isHeld = true;
  }

  /**
   * Moves a node that is out of sight into the middle.
   *
   * @param {Node} node
   */
  reveal(node) {
    const { x, y } = this.toScreen(node);
    if (x > 0 && x < this.width && y > 0 && y < this.height) return;
    this.move(this.width / 2 - x, this.height / 2 - y);
  }

  /**
   * Nearer by a factor, with one point staying where it is.
   *
   * @param {number} factor
   * @param {{ x: number, y: number }} [at] On the screen.
   */
  zoom(factor, at = { x: this.width / 2, y: this.height / 2 }) {
    const before = this.toMap(at);
    this.scale = Math.min(Math.max(this.scale * factor, FARTHEST), NEAREST);
    const after = this.toMap(at);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
    this.isHeld = true;
  }
}
