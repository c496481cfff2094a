// The parts that need no page: what they promise, one rule a test.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Events, Pulse } from "../src/data/events.js";
import { Edges } from "../src/data/edges.js";
import { Rates } from "../src/data/rates.js";
import { Names } from "../src/data/names.js";
import { Ring } from "../src/data/ring.js";
import { bytes, compact, milliseconds, seconds, timeOf } from "../src/parts/format.js";
import { short, visible } from "../src/parts/inert.js";
import { isPrintable, printing, quoted } from "../src/parts/shell-words.js";
import { BEND, bendOf } from "../src/views/map/bend.js";
import { sendCommand } from "../src/views/compose/command.js";

const timeout = 10_000;

/** A folder with an `agent-hub` that prints its words, and then what comes to it. */
const folder = mkdtempSync(join(tmpdir(), "agent-hub-shell-"));
after(() => rmSync(folder, { recursive: true }));
const program = `#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word"; done
printf 'stdin:'
cat
`;
writeFileSync(join(folder, "agent-hub"), program, { mode: 0o755 });

/** What a shell makes of a command. */
function shell(command) {
  const env = { PATH: `${folder}:${process.env.PATH}` };
  return execFileSync("/bin/sh", ["-c", command], { input: "", env }).toString();
}

const NASTY = [
  "it's",
  "$(touch /tmp/owned)",
  "`ls`",
  'a "b" \\ c',
  "a\nb",
  "-x",
  "--plain",
  "*",
  "~",
  "!!",
  "é 😀",
  "'",
  "",
];

test("a shell takes every word as exactly what it is", { timeout }, () => {
  for (const text of NASTY) {
    assert.equal(shell(`agent-hub ${quoted(text)}`), `${text}\0stdin:`, text);
    assert.equal(execFileSync("/bin/sh", ["-c", printing(text)]).toString(), text, text);
  }
});

test("the command to send holds what was written, and nothing that a terminal would obey", { timeout }, () => {
  const from = { operator: "boss", hub: "http://127.0.0.1:3000" };
  const draft = { to: ["bob", "#research"], name: "it's -n", body: "", ttlS: 60, oneTime: true };
  for (const body of NASTY.filter(Boolean)) {
    const words = shell(sendCommand({ ...draft, body }, from)).split("\0");
    assert.deepEqual(words.slice(5, 10), ["--name=it's -n", "--ttl=60s", "--once", "--", "bob,#research"]);
    assert.equal(words[10], body);
  }
  for (const body of ["-", "a\u001b[2Jb", "tab\there", "c\r\nd"]) {
    const command = sendCommand({ ...draft, body }, from);
    assert.ok(isPrintable(command), body);
    assert.ok(shell(command).endsWith(`stdin:${body}`), body);
  }
  assert.match(sendCommand({ ...draft, body: "x" }, { ...from, hub: "http://hub.example" }), / --insecure /);
  assert.doesNotMatch(sendCommand({ ...draft, body: "x" }, { ...from, hub: "https://hub.example" }), /--insecure/);
});

test("what is invisible or turns text around is spelled out; letters of all scripts stay", { timeout }, () => {
  assert.equal(visible("a\u202eb\u0000c\u200bd"), "a‹202E›b‹0000›c‹200B›d");
  assert.equal(visible("مرحبا שלום 😀 é"), "مرحبا שלום 😀 é");
  assert.equal(visible(`a${"\u0301".repeat(20)}b`), `a${"\u0301".repeat(4)}b`);
  assert.equal(short("abcdef", 4), "abc…");
});

test("numbers and times are written one way", { timeout }, () => {
  assert.deepEqual([950, 1_234, 34_000, 5_600_000].map(compact), ["950", "1.2k", "34k", "5.6M"]);
  assert.deepEqual([12, 2_048, 5_000_000].map(bytes), ["12 B", "2 KiB", "4.8 MiB"]);
  assert.deepEqual([0.42, 12.3, 12_000].map(milliseconds), ["0.4 ms", "12 ms", "12 s"]);
  assert.deepEqual([12, 240, 10_800, 200_000].map(seconds), ["12 s", "4 min", "3 h", "2 d"]);
  // Rounded, and in the smaller unit for as long as the larger one would be far off.
  assert.deepEqual([67, 100, 119.6, 86_399, 7 * 86_400].map(seconds), ["67 s", "100 s", "2 min", "24 h", "7 d"]);
  assert.equal(timeOf("019af297-42db-7000-8000-000000000001"), 0x019af29742db);
});

test("a ring keeps the newest", { timeout }, () => {
  const ring = new Ring(3);
  for (let at = 1; at <= 5; at += 1) ring.push(at);
  assert.deepEqual([...ring.all()], [5, 4, 3]);
  assert.deepEqual([ring.length, ring.pushed, ring.newest(3)], [3, 5, undefined]);
});

const event = (kind, atMs, more = {}) => ({ event: kind, atMs, to: [], ...more });

test("the pulse counts by second and kind, and forgets", { timeout }, () => {
  const pulse = new Pulse(5);
  pulse.add([event("published", 0), event("published", 0), event("of a newer hub", 0)], 10_000);
  pulse.add([event("pushed", 0)], 11_000);
  assert.deepEqual([pulse.totalOf(0), pulse.totalOf(1), pulse.of(1, 0)], [1, 3, 2]);
  pulse.moveTo(60_000);
  assert.equal(
    [0, 1, 2, 3, 4].reduce((sum, ago) => sum + pulse.totalOf(ago), 0),
    0,
  );
});

test("rates are of the last minute, edges of the last minutes", { timeout }, () => {
  const [rates, edges] = [new Rates(), new Edges()];
  const batch = [
    event("published", 100_000, { agent: "alice", to: ["bob", "#c"] }),
    event("published", 130_000, { agent: "alice", to: ["bob"] }),
    event("pushed", 130_000, { agent: "bob", stream: "#c" }),
  ];
  rates.add(batch);
  edges.add(batch);
  assert.deepEqual(rates.of("alice", 131_000), { sent: 2, told: 0 });
  assert.deepEqual(rates.of("alice", 165_000), { sent: 1, told: 0 });
  assert.deepEqual(rates.of("bob", 131_000), { sent: 0, told: 1 });
  const found = edges.within(5, 131_000).map(({ from, to, count }) => `${from} ${to} ${count}`);
  assert.deepEqual(found.sort(), ["#c bob 1", "alice #c 1", "alice bob 2"]);
  assert.deepEqual(edges.within(5, 131_000 + 20 * 60_000), []);
});

test("rates say since when they count, until a minute is over", { timeout }, () => {
  const rates = new Rates();
  rates.begin(100_000);
  assert.deepEqual(
    [120_000, 160_000].map((nowMs) => rates.span(nowMs)),
    ["since 20 s", "a minute"],
  );
});

test("the rate is the mean of the last five seconds, and changes once a second", { timeout }, () => {
  globalThis.requestAnimationFrame ??= () => 0;
  const events = new Events();
  const begun = Date.now() + 60_000;
  events.pulse.add(
    Array.from({ length: 20 }, () => event("published", 0)),
    begun,
  );
  const seen = [];
  for (let at = 1; at <= 7; at += 1) {
    events.tick(begun + at * 1_000);
    seen.push(events.perSecond);
  }
  assert.deepEqual(seen, [4, 4, 4, 4, 4, 0, 0]);
});

test("what was pushed has the name that it was published with", { timeout }, () => {
  const names = new Names();
  const [published, pushed, other] = names.fill([
    event("published", 0, { item: "1", name: "plan" }),
    event("pushed", 0, { item: "1", session: "1f" }),
    event("pushed", 0, { item: "2", session: "1f" }),
  ]);
  assert.deepEqual([published.name, pushed.name, other.name], ["plan", "plan", undefined]);
});

test("a link of the map is bent around a node that is in its way, and else as all are", { timeout }, () => {
  const node = (x, y) => ({ x, y, radius: 15 });
  const [from, to] = [node(0, 0), node(400, 0)];
  assert.equal(bendOf({ from, to }, [from, to, node(200, -100)]), BEND);
  assert.notEqual(bendOf({ from, to }, [from, to, node(200, 28)]), BEND);
});
