// Every verb against the real hub, on both databases.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hub, HubError, Note } from "agent-hub";
import { DATABASES, TestHub } from "./hub.js";

const timeout = 60_000;

/** All that an async iterator gives. */
async function all(iterable) {
  const rows = [];
  for await (const row of iterable) rows.push(row);
  return rows;
}

for (const database of DATABASES) {
  test(`${database}: publish, inbox, read, reply, ack, status`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const [alice, bob] = [await hub.connect("alice"), await hub.connect("bob")];
    assert.ok(alice instanceof Hub);
    assert.deepEqual([alice.agent, alice.url], ["alice", hub.url]);
    const { token } = await alice.publish({ name: "findings", data: "42 é 😀", to: "bob", ttl: 60 });
    const inbox = await bob.inbox();
    const [note] = inbox.entries;
    assert.ok(note instanceof Note);
    assert.deepEqual(
      { ...note, createdAt: 0 },
      { ...note, stream: "bob", seq: 1, token, from: "alice", name: "findings", size: 10, ttl: 60, createdAt: 0 },
    );
    assert.ok(Math.abs(note.createdAt - Date.now()) < 60_000);
    assert.deepEqual({ ...inbox.streams }, { bob: { acked: 0, head: 1 } });
    const message = await note.read();
    assert.equal(message.text(), "42 é 😀");
    assert.deepEqual([message.sealed, message.from, message.name, message.to], [false, "alice", "findings", ["bob"]]);
    const reply = await note.reply("seen", { plain: true });
    const answer = await alice.read((await alice.inbox()).entries[0]);
    assert.deepEqual(
      [answer.text(), answer.replyTo, answer.name, answer.token],
      ["seen", token, "findings", reply.token],
    );
    await note.ack();
    assert.deepEqual((await bob.inbox()).entries, []);
    let status = await alice.status(token);
    // The mark of a reading is written behind.
    while (!status.to[0].read) status = await alice.status(token);
    assert.equal(status.state, "live");
    assert.deepEqual(
      [status.to[0].address, status.to[0].acked, status.to[0].read instanceof Date],
      ["bob", true, true],
    );
    assert.equal(status.expiresAt - status.createdAt, 60_000);
  });

  test(`${database}: a trace goes from whoever sends to whoever is told`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const [alice, bob] = [await hub.connect("alice"), await hub.connect("bob")];
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await alice.send("bob", "in a trace", { plain: true, traceparent });
    await alice.publish({ name: "n", data: "in none", to: "bob" });
    const waiting = (await bob.inbox()).entries.map((note) => note.traceparent);
    assert.deepEqual(waiting, [traceparent, undefined]);
    for await (const note of bob.notifications()) {
      assert.equal(note.traceparent, traceparent);
      break;
    }
    const invalid = (error) => error instanceof HubError && error.code === "invalid";
    for (const bad of ["", "00", traceparent.toUpperCase(), `${traceparent}-more`, `${traceparent}\n`, 7]) {
      await assert.rejects(alice.publish({ name: "n", data: "d", to: "bob", traceparent: bad }), invalid, String(bad));
      await assert.rejects(alice.send("bob", "d", { plain: true, traceparent: bad }), invalid, String(bad));
    }
  });

  test(`${database}: one-time, withdrawn, expired, unknown`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const [alice, bob, carol] = [await hub.connect("alice"), await hub.connect("bob"), await hub.connect("carol")];
    const once = await alice.send(["bob", "carol"], "a job", { plain: true, oneTime: true });
    assert.equal((await bob.inbox()).entries[0].oneTime, true);
    assert.equal((await alice.read(once.token)).text(), "a job");
    assert.equal((await bob.read(once.token)).oneTime, true);
    await assert.rejects(carol.read(once.token), { code: "consumed", status: 410 });
    await assert.rejects(bob.read(once.token), { code: "consumed" });
    assert.equal((await alice.status(once.token)).takenBy, "bob");
    const back = await alice.send("bob", "oops", { plain: true });
    await alice.withdraw(back.token);
    await alice.withdraw(back.token);
    await assert.rejects(bob.retrieve(back.token), { code: "withdrawn" });
    await assert.rejects(bob.withdraw(back.token), { code: "not_found" });
    const short = await alice.send("bob", "brief", { plain: true, ttl: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await assert.rejects(bob.retrieve(short.token), { code: "expired" });
    await assert.rejects(bob.retrieve("AAAAAAAAAAAAAAAAAAAAAA"), { code: "not_found" });
    const { entries, skipped } = await bob.inbox();
    assert.deepEqual([entries, skipped], [[], [{ stream: "bob", from: 1, to: 3 }]]);
    await bob.ack(skipped[0].to);
    assert.deepEqual((await bob.inbox()).streams.bob, { acked: 3, head: 3 });
  });

  test(`${database}: what the hub refuses is told with its code`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const alice = await hub.connect("alice");
    const publish = (options) => alice.publish({ name: "n", data: "d", ...options });
    await assert.rejects(publish({ to: "nobody" }), (error) => {
      assert.ok(error instanceof HubError && error.code === "unknown_address" && error.detail.includes("nobody"));
      return true;
    });
    await hub.key("gone");
    await hub.command("agent", "disable", "gone");
    await assert.rejects(publish({ to: "gone" }), { code: "address_disabled" });
    const first = await publish({ to: "alice", idempotencyKey: "k" });
    assert.deepEqual(await publish({ to: "alice", idempotencyKey: "k" }), first);
    await assert.rejects(publish({ to: "alice", data: "other", idempotencyKey: "k" }), {
      code: "idempotency_mismatch",
      status: 409,
    });
    await assert.rejects(alice.ack(7), { code: "beyond_head" });
    await assert.rejects(alice.ack(1, "#nowhere"), { code: "not_found" });
    await assert.rejects(alice.ack(1, "alice", { epoch: "another" }), (error) => {
      assert.deepEqual({ ...error.position, epoch: "" }, { stream: "alice", epoch: "", acked: 0, head: 1 });
      return error.code === "resync";
    });
    await assert.rejects(alice.inbox({ stream: "alice", after: 9, epoch: "another" }), { code: "resync" });
    await assert.rejects(alice.send("alice", "x"), { code: "no_sealing" });
    assert.throws(() => alice.keys, { code: "no_sealing" });
  });

  test(`${database}: the directory and channels`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const [alice, bob, carol] = [await hub.connect("alice"), await hub.connect("bob"), await hub.connect("carol")];
    const names = (rows) => rows.map(({ name }) => name);
    assert.deepEqual(names(await all(alice.peers())), ["alice", "bob", "carol", "operator"]);
    const peer = await alice.peer("bob");
    assert.deepEqual([peer.name, peer.online, peer.keys], ["bob", false, undefined]);
    await assert.rejects(alice.peer("nobody"), { code: "not_found" });
    const made = await alice.createChannel("#open");
    assert.deepEqual(made, { name: "#open", closed: false, owner: "alice", member: true });
    await assert.rejects(bob.createChannel("open"), { code: "name_taken" });
    await alice.createChannel("closed", { closed: true });
    assert.deepEqual(await bob.join("open"), { stream: "#open", acked: 0, head: 0 });
    await assert.rejects(bob.join("closed"), { code: "not_member" });
    await alice.addMember("closed", "bob");
    assert.deepEqual(names(await all(bob.members("#closed"))), ["alice", "bob"]);
    await assert.rejects(all(carol.members("closed")), HubError);
    await assert.rejects(carol.publish({ name: "n", data: "d", to: "#closed" }), { code: "not_member" });
    const { token } = await bob.publish({ name: "n", data: "d", to: ["#closed", "#open"] });
    const status = await bob.status(token, { address: "#closed", limit: 1 });
    const [closed] = status.to.filter(({ address }) => address === "#closed");
    assert.deepEqual(closed.counts, { members: 2, acked: 0, read: 0 });
    assert.deepEqual([closed.members.map(({ agent }) => agent), closed.more], [["alice"], true]);
    const next = await bob.status(token, { address: "#closed", after: "alice" });
    assert.deepEqual(
      next.to.find(({ address }) => address === "#closed").members.map(({ agent }) => agent),
      ["bob"],
    );
    assert.deepEqual(
      (await alice.inbox({ stream: "#open" })).entries.map(({ stream, seq }) => [stream, seq]),
      [["#open", 1]],
    );
    await alice.removeMember("closed", "bob");
    await bob.leave("open");
    await assert.rejects(alice.leave("open"), { code: "owner_stays" });
    const channels = await all(bob.channels());
    assert.deepEqual(
      channels.map(({ name, member }) => [name, member]),
      [
        ["#closed", false],
        ["#open", false],
      ],
    );
  });

  test(`${database}: waiting ends with an entry, or when the time is over`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const [alice, bob] = [await hub.connect("alice"), await hub.connect("bob")];
    const begun = performance.now();
    assert.deepEqual((await bob.wait(1)).entries, []);
    assert.ok(performance.now() - begun >= 900);
    const waiting = bob.wait(30);
    await alice.send("bob", "wake up", { plain: true });
    const { entries, epoch } = await waiting;
    assert.equal((await entries[0].read()).text(), "wake up");
    const later = await bob.wait(0, { stream: "bob", after: 0, epoch, limit: 1 });
    assert.equal(later.entries.length, 1);
    assert.ok(performance.now() - begun < 20_000);
  });

  test(`${database}: bytes of every kind and size arrive as they were sent`, { timeout }, async (t) => {
    const hub = await TestHub.start(t, { database });
    const [alice, bob] = [await hub.connect("alice"), await hub.connect("bob")];
    for (const data of ["", '\u0000"\\\n\u2028</script>😀', "x".repeat(1024 * 1024), "\u0001".repeat(300_000)]) {
      const { token } = await alice.publish({ name: "data", data, to: "bob" });
      assert.equal((await bob.retrieve(token)).data, data);
    }
  });
}
