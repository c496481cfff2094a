// One item: how far it got, its moments, whom it was for, what it answers and what answers it.

import { addressLink } from "../../parts/address.js";
import { stateBadge } from "../../parts/badge.js";
import { fill, h, update } from "../../parts/element.js";
import { bytes, clock, counted, moment, seconds, timeOf } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { inert } from "../../parts/inert.js";
import { reason } from "../../parts/toast.js";
import { recipients } from "./recipients.js";
import { steps } from "./steps.js";
import { story } from "./story.js";
import { thread } from "./thread.js";
import { Witness } from "./witness.js";

/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */
/** @typedef {import("./story.js").Moment} Moment */

/** A moment later than this needs asking the hub again; many come at once. */
const ASK_AGAIN_MS = 400;
const MOMENTS_MAX = 200;

export class ItemLifeView extends HTMLElement {
  #context;
  #wanted = "";
  /** @type {ItemLife | undefined} */
  #life;
  /** @type {Witness | undefined} */
  #witness;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;

  /** @param {import("../../parts/view.js").Context} context */
  constructor(context) {
    super();
    this.#context = context;
  }

  /** The item's id, as soon as it is known. */
  get item() {
    return this.#life?.item;
  }

  /**
   * @param {string} wanted Its id or its token.
   * @param {AbortSignal} signal
   */
  async show(wanted, signal) {
    if (wanted !== this.#wanted) {
      this.#life = this.#witness = undefined;
      fill(this, wanted === "" ? "" : h("p", { class: "soft" }, "Asking the hub…"));
    }
    this.#wanted = wanted;
    if (wanted !== "") await this.refresh(signal);
  }

  /** @param {AbortSignal} signal */
  async refresh(signal) {
    const wanted = this.#wanted;
    if (wanted === "") return;
    try {
      const life = await this.#context.admin.item(wanted, signal);
      if (wanted !== this.#wanted) return;
      this.#life = life;
      if (!this.#witness) {
        this.#witness = new Witness(life);
        this.#witness.hear([...this.#context.events.ring.all()].reverse());
      }
      this.#write();
    } catch (error) {
      if (signal.aborted || wanted !== this.#wanted || this.#life) return;
      // The view says what it waits for.
      const isAway = this.#context.connection.state === "away";
      fill(
        this,
        h("p", isAway ? { class: "soft" } : { class: "problem" }, isAway ? "Asking the hub…" : explained(error)),
      );
    }
  }

  /**
   * @param {import("/client/index.js").HubEvent[]} batch
   * @param {AbortSignal} signal
   */
  hear(batch, signal) {
    const isReply = batch.some(({ replyTo }) => replyTo !== undefined && replyTo === this.#life?.item);
    if (!this.#witness?.hear(batch) && !isReply) return;
    this.#write();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.refresh(signal), ASK_AGAIN_MS);
  }

  #write() {
    const [life, seen] = [this.#life, this.#witness?.seen ?? []];
    if (!life) return;
    update(
      this,
      head(life),
      steps(life, seen),
      h(
        "div",
        { class: "life-columns" },
        card("What happened", moments(story(life, seen), life)),
        h("div", { class: "life-side" }, card("Thread", thread(life)), card("Facts", facts(life))),
      ),
      card("For whom", recipients(life, seen)),
    );
  }
}

customElements.define("item-life", ItemLifeView);

/** @param {unknown} error */
function explained(error) {
  const { code } = /** @type {{ code?: string }} */ (error);
  if (code !== "not_found") return reason(error);
  return "The hub knows no such item. Seven days after an item’s data is gone nothing is left of it.";
}

/** @param {ItemLife} life */
function head(life) {
  const addresses = life.to.length > 0 ? life.to.map((each) => [" ", addressLink(each)]) : [" nobody"];
  return h(
    "header",
    { class: "life-head" },
    h("h2", null, inert(life.name)),
    h("p", null, addressLink(life.from), h("span", { class: "soft" }, " →"), ...addresses.flat()),
    stateBadge(life.state),
  );
}

/**
 * @param {Moment[]} list
 * @param {ItemLife} life
 */
function moments(list, life) {
  const begun = timeOf(life.item);
  const more = list.length - MOMENTS_MAX;
  return h(
    "div",
    null,
    h("ol", { class: "moments" }, ...list.slice(0, MOMENTS_MAX).map((each) => momentRow(each, begun))),
    more > 0 && h("p", { class: "hint" }, `and ${counted(more, "moment")} more`),
    h(
      "p",
      { class: "hint" },
      "Exact where this page saw it happen; else as the hub keeps it. An acknowledgement is of the cursor: “by” is the latest that it can have been.",
    ),
  );
}

/**
 * @param {Moment} told
 * @param {number} begunMs
 */
function momentRow({ kind, ms, precision, agent, address, detail }, begunMs) {
  const when =
    ms === undefined ? "time unknown" : `${precision === "latest" ? "by " : ""}${clock(ms, precision === "exact")}`;
  const after = ms !== undefined && precision === "exact" && ms > begunMs ? since(ms - begunMs) : "";
  return h(
    "li",
    { "data-kind": kind === "stored" ? "published" : kind },
    h("span", { class: "moment-mark" }, icon(kind)),
    h("span", { class: "kind" }, kind),
    h(
      "span",
      { class: "moment-who" },
      addressLink(agent),
      address && address !== agent && h("span", { class: "soft" }, " in ", inert(address)),
      detail && h("span", { class: "soft" }, " ", kind === "stored" ? "→ " : "", inert(detail)),
    ),
    h("time", { title: ms === undefined ? "" : moment(ms) }, when, after && h("span", { class: "faint" }, ` ${after}`)),
  );
}

/** @param {number} ms */
function since(ms) {
  return ms < 1_000 ? `+${ms} ms` : `+${(ms / 1_000).toFixed(1)} s`;
}

/**
 * How long it will be there, or how it went.
 *
 * @param {ItemLife} life
 */
function end({ state, expires_at: expires, taken_at: taken, taken_by: by }) {
  const left = (Date.parse(expires) - Date.now()) / 1_000;
  if (state === "withdrawn") return ["Withdrawn", "its data is gone"];
  if (state === "consumed") return ["Taken", taken ? moment(Date.parse(taken)) : (by ?? "its data is gone")];
  if (state === "expired" || left <= 0) return ["Expired", moment(Date.parse(expires))];
  return ["Expires in", seconds(left)];
}

/** @param {ItemLife} life */
function facts(life) {
  const pairs = [
    ["Size", bytes(life.size)],
    ["Published", moment(timeOf(life.item))],
    end(life),
    ["Read once only", life.one_time ? "yes" : "no"],
  ];
  return h(
    "div",
    null,
    h(
      "dl",
      { class: "facts" },
      ...pairs.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))),
    ),
    h("p", { class: "life-id" }, h("span", { class: "soft" }, "Item "), h("code", null, life.item)),
  );
}

/**
 * @param {string} title
 * @param {Node} content
 */
function card(title, content) {
  return h(
    "section",
    { class: "card" },
    h("header", null, h("h2", null, title)),
    h("div", { class: "card-body" }, content),
  );
}
