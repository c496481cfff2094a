// Messages: what was published last, and the life of one of them.

import { addressOf, goTo } from "../parts/address.js";
import { stateBadge } from "../parts/badge.js";
import { fill, h, say } from "../parts/element.js";
import { empty } from "../parts/empty.js";
import { bytes, clock, counted, moment, timeOf } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { inert } from "../parts/inert.js";
import { shortcuts } from "../parts/shortcuts.js";
import { Table } from "../parts/table.js";
import { View, viewHead } from "../parts/view.js";
import { ItemLifeView } from "./life/item.js";

/** @typedef {import("../data/admin.js").ItemLine} ItemLine */

const REFRESH_MS = 3_000;
const PAGE = 100;
/** An item's id, or its token. */
const NAMES_ITEM = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9_-]{22})$/;
const NAMES_ADDRESS = /^#?[a-z0-9][a-z0-9._-]{0,63}$/;

export class LifeView extends View {
  #life = new ItemLifeView(this.context);
  #search = h("input", {
    type: "search",
    placeholder: "Item, token, or an address",
    "aria-label": "Search an item by its id or token, or items by their address",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  #table = new Table({
    label: "Messages, the newest first",
    columns: columns(),
    key: (/** @type {ItemLine} */ { item }) => item,
    open: ({ item }) => goTo("life", item),
  });
  #address = "";
  /** Pages before the newest; while there are some, the list stays as it is. @type {ItemLine[]} */
  #older = [];
  #more = h("button", { type: "button", hidden: true, onclick: () => void this.#page() }, "Older");
  #empty = h("div", { hidden: true });
  #caption = h("span");
  #back = h("a", { class: "button", href: addressOf("life") }, icon("back"), "All messages");
  #list = h("div", { class: "life-list" }, this.#table.element, this.#empty, this.#more);

  build() {
    const form = h("form", { class: "search", role: "search" }, icon("search"), this.#search);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#find(this.#search.value.trim());
    });
    this.#search.addEventListener("search", () => this.#search.value === "" && this.#find(""));
    this.append(viewHead("Messages", this.#caption, this.#back, form), this.#list, this.#life);
  }

  start() {
    void this.every(REFRESH_MS, (signal) => this.#refresh(signal));
    this.context.events.onBatch((batch) => this.#life.hear(batch, this.shown), this.shown);
    shortcuts([{ keys: "/", about: "search a message", act: () => this.#search.focus() }], this.shown);
    this.addEventListener("keydown", (event) => event.key === "Escape" && goTo("life"), { signal: this.shown });
  }

  /** @param {string} what An item's id or its token. */
  show(what) {
    const isOne = NAMES_ITEM.test(what);
    this.#list.hidden = isOne;
    this.#life.hidden = this.#back.hidden = !isOne;
    if (isOne) say(this.#caption, "The life of one message: who was told, who acknowledged, who read, and when.");
    else this.#say();
    void this.#life.show(isOne ? what : "", this.shown);
  }

  /** @param {string} text */
  #find(text) {
    if (NAMES_ITEM.test(text) && !NAMES_ADDRESS.test(text)) return goTo("life", text);
    // A token may look like an address; one that leads somewhere is one.
    const isAddress = text === "" || NAMES_ADDRESS.test(text.toLowerCase());
    this.#address = isAddress ? text.toLowerCase() : "";
    this.#older = [];
    goTo("life");
    void this.#refresh(this.shown);
    if (!isAddress) this.#none(`“${text}” is no item’s id, no token and no address.`);
  }

  /** @param {AbortSignal} signal */
  async #refresh(signal) {
    if (this.#list.hidden) return this.#life.refresh(signal);
    if (this.#older.length > 0) return;
    try {
      const { items, more } = await this.context.admin.items({ limit: PAGE, address: this.#address }, signal);
      this.#show(items, more);
    } catch (error) {
      if (/** @type {{ status?: number }} */ (error).status !== 404 || this.#address === "") throw error;
      this.#show([], false);
    }
  }

  async #page() {
    const last = this.#items.at(-1);
    const query = { limit: PAGE, address: this.#address, before: last?.item };
    const { items, more } = await this.context.admin.items(query, this.shown);
    this.#older = [...this.#items, ...items].slice(-1_000);
    this.#show(this.#older, more);
  }

  /** @type {ItemLine[]} */
  #items = [];

  /**
   * @param {ItemLine[]} items
   * @param {boolean} more
   */
  #show(items, more) {
    this.#items = items;
    this.#table.show(items);
    this.#more.hidden = !more;
    this.#table.element.hidden = items.length === 0;
    if (items.length === 0)
      this.#none(this.#address === "" ? "" : `Nothing was sent to ${this.#address}, or there is no such address.`);
    else this.#empty.hidden = true;
    this.#say();
  }

  #say() {
    const to = this.#address === "" ? "" : ` to ${this.#address}`;
    say(this.#caption, `What was published last${to}. Open one to see who was told, acknowledged and read it.`);
  }

  /** @param {string} why */
  #none(why) {
    this.#empty.hidden = false;
    const text = why || "Each message has a page of its own: who was told, who acknowledged, who read it, and when.";
    fill(
      this.#empty,
      empty({
        drawing: "life",
        title: why ? "Nothing found" : "Nothing was sent yet",
        text,
        command: why ? undefined : 'agent-hub send --as alice bob "hi"',
      }),
    );
  }
}

customElements.define("hub-life", LifeView);

/** @returns {import("../parts/table.js").Column<ItemLine>[]} */
function columns() {
  return [
    {
      id: "time",
      label: "Published",
      show: ({ item }) => h("time", { title: clock(timeOf(item), true) }, moment(timeOf(item))),
    },
    { id: "from", label: "From", show: ({ from }) => h("span", { class: "name" }, inert(from)) },
    {
      id: "to",
      label: "To",
      show: ({ to }) =>
        inert(
          to.length > 3 ? `${to.slice(0, 2).join(", ")} and ${counted(to.length - 2, "more", "more")}` : to.join(", "),
        ),
    },
    {
      id: "title",
      label: "Name",
      show: ({ item, name, reply_to: answers }) => [
        answers && icon("reply", "faint"),
        h("a", { class: "name", href: addressOf("life", item), tabindex: -1 }, inert(name)),
      ],
    },
    { id: "size", label: "Size", isNumber: true, show: ({ size }) => bytes(size) },
    { id: "state", label: "State", show: ({ state }) => stateBadge(state) },
  ];
}
