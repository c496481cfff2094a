// Which names are written on the map: those that matter most, as many as fit without touching each other or a node.

/** @typedef {import("./graph.js").Node} Node */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/** @typedef {{ node: Node, text: string, x: number, y: number }} Label */

/** A longer name is cut; the panel has it whole. */
const CHARACTERS_MAX = 22;
const HEIGHT = 15;
/** What waits is drawn around a node. */
const RING = 6;

/**
 * @param {object} about
 * @param {Node[]} about.nodes
 * @param {(node: Node) => { x: number, y: number }} about.place On the screen.
 * @param {(node: Node) => number} about.size
 * @param {(text: string) => number} about.measure
 * @param {Set<Node>} about.first These come before all others.
 * @returns {Label[]}
 */
export function labels({ nodes, place, size, measure, first }) {
  const weight = (/** @type {Node} */ node) =>
    (first.has(node) ? 1e12 : 0) + node.backlog * 3 + node.volume + (node.isChannel ? 1e6 : 0);
  const places = nodes.map((node) => ({ node, at: place(node), radius: size(node) + (node.backlog > 0 ? RING : 0) }));
  /** @type {Box[]} */
  const taken = [];
  const circles = places.map(({ at, radius }) => ({
    x: at.x - radius,
    y: at.y - radius,
    width: radius * 2,
    height: radius * 2,
  }));
  /** @type {Label[]} */
  const chosen = [];
  for (const { node, at, radius } of [...places].sort((a, b) => weight(b.node) - weight(a.node))) {
    const text = cut(node.name);
    const width = measure(text) + 8;
    const spots = [
      { x: at.x - width / 2, y: at.y + radius + 4, width, height: HEIGHT },
      { x: at.x - width / 2, y: at.y - radius - HEIGHT - 4, width, height: HEIGHT },
      { x: at.x + radius + 4, y: at.y - HEIGHT / 2, width, height: HEIGHT },
      { x: at.x - radius - width - 4, y: at.y - HEIGHT / 2, width, height: HEIGHT },
    ];
    const isFree = (/** @type {Box} */ box) =>
      !taken.some((other) => touch(box, other)) && !circles.some((circle) => touch(box, circle));
    const spot = spots.find(isFree) ?? (first.has(node) ? spots[0] : undefined);
    if (!spot) continue;
    taken.push(spot);
    chosen.push({ node, text, x: spot.x + width / 2, y: spot.y + HEIGHT / 2 });
  }
  return chosen;
}

/**
 * @param {Box} one
 * @param {Box} other
 */
function touch(one, other) {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** @param {string} name */
function cut(name) {
  return name.length > CHARACTERS_MAX ? `${name.slice(0, CHARACTERS_MAX - 1)}…` : name;
}
