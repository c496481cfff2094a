// The graph of the map: agents and channels, what went between them, and what waits at each. Nodes keep their places when
// the numbers change.

/** @typedef {{ from: Node, to: Node, count: number, lastMs: number }} Link */

/**
 * @typedef {object} Node
 * @property {string} name
 * @property {boolean} isChannel
 * @property {boolean} isOnline
 * @property {boolean} isDisabled
 * @property {number} backlog Entries that it has not acknowledged.
 * @property {number} volume What went in and out.
 * @property {number} radius
 * @property {number} x
 * @property {number} y
 * @property {number} vx
 * @property {number} vy
 */

/** Most nodes that are drawn: the busiest and those with a backlog. */
export const NODES_MAX = 300;
/** The angle that spreads points evenly. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

export class Graph {
  /** @type {Map<string, Node>} */
  #known = new Map();
  /** @type {Node[]} */
  nodes = [];
  /** @type {Link[]} */
  links = [];
  /** Nodes that are not drawn. */
  hiddenCount = 0;

  /**
   * @param {import("../../data/admin.js").Agent[]} agents
   * @param {import("../../data/admin.js").Channel[]} channels
   * @param {{ from: string, to: string, count: number, lastMs: number }[]} edges
   * @returns {boolean} Whether nodes or links came or went, so that they have to find their places anew.
   */
  update(agents, channels, edges) {
    const before = `${this.nodes.length} ${this.links.length}`;
    const volumes = sums(edges);
    const rows = [
      ...agents.map((agent) => ({ ...agent, isChannel: false })),
      ...channels.map(({ name, disabled }) => ({ name, disabled, sessions: 0, backlog: 0, isChannel: true })),
    ];
    const weight = (/** @type {{ name: string, backlog: number }} */ { name, backlog }) =>
      (volumes.get(name) ?? 0) + backlog;
    rows.sort((one, other) => weight(other) - weight(one));
    this.hiddenCount = Math.max(0, rows.length - NODES_MAX);
    const shown = rows.slice(0, NODES_MAX);
    const large = shown.length <= 12 ? 15 : shown.length <= 60 ? 11 : 6;
    this.nodes = shown.map((row, at) => {
      const node = this.#known.get(row.name) ?? placed(row.name, at, large);
      node.isChannel = row.isChannel;
      node.isOnline = row.sessions > 0;
      node.isDisabled = row.disabled;
      node.backlog = row.backlog;
      node.volume = volumes.get(row.name) ?? 0;
      node.radius = large + Math.min(Math.log2(1 + node.volume) * large * 0.08, large * 0.8);
      return node;
    });
    this.#known = new Map(this.nodes.map((node) => [node.name, node]));
    this.links = edges.flatMap(({ from, to, count, lastMs }) => {
      const ends = [this.#known.get(from), this.#known.get(to)];
      return ends[0] && ends[1] ? [{ from: ends[0], to: ends[1], count, lastMs }] : [];
    });
    return before !== `${this.nodes.length} ${this.links.length}`;
  }

  /** @param {string} name */
  find(name) {
    return this.#known.get(name);
  }

  /**
   * What a node has to do with, the busiest first.
   *
   * @param {Node} node
   */
  linksOf(node) {
    return this.links.filter(({ from, to }) => from === node || to === node).sort((a, b) => b.count - a.count);
  }
}

/**
 * @param {string} name
 * @param {number} at
 * @param {number} size
 * @returns {Node}
 */
function placed(name, at, size) {
  const distance = size * 3 * Math.sqrt(at + 0.5);
  const [x, y] = [Math.cos(at * GOLDEN) * distance, Math.sin(at * GOLDEN) * distance];
  const told = { isChannel: false, isOnline: false, isDisabled: false, backlog: 0, volume: 0 };
  return { name, ...told, radius: size, x, y, vx: 0, vy: 0 };
}

/** @param {{ from: string, to: string, count: number }[]} edges */
function sums(edges) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const { from, to, count } of edges) {
    found.set(from, (found.get(from) ?? 0) + count);
    found.set(to, (found.get(to) ?? 0) + count);
  }
  return found;
}
