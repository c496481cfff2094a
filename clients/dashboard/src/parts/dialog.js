// Dialogs: the platform's own, which holds the focus and gives it back. Escape closes, unless the dialog asks first.

import { h } from "./element.js";
import { icon } from "./icons.js";
import { liftToasts, reason } from "./toast.js";

/** @typedef {import("./element.js").Child} Child */

/** What has the focus first, where there is a form: what somebody came to fill in. */
const FIRST = "form :is(input, select, textarea, button)";

/**
 * Shows a dialog until it is closed. Before somebody closes it there is a `cancel` event, as the platform has it: who prevents
 * that keeps it open.
 *
 * @param {string} title
 * @param {(Child | Child[])[]} children
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, ...children) {
  const opener = document.activeElement;
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = h("button", { class: "quiet", type: "button", "aria-label": "Close" }, icon("close"));
  const dialog = h(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    h("header", null, heading, close),
    h("div", { class: "dialog-body" }, ...children),
  );
  close.addEventListener("click", () => leave(dialog));
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    // A browser asks nobody when Escape is pressed twice.
    event.preventDefault();
    leave(dialog);
  });
  dialog.addEventListener("close", () => {
    liftToasts();
    dialog.remove();
    giveBack(opener);
  });
  document.body.append(dialog);
  dialog.showModal();
  /** @type {HTMLElement | null} */ (dialog.querySelector(FIRST))?.focus();
  return dialog;
}

/** @param {HTMLDialogElement} dialog */
function leave(dialog) {
  if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
}

/**
 * The platform gives the focus back only to what is still there.
 *
 * @param {Element | null} opener
 */
function giveBack(opener) {
  const isLost = document.activeElement === document.body && opener !== document.body;
  if (!isLost || document.querySelector("dialog[open]")) return;
  const heir = opener?.isConnected ? opener : document.querySelector("main h1");
  /** @type {HTMLElement | null} */ (heir)?.focus();
}

/**
 * Asks before something is done, does it, and stays open with the reason where that fails.
 *
 * @param {object} about
 * @param {string} about.title
 * @param {(Child | Child[])[]} about.body
 * @param {string} about.verb What the button says.
 * @param {boolean} [about.isDanger]
 * @param {(form: FormData) => Promise<(() => void) | void>} about.act What it gives is done when the dialog is closed.
 * @returns {Promise<void>} It is closed.
 */
export function ask({ title, body, verb, isDanger = false, act }) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const button = h("button", { class: isDanger ? "danger" : "primary", type: "submit" }, verb);
  const cancel = h("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const form = h("form", null, ...body, problem, h("footer", null, cancel, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      const then = await act(new FormData(form));
      dialog.close();
      then?.();
    } catch (error) {
      problem.textContent = reason(error);
      problem.hidden = false;
      button.disabled = false;
    }
  });
  const dialog = openDialog(title, form);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve()));
}
