// Drawings: 16 by 16, strokes in the colour of the text around them.

import { svg } from "./element.js";

/** Paths by name. Where a path begins with `*` it is filled. */
const PATHS = {
  traffic: ["M2 4.5h8M2 8h12M2 11.5h6", "M12.5 2.5 14.5 4.5l-2 2"],
  map: [
    "M5.2 5.4 7 7.2M9.2 8.9l2 1.6M9.3 7.2l1.9-1.7",
    "M4 4m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M8 8m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0M12.6 4.4m-1.8 0a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0M12.4 11.8m-1.8 0a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0",
  ],
  agents: [
    "M6 7.5m-2.5-2a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M1.8 13.5c.4-2.6 2-4 4.2-4s3.8 1.4 4.2 4",
    "M10.5 3.2a2.4 2.4 0 0 1 0 4.6M11.8 9.8c1.4.6 2.2 1.9 2.4 3.7",
  ],
  life: [
    "M4 2.5v11",
    "M4 4m-1.7 0a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M4 12m-1.7 0a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0",
    "M8.5 4h5M8.5 8h3.5M8.5 12h5",
  ],
  hub: ["M2 13.5h12M3.5 11V8.5M6.5 11V5M9.5 11V7M12.5 11V2.5"],
  compose: ["M14 2 7.2 8.8M14 2 9.8 14l-2.6-5.2L2 6.2z"],
  audit: ["M3.5 2h6.3L12.5 4.7V14h-9z", "M6 7h4M6 9.5h4M6 12h2.5"],
  published: ["M4 12 12 4M6 4h6v6"],
  pushed: ["M2 8h8M7 5l3 3-3 3M13.5 3.5v9"],
  acked: ["M3 8.5 6.5 12 13 4.5"],
  read: [
    "M1.5 8c1.6-2.9 3.8-4.3 6.5-4.3S12.9 5.1 14.5 8c-1.6 2.9-3.8 4.3-6.5 4.3S3.1 10.9 1.5 8z",
    "*M8 8m-1.9 0a1.9 1.9 0 1 0 3.8 0a1.9 1.9 0 1 0-3.8 0",
  ],
  withdrawn: ["M6 3 2.5 6.5 6 10M2.5 6.5h7a3.5 3.5 0 0 1 0 7H6"],
  expired: ["M4 2h8M4 14h8M5 2c0 3 3 4 3 6s-3 3-3 6M11 2c0 3-3 4-3 6s3 3 3 6"],
  refused: ["M8 8m-5.8 0a5.8 5.8 0 1 0 11.6 0a5.8 5.8 0 1 0-11.6 0M4 4l8 8"],
  connected: ["*M8 8m-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0-6.8 0", "M8 8m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0"],
  gone: ["M8 8m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M5.8 8h4.4"],
  unknown: ["M8 8m-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0"],
  stored: [
    "M3 4.5c0-1.2 2.2-2 5-2s5 .8 5 2-2.2 2-5 2-5-.8-5-2zM3 4.5v7c0 1.2 2.2 2 5 2s5-.8 5-2v-7M3 8c0 1.2 2.2 2 5 2s5-.8 5-2",
  ],
  sun: [
    "M8 8m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  ],
  moon: ["M13 9.8A5.6 5.6 0 0 1 6.2 3a5.6 5.6 0 1 0 6.8 6.8z"],
  help: [
    "M8 8m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M6.3 6.3c.1-1 .8-1.6 1.7-1.6 1 0 1.7.6 1.7 1.5 0 1.2-1.7 1.4-1.7 2.7",
    "*M8 11.2m-.8 0a.8 .8 0 1 0 1.6 0a.8 .8 0 1 0-1.6 0",
  ],
  leave: ["M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6"],
  pause: ["M5.5 3.5v9M10.5 3.5v9"],
  play: ["*M5 3.2v9.6L12.8 8z"],
  copy: ["M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z"],
  close: ["M4 4l8 8M12 4l-8 8"],
  more: ["M8 3.5v9M3.5 8h9"],
  fit: ["M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"],
  minus: ["M3.5 8h9"],
  key: ["M5.5 10.5m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M7.7 8.3 13.5 2.5M11 5l2 2"],
  reply: ["M6.5 4 3 7.5 6.5 11M3 7.5h6a4 4 0 0 1 4 4v1"],
  save: ["M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11"],
  search: ["M7 7m-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0M10.2 10.2l3.5 3.5"],
  lock: ["M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2"],
  warning: ["M8 2 14.5 13.5h-13zM8 6.5v3.5", "*M8 12m-.7 0a.7 .7 0 1 0 1.4 0a.7 .7 0 1 0-1.4 0"],
  back: ["M10 3 5 8l5 5"],
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * @param {string} name
 * @param {string} [className]
 */
export function icon(name, className = "") {
  const paths = PATHS[/** @type {IconName} */ (name)] ?? PATHS.unknown;
  const drawn = paths.map((path) =>
    path.startsWith("*")
      ? svg("path", { d: path.slice(1), fill: "currentColor", stroke: "none" })
      : svg("path", { d: path }),
  );
  return svg("svg", { class: `icon ${className}`.trim(), viewBox: "0 0 16 16", "aria-hidden": "true" }, ...drawn);
}

/** The hub's own sign. */
export function sign() {
  return svg(
    "svg",
    { class: "sign", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("rect", { width: 32, height: 32, rx: 8, class: "sign-ground" }),
    svg("path", { class: "sign-line", d: "M16 16 8.5 9.5M16 16l8-4.5M16 16l-1.5 9" }),
    ...[
      [16, 16, 4],
      [8, 9, 2.5],
      [24.5, 11, 2.5],
      [14.5, 25.5, 2.5],
    ].map(([cx, cy, r]) => svg("circle", { class: "sign-dot", cx, cy, r })),
  );
}
