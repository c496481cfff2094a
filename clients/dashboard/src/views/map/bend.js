// How far a link is bent: always to the same side, so that both directions are seen, and farther where a node would be in
// its way.

/** @typedef {import("./graph.js").Node} Node */
/** @typedef {import("./graph.js").Link} Link */

/** Parts of its length: the first that is free is taken. */
const BENDS = [0.14, 0.24, 0.05, 0.36, 0.5];
/** Where along the curve it is looked for nodes. */
const PLACES = Array.from({ length: 17 }, (_, at) => 0.1 + at * 0.05);
/** Between a link and a node that it passes. */
const GAP = 4;

/** As it is while the nodes move: nothing jumps. */
export const BEND = 0.14;

/** @type {WeakMap<Link, number>} */
const known = new WeakMap();

/**
 * The bend of a link between nodes that rest.
 *
 * @param {Link} link
 * @param {Node[]} nodes
 */
export function bendOf(link, nodes) {
  const found = known.get(link) ?? BENDS.find((bend) => isFree(link, bend, nodes)) ?? BEND;
  known.set(link, found);
  return found;
}

/**
 * The point that a curve is drawn towards.
 *
 * @param {{ x: number, y: number }} start
 * @param {{ x: number, y: number }} end
 * @param {number} bend
 */
export function middleOf(start, end, bend) {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  return { x: (start.x + end.x) / 2 - dy * bend, y: (start.y + end.y) / 2 + dx * bend };
}

/**
 * @param {Link} link
 * @param {number} bend
 * @param {Node[]} nodes
 */
function isFree({ from, to }, bend, nodes) {
  const middle = middleOf(from, to, bend);
  return PLACES.every((part) => {
    const [a, b, c] = [(1 - part) ** 2, 2 * part * (1 - part), part ** 2];
    const x = a * from.x + b * middle.x + c * to.x;
    const y = a * from.y + b * middle.y + c * to.y;
    return nodes.every(
      (node) => node === from || node === to || Math.hypot(node.x - x, node.y - y) > node.radius + GAP,
    );
  });
}
