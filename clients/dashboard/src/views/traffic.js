// Traffic: what happens, as it happens. The newest on top; whoever scrolls down, makes a row active or pauses reads on in
// what was there then, and is told how much came since.

import { goTo } from "../parts/address.js";
import { empty } from "../parts/empty.js";
import { h, say } from "../parts/element.js";
import { counted, number } from "../parts/format.js";
import { icon } from "../parts/icons.js";
import { shortcuts } from "../parts/shortcuts.js";
import { mayMove } from "../parts/theme.js";
import { View, viewHead } from "../parts/view.js";
import "../parts/virtual-list.js";
import { Ring } from "../data/ring.js";
import { KEPT } from "../data/events.js";
import { TrafficFilter } from "./traffic/filter.js";
import { Pulse } from "./traffic/pulse.js";
import { headRow, makeRow, showRow } from "./traffic/rows.js";

/** @typedef {import("/client/index.js").HubEvent} HubEvent */

/** How often a page that must not move is drawn anew. */
const CALM_MS = 1_000;

export class TrafficView extends View {
  /** The events that pass the filter. @type {Ring<HubEvent>} */
  #rows = new Ring(KEPT);
  /** What is read on in; nothing while it follows. @type {HubEvent[] | undefined} */
  #held;
  #sinceHeld = 0;
  #isPaused = false;
  #drawnAt = 0;
  #list = /** @type {import("../parts/virtual-list.js").VirtualList} */ (document.createElement("virtual-list"));
  #pause = h("button", { type: "button", onclick: () => this.#togglePause() });
  #fresh = h("button", { class: "fresh primary", type: "button", hidden: true, onclick: () => this.#follow() });
  #foot = h("p", { class: "traffic-foot" });
  #empty = h("div", { class: "traffic-empty" });
  #filter = new TrafficFilter(() => this.#refilter());
  #pulse = new Pulse();

  build() {
    this.#list.id = "traffic-list";
    this.#list.begin(
      {
        make: makeRow,
        show: (row, index) => {
          const event = this.#at(index);
          if (event) showRow(row, event);
        },
        open: (index) => this.#open(index),
        moved: () => this.#moved(),
      },
      "Events, the newest first",
    );
    const about = "What happens on the hub, as it happens. Never data, never tokens.";
    this.append(
      viewHead("Traffic", about, this.#pause),
      this.#pulse,
      this.#filter,
      h("div", { class: "traffic-table" }, headRow(), this.#list, this.#empty, this.#fresh),
      this.#foot,
    );
    this.#showPause();
  }

  start() {
    this.#pulse.begin(this.context.events, this.shown);
    this.#filter.learn(this.context, this.shown);
    this.context.events.onFrame((fresh) => this.#take(fresh), this.shown);
    this.context.connection.addEventListener("state", () => this.#showFoot(), { signal: this.shown });
    this.#refilter();
    shortcuts(
      [
        { keys: " ", about: "pause the traffic, or go on", act: () => this.#togglePause() },
        { keys: "l", about: "back to what happens now", act: () => this.#follow() },
        { keys: "/", about: "filter the traffic", act: () => this.#filter.focusFirst() },
      ],
      this.shown,
    );
  }

  /** @param {string} what `agent=alice` or `channel=#research`, from other views. */
  show(what) {
    const [, field, value] = /^(agent|channel|name)=(.+)$/.exec(what) ?? [];
    if (field && value) this.#filter.only(field, value);
  }

  /** @param {number} fresh How many of the newest events are new. */
  #take(fresh) {
    const { ring } = this.context.events;
    let passed = 0;
    for (let index = fresh - 1; index >= 0; index -= 1) {
      const event = ring.newest(index);
      if (event && this.#filter.passes(event)) {
        this.#rows.push(event);
        passed += 1;
      }
    }
    if (this.#held) this.#sinceHeld += passed;
    this.#draw(passed);
  }

  /** @param {number} passed */
  #draw(passed) {
    const now = performance.now();
    if (!mayMove() && now - this.#drawnAt < CALM_MS) return;
    this.#drawnAt = now;
    this.#filter.showTotals(this.context.events.totals);
    this.#showFoot();
    if (this.#held) this.#showFresh();
    else if (passed > 0) this.#list.update(this.#rows.length);
    this.#showEmpty();
  }

  /** @param {number} index */
  #at(index) {
    return this.#held ? this.#held[index] : this.#rows.newest(index);
  }

  #refilter() {
    this.#rows.clear();
    const events = [...this.context.events.ring.all()].filter((event) => this.#filter.passes(event)).reverse();
    for (const event of events) this.#rows.push(event);
    if (this.#held) this.#hold();
    this.#list.update(this.#rows.length);
    this.#filter.showTotals(this.context.events.totals);
    this.#showFoot();
    this.#showFresh();
    this.#showEmpty();
  }

  #hold() {
    this.#held = [...this.#rows.all()];
    this.#sinceHeld = 0;
  }

  #moved() {
    const mustHold = this.#isPaused || !this.#list.isAtTop || this.#list.active >= 0;
    if (mustHold && !this.#held) this.#hold();
    // Back at the top, with nothing active: it follows again.
    else if (!mustHold && this.#held) this.#follow();
    this.#showFresh();
  }

  #follow() {
    this.#isPaused = false;
    this.#held = undefined;
    this.#list.active = -1;
    this.#list.scrollTop = 0;
    this.#list.update(this.#rows.length);
    this.#showPause();
    this.#showFresh();
  }

  #togglePause() {
    if (this.#isPaused) return this.#follow();
    this.#isPaused = true;
    if (!this.#held) this.#hold();
    this.#showPause();
    this.#showFresh();
  }

  /** @param {number} index */
  #open(index) {
    const event = this.#at(index);
    if (event?.item !== undefined) goTo("life", event.item);
    else if (event?.agent !== undefined) goTo("agents", event.agent);
    else return false;
    return true;
  }

  #showPause() {
    this.#pause.replaceChildren(icon(this.#isPaused ? "play" : "pause"), this.#isPaused ? "Go on" : "Pause");
    this.#pause.setAttribute("aria-pressed", String(this.#isPaused));
    this.#pause.title = "Space";
  }

  #showFresh() {
    this.#fresh.hidden = !this.#held;
    const word = this.#isPaused ? "Paused" : "Held while you read";
    say(this.#fresh, `${word} · ${number(this.#sinceHeld)} new · back to now`);
  }

  #showFoot() {
    const { events, connection } = this.context;
    const total = events.ring.pushed;
    const parts = [`${counted(total, "event")} since this page began`];
    if (total > KEPT) parts.push(`the newest ${number(KEPT)} are kept`);
    parts.push(`${number(events.leftOut)} left out`);
    if (connection.timesAway > 0) parts.push(`away ${counted(connection.timesAway, "time")}`);
    say(this.#foot, parts.join(" · "));
    this.#foot.classList.toggle("lossy", events.leftOut > 0);
  }

  #showEmpty() {
    const isEmpty = (this.#held ?? { length: this.#rows.length }).length === 0;
    this.#empty.hidden = !isEmpty;
    const why = !isEmpty ? "" : this.context.events.ring.length === 0 ? "quiet" : "filtered";
    if (this.#empty.dataset.why === why) return;
    this.#empty.dataset.why = why;
    this.#empty.replaceChildren();
    if (why === "quiet") this.#empty.append(quiet());
    if (why === "filtered") this.#empty.append(this.#nothingPasses());
  }

  #nothingPasses() {
    return empty({
      drawing: "search",
      title: "Nothing passes the filter",
      text: "What comes and passes will stand here.",
      action: h("button", { type: "button", onclick: () => this.#filter.reset() }, "Show everything"),
    });
  }
}

customElements.define("hub-traffic", TrafficView);

function quiet() {
  return empty({
    drawing: "traffic",
    title: "Quiet, so far",
    text: "What agents do from now on appears here within a moment. To see something happen, send a message:",
    command: 'agent-hub send --as alice bob "hi"',
  });
}
