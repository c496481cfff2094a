// Which events are shown: by kind, agent, channel and name. The signs of the kinds count what happened, and are the switches.

import { KINDS } from "../../parts/badge.js";
import { h, say, set } from "../../parts/element.js";
import { compact, number } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

/** Names that are offered while somebody types. */
const OFFERED_MAX = 1_000;

export class TrafficFilter extends HTMLElement {
  #changed;
  /** Kinds that are shown; all, if there is none. @type {Set<string>} */
  #kinds = new Set();
  #values = { agent: "", channel: "", name: "" };
  /** @type {Map<string, { chip: HTMLElement, count: HTMLElement }>} */
  #chips = new Map();
  #inputs = {
    agent: field("agent", "Agent"),
    channel: field("channel", "Channel"),
    name: field("name", "Name", "Name contains"),
  };
  #agents = h("datalist", { id: "traffic-agents" });
  #channels = h("datalist", { id: "traffic-channels" });

  /** @param {() => void} changed */
  constructor(changed) {
    super();
    this.#changed = changed;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    set(this.#inputs.agent, { list: "traffic-agents" });
    set(this.#inputs.channel, { list: "traffic-channels" });
    for (const input of Object.values(this.#inputs)) input.addEventListener("input", () => this.#read());
    this.append(
      h(
        "div",
        { class: "chips", role: "group", "aria-label": "Kinds of events" },
        ...KINDS.map((kind) => this.#chip(kind)),
      ),
      h("div", { class: "filters" }, ...Object.values(this.#inputs)),
      this.#agents,
      this.#channels,
    );
  }

  focusFirst() {
    this.#inputs.agent.focus();
  }

  /**
   * Offers the names that there are.
   *
   * @param {import("../../parts/view.js").Context} context
   * @param {AbortSignal} signal
   */
  learn({ admin }, signal) {
    const offer = (/** @type {HTMLElement} */ list, /** @type {{ name: string }[]} */ named) =>
      list.replaceChildren(...named.map(({ name }) => h("option", { value: name })));
    admin.agents({ limit: OFFERED_MAX }, signal).then(({ agents }) => offer(this.#agents, agents), ignore);
    admin.channels(signal).then(({ channels }) => offer(this.#channels, channels), ignore);
  }

  /**
   * Shows nothing but what is of one agent, channel or name.
   *
   * @param {string} field
   * @param {string} value
   */
  only(field, value) {
    this.#kinds.clear();
    for (const [name, input] of Object.entries(this.#inputs)) input.value = name === field ? value : "";
    this.#read();
  }

  reset() {
    this.only("", "");
  }

  /** @param {HubEvent} event */
  passes(event) {
    if (this.#kinds.size > 0 && !this.#kinds.has(event.event)) return false;
    const { agent, channel, name } = this.#values;
    if (agent !== "" && !concerns(event, agent)) return false;
    if (channel !== "" && !concerns(event, channel)) return false;
    return name === "" || (event.name?.toLowerCase().includes(name) ?? false);
  }

  /** @param {Record<string, number>} totals */
  showTotals(totals) {
    for (const [kind, { chip, count }] of this.#chips) {
      const total = totals[kind] ?? 0;
      say(count, compact(total));
      chip.title = number(total);
    }
  }

  #read() {
    const { agent, channel, name } = this.#inputs;
    const bare = channel.value.trim().toLowerCase();
    this.#values = {
      agent: agent.value.trim().toLowerCase(),
      channel: bare === "" || bare.startsWith("#") ? bare : `#${bare}`,
      name: name.value.trim().toLowerCase(),
    };
    this.#showChips();
    this.#changed();
  }

  /** @param {string} kind */
  #chip(kind) {
    const count = h("span", { class: "chip-count" }, "0");
    const chip = h(
      "button",
      { class: "chip", type: "button", "data-kind": kind, "aria-pressed": "false" },
      icon(kind),
      h("span", null, kind),
      count,
    );
    chip.addEventListener("click", () => {
      if (!this.#kinds.delete(kind)) this.#kinds.add(kind);
      this.#showChips();
      this.#changed();
    });
    this.#chips.set(kind, { chip, count });
    return chip;
  }

  #showChips() {
    for (const [kind, { chip }] of this.#chips) chip.setAttribute("aria-pressed", String(this.#kinds.has(kind)));
    this.classList.toggle("narrowed", this.#kinds.size > 0);
  }
}

customElements.define("traffic-filter", TrafficFilter);

/**
 * Whether an agent or a channel has to do with it: the whole name, or how it begins.
 *
 * @param {HubEvent} event
 * @param {string} address
 */
function concerns({ agent, to, stream }, address) {
  return (
    (agent?.startsWith(address) ?? false) ||
    (stream?.startsWith(address) ?? false) ||
    to.some((each) => each.startsWith(address))
  );
}

/**
 * @param {string} id
 * @param {string} placeholder
 * @param {string} [label]
 */
function field(id, placeholder, label = placeholder) {
  return h("input", {
    id: `traffic-${id}`,
    type: "search",
    placeholder,
    "aria-label": label,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
}

/** Without the names one types them. */
function ignore() {}
