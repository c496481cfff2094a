// Positions and acknowledgements: the rules of docs/clients.md, one by one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ranges } from "../src/session/ranges.js";
import { Queue, QUEUE_MAX } from "../src/session/queue.js";
import { Tracks } from "../src/session/tracks.js";

const timeout = 10_000;

const entry = (stream, seq, token) => ({ stream, seq, token });

/** Bob at the beginning of his stream, and at 5 of a channel. */
function tracks(from) {
  const made = new Tracks(from);
  made.welcome({ epoch: "e", streams: { bob: { acked: 0, head: 9 }, "#team": { acked: 5, head: 9 } } });
  return made;
}

const due = (made) => Object.fromEntries(made.due().map(({ track, seq }) => [track.stream, seq]));

test("an entry is handed over once and in order", { timeout }, () => {
  const made = tracks();
  assert.equal(made.notify(entry("bob", 1, "a"), false), "handOver");
  assert.equal(made.notify(entry("bob", 1, "a"), false), "movePast");
  assert.equal(made.notify(entry("bob", 3, "c"), false), "gap");
  assert.equal(made.skip({ stream: "bob", from: 2, to: 2 }), "movePast");
  assert.equal(made.notify(entry("bob", 3, "c"), false), "handOver");
  assert.equal(made.skip({ stream: "bob", from: 5, to: 5 }), "gap");
  assert.deepEqual(due(made), {});
});

test("what was moved past is acknowledged only when nothing before it is outstanding", { timeout }, () => {
  const made = tracks();
  made.notify(entry("#team", 6, "mine"), true);
  assert.deepEqual(due(made), { "#team": 6 });
  made.notify(entry("#team", 7, "x"), false);
  made.notify(entry("#team", 8, "mine too"), true);
  assert.deepEqual(due(made), { "#team": 6 });
  made.done(made.get("#team"), 7);
  assert.deepEqual(due(made), { "#team": 8 });
  made.acked(made.get("#team"), 8);
  assert.deepEqual(due(made), {});
});

test("a copy in another stream waits for the first, and goes with it", { timeout }, () => {
  const made = tracks();
  assert.equal(made.notify(entry("bob", 1, "a"), false), "handOver");
  assert.equal(made.notify(entry("#team", 6, "a"), false), "movePast");
  made.notify(entry("#team", 7, "b"), false);
  assert.deepEqual(due(made), {});
  made.done(made.get("bob"), 1);
  assert.deepEqual(due(made), { bob: 1, "#team": 6 });
});

test("acknowledging behind a copy does not acknowledge the item where it was handed over", { timeout }, () => {
  const made = tracks();
  made.notify(entry("bob", 1, "a"), false);
  made.notify(entry("#team", 6, "a"), false);
  made.notify(entry("#team", 7, "b"), false);
  made.done(made.get("#team"), 7);
  assert.deepEqual(due(made), { "#team": 7 });
  made.done(made.get("bob"), 1);
  assert.deepEqual(due(made), { bob: 1, "#team": 7 });
});

test("a copy of what was acknowledged is moved past", { timeout }, () => {
  const made = tracks();
  made.notify(entry("bob", 1, "a"), false);
  made.done(made.get("bob"), 1);
  assert.equal(made.notify(entry("#team", 6, "a"), false), "movePast");
  assert.deepEqual(due(made), { bob: 1, "#team": 6 });
});

test(
  "with positions of its own nothing is acknowledged before the caller does, also after a resync",
  { timeout },
  () => {
    const made = tracks({ epoch: "e", after: { bob: 4 } });
    made.notify(entry("bob", 5, "mine"), true);
    made.notify(entry("#team", 6, "mine too"), true);
    assert.deepEqual(due(made), { "#team": 6 });
    made.resync("bob", { acked: 2, head: 9 });
    made.notify(entry("bob", 3, "mine"), true);
    assert.deepEqual(due(made), { "#team": 6 });
    made.notify(entry("bob", 4, "a"), false);
    made.done(made.get("bob"), 4);
    assert.deepEqual(due(made), { bob: 4, "#team": 6 });
  },
);

test("after a resync what was not acknowledged comes again, and what was does not", { timeout }, () => {
  const made = tracks();
  made.notify(entry("bob", 1, "a"), false);
  made.done(made.get("bob"), 1);
  made.notify(entry("bob", 2, "b"), false);
  made.notify(entry("#team", 6, "b"), false);
  for (const stream of ["bob", "#team"]) made.resync(stream, { acked: stream === "bob" ? 0 : 5, head: 9 });
  assert.equal(made.notify(entry("bob", 1, "a"), false), "movePast");
  assert.equal(made.notify(entry("bob", 2, "b"), false), "handOver");
  assert.equal(made.notify(entry("#team", 6, "b"), false), "movePast");
});

test("after a resync of one stream what comes again there still goes with its copy elsewhere", { timeout }, () => {
  const made = tracks();
  made.notify(entry("bob", 1, "a"), false);
  made.notify(entry("#team", 6, "a"), false);
  made.resync("bob", { acked: 0, head: 9 });
  assert.equal(made.notify(entry("bob", 1, "a"), false), "handOver");
  assert.deepEqual(due(made), {});
  made.done(made.get("bob"), 1);
  assert.deepEqual(due(made), { bob: 1, "#team": 6 });
});

test(
  "after a resync of one stream an item that is told elsewhere first is handed over there alone",
  { timeout },
  () => {
    const made = tracks();
    made.notify(entry("bob", 1, "a"), false);
    made.resync("bob", { acked: 0, head: 9 });
    assert.equal(made.notify(entry("#team", 6, "a"), false), "handOver");
    assert.equal(made.notify(entry("bob", 1, "a"), false), "movePast");
    made.resync("bob", { acked: 0, head: 9 });
    assert.equal(made.notify(entry("bob", 1, "a"), false), "movePast");
    made.done(made.get("#team"), 6);
    assert.deepEqual(due(made), { bob: 1, "#team": 6 });
  },
);

test("a welcome of another epoch voids all positions, whether or not a resync follows", { timeout }, () => {
  const made = tracks();
  made.notify(entry("bob", 1, "a"), false);
  made.welcome({ epoch: "f", streams: { bob: { acked: 0, head: 1 }, "#team": { acked: 3, head: 3 } } });
  assert.equal(made.get("bob").position, 0);
  assert.equal(made.get("#team").position, 3);
  assert.equal(made.notify(entry("bob", 1, "a"), false), "handOver");
});

test("an acknowledgement from before a resync takes nothing away that was handed over after it", { timeout }, () => {
  const made = tracks();
  const old = made.get("bob");
  made.notify(entry("bob", 1, "a"), false);
  made.notify(entry("bob", 2, "b"), false);
  made.resync("bob", { acked: 0, head: 2 });
  made.notify(entry("bob", 1, "c"), false);
  made.notify(entry("bob", 2, "d"), false);
  made.doneWith(old, entry("bob", 2, "b"));
  assert.deepEqual(due(made), {});
  made.doneWith(made.get("bob"), entry("bob", 2, "d"));
  assert.deepEqual(due(made), { bob: 2 });
});

test("who left a channel and came again goes on from where it came", { timeout }, () => {
  const made = tracks();
  made.notify(entry("#team", 6, "a"), false);
  // While away: the membership begins after 8, and nothing tells of what is between.
  made.welcome({ epoch: "e", streams: { bob: { acked: 0, head: 9 }, "#team": { acked: 8, head: 9 } } });
  assert.equal(made.notify(entry("#team", 9, "b"), false), "handOver");
  // In the middle of a session a number that is left out is a gap all the same.
  assert.equal(made.notify(entry("#team", 11, "c"), false), "gap");
  // And while here: it is told by `joined`.
  made.join("#team", { acked: 20, head: 20 });
  assert.equal(made.notify(entry("#team", 21, "d"), false), "handOver");
});

test("the numbers of a membership end with it, and those of an epoch with a resync", { timeout }, () => {
  const ended = [];
  const made = new Tracks(undefined, ({ stream, position }) => ended.push(`${stream} ${position}`));
  const streams = { bob: { acked: 0, head: 9 }, "#team": { acked: 5, head: 9 } };
  made.welcome({ epoch: "e", streams });
  made.notify(entry("#team", 6, "a"), false);
  made.leave("#team");
  made.leave("#team");
  made.join("#team", { acked: 7, head: 7 });
  made.join("#team", { acked: 8, head: 8 });
  made.resync("#team", { acked: 3, head: 9 });
  made.welcome({ epoch: "e", streams: { ...streams, "#team": { acked: 5, head: 9 } } });
  made.notify(entry("#team", 6, "b"), false);
  made.welcome({ epoch: "f", streams });
  assert.deepEqual(ended, ["#team 6", "#team 7", "#team 8", "#team 3", "bob 0", "#team 6"]);
});

test("at the beginning of a session no more may be left out than is acknowledged", { timeout }, () => {
  const made = tracks();
  made.notify(entry("#team", 6, "a"), false);
  made.welcome({ epoch: "e", streams: { bob: { acked: 0, head: 9 }, "#team": { acked: 7, head: 9 } } });
  assert.equal(made.notify(entry("#team", 9, "b"), false), "gap");
});

test("an item that was handed over in a channel since left is not acknowledged by its copy", { timeout }, () => {
  const made = tracks();
  const old = made.get("#team");
  assert.equal(made.notify(entry("#team", 6, "a"), false), "handOver");
  made.leave("#team");
  assert.equal(made.notify(entry("bob", 1, "a"), false), "movePast");
  assert.deepEqual(due(made), {});
  made.doneWith(old, entry("#team", 6, "a"));
  assert.deepEqual(due(made), { bob: 1 });
});

test("another session's acknowledgements are not told again", { timeout }, () => {
  const made = tracks();
  for (const seq of [1, 2]) made.notify(entry("bob", seq, `t${seq}`), false);
  made.done(made.get("bob"), 2);
  made.welcome({ epoch: "e", streams: { bob: { acked: 2, head: 9 }, "#team": { acked: 5, head: 9 } } });
  assert.deepEqual(due(made), {});
});

test("a caller that never acknowledges costs no memory for each entry", { timeout }, () => {
  const made = tracks();
  for (let seq = 1; seq <= 200_000; seq += 1) made.notify(entry("bob", seq, `t${seq}`), false);
  assert.ok(made.get("bob").tokens.size <= 65_536);
  made.done(made.get("bob"), 150_000);
  assert.deepEqual(due(made), { bob: 150_000 });
  made.done(made.get("bob"), 200_000);
  assert.deepEqual(due(made), { bob: 200_000 });
});

test("ranges are the set of the same numbers", { timeout }, () => {
  const random = (below) => Math.floor(Math.random() * below);
  for (let round = 0; round < 200; round += 1) {
    const [ranges, numbers] = [new Ranges(), new Set()];
    let last = 0;
    for (let step = 0; step < 100; step += 1) {
      const number = last - random(10);
      const kind = random(4);
      if (kind <= 1) {
        last += 1 + random(3);
        ranges.add(last);
        numbers.add(last);
      } else if (kind === 2) {
        ranges.remove(number);
        numbers.delete(number);
      } else {
        ranges.removeUpTo(number - 5);
        for (const each of numbers) if (each <= number - 5) numbers.delete(each);
      }
      assert.equal(ranges.first, numbers.size === 0 ? undefined : Math.min(...numbers));
    }
  }
});

test("the queue gives what it holds before it ends, and the error once", { timeout }, async () => {
  const queue = new Queue();
  const early = queue.next();
  queue.push("a", {});
  queue.push("b", {});
  queue.end({ error: new Error("over") });
  assert.deepEqual(await early, { done: false, value: "a" });
  assert.deepEqual(await queue.next(), { done: false, value: "b" });
  await assert.rejects(queue.next(), /over/);
  assert.deepEqual(await queue.next(), { done: true, value: undefined });
});

test("the queue makes room by what is taken, dropped, or when it ends", { timeout }, async () => {
  const queue = new Queue();
  const [one, other] = [{}, {}];
  for (let count = 0; count < QUEUE_MAX; count += 1) queue.push(count, count % 2 ? one : other);
  const isFree = () => Promise.race([queue.room().then(() => true), new Promise((r) => setImmediate(r, false))]);
  assert.equal(await isFree(), false);
  await queue.next();
  assert.equal(await isFree(), true);
  queue.push("more", one);
  assert.equal(await isFree(), false);
  queue.drop(one);
  assert.equal(await isFree(), true);
  for (let count = 0; count < QUEUE_MAX; count += 1) queue.push(count, one);
  const waiting = queue.room();
  queue.end();
  await waiting;
});

test("ranges are bounded: the lowest become one, and what is in it is waited for", { timeout }, () => {
  const ranges = new Ranges(2);
  for (const number of [1, 3, 5, 7]) ranges.add(number);
  assert.equal(ranges.first, 1);
  ranges.removeUpTo(3);
  assert.equal(ranges.first, 4);
  ranges.removeUpTo(5);
  assert.equal(ranges.first, 7);
  ranges.removeUpTo(7);
  assert.equal(ranges.first, undefined);
});
