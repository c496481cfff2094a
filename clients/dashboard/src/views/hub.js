// The hub: what it measured of itself over the last hour. The hub keeps that, so a page just opened is not empty.

import { fill, h, say } from "../parts/element.js";
import { bytes, compact, milliseconds, moment, number, seconds } from "../parts/format.js";
import { LineChart } from "../parts/line-chart.js";
import { View, viewHead } from "../parts/view.js";

/** @typedef {import("../data/admin.js").HubFacts} HubFacts */

const REFRESH_MS = 5_000;

const perSecond = (/** @type {number} */ value) => `${compact(value)}/s`;

/** @type {import("../parts/line-chart.js").ChartAbout[]} */
const CHARTS = [
  {
    title: "Throughput",
    unit: perSecond,
    isFilled: true,
    lines: [
      { column: "published_per_s", label: "published", colour: "published" },
      { column: "pushed_per_s", label: "pushed", colour: "pushed" },
      { column: "acked_per_s", label: "acked", colour: "acked" },
      { column: "read_per_s", label: "read", colour: "read" },
    ],
  },
  {
    title: "Commit",
    unit: milliseconds,
    unitS: 0.001,
    lines: [
      { column: "commit_p50_ms", label: "half within", colour: "published" },
      { column: "commit_p99_ms", label: "99 of 100 within", colour: "expired" },
    ],
  },
  {
    title: "Push, from commit to socket",
    unit: milliseconds,
    unitS: 0.001,
    lines: [
      { column: "push_p50_ms", label: "half within", colour: "published" },
      { column: "push_p99_ms", label: "99 of 100 within", colour: "expired" },
    ],
  },
  {
    title: "Sockets",
    unit: compact,
    isWhole: true,
    isFilled: true,
    lines: [
      { column: "sessions", label: "sessions", colour: "connected" },
      { column: "connections", label: "connections", colour: "gone" },
    ],
  },
  {
    title: "Not acknowledged",
    unit: compact,
    isWhole: true,
    isFilled: true,
    lines: [{ column: "backlog", label: "entries of all agents", colour: "expired" }],
  },
  {
    title: "Oldest unacknowledged",
    unit: seconds,
    unitS: 1,
    lines: [{ column: "oldest_s", label: "its age", colour: "expired" }],
  },
  {
    title: "Requests",
    unit: perSecond,
    lines: [
      { column: "requests_per_s", label: "REST requests", colour: "published" },
      { column: "refused_per_s", label: "refused", colour: "refused" },
      { column: "replayed_per_s", label: "replayed from the log", colour: "withdrawn" },
    ],
  },
  {
    title: "Waiting for the database",
    unit: compact,
    isWhole: true,
    lines: [{ column: "writer_queue", label: "jobs", colour: "published" }],
  },
  {
    title: "Written together",
    unit: compact,
    lines: [{ column: "batch_mean", label: "members of a transaction", colour: "pushed" }],
  },
  {
    title: "Data waiting",
    unit: bytes,
    isBytes: true,
    lines: [{ column: "writer_room_bytes", label: "waits for the database", colour: "published" }],
  },
  {
    title: "Memory",
    unit: bytes,
    isBytes: true,
    isFilled: true,
    lines: [{ column: "resident_bytes", label: "resident", colour: "pushed" }],
  },
  {
    title: "Database",
    unit: bytes,
    isBytes: true,
    isFilled: true,
    lines: [{ column: "store_bytes", label: "size", colour: "acked" }],
  },
];

export class HubView extends View {
  #charts = CHARTS.map((about) => new LineChart(about));
  #facts = h("dl", { class: "facts hub-facts" });
  #caption = h("span");

  build() {
    this.isLoaded = false;
    // In a tab of its own: this one would lose the credentials.
    const reference = h("a", { class: "button", href: "/docs", target: "_blank", rel: "noopener" }, "API reference");
    this.append(viewHead("Hub", this.#caption, reference), this.#facts, h("div", { class: "charts" }, ...this.#charts));
  }

  start() {
    void this.every(REFRESH_MS, (signal) => this.#refresh(signal));
  }

  /** @param {AbortSignal} signal */
  async #refresh(signal) {
    const [facts, history] = await Promise.all([this.context.admin.hub(signal), this.context.admin.history(signal)]);
    this.isLoaded = true;
    this.#showFacts(facts);
    const until = Date.parse(history.until);
    const length = Math.max(0, ...Object.values(history.series).map(({ length }) => length));
    const times = Array.from({ length }, (_, at) => until - (length - 1 - at) * history.interval_s * 1000);
    for (const chart of this.#charts) chart.show({ times, columns: history.series });
    const span =
      length < 2
        ? "No sample yet: the first comes within seconds."
        : `The last ${seconds((length - 1) * history.interval_s)}, a sample every ${history.interval_s} s.`;
    say(this.#caption, span);
  }

  /** @param {HubFacts} facts */
  #showFacts(facts) {
    const started = Date.parse(facts.started_at);
    const pairs = [
      ["State", facts.ready ? "ready" : "not ready"],
      ["Up for", seconds((Date.now() - started) / 1000)],
      ["Since", moment(started)],
      ["Version", facts.version],
      ["Database", facts.database],
      ["Sessions", number(facts.sessions)],
      ["Watching", number(facts.watchers)],
      ["Largest data", bytes(facts.limits.data_max_bytes)],
      ["Hub", facts.hub],
      ["Epoch", facts.epoch],
    ];
    fill(
      this.#facts,
      ...pairs.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", { title: value }, value))),
    );
    this.#facts.classList.toggle("unready", !facts.ready);
  }
}

customElements.define("hub-hub", HubView);
