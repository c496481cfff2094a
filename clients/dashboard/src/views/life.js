// Messages: what was published last, and the life of one of them.

import { addressOf, goTo } from "../parts/address.js";
import { stateBadge } from "../parts/badge.js";
import { fill, h, say } from "../parts/element.js";
import { empty } from "../parts/empty.js";
import { bytes, clock, counted, moment, timeOf } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { inert, short } from "../parts/inert.js";
import { shortcuts } from "../parts/shortcuts.js";
import { Table } from "../parts/table.js";
import { View, viewHead } from "../parts/view.js";
import { ItemLifeView } from "./life/item.js";

/** @typedef {import("../data/admin.js").ItemLine} ItemLine */

const REFRESH_MS = 3_000;
const PAGE = 100;
/** Characters of what somebody looked for. */
const SHOWN_MAX = 60;
/** An item's id, or its token. */
const NAMES_ITEM = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9_-]{22})$/;
const NAMES_ADDRESS = /^#?[a-z0-9][a-z0-9._-]{0,63}$/;

export class LifeView extends View {
  #life = new ItemLifeView(this.context);
  #search = h("input", {
    type: "search",
    placeholder: "Item, token or address",
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
  #isListed = false;
  /** What names no item and no address, as somebody searched it, and as the address of the page has it. */
  #stranger = { searched: "", named: "" };
  /** Pages before the newest; while there are some, the list stays as it is. @type {ItemLine[]} */
  #older = [];
  #more = h("button", { type: "button", hidden: true, onclick: () => void this.#page() }, "Older");
  #empty = h("div", { hidden: true });
  #caption = h("span");
  #back = h("a", { class: "button", href: addressOf("life") }, icon("back"), "All messages");
  #list = h("div", { class: "life-list" }, this.#table.element, this.#empty, this.#more);

  build() {
    this.isLoaded = false;
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
    const wasLost = this.#isLost();
    this.#stranger.named = isOne ? "" : what;
    this.#list.hidden = isOne;
    this.#life.hidden = this.#back.hidden = !isOne;
    this.#say();
    void this.#life.show(isOne ? what : "", this.shown);
    this.isLoaded = isOne ? this.#life.item !== undefined : this.#isListed;
    if (isOne) return;
    if (this.#isLost()) this.#showLost();
    else if (wasLost) this.#again();
  }

  /** @param {string} text */
  #find(text) {
    if (NAMES_ITEM.test(text)) void this.once((signal) => this.#findItem(text, signal));
    else this.#findAddress(text);
  }

  /**
   * Goes to the item of this id or token; by its id, since a token has no place in the page's address.
   *
   * @param {string} text
   * @param {AbortSignal} signal
   */
  async #findItem(text, signal) {
    try {
      const { item } = await this.context.admin.item(text, signal);
      goTo("life", item);
    } catch (error) {
      if (codeOf(error) !== "not_found") throw error;
      // Some addresses look like a token.
      this.#findAddress(text);
    }
  }

  /** @param {string} text */
  #findAddress(text) {
    const isAddress = text === "" || NAMES_ADDRESS.test(text.toLowerCase());
    this.#address = isAddress ? text.toLowerCase() : "";
    this.#stranger = { searched: isAddress ? "" : text, named: "" };
    this.#older = [];
    goTo("life");
    if (this.#isLost()) this.#showLost();
    else this.#again();
  }

  #isLost() {
    return this.#stranger.searched !== "" || this.#stranger.named !== "";
  }

  /** Says what cannot be found, where the list would be taken for what was found. */
  #showLost() {
    const { searched, named } = this.#stranger;
    this.#table.element.hidden = this.#more.hidden = true;
    this.#back.hidden = false;
    this.#none(`“${short(named || searched, SHOWN_MAX)}” is no item’s id, no token and no address.`, "No such item");
  }

  #again() {
    void this.once((signal) => this.#refresh(signal));
  }

  /** @param {AbortSignal} signal */
  async #refresh(signal) {
    if (this.#list.hidden) {
      await this.#life.refresh(signal);
      if (this.#life.item !== undefined) this.isLoaded = true;
      return;
    }
    if (this.#older.length > 0 || this.#isLost()) return;
    try {
      const address = this.#address;
      const { items, more } = await this.context.admin.items({ limit: PAGE, address }, signal);
      if (address === this.#address) this.#show(items, more);
    } catch (error) {
      if (codeOf(error) !== "unknown_address" || this.#address === "") throw error;
      this.#show([], false);
    }
  }

  async #page() {
    const query = { limit: PAGE, address: this.#address, before: this.#items.at(-1)?.item };
    await this.once(async (signal) => {
      const { items, more } = await this.context.admin.items(query, signal);
      if (query.address !== this.#address) return;
      this.#older = [...this.#items, ...items].slice(-1_000);
      this.#show(this.#older, more);
    });
  }

  /** @type {ItemLine[]} */
  #items = [];

  /**
   * @param {ItemLine[]} items
   * @param {boolean} more
   */
  #show(items, more) {
    this.isLoaded = this.#isListed = true;
    // Somebody went on meanwhile.
    if (this.#isLost()) return;
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
    if (this.#list.hidden)
      return say(this.#caption, "The life of one message: who was told, who acknowledged, who read, and when.");
    const to = this.#address === "" ? "" : ` to ${this.#address}`;
    say(this.#caption, `What was published last${to}. Open one to see who was told, acknowledged and read it.`);
  }

  /**
   * @param {string} why
   * @param {string} [title]
   */
  #none(why, title = why ? "Nothing found" : "Nothing was sent yet") {
    this.#empty.hidden = false;
    const text = why || "Each message has a page of its own: who was told, who acknowledged, who read it, and when.";
    fill(
      this.#empty,
      empty({
        drawing: "life",
        title,
        text,
        command: why ? undefined : 'agent-hub send --as alice bob "hi"',
      }),
    );
  }
}

customElements.define("hub-life", LifeView);

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {{ code?: string }} */ (error).code;
}

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
