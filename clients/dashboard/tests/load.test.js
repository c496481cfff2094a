// Two thousand events a second for half a minute leave the page responsive, and its memory flat.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard, world } from "./dashboard.js";

const timeout = 240_000;
const MEMBERS = 24;
const SECONDS = 30;
/** Of a channel's members each is pushed each item: so many publishes a second make 2,000 events. */
const PUBLISHES_PER_S = Math.ceil(2_000 / (MEMBERS + 1));
const LONG_MS = 200;

test("2,000 events a second for 30 s: no task over 200 ms, memory flat", { timeout }, async (t) => {
  const about = await world(t);
  const publisher = await about.hub.connect("publisher");
  await publisher.createChannel("load");
  for (let at = 0; at < MEMBERS; at += 1) {
    const member = await about.hub.connect(`member-${at}`);
    await member.join("load");
    const notes = member.notifications();
    void (async () => {
      for await (const note of notes) void note;
    })().catch(() => {});
  }
  const page = await dashboard(t, about);
  await page.evaluate(() => {
    globalThis.long = [];
    const take = (list) => globalThis.long.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
    new PerformanceObserver(take).observe({ type: "longtask" });
  });
  const ending = new AbortController();
  const publishing = flood(publisher, ending.signal);
  // The ring of events fills first: what is flat is what comes after.
  await page.waitForTimeout(12_000);
  const [before, begun] = [await heap(page), await total(page)];
  await page.evaluate(() => (globalThis.long.length = 0));
  const startedMs = Date.now();
  await page.waitForTimeout(SECONDS * 1_000);
  const perSecond = ((await total(page)) - begun) / ((Date.now() - startedMs) / 1_000);
  const long = await page.evaluate(() => globalThis.long);
  const after = await heap(page);
  ending.abort();
  await publishing;
  t.diagnostic(
    `${Math.round(perSecond)} events/s; longest task ${Math.max(0, ...long)} ms of ${long.length}; heap ${mib(before)} to ${mib(after)} MiB`,
  );
  assert.ok(perSecond > 1_600, `the hub told only ${Math.round(perSecond)} events a second`);
  assert.ok(Math.max(0, ...long) <= LONG_MS, `a task took ${Math.max(...long)} ms`);
  assert.ok(after - before < 8 * 1024 * 1024, `the heap grew from ${mib(before)} to ${mib(after)} MiB`);
});

/** Publishes at an even pace. */
async function flood(publisher, signal) {
  const begunMs = Date.now();
  const sending = new Set();
  for (let sent = 0; !signal.aborted;) {
    const due = ((Date.now() - begunMs) / 1_000) * PUBLISHES_PER_S;
    for (; sent < due && sending.size < 200; sent += 1) {
      const one = publisher
        .send("#load", "x", { plain: true, name: `item-${sent % 50}` })
        .finally(() => sending.delete(one));
      sending.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(sending);
}

/** Bytes of the heap after a collection. */
async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  return metrics.find(({ name }) => name === "JSHeapUsedSize").value;
}

/** Events that the page was told, and those that it was told were left out. */
async function total(page) {
  const text = await page.textContent(".traffic-foot");
  const numbers = [.../([\d,]+) events? since/.exec(text).slice(1), .../([\d,]+) left out/.exec(text).slice(1)];
  return numbers.reduce((sum, each) => sum + Number(each.replaceAll(",", "")), 0);
}

const mib = (bytes) => (bytes / 1024 / 1024).toFixed(1);
