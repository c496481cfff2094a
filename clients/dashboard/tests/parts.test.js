// The parts that need no page: what they promise, one rule a test.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Pulse } from "../src/data/events.js";
import { Edges } from "../src/data/edges.js";
import { Rates } from "../src/data/rates.js";
import { Ring } from "../src/data/ring.js";
import { bytes, compact, milliseconds, seconds, timeOf } from "../src/parts/format.js";
import { short, visible } from "../src/parts/inert.js";
import { area, line, marks } from "../src/parts/scale.js";
import { isPrintable, printing, quoted } from "../src/parts/shell-words.js";
import { sendCommand } from "../src/views/compose/command.js";
import { progress, story } from "../src/views/life/story.js";
import { Witness } from "../src/views/life/witness.js";

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

test("scales end on round marks, and lines break where nothing was measured", { timeout }, () => {
  assert.deepEqual(marks(83).list, [0, 25, 50, 75, 100]);
  assert.equal(marks(0, { isWhole: true }).top, 4);
  assert.equal(marks(5e6, { isBytes: true }).top % 4096, 0);
  const same = (value) => value;
  assert.equal(line([1, null, 3, 4], same, same), "M0.0 1.0M2.0 3.0L3.0 4.0");
  assert.equal(area([null, 2, 2], same, same), "M1.0 0L1.0 2.0L2.0 2.0L2.0 0Z");
});

const ITEM = "019af297-42db-7000-8000-000000000001";
const LIFE = {
  item: ITEM,
  from: "alice",
  to: ["bob"],
  state: "live",
  addresses: [
    {
      address: "bob",
      seq: 7,
      more: false,
      recipients: [{ agent: "bob", pushed: ["1f"], acked: true, acked_by: "2025-12-06T09:00:00Z", online: true }],
    },
  ],
  readers: [],
  thread: [],
  replies: [],
};

test(
  "a life has exact times of what the page saw, and the latest that an acknowledgement can be of what it did not",
  { timeout },
  () => {
    const begun = timeOf(ITEM);
    assert.deepEqual(
      story(LIFE, []).map(({ kind, precision }) => `${kind} ${precision}`),
      ["stored exact", "pushed second", "acked latest"],
    );
    const witness = new Witness(LIFE);
    const isConcerned = witness.hear([
      event("published", begun, { item: ITEM, agent: "alice" }),
      event("pushed", begun + 2, { item: ITEM, agent: "bob", stream: "bob", seq: 7, session: "1f" }),
      event("acked", begun + 5, { agent: "bob", stream: "bob", seq: 6 }),
      event("acked", begun + 9, { agent: "bob", stream: "bob", seq: 8 }),
      event("read", begun + 4, { item: "another", agent: "bob" }),
    ]);
    assert.ok(isConcerned);
    assert.deepEqual(
      story(LIFE, witness.seen).map(({ kind, ms, precision }) => [kind, ms - begun, precision]),
      [
        ["stored", 0, "exact"],
        ["pushed", 2, "exact"],
        ["acked", 9, "exact"],
      ],
    );
    assert.deepEqual(progress(LIFE, witness.seen), { recipients: 1, pushed: 1, acked: 1, read: 0 });
  },
);
