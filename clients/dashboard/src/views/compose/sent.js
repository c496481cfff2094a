// One message that was sent from this page: how far it got, live, and the answers as they come.

import { addressOf } from "../../parts/address.js";
import { fill, h } from "../../parts/element.js";
import { clock } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { inert } from "../../parts/inert.js";
import { reason } from "../../parts/toast.js";
import { steps } from "../life/steps.js";
import { Witness } from "../life/witness.js";
import { noteCard } from "./note.js";

/** @typedef {import("../../data/admin.js").ItemLife} ItemLife */
/** @typedef {import("/client/index.js").HubEvent} HubEvent */

const ASK_AGAIN_MS = 300;
/** Where no event came: what another node did, or what was left out. */
const ASK_ANYWAY_MS = 5_000;

export class SentMessage extends HTMLElement {
  #context;
  #mailbox;
  #token;
  #draft;
  /** @type {ItemLife | undefined} */
  #life;
  /** @type {Witness | undefined} */
  #witness;
  #steps = h("div", { class: "sent-steps" }, h("p", { class: "soft" }, "Stored."));
  #answers = h("div", { class: "answers", role: "log", "aria-label": "Answers" });
  /** Notes that have a card. */
  #shown = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("../../parts/view.js").Context} context
   * @param {import("../../data/mailbox.js").Mailbox} mailbox
   * @param {{ token: string, draft: import("./command.js").Draft }} sent
   */
  constructor(context, mailbox, { token, draft }) {
    super();
    this.#context = context;
    this.#mailbox = mailbox;
    this.#token = token;
    this.#draft = draft;
  }

  connectedCallback() {
    if (this.childElementCount === 0) {
      this.className = "card sent";
      this.append(
        h(
          "header",
          null,
          h("h3", null, inert(this.#draft.name), h("span", { class: "soft" }, " → "), inert(this.#draft.to.join(", "))),
          h("span", { class: "faint" }, clock(Date.now())),
        ),
        h("div", { class: "card-body" }, this.#steps, this.#answers),
      );
    }
    void this.#ask();
    this.showAnswers();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  /** @param {HubEvent[]} batch */
  hear(batch) {
    if (!this.#witness?.hear(batch)) return;
    this.#write();
    this.#askIn(ASK_AGAIN_MS);
  }

  /** Answers among what was told to the operator. */
  showAnswers() {
    for (const note of [...this.#mailbox.notes].reverse()) {
      if (note.replyTo !== this.#token || this.#shown.has(note.token)) continue;
      this.#shown.add(note.token);
      this.#answers.append(noteCard(note, this.#context, { isRead: !note.oneTime }));
    }
  }

  /** @param {number} ms */
  #askIn(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  async #ask() {
    try {
      this.#life = await this.#context.admin.item(this.#token);
      if (!this.#witness) {
        this.#witness = new Witness(this.#life);
        this.#witness.hear([...this.#context.events.ring.all()].reverse());
      }
      this.#write();
    } catch (error) {
      fill(this.#steps, h("p", { class: "problem" }, reason(error)));
    }
    if (this.isConnected) this.#askIn(ASK_ANYWAY_MS);
  }

  #write() {
    if (!this.#life) return;
    const link = h("a", { href: addressOf("life", this.#life.item) }, icon("life"), "Its whole life");
    fill(this.#steps, steps(this.#life, this.#witness?.seen ?? []), h("p", { class: "links" }, link));
  }
}

customElements.define("sent-message", SentMessage);
