// Numbers and times for people. One place, so that one thing is written one way.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** @param {number} value */
export function number(value) {
  return Math.abs(value) < 10 && !Number.isInteger(value) ? ONE.format(value) : WHOLE.format(value);
}

/**
 * At most four characters or so: 950, 1.2k, 34k, 5.6M.
 *
 * @param {number} value
 */
export function compact(value) {
  const size = Math.abs(value);
  if (size < 1_000) return number(value);
  const [unit, by] = size < 1e6 ? ["k", 1e3] : size < 1e9 ? ["M", 1e6] : ["G", 1e9];
  const scaled = value / Number(by);
  return `${Math.abs(scaled) < 10 ? ONE.format(scaled) : WHOLE.format(scaled)}${unit}`;
}

/** @param {number} value */
export function bytes(value) {
  if (value < 1024) return `${WHOLE.format(value)} B`;
  const power = Math.min(Math.floor(Math.log2(value) / 10), 4);
  const scaled = value / 1024 ** power;
  return `${scaled < 10 ? ONE.format(scaled) : WHOLE.format(scaled)} ${"KMGT"[power - 1]}iB`;
}

/** @param {number} ms */
export function milliseconds(ms) {
  if (ms < 10) return `${ONE.format(ms)} ms`;
  return ms < 10_000 ? `${WHOLE.format(ms)} ms` : seconds(ms / 1000);
}

/**
 * A length of time in one unit: 12 s, 4 min, 3 h, 2 d. A larger unit begins at two of it, so that what is rounded is not far off.
 *
 * @param {number} s
 */
export function seconds(s) {
  const value = Math.max(0, s);
  const whole = (/** @type {number} */ unit) => Math.round(value / unit);
  if (whole(1) < 120) return `${whole(1)} s`;
  if (whole(60) < 120) return `${whole(60)} min`;
  if (whole(3_600) < 48) return `${whole(3_600)} h`;
  return `${WHOLE.format(whole(86_400))} d`;
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * The time of day: 14:03:22, with milliseconds where they are known.
 *
 * @param {number} ms Since the epoch.
 * @param {boolean} [exact]
 */
export function clock(ms, exact = false) {
  const at = new Date(ms);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return exact ? `${time}.${String(at.getMilliseconds()).padStart(3, "0")}` : time;
}

/**
 * A moment: the time alone if it is today's, else with its day.
 *
 * @param {number} ms
 * @param {number} [nowMs]
 */
export function moment(ms, nowMs = Date.now()) {
  const [at, now] = [new Date(ms), new Date(nowMs)];
  if (at.toDateString() === now.toDateString()) return clock(ms);
  const day = (at.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(at);
  return `${day}, ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/**
 * How long ago: `now`, `12 s ago`.
 *
 * @param {number} ms
 * @param {number} [nowMs]
 */
export function ago(ms, nowMs = Date.now()) {
  const s = (nowMs - ms) / 1000;
  return s < 2 ? "now" : `${seconds(s)} ago`;
}

/**
 * `1 item`, `2 items`.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/**
 * When an item was published, to the millisecond: its id, a UUIDv7, says so.
 *
 * @param {string} item
 */
export function timeOf(item) {
  return Number.parseInt(item.replaceAll("-", "").slice(0, 12), 16);
}

/**
 * The end of an id: the beginning is the time, and alike for many.
 *
 * @param {string} id
 * @param {number} [length]
 */
export function shortId(id, length = 8) {
  return `…${id.slice(-length)}`;
}

/**
 * The end of a session's id: what tells the sessions of a node apart.
 *
 * @param {string} session
 */
export function shortSession(session) {
  return shortId(session, 4);
}
