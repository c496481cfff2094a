// One agent: where it stands in each of its streams, its live sessions, its keys, and what can be done to it.

import { addressOf, goTo, itemLink } from "../../parts/address.js";
import { kindBadge, presence } from "../../parts/badge.js";
import { fill, h, update } from "../../parts/element.js";
import { ago, clock, compact, moment, number } from "../../parts/format.js";
import { icon } from "../../parts/icons.js";
import { inert } from "../../parts/inert.js";
import { reason } from "../../parts/toast.js";
import { backlogBar, lastSeen, oldestAge } from "../agents.js";
import { changeRole, cutSession, disableOrEnable, rotateKey } from "./dialogs.js";
import { keyCard } from "./keys.js";

/** @typedef {import("../../data/admin.js").AgentDetail} AgentDetail */
/** @typedef {import("../../parts/view.js").Context} Context */

const RECENT = 12;

export class AgentPanel extends HTMLElement {
  /** @type {Context | undefined} */
  context;
  name = "";
  #changed;
  #head = h("header");
  #body = h("div", { class: "card-body panel-body" });
  #keys = h("div");
  #keysSection = section("Keys", this.#keys);
  /** Somebody read something here: it stays while the hub is away. */
  #isWritten = false;
  /** What the keys shown are: they are not written anew while nothing changes. */
  #keysOf = "";

  /** @param {() => void} changed Something was done. */
  constructor(changed) {
    super();
    this.#changed = changed;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.className = "card agent-panel";
    this.append(this.#head, this.#body);
  }

  /**
   * @param {string} name
   * @param {AbortSignal} signal
   */
  async show(name, signal) {
    const isNew = name !== this.name;
    this.name = name;
    this.hidden = name === "";
    if (name === "" || !isNew) return;
    this.#keysOf = "";
    this.#isWritten = false;
    fill(this.#head, h("h2", null, inert(name)), this.#close());
    fill(this.#body, h("p", { class: "soft" }, "Asking the hub…"));
    await this.refresh(signal);
  }

  /** @param {AbortSignal} signal */
  async refresh(signal) {
    const { name, context } = this;
    if (name === "" || !context) return;
    try {
      const detail = await context.admin.agent(name, signal);
      if (this.name === name) this.#write(detail, context);
    } catch (error) {
      if (this.name !== name || signal.aborted) return;
      const isUnknown = /** @type {{ code?: string }} */ (error).code === "not_found";
      if (this.#isWritten && !isUnknown) return;
      fill(this.#body, h("p", { class: "problem" }, isUnknown ? "There is no such agent." : reason(error)));
    }
  }

  /**
   * @param {AgentDetail} agent
   * @param {Context} context
   */
  #write(agent, context) {
    update(
      this.#head,
      h(
        "h2",
        null,
        presence(agent),
        inert(agent.name),
        agent.role === "operator" && h("span", { class: "tag operator" }, "operator"),
        agent.disabled && h("span", { class: "tag" }, "disabled"),
      ),
      this.#close(),
    );
    this.#isWritten = true;
    this.#writeKeys(agent);
    update(
      this.#body,
      this.#actions(agent, context),
      facts(agent, context),
      section("Streams", streams(agent)),
      section("Live sessions", this.#sessions(agent, context)),
      this.#keysSection,
      section("Seen lately", recent(agent.name, context)),
    );
  }

  /**
   * @param {AgentDetail} agent
   * @param {Context} context
   */
  #actions(agent, { admin }) {
    const act = (/** @type {string} */ label, /** @type {() => unknown} */ onclick, danger = false) =>
      h("button", { class: danger ? "small danger" : "small", type: "button", onclick }, label);
    return h(
      "div",
      { class: "panel-actions" },
      act("Rotate key", () => rotateKey(admin, agent.name, this.#changed)),
      act(agent.role === "operator" ? "Make agent" : "Make operator", () => changeRole(admin, agent, this.#changed)),
      act("Send to it", () => goTo("compose", agent.name)),
      act("Its traffic", () => goTo("traffic", `agent=${agent.name}`)),
      act(agent.disabled ? "Enable" : "Disable", () => disableOrEnable(admin, agent, this.#changed), !agent.disabled),
    );
  }

  /**
   * @param {AgentDetail} agent
   * @param {Context} context
   */
  #sessions({ live }, { admin }) {
    if (live.length === 0) return h("p", { class: "soft" }, "None: it is not connected to this node.");
    return h(
      "ul",
      { class: "panel-table sessions" },
      ...live.map((session) =>
        h(
          "li",
          null,
          h("code", null, session.session),
          h(
            "span",
            { class: "soft" },
            `${session.address} · ${ago(Date.parse(session.opened_at)).replace(" ago", "")}`,
            session.behind > 0 && ` · ${number(session.behind)} behind`,
            session.watching && " · watches",
          ),
          h(
            "button",
            {
              class: "small danger",
              type: "button",
              "aria-label": `Cut session ${session.session}`,
              onclick: () => cutSession(admin, session, this.#changed),
            },
            "Cut",
          ),
        ),
      ),
    );
  }

  /** @param {AgentDetail} agent */
  #writeKeys({ name, keys }) {
    const told = `${name} ${JSON.stringify(keys)}`;
    if (told === this.#keysOf) return;
    this.#keysOf = told;
    void keyCard(name, keys).then((card) => told === this.#keysOf && fill(this.#keys, card));
  }

  #close() {
    return h("a", { class: "button quiet small", href: addressOf("agents"), "aria-label": "Close" }, icon("close"));
  }
}

customElements.define("agent-panel", AgentPanel);

/**
 * @param {string} title
 * @param {Node} content
 */
function section(title, content) {
  return h("section", null, h("h3", null, title), content);
}

/**
 * @param {AgentDetail} agent
 * @param {Context} context
 */
function facts(agent, { rates }) {
  const now = Date.now();
  const [rate, span] = [rates.of(agent.name, now), rates.span(now)];
  const pairs = [
    [`Sent ${span}`, compact(rate.sent)],
    [`Told ${span}`, compact(rate.told)],
    ["Backlog", compact(agent.backlog)],
    ["Last seen", lastSeen(agent.last_seen, agent.sessions)],
    ["Made", moment(Date.parse(agent.created_at))],
  ];
  return h(
    "dl",
    { class: "facts" },
    ...pairs.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))),
  );
}

/** @param {AgentDetail} agent */
function streams({ streams }) {
  const head = ["Stream", "Acked", "Head", "Backlog", "Oldest"];
  return h(
    "div",
    { class: "panel-table scroll", tabIndex: 0, role: "region", "aria-label": "Streams" },
    h(
      "table",
      { "aria-label": "Streams" },
      h(
        "thead",
        null,
        h("tr", null, ...head.map((name, at) => h("th", { scope: "col", class: at > 0 ? "num" : "" }, name))),
      ),
      h(
        "tbody",
        null,
        ...streams.map((state) =>
          h(
            "tr",
            null,
            h("td", null, inert(state.stream)),
            h(
              "td",
              { class: "num", title: state.acked_at ? `the cursor moved ${ago(Date.parse(state.acked_at))}` : "" },
              number(state.acked),
            ),
            h("td", { class: "num" }, number(state.head)),
            h("td", { class: "num" }, backlogBar(state.backlog)),
            h("td", { class: "num" }, state.oldest ? oldestAge(state.oldest, Date.now()) : "–"),
          ),
        ),
      ),
    ),
  );
}

/**
 * Who sent it to whom: an agent's own panel has what others sent to it too.
 *
 * @param {import("/client/index.js").HubEvent} event
 */
function between({ event, agent, to }) {
  if (event !== "published") return undefined;
  return inert(`${agent ?? "?"} → ${to.length > 0 ? to.join(", ") : "nobody"}`, "soft");
}

/**
 * @param {string} name
 * @param {Context} context
 */
function recent(name, { events }) {
  const found = [];
  for (const event of events.ring.all()) {
    if (event.agent === name || event.to.includes(name)) found.push(event);
    if (found.length === RECENT) break;
  }
  if (found.length === 0) return h("p", { class: "soft" }, "Nothing since this page began.");
  return h(
    "ul",
    { class: "recent" },
    ...found.map((event) => {
      const text = inert(event.name ?? event.stream ?? event.asked ?? "");
      const what = event.item ? itemLink(event.item, text) : text;
      const time = h("code", null, clock(event.atMs));
      return h("li", null, time, kindBadge(event.event), h("span", { class: "recent-what" }, what, between(event)));
    }),
  );
}
