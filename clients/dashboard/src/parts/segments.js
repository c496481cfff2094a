// One of a few, as buttons side by side.

import { h } from "./element.js";

/**
 * @template Value
 * @param {string} label
 * @param {{ value: Value, label: string }[]} choices
 * @param {Value} chosen
 * @param {(value: Value) => void} choose
 */
export function segments(label, choices, chosen, choose) {
  const buttons = choices.map((choice) =>
    h("button", { type: "button", "aria-pressed": String(choice.value === chosen) }, choice.label),
  );
  buttons.forEach((button, at) =>
    button.addEventListener("click", () => {
      buttons.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
      const choice = choices[at];
      if (choice) choose(choice.value);
    }),
  );
  return h("div", { class: "segments", role: "group", "aria-label": label }, ...buttons);
}
