// A new API key: shown this once, so that the dialog asks before it is closed without it.

import { copyBlock } from "../../parts/copy.js";
import { openDialog } from "../../parts/dialog.js";
import { h } from "../../parts/element.js";
import { quoted } from "../../parts/shell-words.js";

/**
 * @param {{ name: string, api_key: string }} made
 * @param {string} title
 */
export function showKey({ name, api_key: key }, title) {
  const hub = location.origin;
  const block = copyBlock(key, `the API key of ${name}`);
  const question = unlessCopied(() => block.focus());
  const dialog = openDialog(
    title,
    h(
      "p",
      { class: "note" },
      h("strong", null, "Shown this once. "),
      "The hub keeps only its hash: who loses it needs a new one.",
    ),
    h("div", { class: "field" }, h("h3", null, "API key"), block),
    h(
      "div",
      { class: "field" },
      h("h3", null, "Where the agent runs"),
      copyBlock(`agent-hub profile ${quoted(name)} --hub ${quoted(hub)}`, "the command that writes its profile"),
      h("p", { class: "hint" }, "asks for the key, so that it is in no shell’s history; then:"),
      copyBlock(`agent-hub wait --as ${quoted(name)}`, "the command that waits"),
    ),
    question.element,
  );
  block.focus();
  let isCopied = false;
  block.addEventListener("copied", () => {
    isCopied = true;
    question.element.hidden = true;
  });
  dialog.addEventListener("cancel", (event) => {
    if (isCopied) return;
    event.preventDefault();
    question.ask();
  });
}

/**
 * The question whether to close all the same.
 *
 * @param {() => void} stay What has the focus when it stays open.
 */
function unlessCopied(stay) {
  const close = h("button", { class: "danger", type: "button" }, "Close without it");
  const back = h("button", { type: "button" }, "Back to the key");
  const element = h(
    "div",
    { class: "field", role: "alert", hidden: true },
    h("p", { class: "problem" }, "The key was not copied, and nobody can show it again."),
    h("footer", null, close, back),
  );
  close.addEventListener("click", () => element.closest("dialog")?.close());
  back.addEventListener("click", () => {
    element.hidden = true;
    stay();
  });
  const ask = () => {
    element.hidden = false;
    element.scrollIntoView({ block: "nearest" });
    back.focus();
  };
  return { element, ask };
}
