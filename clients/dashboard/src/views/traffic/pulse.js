// The pulse: events of each of the last seconds, as bars in the colours of their kinds.

import { KINDS } from "../../parts/badge.js";
import { h, say } from "../../parts/element.js";
import { compact, counted } from "../../parts/format.js";
import { colours, onTheme } from "../../parts/theme.js";

const GAP = 2;

export class Pulse extends HTMLElement {
  #canvas = h("canvas", { "aria-hidden": "true" });
  #most = h("span", { class: "pulse-most" });
  #now = h("span", { class: "pulse-now" });
  /** @type {Record<string, string>} */
  #colours = {};

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const unit = h("span", { class: "pulse-unit" }, "events/s");
    this.append(h("div", { class: "pulse-told" }, this.#now, unit), this.#canvas, this.#most);
  }

  /**
   * @param {import("../../data/events.js").Events} events
   * @param {AbortSignal} signal Ends it.
   */
  begin(events, signal) {
    const paint = () => (this.#colours = colours(KINDS));
    paint();
    onTheme(() => {
      paint();
      this.#draw(events);
    }, signal);
    events.onTick(() => this.#draw(events), signal);
    const observer = new ResizeObserver(() => this.#draw(events));
    observer.observe(this.#canvas);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** @param {import("../../data/events.js").Events} events */
  #draw({ pulse, perSecond }) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    context.scale(scale, scale);
    const most = Math.max(1, ...Array.from({ length: pulse.length }, (_, ago) => pulse.totalOf(ago)));
    const step = width / (pulse.length - 1);
    // The second that is not over would always be the lowest: it is left out.
    for (let ago = 1; ago < pulse.length; ago += 1) {
      const left = width - ago * step;
      let bottom = height;
      KINDS.forEach((kind, at) => {
        const count = pulse.of(ago, at);
        if (count === 0) return;
        const tall = Math.max((count / most) * (height - 2), 1);
        context.fillStyle = this.#colours[kind] ?? "";
        context.fillRect(left, bottom - tall, Math.max(step - GAP, 1), tall);
        bottom -= tall;
      });
    }
    say(this.#now, compact(perSecond));
    say(this.#most, most > 1 ? `${counted(most, "event")}/s at most in the last ${pulse.length - 1} s` : "");
  }
}

customElements.define("traffic-pulse", Pulse);
