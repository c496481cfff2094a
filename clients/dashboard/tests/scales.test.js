// Scales of charts: what is marked is round, and written as it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compact } from "../src/parts/format.js";
import { area, line, marks } from "../src/parts/scale.js";
import { lengthMarks, momentMarks } from "../src/parts/time-scale.js";

const timeout = 10_000;

test("scales end on round marks, and lines break where nothing was measured", { timeout }, () => {
  assert.deepEqual(marks(83).list, [0, 25, 50, 75, 100]);
  assert.equal(marks(0, { isWhole: true }).top, 4);
  assert.equal(marks(5e6, { isBytes: true }).top % 4096, 0);
  const same = (value) => value;
  assert.equal(line([1, null, 3, 4], same, same), "M0.0 1.0M2.0 3.0L3.0 4.0");
  assert.equal(area([null, 2, 2], same, same), "M1.0 0L1.0 2.0L2.0 2.0L2.0 0Z");
});

test("counts are marked with numbers that are written as they are", { timeout }, () => {
  for (let most = 0; most < 20_000; most = most * 1.3 + 0.1) {
    const { list } = marks(most);
    const written = list.map((value) => Number(compact(value).replace("k", "e3")));
    assert.deepEqual(
      written,
      list.map((value) => Number(value.toFixed(6))),
      String(most),
    );
    assert.ok(marks(most, { isWhole: true }).list.every(Number.isInteger), String(most));
  }
});

test("lengths of time are marked with round ones, in one unit", { timeout }, () => {
  const written = (/** @type {number} */ most, unitS = 1) => {
    const { list, write } = lengthMarks(most, unitS);
    return list.map(write).join(" ");
  };
  assert.equal(written(150), "0 1 min 2 min 3 min");
  assert.equal(written(1_500), "0 10 min 20 min 30 min");
  assert.equal(written(67), "0 30 s 60 s 90 s");
  assert.equal(written(90_000), "0 12 h 24 h 36 h");
  assert.equal(written(150, 0.001), "0 50 ms 100 ms 150 ms");
  assert.equal(written(12_000, 0.001), "0 5 s 10 s 15 s");
  for (let most = 0; most < 1e7; most = most * 1.4 + 1) assert.ok(lengthMarks(most, 1).top >= most, String(most));
});

test("moments are marked where the clock is round, evenly, and no more than there is room for", { timeout }, () => {
  const last = new Date(2026, 0, 5, 14, 3, 22).getTime();
  for (const span of [20, 65, 300, 420, 3_600]) {
    const { list, stepMs } = momentMarks(last - span * 1_000, last, 5);
    assert.ok(list.length >= 1 && list.length <= 6, `${span} s have ${list.length}`);
    list.forEach((time, at) => assert.equal(time, (list[0] ?? 0) + at * stepMs));
    const midnight = new Date(2026, 0, 5).getTime();
    for (const time of list) assert.equal((time - midnight) % stepMs, 0);
  }
});
