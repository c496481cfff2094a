// Scales of time: lengths up the side of a chart, and moments along its foot, on what people take for round.

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];
/** Of seconds. */
const LENGTHS = [
  ...[1, 2, 5, 10, 30],
  ...[1, 2, 5, 10, 30].map((each) => each * MINUTE),
  ...[1, 2, 6, 12].map((each) => each * HOUR),
  ...[1, 2, 5, 10, 30, 100, 300, 1_000].map((each) => each * DAY),
];
/** Between two moments, in seconds. */
const STEPS = [
  ...[5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 20, 30].map((each) => each * MINUTE),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
  DAY,
];
/** What lengths are written in, and what that is in seconds; what is shorter, in milliseconds. @type {[number, string][]} */
const UNITS = [
  [DAY, "d"],
  [HOUR, "h"],
  [MINUTE, "min"],
  [1, "s"],
];
const LINES = 4;

/**
 * The top of a scale of lengths of time, its marks, and how they are written: all in one unit.
 *
 * @param {number} most
 * @param {number} unitS How many seconds a value of 1 is.
 * @returns {{ top: number, list: number[], write: (value: number) => string }}
 */
export function lengthMarks(most, unitS) {
  const wanted = Math.max(most * unitS, LINES * (unitS < 1 ? unitS / 10 : unitS)) / LINES;
  const stepS = wanted < 0.75 ? belowSecond(wanted) : (LENGTHS.find((each) => each >= wanted) ?? wanted);
  const count = Math.max(Math.ceil((most * unitS) / stepS - 1e-9), 2);
  const [sizeS, word] = UNITS.find(([each]) => stepS >= each) ?? [1e-3, "ms"];
  return {
    top: (stepS * count) / unitS,
    list: Array.from({ length: count + 1 }, (_, at) => (at * stepS) / unitS),
    write: (value) => (value === 0 ? "0" : `${Number(((value * unitS) / sizeS).toFixed(1))} ${word}`),
  };
}

/**
 * 1, 2 or 5 of a power of ten.
 *
 * @param {number} wanted
 */
function belowSecond(wanted) {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= wanted * 0.999) ?? power * 10;
}

/**
 * Round moments between two, as this browser's clock has them.
 *
 * @param {number} firstMs
 * @param {number} lastMs
 * @param {number} most How many there is room for.
 */
export function momentMarks(firstMs, lastMs, most) {
  const stepS = STEPS.find((each) => (lastMs - firstMs) / 1_000 / each <= most) ?? DAY;
  const stepMs = stepS * 1_000;
  // The clock's midnight is not that of the numbers.
  const offsetMs = new Date(lastMs).getTimezoneOffset() * 60_000;
  const begun = Math.ceil((firstMs - offsetMs) / stepMs) * stepMs + offsetMs;
  const count = Math.max(0, Math.floor((lastMs - begun) / stepMs) + 1);
  return { stepMs, list: Array.from({ length: count }, (_, at) => begun + at * stepMs) };
}
