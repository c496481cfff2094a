// Being told: `notifications` against the real hub, through restarts, bad networks and changes while away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { DATABASES, TestHub } from "./hub.js";
import { Proxy } from "./proxy.js";

const timeout = 60_000;

/** The next notes. */
async function take(notes, count) {
  const taken = [];
  while (taken.length < count) taken.push((await notes.next()).value);
  return taken;
}

const names = (notes) => notes.map(({ name }) => name);
const plain = { plain: true };

/** Waits until something holds, as long as the test may take. */
async function until(check) {
  while (!(await check())) await after(20);
}

/** A hub, and clients of these agents. */
async function start(t, database, agents, flags = []) {
  const hub = await TestHub.start(t, { database, flags });
  return { hub, clients: await Promise.all(agents.map((agent) => hub.connect(agent))) };
}

const acked = async (client, stream) => (await client.inbox()).streams[stream].acked;

for (const database of DATABASES) {
  test(
    `${database}: every entry is told once and in order, and leaving the loop ends the session`,
    { timeout },
    async (t) => {
      const { clients } = await start(t, database, ["alice", "bob"]);
      const [alice, bob] = clients;
      await alice.send("bob", "0", { ...plain, name: "n0" });
      const told = [];
      for await (const note of bob.notifications()) {
        told.push(note.name);
        assert.equal((await note.read()).text(), String(told.length - 1));
        if (told.length === 10) break;
        await alice.send("bob", String(told.length), { ...plain, name: `n${told.length}` });
        await note.ack();
      }
      assert.deepEqual(
        told,
        Array.from({ length: 10 }, (_, at) => `n${at}`),
      );
      assert.equal(await acked(bob, "bob"), 9);
      await until(async () => !(await alice.peer("bob")).online);
    },
  );

  test(`${database}: a hub that is killed or restarted costs nothing`, { timeout }, async (t) => {
    const { hub, clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    const notes = bob.notifications();
    for (const how of ["SIGKILL", "SIGTERM", "SIGKILL"]) {
      await alice.send("bob", "before", { ...plain, name: `before ${how}` });
      const [note] = await take(notes, 1);
      assert.equal(note.name, `before ${how}`);
      await hub.restart(how);
      await alice.send("bob", "after", { ...plain, name: `after ${how}` });
      const [next] = await take(notes, 1);
      assert.equal(next.name, `after ${how}`);
      await next.ack();
    }
    assert.equal(await acked(bob, "bob"), 6);
    await notes.close();
  });

  test(`${database}: an item in two streams is handed over once, and acknowledged in both`, { timeout }, async (t) => {
    const { clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    await alice.createChannel("team");
    await bob.join("team");
    const notes = bob.notifications();
    for (const name of ["one", "two"]) await alice.send(["bob", "#team"], "x", { ...plain, name });
    await alice.send("#team", "x", { ...plain, name: "three" });
    const told = await take(notes, 3);
    assert.deepEqual(names(told).sort(), ["one", "three", "two"]);
    assert.equal(await acked(bob, "#team"), 0);
    for (const note of told) await note.ack();
    await until(async () => (await acked(bob, "bob")) === 2 && (await acked(bob, "#team")) === 3);
    await notes.close();
  });

  test(`${database}: own entries and what has gone are moved past, and acknowledged soon`, { timeout }, async (t) => {
    const { clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    await bob.createChannel("team");
    const gone = await alice.send("bob", "x", { ...plain, name: "gone" });
    await alice.withdraw(gone.token);
    for (const to of ["bob", "#team"]) await bob.send(to, "x", { ...plain, name: "mine" });
    const everything = bob.notifications({ own: true });
    assert.deepEqual(names(await take(everything, 2)), ["mine", "mine"]);
    await everything.close();
    assert.deepEqual([await acked(bob, "bob"), await acked(bob, "#team")], [0, 0]);
    const notes = bob.notifications();
    const next = notes.next();
    await until(async () => (await acked(bob, "bob")) === 2 && (await acked(bob, "#team")) === 1);
    await alice.send("bob", "x", { ...plain, name: "hers" });
    assert.equal((await next).value.name, "hers");
    await bob.send("bob", "x", { ...plain, name: "mine again" });
    await alice.send("bob", "x", { ...plain, name: "and hers" });
    const [later] = await take(notes, 1);
    assert.equal(await acked(bob, "bob"), 2);
    await later.ack();
    assert.equal(await acked(bob, "bob"), 5);
    await notes.close();
  });

  test(`${database}: a process that starts again goes on from what was acknowledged`, { timeout }, async (t) => {
    const { hub, clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    for (let at = 0; at < 5; at += 1) await alice.send("bob", "x", { ...plain, name: `n${at}` });
    const first = await take(bob.notifications(), 3);
    await first[1].ack();
    await bob.close();
    const again = await hub.connect("bob");
    assert.deepEqual(names(await take(again.notifications(), 3)), ["n2", "n3", "n4"]);
  });

  test(
    `${database}: a process with positions of its own sees everything, and acknowledges nothing by itself`,
    { timeout },
    async (t) => {
      const { hub, clients } = await start(t, database, ["alice", "bob"]);
      const [alice, bob] = clients;
      for (let at = 0; at < 6; at += 1) await alice.send("bob", "x", { ...plain, name: `n${at}` });
      const notes = bob.notifications();
      const told = await take(notes, 4);
      await told[3].ack();
      await until(() => notes.positions.after.bob === 4);
      const { positions } = notes;
      await notes.close();
      const seeing = bob.notifications({ epoch: positions.epoch, after: { bob: 1 } });
      assert.deepEqual(names(await take(seeing, 5)), ["n1", "n2", "n3", "n4", "n5"]);
      await bob.send("bob", "x", { ...plain, name: "mine" });
      await alice.send("bob", "x", { ...plain, name: "n6" });
      const [last] = await take(seeing, 1);
      await after(1_500);
      assert.equal(await acked(bob, "bob"), 4);
      await last.ack();
      assert.equal(await acked(bob, "bob"), 8);
      await seeing.close();
      await hub.restart();
      const resumed = bob.notifications(JSON.parse(JSON.stringify(positions)));
      assert.deepEqual(names(await take(resumed, 3)), ["n4", "n5", "n6"]);
      await resumed.close();
    },
  );

  test(`${database}: after a new epoch what was not acknowledged is told again`, { timeout }, async (t) => {
    const { hub, clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    for (let at = 0; at < 3; at += 1) await alice.send("bob", "x", { ...plain, name: `n${at}` });
    const notes = bob.notifications();
    const before = await take(notes, 3);
    await before[0].ack();
    await hub.stop("SIGTERM");
    await hub.command("epoch", "--new");
    await hub.serve();
    const again = await take(notes, 2);
    assert.deepEqual(names(again), ["n1", "n2"]);
    // What was told under the old epoch takes nothing away that is before it under the new one.
    await before[2].ack();
    assert.equal(await acked(bob, "bob"), 1);
    await again[1].ack();
    assert.equal(await acked(bob, "bob"), 3);
    await alice.send("bob", "x", { ...plain, name: "n3" });
    assert.deepEqual(names(await take(notes, 1)), ["n3"]);
    await assert.rejects(bob.inbox({ stream: "bob", after: 1, epoch: "of before" }), { code: "resync" });
    await notes.close();
  });

  test(`${database}: channels that were left and joined while away`, { timeout }, async (t) => {
    const { hub, clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    for (const channel of ["kept", "left", "again", "new"]) await alice.createChannel(channel);
    for (const channel of ["kept", "left", "again"]) await bob.join(channel);
    const proxy = await Proxy.start(t, hub.url);
    const away = await hub.connect("bob", { url: proxy.url });
    const notes = away.notifications();
    const say = (name, ...channels) =>
      Promise.all(channels.map((to) => alice.send(`#${to}`, "x", { ...plain, name: `${to} ${name}` })));
    await say("before", "kept", "left", "again");
    assert.deepEqual(names(await take(notes, 3)).sort(), ["again before", "kept before", "left before"]);
    let isAway = true;
    proxy.onLine = (line) => isAway && line.cut();
    proxy.cutAll();
    for (const channel of ["left", "again"]) await bob.leave(channel);
    await say("between", "kept", "left", "again", "new");
    for (const channel of ["again", "new"]) await bob.join(channel);
    await say("after", "kept", "left", "again", "new");
    isAway = false;
    const told = await take(notes, 4);
    assert.deepEqual(names(told).sort(), ["again after", "kept after", "kept between", "new after"]);
    for (const note of told) await note.ack();
    assert.deepEqual([await acked(bob, "#kept"), await acked(bob, "#again"), await acked(bob, "#new")], [3, 3, 2]);
    await notes.close();
  });

  test(`${database}: channels that are left and joined while here`, { timeout }, async (t) => {
    const { clients } = await start(t, database, ["alice", "bob"]);
    const [alice, bob] = clients;
    await alice.createChannel("team");
    const notes = bob.notifications();
    const next = notes.next();
    await until(async () => (await alice.peer("bob")).online);
    await bob.join("team");
    await alice.send("#team", "x", { ...plain, name: "first" });
    const first = (await next).value;
    await bob.leave("team");
    await alice.send("#team", "x", { ...plain, name: "not for bob" });
    await first.ack();
    await bob.join("team");
    await alice.send("#team", "x", { ...plain, name: "second" });
    const [second] = await take(notes, 1);
    assert.deepEqual([second.name, second.seq], ["second", 3]);
    await second.ack();
    assert.equal(await acked(bob, "#team"), 3);
    await notes.close();
  });
}

test("a JWT that ends during a session is renewed without an interruption", { timeout }, async (t) => {
  const { hub, clients } = await start(t, "sqlite", ["alice"], ["--jwt-ttl", "3s"]);
  const proxy = await Proxy.start(t, hub.url);
  let sockets = 0;
  proxy.losesAnswerTo = (text) => {
    sockets += text.includes("GET /secure/ws") ? 1 : 0;
    return false;
  };
  const bob = await hub.connect("bob", { url: proxy.url });
  const notes = bob.notifications();
  for (let at = 0; at < 4; at += 1) {
    await clients[0].send("bob", "x", { ...plain, name: `n${at}` });
    const [note] = await take(notes, 1);
    assert.equal(note.name, `n${at}`);
    await after(2_000);
    await note.ack();
  }
  assert.equal(sockets, 1);
  await notes.close();
});

test("a key that is revoked ends the iterator with an error, once", { timeout }, async (t) => {
  const { hub, clients } = await start(t, "sqlite", ["alice", "bob", "carol"]);
  const [alice, bob, carol] = clients;
  const ends = { rotated: bob.notifications(), disabled: carol.notifications() };
  for (const to of ["bob", "carol"]) await alice.send(to, "x", { ...plain, name: "last" });
  for (const notes of Object.values(ends)) assert.deepEqual(names(await take(notes, 1)), ["last"]);
  await hub.command("agent", "rotate", "bob");
  await hub.command("agent", "disable", "carol");
  for (const [how, notes] of Object.entries(ends)) {
    await assert.rejects(notes.next(), { code: "unauthenticated", status: 401 }, how);
    assert.deepEqual(await notes.next(), { done: true, value: undefined });
  }
});

test("a caller that is slower than the hub loses nothing", { timeout }, async (t) => {
  const { hub, clients } = await start(t, "sqlite", ["alice", "bob"], ["--ping-interval", "1s"]);
  const [alice, bob] = clients;
  const notes = bob.notifications();
  const first = notes.next();
  await until(async () => (await alice.peer("bob")).online);
  const count = 3_000;
  for (let at = 0; at < count; at += 100) {
    const batch = Array.from({ length: 100 }, (_, index) =>
      alice.send("bob", "x", { ...plain, name: `${at + index}${"x".repeat(90)}` }),
    );
    await Promise.all(batch);
  }
  const seqs = [(await first).value.seq];
  // Longer than the hub waits for a peer that does not read.
  await after(4_000);
  await hub.restart();
  for (const note of await take(notes, count - 1)) seqs.push(note.seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: count }, (_, at) => at + 1),
  );
  await notes.close();
});

test("a connection that gives no sign is dead after two ping intervals", { timeout }, async (t) => {
  const { hub, clients } = await start(t, "sqlite", ["alice"], ["--ping-interval", "1s"]);
  const proxy = await Proxy.start(t, hub.url);
  const bob = await hub.connect("bob", { url: proxy.url });
  const notes = bob.notifications();
  await clients[0].send("bob", "x", { ...plain, name: "before" });
  await take(notes, 1);
  // Longer than two intervals without any entry: the pings of both sides keep it.
  const [line] = [...proxy.lines].slice(-1);
  await after(3_000);
  assert.ok(proxy.lines.has(line));
  const stalled = performance.now();
  for (const each of proxy.lines) each.stall();
  await clients[0].send("bob", "x", { ...plain, name: "after" });
  assert.deepEqual(names(await take(notes, 1)), ["after"]);
  assert.ok(performance.now() - stalled < 10_000);
  await notes.close();
});

test("a connection that is half closed, or cut in a frame, is followed by another", { timeout }, async (t) => {
  const { hub, clients } = await start(t, "sqlite", ["alice"]);
  const proxy = await Proxy.start(t, hub.url);
  const bob = await hub.connect("bob", { url: proxy.url });
  const notes = bob.notifications();
  for (const how of ["halfClose", "cut", "halfClose"]) {
    await clients[0].send("bob", "x", { ...plain, name: how });
    assert.deepEqual(names(await take(notes, 1)), [how]);
    for (const line of proxy.lines) line[how]();
  }
  await clients[0].send("bob", "x", { ...plain, name: "end" });
  assert.deepEqual(names(await take(notes, 1)), ["end"]);
  await notes.close();
});

test("closing the client, closing the iterator, or a signal ends what waits", { timeout }, async (t) => {
  const { hub, clients } = await start(t, "sqlite", ["alice"]);
  const [alice] = clients;
  const bob = await hub.connect("bob");
  const closed = bob.notifications();
  const waiting = [closed.next(), closed.next()];
  await until(async () => (await alice.peer("bob")).online);
  await closed.close();
  assert.deepEqual(await Promise.all(waiting), Array(2).fill({ done: true, value: undefined }));
  await until(async () => !(await alice.peer("bob")).online);
  const controller = new AbortController();
  const reason = new Error("enough");
  const given = bob.notifications({ signal: controller.signal });
  const next = given.next();
  await until(async () => (await alice.peer("bob")).online);
  controller.abort(reason);
  await assert.rejects(next, reason);
  assert.deepEqual(await given.next(), { done: true, value: undefined });
  await until(async () => !(await alice.peer("bob")).online);
  const last = bob.notifications().next();
  await until(async () => (await alice.peer("bob")).online);
  await bob[Symbol.asyncDispose]();
  assert.deepEqual(await last, { done: true, value: undefined });
  await until(async () => !(await alice.peer("bob")).online);
  await assert.rejects(bob.inbox(), { code: "closed" });
});

test(
  "two iterators of one client each get everything, and know what was acknowledged by number",
  { timeout },
  async (t) => {
    const { clients } = await start(t, "sqlite", ["alice", "bob"]);
    const [alice, bob] = clients;
    const both = [bob.notifications(), bob.notifications()];
    for (const name of ["one", "two"]) await alice.send("bob", "x", { ...plain, name });
    for (const notes of both) assert.deepEqual(names(await take(notes, 2)), ["one", "two"]);
    await bob.ack(2);
    await bob.send("bob", "x", { ...plain, name: "mine" });
    // Acknowledged because nothing before it is outstanding any more.
    await until(async () => (await acked(bob, "bob")) === 3);
    for (const notes of both) await notes.close();
  },
);
