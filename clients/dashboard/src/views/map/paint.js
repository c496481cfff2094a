// Draws the map on a canvas: links, what moves along them, nodes with what waits there, and names.

import { compact } from "../../parts/format.js";
import { BEND, bendOf, middleOf } from "./bend.js";
import { labels } from "./labels.js";

/** @typedef {import("./graph.js").Node} Node */
/** @typedef {import("./graph.js").Link} Link */
/** @typedef {import("./camera.js").Camera} Camera */

/** The colours that it takes. */
export const COLOURS = /** @type {const} */ ([
  "surface",
  "raised",
  "ink",
  "ink-soft",
  "ink-faint",
  "line",
  "line-strong",
  "accent",
  "accent-soft",
  "published",
  "pushed",
  "warn",
  "warn-soft",
  "bad",
]);
/** A link that was used so lately is drawn strongest. */
const FRESH_MS = 20_000;
const SPARK_MS = 900;
/** A map of more nodes is crowded: it shows the strongest links, and what channels told their members not at all. */
const CROWDED = 40;
const LINKS_MAX = 450;

/**
 * @typedef {object} Scene
 * @property {CanvasRenderingContext2D} context
 * @property {Camera} camera
 * @property {Record<typeof COLOURS[number], string>} colours
 * @property {Node[]} nodes
 * @property {Link[]} links
 * @property {{ link: Link, begunMs: number }[]} sparks
 * @property {Node | undefined} focus What is pointed at or chosen: all that has nothing to do with it steps back.
 * @property {boolean} isMoving Nodes find their places.
 * @property {string} font
 */

/**
 * @param {Scene} scene
 * @param {number} nowMs On the monotonic clock.
 */
export function paint(scene, nowMs) {
  const { context, camera, links, nodes, focus } = scene;
  const scale = devicePixelRatio || 1;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, camera.width, camera.height);
  const near = new Set(focus ? [focus] : nodes);
  if (focus) {
    for (const { from, to } of links) {
      if (from === focus) near.add(to);
      if (to === focus) near.add(from);
    }
  }
  const most = Math.max(2, ...links.map(({ count }) => count));
  const least = isCrowded(nodes) ? leastOf(links) : 0;
  for (const link of links) {
    const isOfFocus = link.from === focus || link.to === focus;
    // What is left out of a crowded map is drawn when one of its ends is pointed at.
    if (least > 0 && !isOfFocus && (link.from.isChannel || link.count < least)) continue;
    paintLink(scene, link, !focus || isOfFocus, most);
  }
  for (const spark of scene.sparks) paintSpark(scene, spark, nowMs);
  for (const node of nodes) paintNode(scene, node, near.has(node));
  paintNames(scene, near);
  context.globalAlpha = 1;
}

/** @param {Node[]} nodes */
function isCrowded(nodes) {
  return nodes.length > CROWDED;
}

/**
 * The least count of a link that is drawn, so that there are not too many.
 *
 * @param {Link[]} links
 */
function leastOf(links) {
  const counts = links.flatMap(({ from, count }) => (from.isChannel ? [] : [count])).sort((one, other) => other - one);
  return counts[LINKS_MAX] === undefined ? 1 : counts[LINKS_MAX] + 1;
}

/**
 * The curve of a link.
 *
 * @param {Scene} scene
 * @param {Link} link
 */
function curve({ camera, nodes, isMoving }, link) {
  const [start, end] = [camera.toScreen(link.from), camera.toScreen(link.to)];
  const bend = isMoving || isCrowded(nodes) ? BEND : bendOf(link, nodes);
  return { start, middle: middleOf(start, end, bend), end };
}

/**
 * @param {Scene} scene
 * @param {Link} link
 * @param {boolean} isNear
 * @param {number} most The count of the busiest.
 */
function paintLink(scene, link, isNear, most) {
  const { context, camera, colours } = scene;
  const { start, middle, end } = curve(scene, link);
  const share = Math.log2(1 + link.count) / Math.log2(1 + most);
  const freshness = Math.max(0, 1 - (Date.now() - link.lastMs) / FRESH_MS);
  context.globalAlpha = isNear ? Math.min(0.14 + share * 0.5 + freshness * 0.15, 0.85) : 0.04;
  context.strokeStyle = link.from.isChannel ? colours.pushed : colours.published;
  const width = (0.7 + share * 3.6) * Math.min(Math.max(camera.scale, 0.6), 1.4);
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(start.x, start.y);
  context.quadraticCurveTo(middle.x, middle.y, end.x, end.y);
  context.stroke();
  if (camera.size(link.to) >= 8) paintArrow(context, { middle, end }, camera.size(link.to), width);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ middle: { x: number, y: number }, end: { x: number, y: number } }} curve
 * @param {number} radius Of the node that it leads to.
 * @param {number} width
 */
function paintArrow(context, { middle, end }, radius, width) {
  const angle = Math.atan2(end.y - middle.y, end.x - middle.x);
  const size = 4 + width * 1.4;
  const [x, y] = [end.x - Math.cos(angle) * (radius + 3), end.y - Math.sin(angle) * (radius + 3)];
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(x, y);
  for (const turn of [0.45, -0.45]) {
    context.lineTo(x - Math.cos(angle + turn) * size, y - Math.sin(angle + turn) * size);
  }
  context.fill();
}

/**
 * @param {Scene} scene
 * @param {{ link: Link, begunMs: number }} spark
 * @param {number} nowMs
 */
function paintSpark(scene, { link, begunMs }, nowMs) {
  const part = Math.min((nowMs - begunMs) / SPARK_MS, 1);
  const { context, colours } = scene;
  const { start, middle, end } = curve(scene, link);
  const rest = 1 - part;
  const x = rest * rest * start.x + 2 * rest * part * middle.x + part * part * end.x;
  const y = rest * rest * start.y + 2 * rest * part * middle.y + part * part * end.y;
  context.globalAlpha = Math.min(1, rest * 3);
  context.fillStyle = link.from.isChannel ? colours.pushed : colours.published;
  context.beginPath();
  context.arc(x, y, 3.2, 0, Math.PI * 2);
  context.fill();
}

/** @param {{ begunMs: number }} spark @param {number} nowMs */
export function isOver({ begunMs }, nowMs) {
  return nowMs - begunMs > SPARK_MS;
}

/**
 * @param {Scene} scene
 * @param {Node} node
 * @param {boolean} isNear
 */
function paintNode({ context, camera, colours, focus, font }, node, isNear) {
  const { x, y } = camera.toScreen(node);
  const radius = camera.size(node);
  context.globalAlpha = isNear ? 1 : 0.16;
  context.lineWidth = node === focus ? 3 : 2;
  context.fillStyle = node.isChannel ? colours.pushed : node.isOnline ? colours.accent : colours.raised;
  context.strokeStyle = node.isDisabled
    ? colours.bad
    : node.isChannel || node.isOnline
      ? colours.surface
      : colours["line-strong"];
  context.beginPath();
  if (node.isChannel) context.roundRect(x - radius, y - radius, radius * 2, radius * 2, radius * 0.35);
  else context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
  context.stroke();
  if (node === focus) {
    context.strokeStyle = colours.ink;
    context.stroke();
  }
  if (node.backlog > 0) paintBacklog(context, colours, { x, y, radius }, node.backlog, font);
}

/**
 * What waits: a ring that closes with it, and its number where there is room.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Record<typeof COLOURS[number], string>} colours
 * @param {{ x: number, y: number, radius: number }} at
 * @param {number} backlog
 * @param {string} font
 */
function paintBacklog(context, colours, { x, y, radius }, backlog, font) {
  const part = Math.min(Math.log2(1 + backlog) / 10, 1);
  context.strokeStyle = colours.warn;
  context.lineWidth = Math.max(2, Math.min(radius * 0.24, 4));
  context.beginPath();
  context.arc(x, y, radius + 4 + context.lineWidth / 2, -Math.PI / 2, -Math.PI / 2 + part * Math.PI * 2);
  context.stroke();
  if (radius < 9) return;
  context.font = `600 11px ${font}`;
  const text = compact(backlog);
  const width = Math.max(context.measureText(text).width + 10, 18);
  const [left, top] = [x + radius * 0.5, y - radius - 12];
  context.fillStyle = colours["warn-soft"];
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(left, top, width, 17, 8);
  context.fill();
  context.stroke();
  context.fillStyle = colours.warn;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, left + width / 2, top + 9);
}

/**
 * @param {Scene} scene
 * @param {Set<Node>} near
 */
function paintNames({ context, camera, colours, nodes, focus, font }, near) {
  context.font = `550 12px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const measure = (/** @type {string} */ text) => context.measureText(text).width;
  const first = focus ? near : new Set(nodes.filter(({ isChannel }) => isChannel));
  const place = (/** @type {Node} */ node) => camera.toScreen(node);
  for (const { node, text, x, y } of labels({ nodes, place, size: (each) => camera.size(each), measure, first })) {
    if (focus && !near.has(node)) continue;
    context.globalAlpha = 1;
    context.lineWidth = 4;
    context.strokeStyle = colours.surface;
    context.strokeText(text, x, y);
    context.fillStyle = node.isChannel ? colours.pushed : node.isOnline ? colours.ink : colours["ink-soft"];
    context.fillText(text, x, y);
  }
}
