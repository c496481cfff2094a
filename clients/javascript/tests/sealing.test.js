// Encryption against the real hub: what the hub sees, what it cannot do, and how keys change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SealError } from "agent-hub";
import { memoryStorage, sealing } from "agent-hub/sealing";
import { DATABASES, TestHub } from "./hub.js";
import { Proxy } from "./proxy.js";

const timeout = 60_000;

/** An agent that encrypts, with its keys in a storage that outlives its client. */
async function agent(hub, name, { suite, url, storage = memoryStorage() } = {}) {
  const options = { sealing: sealing({ storage, suite }), ...(url ? { url } : {}) };
  const client = await hub.connect(name, options);
  return Object.assign(client, { storage });
}

/** The next note of an agent, from its inbox. */
async function next(client) {
  const { entries } = await client.wait(10);
  return entries[0];
}

for (const database of DATABASES) {
  test(`${database}: what is sent arrives, in both suites, and the hub never sees it`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const proxy = await Proxy.start(t, hub.url);
    proxy.passed = [];
    const { url } = proxy;
    const alice = await agent(hub, "alice", { url });
    const [bob, carol] = [await agent(hub, "bob", { url }), await agent(hub, "carol", { url, suite: "xwing" })];
    await alice.createChannel("team");
    for (const member of [bob, carol]) await member.join("team");
    const canary = "CANARY-4f1c";
    await alice.send(["bob", "carol"], `${canary} to both`);
    await alice.send("#team", `${canary} to the team`, { name: "news" });
    for (const reader of [bob, carol]) {
      const told = [];
      for await (const note of reader.notifications()) {
        const message = await note.read();
        assert.deepEqual([message.sealed, message.from], [true, "alice"]);
        assert.ok(Math.abs(message.sentAt - Date.now()) < 60_000);
        await note.reply(`${canary} ${message.text().length} bytes`);
        await note.ack();
        if (told.push(message.text()) === 2) break;
      }
      assert.deepEqual(told.sort(), [`${canary} to both`, `${canary} to the team`]);
    }
    const answers = [];
    for await (const note of alice.notifications()) {
      answers.push((await note.read()).text());
      await note.ack();
      if (answers.length === 4) break;
    }
    assert.equal(answers.filter((text) => text.startsWith(canary)).length, 4);
    const passed = Buffer.concat(proxy.passed).toString("latin1");
    assert.ok(passed.includes("news") && passed.includes("YWhlbnYx"));
    for (const written of [canary, btoa(canary), Buffer.from(canary).toString("hex")]) {
      assert.ok(!passed.includes(written.slice(0, 12)), written);
    }
  });
}

test("keys are made and published at first use, and are the same in the next process", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const alice = await agent(hub, "alice");
  const words = await alice.keys.words();
  assert.match(words, /^([a-z]{5} ){5}[a-z]{5}$/);
  assert.deepEqual((await alice.peer("alice")).keys, await alice.keys.bundle());
  const again = await agent(hub, "alice", { storage: alice.storage });
  assert.equal(await again.keys.words(), words);
  const storage = memoryStorage();
  await assert.rejects(agent(hub, "alice", { storage }), { code: "key_conflict" });
  assert.equal(await storage.load("keys"), undefined, "nothing is in the way of those that are copied here");
});

test("a body of any kind arrives as it was", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob] = [await agent(hub, "alice"), await agent(hub, "bob")];
  const bodies = [new Uint8Array(), Uint8Array.of(0, 255, 128), new Uint8Array(700_000).map((_, at) => at * 31)];
  for (const body of bodies) {
    const { token } = await alice.send("bob", body);
    assert.deepEqual((await bob.read(token)).body, body);
  }
  const asked = await bob.send("alice", "what is it called?");
  const { token } = await alice.send("bob", "naïve 日本語", { name: 'a "name" \\ with 日本', replyTo: asked.token });
  assert.equal((await bob.read(token)).text(), "naïve 日本語");
  await assert.rejects(alice.send("bob", new Uint8Array(1024 * 1024)), { code: "too_large" });
  await assert.rejects(alice.send("bob", { a: 1 }), { code: "invalid" });
});

test(
  "without keys nothing is sent unless it is asked to be plain, and what is plain is marked",
  { timeout },
  async (t) => {
    const hub = await TestHub.start(t);
    const [alice, bob] = [await agent(hub, "alice"), await hub.connect("bob")];
    await assert.rejects(alice.send("bob", "x"), { code: "no_keys" });
    await alice.createChannel("team");
    await bob.join("team");
    await assert.rejects(alice.send("#team", "nobody but the sender is left"), { code: "no_keys" });
    await assert.rejects(alice.send("nobody", "x"), { code: "unknown_address", status: 422 });
    await assert.rejects(alice.send("#nothing", "x"), { code: "unknown_address", message: /#nothing/ });
    const { token } = await alice.send("bob", "for all to see", { plain: true });
    const message = await bob.read(token);
    assert.deepEqual([message.sealed, message.text(), message.sentAt], [false, "for all to see", undefined]);
    assert.equal((await bob.inbox()).entries.length, 1);
  },
);

test("members without good keys are left out and named, unless all are asked for", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob, dave] = [await agent(hub, "alice"), await agent(hub, "bob"), await agent(hub, "dave")];
  await alice.createChannel("team");
  for (const member of [bob, dave, await hub.connect("carol")]) await member.join("team");
  await alice.keys.of("dave");
  await dave.keys.replace();
  const sent = await alice.send("#team", "to those who can");
  assert.deepEqual(sent.sealedFor, ["alice", "bob"]);
  const changed = { agent: "dave", code: "key_changed" };
  assert.deepEqual(sent.leftOut, [{ agent: "carol", code: "no_keys" }, changed]);
  // Alice is a member too: her other devices can read what she wrote.
  for (const reader of [alice, bob]) assert.equal((await reader.read(sent.token)).text(), "to those who can");
  await assert.rejects(dave.read(sent.token), { code: "not_for_me" });
  await assert.rejects(alice.send(["#team", "dave"], "directly it is an error"), { code: "key_changed" });
  // What may be an attack is told of first.
  await assert.rejects(alice.send("#team", "x", { allMembers: true }), { code: "key_changed" });
  await alice.keys.verify("dave", await dave.keys.words());
  await assert.rejects(alice.send("#team", "x", { allMembers: true }), { code: "no_keys" });
  assert.deepEqual((await alice.send("#team", "x")).leftOut, [{ agent: "carol", code: "no_keys" }]);
  assert.equal((await bob.inbox()).entries.length, 2);
});

test(
  "what one wrote to a channel is opened with the keys that one has, whatever the hub says",
  { timeout },
  async (t) => {
    const hub = await TestHub.start(t);
    const alice = await agent(hub, "alice");
    await alice.createChannel("diary");
    assert.deepEqual((await alice.send("#diary", "before")).sealedFor, ["alice"]);
    await alice.keys.replace();
    const { token } = await alice.send("#diary", "dear diary");
    assert.equal((await alice.read(token)).text(), "dear diary");
  },
);

test("what is sealed is opened only with sealing, and is not used up without it", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob] = [await agent(hub, "alice"), await agent(hub, "bob")];
  const { token } = await alice.send("bob", "secret", { oneTime: true });
  const bare = await hub.connect("bob");
  await assert.rejects(bare.read(token), { code: "no_sealing" });
  assert.match((await bare.retrieve(token)).data, /^YWhlbnYx/);
  const { token: other } = await alice.send("bob", "secret", { oneTime: true });
  assert.equal((await bob.read(other)).text(), "secret");
});

test("keys that changed without a chain are refused until the words were compared", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob] = [await agent(hub, "alice"), await agent(hub, "bob")];
  await bob.read((await alice.send("bob", "first")).token);
  const before = await alice.keys.words();
  assert.deepEqual(await bob.keys.of("alice"), { version: 1, words: before, verified: false });
  await alice.keys.replace();
  const { token } = await alice.send("bob", "second");
  await assert.rejects(bob.read(token), (error) => {
    assert.ok(error instanceof SealError && error.code === "key_changed" && error.message.includes("alice"));
    return true;
  });
  await assert.rejects(bob.send("alice", "x"), { code: "key_changed" });
  await assert.rejects(bob.keys.of("alice"), { code: "key_changed" });
  await assert.rejects(bob.keys.verify("alice", before), { code: "invalid" });
  const words = await alice.keys.words();
  await bob.keys.verify("alice", words.replaceAll(" ", "-").toUpperCase());
  assert.equal((await bob.read(token)).text(), "second");
  assert.deepEqual(await bob.keys.of("alice"), { version: 1, words, verified: true });
  await bob.send("alice", "x");
  // What was pinned and verified is still so in the next process.
  const again = await agent(hub, "bob", { storage: bob.storage });
  assert.equal((await again.keys.of("alice")).verified, true);
});

test("a rotation under way loses nothing in either direction", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob] = [await agent(hub, "alice"), await agent(hub, "bob")];
  await bob.read((await alice.send("bob", "known")).token);
  const underWay = await alice.send("bob", "by the old key");
  await bob.send("alice", "for the old key");
  await alice.keys.rotate({ suite: "xwing" });
  assert.equal((await alice.keys.bundle()).version, 2);
  assert.equal((await (await next(alice)).read()).text(), "for the old key");
  const byNew = await alice.send("bob", "by the new key");
  assert.equal((await bob.read(byNew.token)).text(), "by the new key");
  assert.equal((await bob.read(underWay.token)).text(), "by the old key");
  const forNew = await (await agent(hub, "bob", { storage: bob.storage })).send("alice", "for the new key");
  assert.equal((await alice.read(forNew.token)).text(), "for the new key");
  // Sealed for the key that bob remembers for a minute: alice has it among the retired.
  const stale = await bob.send("alice", "for a key of before");
  assert.equal((await alice.read(stale.token)).text(), "for a key of before");
  assert.equal((await bob.keys.of("alice")).version, 2);
});

test("a rotation that the directory did not hear of is made up for", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const alice = await agent(hub, "alice");
  const old = await alice.keys.bundle();
  await alice.keys.rotate();
  const rotated = await alice.storage.load("keys");
  // As if the connection had been lost just before the keys were published.
  const fresh = await agent(hub, "bob");
  await fresh.keys.rotate();
  const { Keyring } = await import("../src/sealing/keyring.js");
  const keyring = await Keyring.read(await fresh.storage.load("keys"), "bob", "here");
  const next = await keyring.rotate("x25519");
  assert.equal(await fresh.storage.save("keys", JSON.stringify(next), await fresh.storage.load("keys")), true);
  const again = await agent(hub, "bob", { storage: fresh.storage });
  assert.equal((await again.peer("bob")).keys.version, 3);
  assert.notDeepEqual((await alice.peer("alice")).keys, old);
  assert.ok(rotated.includes('"version": 2'));
});

test(
  "a copy under another token is refused, also by the next process; reading twice is lawful",
  { timeout },
  async (t) => {
    const hub = await TestHub.start(t);
    const [alice, bob] = [await agent(hub, "alice"), await agent(hub, "bob")];
    const first = await alice.send("bob", "pay 100", { name: "order" });
    const { data } = await bob.retrieve(first.token);
    const copy = await alice.publish({ name: "order", data, to: "bob" });
    assert.equal((await bob.read(first.token)).text(), "pay 100");
    assert.equal((await bob.read(first.token)).text(), "pay 100");
    await assert.rejects(bob.read(copy.token), { code: "replayed" });
    const again = await agent(hub, "bob", { storage: bob.storage });
    await assert.rejects(again.read(copy.token), { code: "replayed" });
    assert.equal((await again.read(first.token)).text(), "pay 100");
    const both = await alice.send("bob", "at once", { name: "order" });
    const twin = await alice.publish({ name: "order", data: (await bob.retrieve(both.token)).data, to: "bob" });
    const results = await Promise.allSettled([bob.read(both.token), bob.read(twin.token)]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  },
);

test("an envelope that is passed on, renamed or re-addressed is refused", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob, carol, mallory] = await Promise.all(
    ["alice", "bob", "carol", "mallory"].map((name) => agent(hub, name)),
  );
  const { token } = await alice.send(["bob", "mallory"], "for you two", { name: "note" });
  const { data } = await mallory.retrieve(token);
  const say = (client, options) => client.publish({ name: "note", data, to: "bob", ...options });
  const refused = async (reader, sent, code) => assert.rejects(reader.read((await sent).token), { code }, code);
  await refused(bob, say(mallory), "wrong_from");
  await refused(carol, say(mallory, { to: "carol" }), "not_for_me");
  await refused(bob, say(alice, { name: "other" }), "wrong_name");
  await refused(bob, say(alice, { replyTo: token }), "wrong_reply_to");
  await refused(bob, say(alice, { data: `${data.slice(0, -1)}${data.endsWith("A") ? "Q" : "A"}` }), "bad_signature");
  await refused(bob, say(alice, { data: data.replace(/^YWhlbnYx/, "YWhlbnYy") }), "unknown_version");
  await refused(bob, say(alice, { data: data.slice(0, 300) }), "malformed");
  assert.equal((await bob.read(token)).text(), "for you two");
});

test("another hub than the one that was known is refused", { timeout }, async (t) => {
  const [one, other] = [await TestHub.start(t), await TestHub.start(t)];
  const alice = await agent(one, "alice");
  await assert.rejects(agent(other, "alice", { storage: alice.storage }), { code: "wrong_hub" });
});

test(
  "a one-time item that could not be opened for want of the sender's keys can be read again",
  { timeout },
  async (t) => {
    const hub = await TestHub.start(t);
    const proxy = await Proxy.start(t, hub.url);
    const alice = await agent(hub, "alice");
    const storage = memoryStorage();
    await (await agent(hub, "bob", { storage })).close();
    const options = { url: proxy.url, limitS: 0.5, sealing: sealing({ storage }) };
    const bob = await hub.connect("bob", options);
    const { token } = await alice.send("bob", "a sealed job", { oneTime: true });
    proxy.losesAnswerTo = (text) => text.startsWith("GET /secure/agents/alice");
    await assert.rejects(bob.read(token), { code: "unreachable" });
    proxy.losesAnswerTo = () => false;
    assert.equal((await bob.read(token)).text(), "a sealed job");
  },
);

test("options of sealing are checked", { timeout }, () => {
  assert.throws(() => sealing({ storage: memoryStorage(), suite: "x448" }), { code: "invalid" });
  assert.throws(() => sealing({ storage: undefined }), { code: "invalid" });
});
