// A short word about what was just done or went wrong, at the edge of the page; screen readers hear it.

import { h } from "./element.js";
import { icon } from "./icons.js";
import { visible } from "./inert.js";

const SHOWN_MS = { good: 3_000, bad: 10_000 };
/** More at once are not read. */
const SHOWN_MAX = 3;

/** @type {HTMLElement | undefined} */
let place;

/**
 * @param {string} text
 * @param {"good" | "bad"} [how]
 */
export function toast(text, how = "good") {
  place ??= h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  liftToasts();
  const one = h(
    "div",
    { class: "toast", "data-how": how },
    icon(how === "good" ? "acked" : "warning"),
    h("span", null, visible(text)),
    h("button", { class: "quiet small", "aria-label": "Close", onclick: () => one.remove() }, icon("close")),
  );
  // Of what went well, the last word is enough.
  if (how === "good") for (const old of place.querySelectorAll('[data-how="good"]')) old.remove();
  place.append(one);
  while (place.children.length > SHOWN_MAX) place.firstElementChild?.remove();
  setTimeout(() => one.remove(), SHOWN_MS[how]);
}

/** Puts them on top: what lies under an open dialog is neither seen nor heard, and what is in one goes with it. */
export function liftToasts() {
  const home = document.querySelector("dialog[open]") ?? document.body;
  if (place && place.parentNode !== home) home.append(place);
}

/**
 * What went wrong, in the words of the hub.
 *
 * @param {unknown} error
 */
export function reason(error) {
  const { detail, message, code } = /** @type {{ detail?: string, message?: string, code?: string }} */ (error ?? {});
  return visible(detail || message || code || "something went wrong");
}

/** @param {unknown} error */
export function toastError(error) {
  if (/** @type {{ name?: string }} */ (error)?.name === "AbortError") return;
  if (/** @type {{ code?: string }} */ (error)?.code === "closed") return;
  toast(reason(error), "bad");
}
