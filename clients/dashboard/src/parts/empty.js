// Where there is nothing yet: what would be here, and how to make it come, with the command.

import { copyBlock } from "./copy.js";
import { h } from "./element.js";
import { icon } from "./icons.js";

/**
 * @param {object} about
 * @param {string} about.drawing
 * @param {string} about.title
 * @param {string} about.text
 * @param {string} [about.command]
 * @param {HTMLElement} [about.action]
 */
export function empty({ drawing, title, text, command, action }) {
  return h(
    "div",
    { class: "empty" },
    icon(drawing, "large"),
    h("h2", null, title),
    h("p", null, text),
    command !== undefined && copyBlock(command, "the command"),
    action,
  );
}
