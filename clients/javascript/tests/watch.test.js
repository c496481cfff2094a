// Operators: what happens on the hub, as it happens, and what administration answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "agent-hub";
import { TestHub } from "./hub.js";

const timeout = 60_000;

/** A hub, and a client of an operator. */
async function watched(t) {
  const hub = await TestHub.start(t);
  const apiKey = await hub.command("agent", "add", "boss", "--role", "operator");
  const boss = await connect({ url: hub.url, agent: "boss", apiKey });
  t.after(() => boss.close());
  return { hub, boss };
}

/** What was told with something that was looked for, and comes after it. */
const rest = new WeakMap();

/** Takes what a watcher is told until something is as it should be. */
async function until(watch, isIt) {
  for (;;) {
    const told = rest.get(watch)?.splice(0) ?? (await next(watch));
    const at = told.findIndex(isIt);
    rest.set(watch, at < 0 ? undefined : told.slice(at + 1));
    if (at >= 0) return told[at];
  }
}

async function next(watch) {
  const { value: told, done } = await watch.next();
  assert.ok(!done, "it has ended");
  return told.kind === "events" ? told.events : [told];
}

test("a watcher is told what becomes of an item, and never its data", { timeout }, async (t) => {
  const { hub, boss } = await watched(t);
  const [alice, bob] = [await hub.connect("alice"), await hub.connect("bob")];
  const watch = boss.watch();
  assert.deepEqual((await watch.next()).value, { kind: "here" });
  await alice.send("bob", "secret", { plain: true, name: "report" });
  const published = await until(watch, ({ event }) => event === "published");
  assert.deepEqual(
    [published.agent, published.to, published.name, published.size],
    ["alice", ["bob"], "report", "secret".length],
  );
  assert.ok(Math.abs(published.atMs - Date.now()) < 60_000);
  assert.match(published.item, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  const [note] = (await bob.wait(10)).entries;
  await note.read();
  await note.ack();
  const read = await until(watch, ({ event }) => event === "read");
  assert.deepEqual([read.agent, read.item], ["bob", published.item]);
  const acked = await until(watch, ({ event }) => event === "acked");
  assert.deepEqual([acked.agent, acked.stream, acked.seq], ["bob", "bob", 1]);
  await watch.return();
});

test("a watcher comes back after a restart, and is told that it was away", { timeout }, async (t) => {
  const { hub, boss } = await watched(t);
  const watch = boss.watch();
  await until(watch, ({ kind }) => kind === "here");
  await hub.restart();
  await until(watch, ({ kind }) => kind === "away");
  await until(watch, ({ kind }) => kind === "here");
  await watch.return();
});

test("who is no operator does not watch; a signal ends it, and so does closing the client", { timeout }, async (t) => {
  const { hub, boss } = await watched(t);
  const alice = await hub.connect("alice");
  await assert.rejects(
    until(alice.watch(), () => false),
    { code: "forbidden" },
  );
  const ended = until(boss.watch({ signal: AbortSignal.timeout(100) }), () => false);
  await assert.rejects(ended, { name: "TimeoutError" });
  const watch = boss.watch();
  await until(watch, ({ kind }) => kind === "here");
  const next = watch.next();
  await boss.close();
  assert.deepEqual(await next, { done: true, value: undefined });
});

test("a request is logged in like every other, and its refusal has the hub's code", { timeout }, async (t) => {
  const { hub, boss } = await watched(t);
  const made = await boss.request("/admin/agents", { method: "POST", body: { name: "carol" } });
  assert.match(made.api_key, /^ahub_/);
  const again = boss.request("/admin/agents", { method: "POST", body: { name: "carol" } });
  await assert.rejects(again, { code: "name_taken", status: 409 });
  const alice = await hub.connect("alice");
  await assert.rejects(alice.request("/admin/agents"), { code: "forbidden" });
  await assert.rejects(boss.request("//elsewhere.example/"), { code: "invalid" });
  assert.match(String(await boss.request("/admin/audit.csv", { asText: true })), /^id,/);
});
