// Dialogs: the platform's own, which holds the focus and gives it back; Escape closes.

import { h } from "./element.js";
import { icon } from "./icons.js";
import { reason } from "./toast.js";

/** @typedef {import("./element.js").Child} Child */

/**
 * Shows a dialog until it is closed.
 *
 * @param {string} title
 * @param {(Child | Child[])[]} children
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, ...children) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = h("button", { class: "quiet", type: "button", "aria-label": "Close" }, icon("close"));
  const dialog = h(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    h("header", null, heading, close),
    h("div", { class: "dialog-body" }, ...children),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks before something is done, does it, and stays open with the reason where that fails.
 *
 * @param {object} about
 * @param {string} about.title
 * @param {(Child | Child[])[]} about.body
 * @param {string} about.verb What the button says.
 * @param {boolean} [about.isDanger]
 * @param {(form: FormData) => Promise<unknown>} about.act
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
      await act(new FormData(form));
      dialog.close();
    } catch (error) {
      problem.textContent = reason(error);
      problem.hidden = false;
      button.disabled = false;
    }
  });
  const dialog = openDialog(title, form);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve()));
}
