// What was told to the operator: who sent it, and, once it is read, what it says.

import { addressLink } from "../../parts/address.js";
import { copyBlock } from "../../parts/copy.js";
import { fill, h } from "../../parts/element.js";
import { bytes, moment } from "../../parts/format.js";
import { inert, visible } from "../../parts/inert.js";
import { quoted } from "../../parts/shell-words.js";
import { reason } from "../../parts/toast.js";

/** More is for other tools than a page. */
const SHOWN_MAX = 20_000;

/**
 * @param {import("/client/index.js").Note} note
 * @param {import("../../parts/view.js").Context} context
 * @param {{ isRead: boolean, done?: () => void }} how `isRead`: it is read at once.
 */
export function noteCard(note, { operator }, { isRead, done }) {
  const body = h("div", { class: "note-body" });
  const read = h("button", { class: "small", type: "button" }, note.oneTime ? "Read (once only)" : "Read");
  const open = async () => {
    read.disabled = true;
    fill(body, await opened(note, operator));
    read.hidden = true;
  };
  read.addEventListener("click", () => void open());
  if (isRead) void open();
  return h(
    "article",
    { class: "note-card" },
    h(
      "header",
      null,
      h("p", null, addressLink(note.from), " ", inert(note.name, "soft")),
      h("span", { class: "faint" }, `${bytes(note.size)} · ${moment(note.createdAt.getTime())}`),
    ),
    body,
    h(
      "p",
      { class: "note-acts" },
      read,
      done && h("button", { class: "small", type: "button", onclick: done }, "Done with it"),
    ),
  );
}

/**
 * @param {import("/client/index.js").Note} note
 * @param {string} operator
 */
async function opened(note, operator) {
  try {
    const message = await note.read();
    const text = message.text();
    const rest = text.length > SHOWN_MAX ? "…" : "";
    // Line breaks are its author's; nothing else of it acts.
    const lines = text.slice(0, SHOWN_MAX).split("\n").map(visible).join("\n");
    return h("pre", { class: "message-text", dir: "auto" }, lines + rest);
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    if (code !== "no_sealing") return h("p", { class: "problem" }, reason(error));
    const entry = note.stream === operator ? String(note.seq) : `${note.stream}/${note.seq}`;
    return h(
      "div",
      { class: "field" },
      h("p", { class: "soft" }, "It is encrypted for you, and this page has no keys. Where they are:"),
      copyBlock(`agent-hub get --as ${quoted(operator)} ${quoted(entry)}`, "the command that reads it"),
    );
  }
}
