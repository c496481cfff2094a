// Keys that do something wherever the focus is, but not where somebody types. They can be turned off: who speaks to the
// computer, or hits keys by chance, needs that.

import { h } from "./element.js";
import { openDialog } from "./dialog.js";

/** @typedef {{ keys: string, about: string, act: () => void }} Shortcut */

/** Whoever is shown last comes first. @type {Shortcut[][]} */
const layers = [];
let isOn = true;

/**
 * Adds shortcuts, until the signal is aborted.
 *
 * @param {Shortcut[]} shortcuts
 * @param {AbortSignal} signal
 */
export function shortcuts(shortcuts, signal) {
  layers.unshift(shortcuts);
  const drop = () => void layers.splice(layers.indexOf(shortcuts), 1);
  signal.addEventListener("abort", drop, { once: true });
}

/** Listens to the keyboard, once for the whole page. */
export function beginShortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!isOn && event.key !== "?") return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const found = layers.flat().find(({ keys }) => keys === event.key || keys === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** All of them, in a dialog. */
export function showHelp() {
  const rows = layers
    .flat()
    .map(({ keys, about }) => [h("dt", null, h("kbd", null, keys === " " ? "Space" : keys)), h("dd", null, about)]);
  const toggle = h("input", { type: "checkbox", checked: isOn });
  toggle.addEventListener("change", () => (isOn = toggle.checked));
  openDialog(
    "Keyboard",
    h("dl", { class: "keys" }, ...rows),
    h(
      "dl",
      { class: "keys" },
      ...[
        ["Tab", "to the next control"],
        ["↑ ↓", "in a list or a table: to the next row"],
        ["← →", "in a chart: to the next sample; in the map: move it"],
        ["PgDn PgUp", "in the map: choose the next one"],
        ["Enter", "open the row; in the map: go to what is told of the chosen one"],
        ["Esc", "close a dialog or a panel"],
      ].map(([keys, about]) => [h("dt", null, h("kbd", null, keys)), h("dd", null, about)]),
    ),
    h("label", { class: "check" }, toggle, "Single keys do something (turn off for speech input)"),
  );
}
