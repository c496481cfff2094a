// The life of an item, told in the order in which it must have been.

import assert from "node:assert/strict";
import { test } from "node:test";
import { timeOf } from "../src/parts/format.js";
import { progress, story } from "../src/views/life/story.js";
import { Witness } from "../src/views/life/witness.js";

const timeout = 10_000;
const event = (kind, atMs, more = {}) => ({ event: kind, atMs, to: [], ...more });

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

/** The second that the item was published in, as the hub writes it of what came after. */
const SECOND = new Date(Math.floor(timeOf(ITEM) / 1_000) * 1_000).toISOString();

/** A life in which bob did so. */
const lifeOf = (recipient, more = {}) => ({
  ...LIFE,
  addresses: [{ address: "bob", seq: 7, more: false, recipients: [{ agent: "bob", pushed: ["1f"], ...recipient }] }],
  ...more,
});
const kinds = (life, seen = []) => story(life, seen).map(({ kind }) => kind);

test("what is known to the second comes after what must have been before it", { timeout }, () => {
  const begun = timeOf(ITEM);
  assert.ok(Date.parse(SECOND) < begun);
  const read = lifeOf({ acked: true, acked_by: SECOND, read: SECOND });
  assert.deepEqual(kinds(read), ["stored", "pushed", "acked", "read"]);
  const pushed = event("pushed", begun + 4, { item: ITEM, agent: "bob", stream: "bob", seq: 7, session: "1f" });
  assert.deepEqual(kinds(read, [pushed]), ["stored", "pushed", "acked", "read"]);
  const withdrawn = event("withdrawn", begun + 30, { item: ITEM, agent: "alice" });
  assert.deepEqual(kinds({ ...read, state: "withdrawn" }, [pushed, withdrawn]), [
    "stored",
    "pushed",
    "acked",
    "read",
    "withdrawn",
  ]);
});

test("who took a one-time item read it once", { timeout }, () => {
  const taken = { state: "consumed", taken_by: "bob", taken_at: SECOND };
  const read = event("read", timeOf(ITEM) + 8, { item: ITEM, agent: "bob" });
  for (const seen of [[], [read]]) {
    for (const recipient of [{ read: SECOND }, {}]) {
      const told = story(lifeOf(recipient, taken), seen);
      assert.deepEqual(
        told.map(({ kind, agent }) => `${kind} ${agent}`),
        ["stored alice", "pushed bob", "read bob"],
      );
      assert.match(told.at(-1)?.detail ?? "", /took it/);
      assert.equal(told.at(-1)?.precision, seen.length > 0 ? "exact" : "second");
    }
  }
});

test("who sent it to a channel is not waited for there", { timeout }, () => {
  const member = (agent) => ({ agent, pushed: ["1f"], acked: false, online: true });
  const recipients = [member("alice"), member("bob"), member("carol")];
  const life = { ...LIFE, to: ["#research"], addresses: [{ address: "#research", seq: 1, more: false, recipients }] };
  assert.deepEqual(progress(life, []), { recipients: 2, pushed: 2, acked: 0, read: 0 });
  const own = { ...LIFE, addresses: [{ address: "alice", seq: 1, more: false, recipients: [member("alice")] }] };
  assert.equal(progress(own, []).recipients, 1);
});
