// Where the nodes of the map stand: they push each other away, what went between them pulls, and all are drawn to the middle.
// It cools down and stops; a step costs the square of at most 300 nodes.

/** @typedef {import("./graph.js").Graph} Graph */

/** How warm it is when new nodes come, and when only links did. */
const HOT = 1;
const WARM = 0.35;
const COLD = 0.02;
const COOLING = 0.975;
/** How strongly nodes push each other away, are drawn to the middle, and are held together by what went between them. */
const APART = 0.08;
const MIDDLE = 0.16;
const TOGETHER = 0.3;

export class Layout {
  #graph;
  #heat = 0;
  /** Width by height of the place: a wide page gets a wide map. */
  aspect = 1.5;

  /** @param {Graph} graph */
  constructor(graph) {
    this.#graph = graph;
  }

  /** Whether nodes still move. */
  get isMoving() {
    return this.#heat > COLD;
  }

  /** @param {boolean} [isNew] */
  heat(isNew = true) {
    this.#heat = Math.max(this.#heat, isNew ? HOT : WARM);
  }

  /** Goes on until nothing moves: for a page that must not show movement. */
  settle() {
    while (this.isMoving) this.step();
  }

  /** One step. */
  step() {
    const { nodes, links } = this.#graph;
    const spread = nodes.length <= 12 ? 170 : nodes.length <= 60 ? 105 : 62;
    this.#repel(nodes, spread);
    this.#pull(links, spread);
    for (const node of nodes) {
      node.vx -= (node.x * MIDDLE * this.#heat) / this.aspect;
      node.vy -= node.y * MIDDLE * this.#heat;
      node.x += node.vx = bounded(node.vx * 0.62);
      node.y += node.vy = bounded(node.vy * 0.62);
    }
    this.#heat *= COOLING;
  }

  /**
   * @param {import("./graph.js").Node[]} nodes
   * @param {number} spread
   */
  #repel(nodes, spread) {
    const strength = spread * spread * APART * this.#heat;
    const reach = (spread * 7) ** 2;
    for (let at = 0; at < nodes.length; at += 1) {
      const one = /** @type {import("./graph.js").Node} */ (nodes[at]);
      for (let next = at + 1; next < nodes.length; next += 1) {
        const other = /** @type {import("./graph.js").Node} */ (nodes[next]);
        const [dx, dy] = [one.x - other.x || 0.1, one.y - other.y || 0.1];
        const squared = dx * dx + dy * dy;
        if (squared > reach) continue;
        const room = one.radius + other.radius + 10;
        // Those that touch are pushed apart whatever pulls them.
        const force = strength / Math.max(squared, 60) + (squared < room * room ? 0.12 : 0);
        one.vx += dx * force;
        one.vy += dy * force;
        other.vx -= dx * force;
        other.vy -= dy * force;
      }
    }
  }

  /**
   * @param {import("./graph.js").Link[]} links
   * @param {number} spread
   */
  #pull(links, spread) {
    /** @type {Map<import("./graph.js").Node, number>} */
    const degrees = new Map();
    for (const { from, to } of links) {
      degrees.set(from, (degrees.get(from) ?? 0) + 1);
      degrees.set(to, (degrees.get(to) ?? 0) + 1);
    }
    for (const { from, to, count } of links) {
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const distance = Math.hypot(dx, dy) || 1;
      // Who talks to everybody must not pull everybody onto one heap.
      const share = Math.min(degrees.get(from) ?? 1, degrees.get(to) ?? 1);
      // Members of one channel need not be friends.
      const strength = from.isChannel ? 0.1 : Math.min(1, 0.15 + Math.log2(1 + count) / 6);
      const force = (((distance - spread) / distance) * TOGETHER * strength * this.#heat) / Math.sqrt(share);
      from.vx += dx * force;
      from.vy += dy * force;
      to.vx -= dx * force;
      to.vy -= dy * force;
    }
  }
}

/** @param {number} speed */
function bounded(speed) {
  return Math.max(-40, Math.min(40, speed));
}
