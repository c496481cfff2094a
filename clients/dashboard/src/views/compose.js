// Compose: somebody sends from the page, and sees what becomes of it. In plain: a page that the hub serves can keep no secret
// from the hub. The command beside it sends the same encrypted.

import { Mailbox } from "../data/mailbox.js";
import { copyBlock } from "../parts/copy.js";
import { fill, h, say } from "../parts/element.js";
import { counted } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { reason, toast, toastError } from "../parts/toast.js";
import { View, viewHead } from "../parts/view.js";
import { aboutAnswers } from "./compose/answers.js";
import { sendCommand } from "./compose/command.js";
import { noteCard } from "./compose/note.js";
import { SentMessage } from "./compose/sent.js";

/** @typedef {import("./compose/command.js").Draft} Draft */

/** What was sent before is under Messages. */
const SENT_MAX = 20;
const TIMES = [
  [3_600, "an hour"],
  [86_400, "a day"],
  [7 * 86_400, "a week"],
];

export class ComposeView extends View {
  #mailbox = new Mailbox(this.context.connection.hub);
  #names = h("datalist", { id: "compose-names" });
  #to = input("compose-to", {
    required: true,
    list: "compose-names",
    placeholder: "bob, #research",
    autocapitalize: "none",
  });
  #name = input("compose-name", { value: "message", maxlength: 100 });
  #body = h("textarea", { id: "compose-body", rows: 7, required: true, placeholder: "What you have to say" });
  #ttl = h(
    "select",
    { id: "compose-ttl" },
    ...TIMES.map(([value, label]) => h("option", { value, selected: value === 86_400 }, label)),
  );
  #once = h("input", { id: "compose-once", type: "checkbox" });
  #button = h("button", { class: "primary", type: "submit" }, icon("compose"), "Send in plain");
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #command = copyBlock("", "the command that sends the same encrypted");
  #sent = h("div", { class: "sent-list" });
  #inbox = h("div", { class: "inbox" });
  #inboxCount = h("span", { class: "soft" });
  /** Whether whoever answers can seal, and where that is read. */
  #answers = h("div", { class: "field" });

  build() {
    this.append(
      viewHead("Compose", "Send to an agent or a channel, and see who is told, who reads it, and the answer."),
      h("div", { class: "compose" }, warning(), this.#form(), this.#aside()),
      h(
        "div",
        { class: "compose-below" },
        h("section", { "aria-label": "Sent from this page" }, h("h2", null, "Sent from this page"), this.#sent),
        h("section", { "aria-label": "Your inbox" }, h("h2", null, "Your inbox ", this.#inboxCount), this.#inbox),
      ),
    );
    this.#sent.append(
      h("p", { class: "soft" }, "Nothing yet. What you send shows here how far it got, and its answers."),
    );
    this.#mailbox.addEventListener("note", () => this.#showMail());
    this.addEventListener("input", () => this.#showCommand());
    this.#showCommand();
    this.#showMail();
  }

  start() {
    void this.#mailbox.open();
    this.context.events.onBatch((batch) => {
      for (const sent of this.#sentMessages()) sent.hear(batch);
    }, this.shown);
    void this.once((signal) => this.#offerNames(signal));
    void this.once((signal) => this.#tellOfAnswers(signal));
  }

  /** @param {string} what To whom. */
  show(what) {
    if (what === "") return;
    this.#to.value = what;
    this.#showCommand();
    this.#body.focus();
  }

  #form() {
    const field = (/** @type {HTMLElement} */ control, /** @type {string} */ label) =>
      h("div", { class: "field" }, h("label", { htmlFor: control.id }, label), control);
    const form = h(
      "form",
      { class: "card card-body compose-form" },
      field(this.#to, "To"),
      this.#names,
      h("div", { class: "two" }, field(this.#name, "Name (the hub sees it)"), field(this.#ttl, "Kept for")),
      field(this.#body, "Message"),
      this.#problem,
      h(
        "div",
        { class: "compose-foot" },
        h("label", { class: "check" }, this.#once, "Can be read once only"),
        this.#button,
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#body.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    return form;
  }

  #aside() {
    return h(
      "aside",
      { class: "compose-aside" },
      h("div", { class: "field" }, h("h3", null, icon("lock"), " The same, encrypted and signed"), this.#command),
      h("p", { class: "hint" }, "Run it where your profile is: the keys stay on that machine."),
      this.#answers,
    );
  }

  /** @param {AbortSignal} signal */
  async #tellOfAnswers(signal) {
    const { admin, operator } = this.context;
    const { keys } = await admin.agent(operator, signal);
    fill(this.#answers, ...aboutAnswers(operator, keys !== undefined));
  }

  /** @param {AbortSignal} signal */
  async #offerNames(signal) {
    const [{ agents }, { channels }] = await Promise.all([
      this.context.admin.agents({ limit: 1_000 }, signal),
      this.context.admin.channels(signal),
    ]);
    const names = [...agents, ...channels].filter(({ disabled }) => !disabled);
    this.#names.replaceChildren(...names.map(({ name }) => h("option", { value: name })));
  }

  /** @returns {Draft} */
  #draft() {
    const to = this.#to.value.split(/[\s,]+/).filter(Boolean);
    return {
      to: [...new Set(to)],
      name: this.#name.value.trim() || "message",
      body: this.#body.value,
      ttlS: Number(this.#ttl.value),
      oneTime: this.#once.checked,
    };
  }

  #showCommand() {
    this.#command.text = sendCommand(this.#draft(), { operator: this.context.operator, hub: location.origin });
  }

  async #send() {
    const draft = this.#draft();
    const { to, body, name, ttlS: ttl, oneTime } = draft;
    this.#problem.hidden = true;
    this.#button.disabled = true;
    try {
      const { token } = await this.context.connection.hub.send(to, body, { name, ttl, oneTime, plain: true });
      if (this.#sentMessages().length === 0) fill(this.#sent);
      this.#sent.prepend(new SentMessage(this.context, this.#mailbox, { token, draft }));
      while (this.#sent.children.length > SENT_MAX) this.#sent.lastElementChild?.remove();
      this.#body.value = "";
      this.#showCommand();
      toast(`Stored for ${to.join(", ")}.`);
    } catch (error) {
      say(this.#problem, reason(error));
      this.#problem.hidden = false;
    }
    this.#button.disabled = false;
  }

  /** @returns {SentMessage[]} */
  #sentMessages() {
    return [...this.#sent.children].filter((each) => each instanceof SentMessage);
  }

  #showMail() {
    for (const sent of this.#sentMessages()) sent.showAnswers();
    const { notes, error } = this.#mailbox;
    say(this.#inboxCount, notes.length > 0 ? counted(notes.length, "entry", "entries") : "");
    const known = new Map([...this.#inbox.children].map((card) => [card.getAttribute("data-token"), card]));
    const cards = notes.map((note) => known.get(note.token) ?? this.#note(note));
    if (cards.length > 0) return this.#inbox.replaceChildren(...cards);
    const text = error
      ? `Nothing is told any more: ${reason(error)}`
      : "Nothing waits for you. What agents send you comes here at once.";
    fill(this.#inbox, h("p", { class: "soft" }, text));
  }

  /** @param {import("/client/index.js").Note} note */
  #note(note) {
    const done = () => void this.#mailbox.done(note).catch(toastError);
    const card = noteCard(note, this.context, { isRead: false, done });
    card.setAttribute("data-token", note.token);
    return card;
  }
}

customElements.define("hub-compose", ComposeView);

function warning() {
  return h(
    "p",
    { class: "note" },
    h("strong", null, "Sent from here, the hub can read it. "),
    "This page comes from the hub, so it can keep no secret from it: what you send here is neither encrypted nor signed, and its receivers are told so.",
  );
}

/**
 * @param {string} id
 * @param {Record<string, unknown>} props
 */
function input(id, props) {
  return h("input", { id, autocomplete: "off", spellcheck: "false", ...props });
}
