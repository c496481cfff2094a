// Agents: who is there, how busy, and above all what waits at whom and since when. One of them opens beside the list.

import { addressOf, goTo } from "../parts/address.js";
import { presence } from "../parts/badge.js";
import { h, say } from "../parts/element.js";
import { empty } from "../parts/empty.js";
import { ago, compact, counted, moment, number, seconds } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { inert } from "../parts/inert.js";
import { shortcuts } from "../parts/shortcuts.js";
import { Table } from "../parts/table.js";
import { View, viewHead } from "../parts/view.js";
import { AgentPanel } from "./agents/panel.js";
import { createAgent } from "./agents/dialogs.js";

/** @typedef {import("../data/admin.js").Agent} Agent */
/** @typedef {Agent & { rate: { sent: number, told: number } }} Row */

const REFRESH_MS = 3_000;
const SHOWN_FIRST = 100;
const SHOWN_MAX = 1_000;
/** What the hub sorts by. By anything else the page sorts what it got. */
const OF_HUB = new Set(["name", "oldest", "backlog", "last_seen"]);

export class AgentsView extends View {
  #sort = "oldest";
  #isReversed = false;
  #limit = SHOWN_FIRST;
  #table = new Table({
    label: "Agents",
    columns: columns(),
    key: (/** @type {Row} */ { name }) => name,
    open: ({ name }) => goTo("agents", name),
    sort: (column) => this.#sortBy(column),
  });
  #panel = new AgentPanel(() => this.#again());
  #find = h("input", {
    type: "search",
    placeholder: "Filter by name",
    "aria-label": "Filter by name",
    autocomplete: "off",
  });
  #caption = h("span");
  /** Where there is no room for heads. */
  #order = h("select", { class: "agents-sort", "aria-label": "Sort by" });
  #more = h("button", { type: "button", hidden: true, onclick: () => this.#showMore() }, "Show more");
  #empty = h("div", { hidden: true });
  /** @type {Row[]} */
  #rows = [];

  build() {
    this.isLoaded = false;
    const create = h(
      "button",
      { class: "primary", type: "button", onclick: () => this.#create() },
      icon("more"),
      "New agent",
    );
    this.#find.addEventListener("input", () => this.#show());
    this.#panel.context = this.context;
    for (const { id, label } of columns())
      this.#order.append(h("option", { value: id, selected: id === this.#sort }, label));
    this.#order.addEventListener("change", () => this.#sortBy(this.#order.value));
    const text =
      "Send to a name and the command line makes its agent on the way. Or make one here, and give its key away.";
    const command = 'agent-hub send --as alice bob "hi"';
    this.#empty.append(empty({ drawing: "agents", title: "No agents yet", text, command }));
    this.append(
      viewHead(
        "Agents",
        this.#caption,
        h("label", { class: "search" }, icon("search"), this.#find),
        this.#order,
        create,
      ),
      h(
        "div",
        { class: "agents" },
        h("div", { class: "agents-list" }, this.#table.element, this.#empty, this.#more),
        this.#panel,
      ),
    );
  }

  start() {
    void this.every(REFRESH_MS, (signal) => this.#refresh(signal));
    shortcuts(
      [
        { keys: "n", about: "make a new agent", act: () => this.#create() },
        { keys: "/", about: "filter the agents", act: () => this.#find.focus() },
      ],
      this.shown,
    );
    this.addEventListener("keydown", (event) => event.key === "Escape" && goTo("agents"), { signal: this.shown });
  }

  /** @param {string} what A name. */
  show(what) {
    this.classList.toggle("has-panel", what !== "");
    this.#table.current(what);
    void this.#panel.show(what, this.shown);
  }

  /** @param {AbortSignal} signal */
  async #refresh(signal) {
    const isOfHub = OF_HUB.has(this.#sort);
    const query = {
      sort: isOfHub ? this.#sort : "backlog",
      // What is filtered or turned around is looked for among as many as the hub tells.
      limit: isOfHub && !this.#isReversed && this.#find.value.trim() === "" ? this.#limit : SHOWN_MAX,
    };
    const { agents, more } = await this.context.admin.agents(query, signal);
    const now = Date.now();
    this.#rows = agents.map((agent) => ({ ...agent, rate: this.context.rates.of(agent.name, now) }));
    if (!isOfHub) this.#rows.sort((one, other) => measure(other, this.#sort) - measure(one, this.#sort));
    if (this.#isReversed) this.#rows.reverse();
    this.#more.hidden = !more || this.#limit >= SHOWN_MAX;
    this.isLoaded = true;
    this.#show();
    await this.#panel.refresh(signal);
  }

  #again() {
    void this.once((signal) => this.#refresh(signal));
  }

  #show() {
    this.#table.label("rate", `Sent · told ${this.context.rates.span(Date.now())}`);
    const wanted = this.#find.value.trim().toLowerCase();
    const rows = this.#rows.filter(({ name }) => name.includes(wanted)).slice(0, this.#limit);
    this.#table.show(rows);
    this.#table.mark(this.#sort, this.#isReversed !== (this.#sort === "name") ? "ascending" : "descending");
    this.#table.current(this.#panel.name);
    const agents = this.#rows.filter(({ role }) => role === "agent").length;
    this.#empty.hidden = agents > 0 || wanted !== "";
    const online = this.#rows.filter(({ sessions }) => sessions > 0).length;
    const waiting = this.#rows.reduce((sum, { backlog }) => sum + backlog, 0);
    const more = this.#more.hidden ? "" : `The first ${number(this.#rows.length)}: `;
    say(this.#caption, `${more}${number(online)} online, ${counted(waiting, "entry", "entries")} not acknowledged.`);
  }

  /** @param {string} column */
  #sortBy(column) {
    this.#isReversed = column === this.#sort && !this.#isReversed;
    this.#sort = column;
    this.#again();
  }

  #showMore() {
    this.#limit = Math.min(this.#limit * 4, SHOWN_MAX);
    this.#again();
  }

  #create() {
    void createAgent(this.context.admin, () => this.#again());
  }
}

customElements.define("hub-agents", AgentsView);

/**
 * @param {Row} row
 * @param {string} column
 */
function measure({ rate, sessions }, column) {
  return column === "sessions" ? sessions : rate.sent + rate.told;
}

/** @returns {import("../parts/table.js").Column<Row>[]} */
function columns() {
  const now = () => Date.now();
  return [
    {
      id: "name",
      label: "Agent",
      isSortable: true,
      show: (agent) => [
        presence(agent),
        h("a", { class: "name", href: addressOf("agents", agent.name) }, inert(agent.name)),
        agent.role === "operator" && h("span", { class: "tag operator" }, "operator"),
        agent.disabled && h("span", { class: "tag" }, "disabled"),
      ],
    },
    {
      id: "oldest",
      label: "Oldest unacknowledged",
      isSortable: true,
      isNumber: true,
      show: ({ oldest }) => (oldest ? oldestAge(oldest, now()) : h("span", { class: "faint" }, "–")),
    },
    { id: "backlog", label: "Backlog", isSortable: true, isNumber: true, show: ({ backlog }) => backlogBar(backlog) },
    { id: "sessions", label: "Sessions", isSortable: true, isNumber: true, show: ({ sessions }) => number(sessions) },
    {
      id: "rate",
      label: "Sent · told a minute",
      isSortable: true,
      isNumber: true,
      show: ({ rate }) => `${compact(rate.sent)} · ${compact(rate.told)}`,
    },
    {
      id: "last_seen",
      label: "Last seen",
      isSortable: true,
      isNumber: true,
      show: ({ last_seen: at, sessions }) => {
        const word = lastSeen(at, sessions);
        return at ? h("time", { datetime: at, title: moment(Date.parse(at)) }, word) : word;
      },
    },
  ];
}

/**
 * @param {string} oldest
 * @param {number} nowMs
 */
export function oldestAge(oldest, nowMs) {
  const age = (nowMs - Date.parse(oldest)) / 1000;
  const title = moment(Date.parse(oldest), nowMs);
  return h("time", { class: age > 300 ? "warn" : "", datetime: oldest, title }, seconds(age));
}

/**
 * Who holds a session is there, whenever the hub last wrote that down.
 *
 * @param {string | undefined} at
 * @param {number} sessions
 */
export function lastSeen(at, sessions) {
  if (sessions > 0) return "now";
  return at ? ago(Date.parse(at)) : "never";
}

/** @param {number} backlog */
export function backlogBar(backlog) {
  if (backlog === 0) return h("span", { class: "faint" }, "0");
  const bar = h("span", { class: "bar" });
  bar.style.width = `${Math.min(Math.log2(1 + backlog) / 12, 1) * 48 + 2}px`;
  return h("span", { class: "backlog" }, bar, compact(backlog));
}
