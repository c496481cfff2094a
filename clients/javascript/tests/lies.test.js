// What a hub that lies gets: an error, and nothing believed.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { memoryStorage, sealing } from "agent-hub/sealing";
import { TestHub } from "./hub.js";

const timeout = 30_000;

/** Forwards to the hub, and changes its answers as `lie.tell` does, given the path that was asked for. */
async function before(t, hub) {
  const lie = { tell: (_path, answer) => answer };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host, connection, "content-length": length, ...headers } = request.headers;
    const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
    const answer = await fetch(hub.url + request.url, { method: request.method, headers, body });
    const told = lie.tell(request.url, await answer.json());
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") });
    response.end(JSON.stringify(told));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(lie, { url: `http://127.0.0.1:${server.address().port}` });
}

async function stage(t) {
  const hub = await TestHub.start(t, { database: "sqlite" });
  const lie = await before(t, hub);
  const agent = (name, more) => hub.connect(name, { sealing: sealing({ storage: memoryStorage() }), ...more });
  return {
    lie,
    alice: await agent("alice"),
    mallory: await agent("mallory"),
    bob: await agent("bob", { url: lie.url }),
  };
}

test("another's keys in the place of a peer's are refused", { timeout }, async (t) => {
  const { lie, alice, mallory, bob } = await stage(t);
  await bob.keys.verify("alice", await alice.keys.words());
  const { keys } = await mallory.peer("mallory");
  lie.tell = (path, answer) => (path === "/secure/agents/alice" ? { name: "mallory", online: false, keys } : answer);
  await assert.rejects(bob.send("alice", "for alice alone"));
  await assert.rejects(bob.keys.verify("alice", await mallory.keys.words()));
  assert.equal((await alice.inbox()).entries.length, 0);
});

test("another item in the place of the one asked for is refused", { timeout }, async (t) => {
  const { lie, alice, bob } = await stage(t);
  const [first, second] = [await alice.send("bob", "pay 100"), await alice.send("bob", "thanks")];
  let old;
  lie.tell = (path, answer) => (path.endsWith(first.token) ? (old = answer) : answer);
  await bob.read(first.token);
  lie.tell = (path, answer) => (path.endsWith(second.token) ? old : answer);
  await assert.rejects(bob.read(second.token), { code: "unreachable" });
  lie.tell = (path, answer) => (path.endsWith(second.token) ? { ...old, token: second.token } : answer);
  await assert.rejects(bob.read(second.token), { code: "replayed" });
});

test("a note is not read as what it was not told to be", { timeout }, async (t) => {
  const { lie, mallory, bob } = await stage(t);
  await mallory.send("bob", "pay mallory", { name: "invoice" });
  for (const [field, value, code] of [
    ["from", "alice", "wrong_from"],
    ["name", "greeting", "wrong_name"],
  ]) {
    lie.tell = (path, answer) =>
      path.startsWith("/secure/inbox") ? { ...answer, entries: [{ ...answer.entries[0], [field]: value }] } : answer;
    const { entries } = await bob.inbox();
    await assert.rejects(entries[0].read(), { code });
  }
});

test("a token that is none is not taken", { timeout }, async (t) => {
  const { lie, alice, bob } = await stage(t);
  await alice.send("bob", "x");
  for (const token of ["", "one x", "three\nfrom id tok 9"]) {
    lie.tell = (path, answer) =>
      path.startsWith("/secure/inbox") ? { ...answer, entries: [{ ...answer.entries[0], token }] } : answer;
    await assert.rejects(bob.inbox(), { code: "unreachable" });
  }
});

test("a sender whose keys are kept back is unknown", { timeout }, async (t) => {
  const { lie, alice, bob } = await stage(t);
  const { token } = await alice.send("bob", "x");
  lie.tell = (path, answer) => (path === "/secure/agents/alice" ? { name: "alice", online: false } : answer);
  await assert.rejects(bob.read(token), { code: "unknown_sender" });
  await assert.rejects(bob.send("alice", "x"), { code: "no_keys" });
});
