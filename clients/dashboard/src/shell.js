// The frame around the views: where one goes, how the connection is, and the address that says what is shown.

import { fill, h, say } from "./parts/element.js";
import { compact } from "./parts/format.js";
import { icon, sign } from "./parts/icons.js";
import { goTo, placeOf } from "./parts/address.js";
import { shortcuts, showHelp } from "./parts/shortcuts.js";
import { isDark, onTheme, toggleTheme } from "./parts/theme.js";
import { reason } from "./parts/toast.js";
import { AgentsView } from "./views/agents.js";
import { AuditView } from "./views/audit.js";
import { ComposeView } from "./views/compose.js";
import { HubView } from "./views/hub.js";
import { LifeView } from "./views/life.js";
import { MapView } from "./views/map.js";
import { TrafficView } from "./views/traffic.js";

/** @typedef {import("./parts/view.js").View} View */

/** In the order in which they stand; the number is the key. */
const PLACES = [
  { place: "traffic", title: "Traffic", View: TrafficView },
  { place: "map", title: "Map", View: MapView },
  { place: "agents", title: "Agents", View: AgentsView },
  { place: "life", title: "Messages", View: LifeView },
  { place: "hub", title: "Hub", View: HubView },
  { place: "compose", title: "Compose", View: ComposeView },
  { place: "audit", title: "Audit", View: AuditView },
];

const STATES = {
  connecting: "Connecting…",
  live: "Live",
  away: "Connection lost: it comes back by itself",
  ended: "Ended",
};

/** The page of somebody who is logged in. */
export class Shell extends HTMLElement {
  #connection;
  #operator;
  #leave;
  #gone = new AbortController();
  /** @type {Map<string, View>} */
  #views = new Map();
  /** @type {Map<string, HTMLElement>} */
  #links = new Map();
  #main = h("main", { id: "main", tabindex: -1 });
  #state = h("span", { class: "state-word" });
  #rate = h("span", { class: "state-rate" });
  #banner = h("div", { class: "banner", role: "status", hidden: true });
  #live = h("div", { class: "live" });
  #theme = h("button", { class: "quiet", type: "button", onclick: toggleTheme });

  /**
   * @param {import("./data/connection.js").Connection} connection
   * @param {string} operator
   * @param {(why?: string) => void} leave Logs out.
   */
  constructor(connection, operator, leave) {
    super();
    this.#connection = connection;
    this.#operator = operator;
    this.#leave = leave;
  }

  connectedCallback() {
    fill(this, this.#skip(), this.#side(), h("div", { class: "stage" }, this.#banner, this.#main));
    const { signal } = this.#gone;
    addEventListener("hashchange", () => this.#go(), { signal });
    this.#connection.addEventListener("state", () => this.#showState(), { signal });
    onTheme(() => this.#showTheme(), signal);
    const { events } = this.#connection;
    events.onTick(() => this.#showRate(), signal);
    const timer = setInterval(() => events.tick(Date.now()), 1_000);
    signal.addEventListener("abort", () => clearInterval(timer));
    shortcuts(
      [
        ...PLACES.map(({ place, title }, at) => ({ keys: String(at + 1), about: title, act: () => goTo(place) })),
        { keys: "t", about: "dark or light", act: toggleTheme },
        { keys: "?", about: "this help", act: showHelp },
      ],
      signal,
    );
    this.#showTheme();
    this.#showState();
    this.#go();
  }

  disconnectedCallback() {
    this.#gone.abort();
  }

  #skip() {
    const skip = h("a", { class: "skip", href: "#main" }, "Skip to the view");
    skip.addEventListener("click", (event) => {
      // The address says which view is shown; it must not become `#main`.
      event.preventDefault();
      this.#main.focus();
    });
    return skip;
  }

  #side() {
    const links = PLACES.map(({ place, title }, at) => {
      const link = h("a", { href: `#/${place}`, "aria-keyshortcuts": at + 1 }, icon(place), h("span", null, title));
      this.#links.set(place, link);
      return h("li", null, link);
    });
    const leave = h("button", { class: "quiet", type: "button", "aria-label": "Log out", title: "Log out" });
    leave.append(icon("leave"));
    leave.addEventListener("click", () => this.#leave());
    const help = h("button", { class: "quiet", type: "button", "aria-label": "Keyboard", title: "Keyboard (?)" });
    help.append(icon("help"));
    help.addEventListener("click", showHelp);
    this.#live.append(h("span", { class: "pulse-dot" }), this.#state, this.#rate);
    return h(
      "div",
      { class: "side" },
      h("div", { class: "brand" }, sign(), h("span", { class: "brand-name" }, "agent-hub")),
      h("nav", { "aria-label": "Views" }, h("ul", null, ...links)),
      h(
        "div",
        { class: "side-foot" },
        this.#live,
        h("div", { class: "who" }, h("bdi", { title: this.#operator }, this.#operator), this.#theme, help, leave),
      ),
    );
  }

  /** Shows what the address says. */
  #go() {
    const { place, what } = placeOf(location.hash);
    const found = PLACES.find((each) => each.place === place) ?? PLACES[0];
    if (!found) return;
    let view = this.#views.get(found.place);
    if (!view) {
      view = new found.View(this.#context());
      this.#views.set(found.place, view);
    }
    for (const [each, link] of this.#links) {
      if (each === found.place) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${found.title} · agent-hub`;
    const isNew = !view.isConnected;
    if (isNew) fill(this.#main, view);
    view.show(what);
    // Whoever does not see it is told where the page has gone.
    if (isNew && this.#main.contains(document.activeElement) === false && document.activeElement !== document.body) {
      view.querySelector("h1")?.focus({ preventScroll: true });
    }
  }

  #context() {
    const { admin, events, rates, edges } = this.#connection;
    return { connection: this.#connection, admin, events, rates, edges, operator: this.#operator };
  }

  #showState() {
    const { state, error } = this.#connection;
    this.#live.dataset.state = state;
    say(this.#state, state === "away" ? "Away" : STATES[state]);
    this.#banner.hidden = state !== "away" && state !== "ended";
    this.#banner.dataset.state = state;
    if (state === "away")
      say(this.#banner, "The connection is gone. It comes back by itself; what happens meanwhile is not shown.");
    if (state !== "ended") return;
    const { code } = /** @type {{ code?: string }} */ (error ?? {});
    if (code === "unauthenticated") this.#leave("The key was rotated or the agent disabled: log in again.");
    else say(this.#banner, `The hub ended it: ${reason(error)}`);
  }

  #showRate() {
    const { events, state } = this.#connection;
    say(this.#rate, state === "live" ? `${compact(events.perSecond)}/s` : "");
  }

  #showTheme() {
    const word = isDark() ? "Light" : "Dark";
    this.#theme.setAttribute("aria-label", `${word} theme`);
    this.#theme.title = `${word} theme (t)`;
    fill(this.#theme, icon(isDark() ? "sun" : "moon"));
  }
}

customElements.define("hub-shell", Shell);
