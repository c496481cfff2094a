// Scales of charts: from values to places, with round marks.

/**
 * The top of a scale and its marks: round numbers, or round in powers of two where bytes are counted.
 *
 * @param {number} most
 * @param {{ isBytes?: boolean, isWhole?: boolean }} [how]
 */
export function marks(most, { isBytes = false, isWhole = false } = {}) {
  const least = isWhole ? 4 : isBytes ? 4096 : 0.4;
  const wanted = Math.max(most, least) / 4;
  const base = isBytes ? 2 : 10;
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  // A quarter is round where it is written whole.
  const hasQuarter = power >= 10 || (power === 1 && !isWhole);
  const steps = isBytes ? [1, 2] : hasQuarter ? [1, 2, 2.5, 5, 10] : [1, 2, 5, 10];
  const step = steps.map((each) => each * power).find((each) => each >= wanted * 0.999) ?? power * base;
  const count = Math.ceil(Math.max(most, least) / step);
  return { top: step * count, list: Array.from({ length: count + 1 }, (_, at) => at * step) };
}

/**
 * A line through values from left to right; where one is missing it breaks.
 *
 * @param {(number | null)[]} values
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
export function line(values, x, y) {
  let path = "";
  let isDown = false;
  values.forEach((value, at) => {
    if (value === null || value === undefined) {
      isDown = false;
      return;
    }
    path += `${isDown ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = true;
  });
  return path;
}

/**
 * As `line`, closed down to the ground.
 *
 * @param {(number | null)[]} values
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
export function area(values, x, y) {
  /** @type {number[][]} */
  const runs = [];
  /** @type {number[] | undefined} */
  let run;
  values.forEach((value, at) => {
    if (value === null || value === undefined) run = undefined;
    else if (run) run.push(at);
    else runs.push((run = [at]));
  });
  return runs
    .map((run) => {
      const points = run.map((at) => `${x(at).toFixed(1)} ${y(values[at] ?? 0).toFixed(1)}`).join("L");
      return `M${x(run[0] ?? 0).toFixed(1)} ${y(0)}L${points}L${x(run.at(-1) ?? 0).toFixed(1)} ${y(0)}Z`;
    })
    .join("");
}
