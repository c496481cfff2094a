// The map: who talks to whom, as a live graph; what waits at an agent is seen on its node.

import { addressLink, addressOf } from "../parts/address.js";
import { presence } from "../parts/badge.js";
import { fill, h, say } from "../parts/element.js";
import { empty } from "../parts/empty.js";
import { ago, compact, counted, number } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { inert } from "../parts/inert.js";
import { segments } from "../parts/segments.js";
import { toast } from "../parts/toast.js";
import { View, viewHead } from "../parts/view.js";
import { MapChart } from "./map/chart.js";
import { Graph, NODES_MAX } from "./map/graph.js";

/** @typedef {import("./map/graph.js").Node} Node */

const REFRESH_MS = 5_000;
/** Rows of the table. */
const ROWS = 100;
const PARTNERS = 8;

export class MapView extends View {
  #graph = new Graph();
  #chart = new MapChart(
    this.#graph,
    (node) => this.#showPanel(node),
    () => this.#panel.querySelector("a")?.focus(),
  );
  #minutes = 5;
  /** @type {import("../data/admin.js").Agent[]} */
  #agents = [];
  /** @type {import("../data/admin.js").Channel[]} */
  #channels = [];
  /** @type {string | undefined} */
  #wanted;
  #panel = h("aside", { class: "map-panel card", hidden: true, "aria-label": "What is chosen", "aria-live": "polite" });
  #rows = h("tbody");
  #caption = h("p", { class: "map-caption" });
  #empty = h("div", { class: "map-empty", hidden: true });
  #find = h("input", {
    type: "search",
    placeholder: "Find",
    "aria-label": "Find an agent or channel",
    list: "map-names",
    autocomplete: "off",
  });
  #names = h("datalist", { id: "map-names" });

  build() {
    this.isLoaded = false;
    const minutes = segments(
      "Window",
      [1, 5, 15].map((value) => ({ value, label: `${value} min` })),
      this.#minutes,
      (value) => {
        this.#minutes = value;
        this.#redraw();
      },
    );
    const tool = (/** @type {string} */ drawing, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
      h("button", { class: "quiet", type: "button", "aria-label": label, title: label, onclick }, icon(drawing));
    this.#find.addEventListener("change", () => this.#seek(this.#find.value.trim()));
    this.append(
      viewHead(
        "Map",
        "Who talks to whom. What waits to be acknowledged is the ring around a node.",
        this.#search(),
        minutes,
      ),
      h(
        "div",
        { class: "map-stage card" },
        this.#chart,
        this.#empty,
        h(
          "div",
          { class: "map-tools" },
          tool("more", "Nearer (+)", () => this.#chart.zoom(1.25)),
          tool("minus", "Farther (-)", () => this.#chart.zoom(0.8)),
          tool("fit", "Show all (0)", () => this.#chart.fit()),
        ),
        legend(),
        this.#panel,
      ),
      this.#caption,
      this.#table(),
    );
  }

  start() {
    this.#chart.start(this.shown);
    void this.every(REFRESH_MS, (signal) => this.#learn(signal));
    this.context.connection.addEventListener("past", () => this.#redraw(), { signal: this.shown });
    this.context.events.onBatch((batch) => this.#hear(batch), this.shown);
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.#leave(), { signal: this.shown });
  }

  /** Nothing is chosen any more; whoever was at what was told of it goes back to the map. */
  #leave() {
    const wasInside = this.#panel.contains(document.activeElement);
    this.#chart.select(undefined);
    if (wasInside) this.#chart.focus();
  }

  /** @param {string} name */
  #seek(name) {
    if (name === "") return;
    this.#choose(name);
    if (this.isLoaded && this.#wanted !== undefined) toast(`${name} is not on the map.`, "bad");
  }

  /** @param {string} what A name. */
  show(what) {
    if (what !== "") this.#choose(what);
  }

  /** @param {string} name */
  #choose(name) {
    const node = this.#graph.find(name) ?? this.#graph.find(`#${name}`);
    this.#wanted = node ? undefined : name;
    if (node) this.#chart.select(node);
  }

  /** @param {AbortSignal} signal */
  async #learn(signal) {
    const asked = [
      this.context.admin.agents({ sort: "last_seen", limit: 1_000 }, signal),
      this.context.admin.channels(signal),
    ];
    const [agents, channels] = /** @type {[any, any]} */ (await Promise.all(asked));
    this.#agents = agents.agents;
    this.#channels = channels.channels;
    this.isLoaded = true;
    this.#redraw();
  }

  #redraw() {
    if (!this.isLoaded) return;
    const edges = this.context.edges.within(this.#minutes, Date.now());
    const isChanged = this.#graph.update(this.#agents, this.#channels, edges);
    this.#chart.update(isChanged);
    if (this.#wanted !== undefined) this.#choose(this.#wanted);
    this.#names.replaceChildren(...this.#graph.nodes.map(({ name }) => h("option", { value: name })));
    this.#showTable(edges);
    this.#showEmpty(edges.length === 0);
  }

  /** @param {import("/client/index.js").HubEvent[]} batch */
  #hear(batch) {
    const moves = batch.flatMap(({ event, agent, to, stream }) => {
      if (agent === undefined) return [];
      if (event === "published") return to.map((address) => ({ from: agent, to: address }));
      return event === "pushed" && stream?.startsWith("#") ? [{ from: stream, to: agent }] : [];
    });
    if (moves.length > 0) this.#chart.spark(moves.slice(0, 20));
  }

  #search() {
    return h("label", { class: "search map-find" }, icon("search"), this.#find, this.#names);
  }

  #table() {
    const head = ["From", "To", "Items", "Last"].map((name, at) =>
      h("th", { scope: "col", class: at > 1 ? "num" : "" }, name),
    );
    return h(
      "details",
      { class: "map-table" },
      h("summary", null, "As a table"),
      h(
        "div",
        { class: "table-wrap" },
        h("table", { "aria-label": "Who talks to whom" }, h("thead", null, h("tr", null, ...head)), this.#rows),
      ),
    );
  }

  /** @param {{ from: string, to: string, count: number, lastMs: number }[]} edges */
  #showTable(edges) {
    const busiest = [...edges].sort((one, other) => other.count - one.count).slice(0, ROWS);
    fill(
      this.#rows,
      ...busiest.map(({ from, to, count, lastMs }) =>
        h(
          "tr",
          null,
          h("td", null, addressLink(from)),
          h("td", null, addressLink(to)),
          h("td", { class: "num" }, number(count)),
          h("td", { class: "num" }, ago(lastMs)),
        ),
      ),
    );
    const { nodes, hiddenCount } = this.#graph;
    const rest = hiddenCount > 0 ? `; the ${NODES_MAX} busiest of ${number(nodes.length + hiddenCount)} are drawn` : "";
    const agents = nodes.filter(({ isChannel }) => !isChannel).length;
    say(
      this.#caption,
      `${counted(agents, "agent")}, ${counted(nodes.length - agents, "channel")}, ${counted(edges.length, "connection")} in the last ${counted(this.#minutes, "minute")}${rest}`,
    );
  }

  /** @param {boolean} isQuiet */
  #showEmpty(isQuiet) {
    const isAlone = isQuiet && this.#agents.filter(({ role }) => role === "agent").length === 0;
    this.#empty.hidden = !isAlone;
    if (!isAlone || this.#empty.childElementCount > 0) return;
    const text = "Agents appear here as soon as there are some, and a line wherever one sends to another.";
    this.#empty.append(
      empty({ drawing: "map", title: "Nobody here yet", text, command: 'agent-hub send --as alice bob "hi"' }),
    );
  }

  /** @param {Node | undefined} node */
  #showPanel(node) {
    this.#panel.hidden = !node;
    if (!node) return;
    const partners = this.#graph.linksOf(node).slice(0, PARTNERS);
    const field = node.isChannel ? "channel" : "agent";
    fill(
      this.#panel,
      h(
        "header",
        null,
        h(
          "h2",
          null,
          !node.isChannel && presence({ sessions: node.isOnline ? 1 : 0, disabled: node.isDisabled }),
          inert(node.name),
        ),
        h(
          "button",
          { class: "quiet small", type: "button", "aria-label": "Close", onclick: () => this.#leave() },
          icon("close"),
        ),
      ),
      h(
        "div",
        { class: "card-body" },
        node.backlog > 0 && h("p", { class: "warn" }, `${counted(node.backlog, "entry", "entries")} not acknowledged`),
        partners.length === 0 && h("p", { class: "soft" }, `Nothing in the last ${counted(this.#minutes, "minute")}.`),
        h("ul", { class: "partners" }, ...partners.map((link) => partner(link, node))),
        h(
          "p",
          { class: "links" },
          !node.isChannel && h("a", { href: addressOf("agents", node.name) }, "Open agent"),
          h("a", { href: addressOf("traffic", `${field}=${node.name}`) }, "Its traffic"),
          h("a", { href: addressOf("compose", node.name) }, "Send to it"),
        ),
      ),
    );
  }
}

customElements.define("hub-map", MapView);

/**
 * @param {import("./map/graph.js").Link} link
 * @param {Node} node
 */
function partner({ from, to, count }, node) {
  const isOut = from === node;
  const word = isOut ? "to" : "from";
  return h(
    "li",
    null,
    h("span", { class: "soft" }, word),
    addressLink((isOut ? to : from).name),
    h("span", { class: "num" }, compact(count)),
  );
}

function legend() {
  const one = (/** @type {string} */ name, /** @type {string} */ text) =>
    h("li", null, h("span", { class: `mark ${name}` }), text);
  return h(
    "ul",
    { class: "map-legend" },
    one("online", "online"),
    one("away", "away"),
    one("channel", "channel"),
    one("backlog", "not acknowledged"),
  );
}
