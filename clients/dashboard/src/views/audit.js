// The audit log: who did what upon whom, searched, and saved as CSV.

import { addressLink, itemLink } from "../parts/address.js";
import { fill, h, say } from "../parts/element.js";
import { empty } from "../parts/empty.js";
import { counted, moment, shortId } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { inert } from "../parts/inert.js";
import { shortcuts } from "../parts/shortcuts.js";
import { Table } from "../parts/table.js";
import { toast } from "../parts/toast.js";
import { View, viewHead } from "../parts/view.js";

/** @typedef {import("../data/admin.js").AuditLine} AuditLine */
/** @typedef {import("../data/admin.js").AuditQuery} AuditQuery */

const PAGE = 100;
/** Lines that are shown at once; the CSV has them all. */
const SHOWN_MAX = 2_000;

const ACTIONS = {
  Everything: [["", "everything"]],
  "Logging in": [
    ["login", "login"],
    ["login.refused", "login.refused"],
  ],
  Items: ["", "publish", "read", "withdraw"].map((verb) => action("item", verb)),
  Agents: ["", "create", "rotate", "role", "disable", "enable", "keys"].map((verb) => action("agent", verb)),
  Channels: ["", "create", "join", "leave", "disable", "enable"].map((verb) => action("channel", verb)),
  Sessions: [["session.cut", "session.cut"]],
};

const ITEM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ADDRESS = /^#?[a-z0-9][a-z0-9._-]{0,63}$/;

export class AuditView extends View {
  #table = new Table({
    label: "Audit log, the newest first",
    columns: columns(),
    key: (/** @type {AuditLine} */ { id }) => String(id),
  });
  #actor = field("audit-actor", "Agent");
  #subject = field("audit-subject", "Name or item id");
  #since = h("input", { id: "audit-since", type: "datetime-local" });
  #until = h("input", { id: "audit-until", type: "datetime-local" });
  #action = h(
    "select",
    { id: "audit-action" },
    ...Object.entries(ACTIONS).map(([label, actions]) =>
      h("optgroup", { label }, ...actions.map(([value, text]) => h("option", { value }, text))),
    ),
  );
  /** @type {AuditLine[]} */
  #lines = [];
  /** What was searched last: what is typed since is not, until it is searched. @type {AuditQuery} */
  #asked = {};
  /** Which search the lines are of: an earlier one that is answered later counts no more. */
  #search = 0;
  #more = h("button", { type: "button", hidden: true, onclick: () => void this.#older() }, "Older");
  #empty = h("div", { hidden: true });
  #caption = h("span");

  build() {
    this.isLoaded = false;
    const save = h("button", { type: "button", onclick: () => void this.#save() }, icon("save"), "Save as CSV");
    const labelled = (/** @type {HTMLElement} */ control, /** @type {string} */ label) =>
      h("div", { class: "field" }, h("label", { htmlFor: control.id }, label), control);
    const form = h(
      "form",
      { class: "audit-form", role: "search" },
      labelled(this.#actor, "Who"),
      labelled(this.#action, "Did what"),
      labelled(this.#subject, "Upon"),
      labelled(this.#since, "Since"),
      labelled(this.#until, "Until"),
      h("button", { class: "primary", type: "submit" }, icon("search"), "Search"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#find();
    });
    this.#action.addEventListener("change", () => void this.#find());
    this.append(
      viewHead("Audit", this.#caption, save),
      form,
      h("div", { class: "audit-list" }, this.#table.element, this.#empty, this.#more),
    );
  }

  start() {
    shortcuts([{ keys: "/", about: "search the audit log", act: () => this.#actor.focus() }], this.shown);
    // What was refused while the hub was away is asked for again.
    this.context.connection.addEventListener("state", () => !this.isLoaded && void this.#find(), {
      signal: this.shown,
    });
    void this.#find();
  }

  /** @returns {AuditQuery} What is typed. */
  #query() {
    return {
      actor: this.#actor.value.trim(),
      action: this.#action.value,
      subject: this.#subject.value.trim(),
      since: time(this.#since.value),
      until: time(this.#until.value),
    };
  }

  async #find() {
    const search = (this.#search += 1);
    const asked = this.#query();
    await this.once(async (signal) => {
      const { lines, more } = await this.context.admin.audit({ ...asked, limit: PAGE }, signal);
      if (search !== this.#search) return;
      this.#asked = asked;
      this.isLoaded = true;
      this.#show(lines, more);
    });
  }

  async #older() {
    const search = this.#search;
    const query = { ...this.#asked, limit: PAGE, before: this.#lines.at(-1)?.id };
    await this.once(async (signal) => {
      const { lines, more } = await this.context.admin.audit(query, signal);
      if (search === this.#search) this.#show([...this.#lines, ...lines], more && this.#lines.length < SHOWN_MAX);
    });
  }

  /**
   * @param {AuditLine[]} lines
   * @param {boolean} more
   */
  #show(lines, more) {
    this.#lines = lines;
    this.#table.show(lines);
    this.#table.element.hidden = lines.length === 0;
    this.#empty.hidden = lines.length > 0;
    this.#more.hidden = !more;
    const text = `${more ? "The newest " : ""}${counted(lines.length, "line")}. Times are this browser’s.`;
    say(this.#caption, lines.length === 0 ? "Who did what, upon whom, and when." : text);
    if (lines.length > 0) return;
    const about = "Nothing in the log is so. Give less, or another time.";
    fill(this.#empty, empty({ drawing: "audit", title: "Nothing found", text: about }));
  }

  async #save() {
    await this.once(async (signal) => {
      const text = await this.context.admin.auditCsv(this.#asked, signal);
      const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
      h("a", { href: address, download: `agent-hub-audit-${stamp}Z.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      toast("Saved, with all lines of this search.");
    });
  }
}

customElements.define("hub-audit", AuditView);

/** @returns {import("../parts/table.js").Column<AuditLine>[]} */
function columns() {
  return [
    { id: "time", label: "Time", show: ({ at }) => h("time", { datetime: at, title: at }, moment(Date.parse(at))) },
    {
      id: "actor",
      label: "Who",
      show: ({ actor }) => (ADDRESS.test(actor) ? addressLink(actor) : inert(actor || "nobody known", "soft")),
    },
    {
      id: "action",
      label: "Did what",
      show: ({ action }) =>
        h("span", { class: `action${/refused|disable|cut|withdraw/.test(action) ? " grave" : ""}` }, inert(action)),
    },
    { id: "subject", label: "Upon", show: ({ subject }) => about(subject) },
    { id: "detail", label: "More", show: ({ detail }) => inert(detail, "soft") },
  ];
}

/** @param {string} subject */
function about(subject) {
  if (ITEM.test(subject)) return itemLink(subject, h("code", { title: subject }, `item ${shortId(subject)}`));
  return ADDRESS.test(subject) ? addressLink(subject) : inert(subject);
}

/**
 * @param {string} noun
 * @param {string} verb
 */
function action(noun, verb) {
  return [`${noun}.${verb}`, verb === "" ? `all of ${noun}s` : `${noun}.${verb}`];
}

/**
 * @param {string} id
 * @param {string} placeholder
 */
function field(id, placeholder) {
  return h("input", {
    id,
    type: "search",
    placeholder,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
}

/** @param {string} local As the control has it: of this browser's zone. */
function time(local) {
  return local === "" ? "" : new Date(local).toISOString().replace(/\.\d+Z$/, "Z");
}
