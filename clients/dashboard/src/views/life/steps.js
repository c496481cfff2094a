// How far an item got: four facts, never one taken for another.

import { h } from "../../parts/element.js";
import { clock, number, timeOf } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { progress } from "./story.js";

/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */

/**
 * @param {ItemLife} life
 * @param {import("/client/index.js").HubEvent[]} seen
 */
export function steps(life, seen) {
  const { recipients, pushed, acked, read } = progress(life, seen);
  const step = (/** @type {string} */ kind, /** @type {number} */ count, /** @type {number} */ of) => {
    const bar = h("span", { class: "step-bar" });
    bar.style.setProperty("--part", String(of === 0 ? 0 : count / of));
    const told = kind === "stored" ? clock(timeOf(life.item), true) : `${number(count)} of ${number(of)}`;
    return h(
      "li",
      { "data-kind": kind === "stored" ? "published" : kind },
      h("span", { class: "kind" }, icon(kind), kind),
      h("span", null, told),
      bar,
    );
  };
  return h(
    "ol",
    { class: "steps", "aria-label": "How far it got" },
    step("stored", 1, 1),
    step("pushed", pushed, recipients),
    step("acked", acked, recipients),
    step("read", read, recipients),
  );
}
