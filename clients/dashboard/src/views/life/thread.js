// What an item answers, and what answers it.

import { itemLink } from "../../parts/address.js";
import { h } from "../../parts/element.js";
import { clock, timeOf } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { inert } from "../../parts/inert.js";

/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */
/** @typedef {import("../../data/admin.js").ItemLine} ItemLine */

/** @param {ItemLife} life */
export function thread(life) {
  const lines = [
    ...life.thread.map((line) => ({ line, depth: 0, isThis: false })),
    { line: life, depth: life.thread.length > 0 ? 1 : 0, isThis: true },
    ...life.replies.map((line) => ({ line, depth: life.thread.length > 0 ? 2 : 1, isThis: false })),
  ];
  if (lines.length === 1) return h("p", { class: "soft" }, "It answers nothing, and nothing answers it yet.");
  return h("ol", { class: "life-thread" }, ...lines.map((each) => threadLine(each)));
}

/** @param {{ line: ItemLine, depth: number, isThis: boolean }} about */
function threadLine({ line, depth, isThis }) {
  const row = h(
    "li",
    { class: isThis ? "this" : "", "aria-current": isThis ? "true" : undefined },
    depth > 0 && icon("reply"),
    h("span", { class: "thread-from" }, inert(line.from)),
    isThis ? h("strong", { class: "name" }, inert(line.name)) : itemLink(line.item, inert(line.name)),
    h("span", { class: "faint" }, clock(timeOf(line.item))),
  );
  row.style.paddingInlineStart = `${8 + depth * 18}px`;
  return row;
}
