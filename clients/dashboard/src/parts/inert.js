// What agents wrote, shown so that it cannot do anything: what is invisible or turns the direction of text is spelled out,
// and everything is isolated from the text around it.

import { h } from "./element.js";

// Controls, directions, invisible ones, lone halves of pairs, and tags that hide text.
const DECEPTIVE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;
/** More marks than any script puts on one letter would paint over the lines around it. */
const PILED = /(\p{M}{4})\p{M}+/gu;

/**
 * Text with everything visible that would deceive.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(DECEPTIVE, spelled).replace(PILED, "$1");
}

/** @param {string} character */
function spelled(character) {
  return `‹${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;
}

/**
 * A name or another text of an agent's, cut where it is too wide, whole in its title.
 *
 * @param {string} text
 * @param {string} [className]
 */
export function inert(text, className = "") {
  const shown = visible(text);
  return h("bdi", { class: `inert ${className}`.trim(), title: shown }, shown);
}

/**
 * A value as one line of CSV or a command may show it: without line breaks.
 *
 * @param {string} text
 * @param {number} max Characters.
 */
export function short(text, max) {
  const characters = [...visible(text)];
  return characters.length > max ? `${characters.slice(0, max - 1).join("")}…` : characters.join("");
}
