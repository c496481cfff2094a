// The files of a profile, shared with other processes, with the command line, and so with the other libraries.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "agent-hub";
import { defaultFolder, fileStorage, profile } from "agent-hub/node";
import { isAsSafe } from "../src/address.js";
import { day } from "../src/sealing/seen.js";
import { TestHub } from "./hub.js";

const timeout = 60_000;
const run = promisify(execFile);
const STARTER = fileURLToPath(new URL("starter.js", import.meta.url));

/** A client of an agent with a profile in the hub's folder. */
async function agent(t, hub, name, options) {
  await hub.writeProfile(name);
  const client = await connect(await profile(name, { folder: hub.folder, ...options }));
  t.after(() => client.close());
  return client;
}

const start = (hub, ...words) =>
  run(process.execPath, [STARTER, ...words], { env: { ...process.env, AGENT_HUB_DATA_DIR: hub.folder } });

test("a profile says who and where, and its files are its owner's alone", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob] = [await agent(t, hub, "alice"), await agent(t, hub, "bob", { suite: "xwing" })];
  assert.deepEqual([alice.agent, alice.url], ["alice", hub.url]);
  await bob.read((await alice.send("bob", "hello")).token);
  const profiles = join(hub.folder, "profiles");
  const seen = `bob+seen-${day(Date.now() + 86_400_000)}`;
  for (const name of ["alice+keys.json", "alice+trust.json", "bob+keys.json", "bob+trust.json", seen]) {
    assert.equal((await stat(join(profiles, name))).mode & 0o777, 0o600, name);
  }
  assert.deepEqual(
    (await readdir(profiles)).filter((name) => name.endsWith(".new")),
    [],
  );
  const keys = JSON.parse(await readFile(join(profiles, "bob+keys.json"), "utf8"));
  assert.deepEqual(Object.keys(keys), ["agent", "version", "sign", "enc", "prev", "retired"]);
  assert.equal(keys.enc[0], "xwing");
  const trust = JSON.parse(await readFile(join(profiles, "bob+trust.json"), "utf8"));
  assert.deepEqual(
    [Object.keys(trust), Object.keys(trust.pins)],
    [
      ["hub", "pins"],
      ["alice", "bob"],
    ],
  );
  assert.match(await readFile(join(profiles, seen), "utf8"), /^alice [\w-]{22} [\w-]{22} \d{13}\n$/);
});

test("without a profile, or with a damaged one, the error says which file", { timeout }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(folder, { recursive: true }));
  await assert.rejects(profile("alice", { folder }), (error) => {
    assert.ok(error.code === "profile" && error.message.includes(join(folder, "profiles", "alice.json")));
    return true;
  });
  await assert.rejects(profile("../alice", { folder }), { code: "invalid" });
  await assert.rejects(profile("alice", { Folder: folder }), { code: "invalid" });
  assert.throws(() => fileStorage(folder, "../alice"), { code: "invalid" });
  const storage = fileStorage(folder, "alice");
  assert.equal(await storage.save("keys", "x", undefined), true);
  for (const text of ["", "{}", '{"agent":"bob","api_key":"ahub_x"}', '{"agent":"alice"}']) {
    await writeFile(join(folder, "profiles", "alice.json"), text);
    await assert.rejects(profile("alice", { folder }), { code: "profile" }, text);
  }
  await writeFile(join(folder, "profiles", "alice.json"), '{"agent":"alice","api_key":"ahub_x"}');
  assert.equal((await profile("alice", { folder })).url, "http://127.0.0.1:3000");
  await writeFile(join(folder, "hub.url"), "http://127.0.0.1:4000\n");
  const { url, apiKey } = await profile("alice", { folder });
  assert.deepEqual([url, apiKey], ["http://127.0.0.1:4000", "ahub_x"]);
});

test("a hub of this machine is found where it comes back", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const connected = async (name) => {
    await hub.key(name);
    const client = await connect(await profile(name, { folder: hub.folder }));
    t.after(() => client.close());
    return client;
  };
  const [alice, bob] = [await connected("alice"), await connected("bob")];
  const notes = bob.notifications();
  await alice.send("bob", "before");
  await (await notes.next()).value.ack();
  const before = hub.url;
  await hub.restartElsewhere();
  assert.notEqual(hub.url, before);
  await alice.send("bob", "after");
  assert.equal((await (await notes.next()).value.read()).text(), "after");
  assert.deepEqual([alice.url, bob.url], [hub.url, hub.url]);
});

test("a key goes to no address that is less safe", { timeout }, () => {
  const safe = (now) => isAsSafe("http://127.0.0.1:3000", now);
  assert.ok(safe("http://127.0.0.1:4000") && safe("http://[::1]:3000") && safe("http://localhost"));
  assert.ok(!safe("http://hub.example:3000") && !safe("http://127.0.0.1.evil.example"));
  assert.ok(isAsSafe("http://10.0.0.5:3000", "http://10.0.0.5:4000"));
});

test("the folder is that of the environment", { timeout }, () => {
  const before = { ...process.env };
  try {
    Object.assign(process.env, { AGENT_HUB_DATA_DIR: "/a", XDG_DATA_HOME: "/b", HOME: "/c" });
    assert.equal(defaultFolder(), "/a");
    process.env.AGENT_HUB_DATA_DIR = "";
    assert.equal(defaultFolder(), "/b/agent-hub");
    delete process.env.XDG_DATA_HOME;
    assert.equal(defaultFolder(), "/c/.local/share/agent-hub");
  } finally {
    Object.assign(process.env, before);
  }
});

test("processes that start at once end with one set of keys, and all that they learned", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const peers = ["bob", "carol", "dave", "erin"];
  for (const peer of peers) await agent(t, hub, peer);
  await hub.writeProfile("alice");
  const told = await Promise.all(peers.map((peer) => start(hub, "alice", peer)));
  assert.equal(new Set(told.map(({ stdout }) => stdout)).size, 1);
  const { pins } = JSON.parse(await readFile(join(hub.folder, "profiles", "alice+trust.json"), "utf8"));
  assert.deepEqual(Object.keys(pins), ["alice", ...peers]);
});

test("what one process learns of keys, and what it opened, the other knows", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, one] = [await agent(t, hub, "alice"), await agent(t, hub, "bob")];
  const other = await connect(await profile("bob", { folder: hub.folder }));
  t.after(() => other.close());
  const first = await alice.send("bob", "pay", { name: "order" });
  const copy = await alice.publish({ name: "order", data: (await one.retrieve(first.token)).data, to: "bob" });
  await one.read(first.token);
  await assert.rejects(other.read(copy.token), { code: "replayed" });
  await one.keys.rotate();
  assert.equal((await other.keys.bundle()).version, 2);
  const { token } = await alice.send("bob", "still for the first version");
  assert.equal((await other.read(token)).text(), "still for the first version");
});

test("a storage replaces only what is as it was known", { timeout }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(folder, { recursive: true }));
  const [one, other] = [fileStorage(folder, "alice"), fileStorage(folder, "alice")];
  assert.equal(await one.load("keys"), undefined);
  const made = await Promise.all([one, other].map((storage, at) => storage.save("keys", `made by ${at}`, undefined)));
  assert.deepEqual(made.sort(), [false, true]);
  const text = await one.load("keys");
  assert.equal(await other.save("keys", "next", "something else"), false);
  assert.equal(await other.load("keys"), text);
  assert.equal(await other.save("keys", "next", text), true);
  assert.equal(await one.load("keys"), "next");
  assert.equal(await one.save("trust", "x", "y"), false);
});

test("lines are told once, whole, by whomever they were added, until their day is over", { timeout }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(folder, { recursive: true }));
  const [one, other] = [fileStorage(folder, "alice"), fileStorage(folder, "alice")];
  const [today, tomorrow] = [day(Date.now()), day(Date.now() + 86_400_000)];
  const told = [];
  let cursor;
  const added = async () => {
    const next = await one.added(cursor);
    cursor = next.cursor;
    told.push(...next.lines);
    return next.lines;
  };
  assert.deepEqual(await added(), []);
  await one.append("a", today);
  await other.append("b", tomorrow);
  await fileStorage(folder, "alice.x").append("another agent's", today);
  assert.deepEqual(await added(), ["a", "b"]);
  assert.deepEqual(await added(), []);
  const path = join(folder, "profiles", `alice+seen-${tomorrow}`);
  await writeFile(path, "c\nhalf of", { flag: "a" });
  assert.deepEqual(await added(), ["c"]);
  await writeFile(path, " a line\n", { flag: "a" });
  assert.deepEqual(await added(), ["half of a line"]);
  await writeFile(join(folder, "profiles", "alice+seen-2020-01-01"), "old\n");
  const many = Array.from({ length: 50_000 }, (_, at) => `line ${at} ${"x".repeat(40)}`);
  await writeFile(path, `${many.join("\n")}\n`, { flag: "a" });
  assert.deepEqual(await added(), many);
  assert.deepEqual((await other.added(undefined)).lines, told);
  assert.deepEqual(
    (await readdir(join(folder, "profiles"))).filter((name) => name.includes("2020")),
    [],
  );
});

test("the command line reads what is sent here, and the other way, with the same files", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const [alice, bob] = [await agent(t, hub, "alice"), await agent(t, hub, "bob", { suite: "xwing" })];
  await alice.send("bob", "from JavaScript é", { name: "greeting" });
  assert.equal(await hub.command("get", "--as", "bob", "1"), "from JavaScript é");
  await hub.command("send", "--as", "bob", "--re", "1", "alice", "from the command line");
  for await (const note of alice.notifications()) {
    const message = await note.read();
    assert.deepEqual([message.text(), message.sealed, message.from], ["from the command line", true, "bob"]);
    assert.ok(message.replyTo);
    await note.ack();
    break;
  }
  const shown = await hub.command("keys", "show", "--as", "bob");
  assert.ok(shown.includes(await bob.keys.words()), shown);
  await hub.command("keys", "verify", "--as", "alice", "bob", await bob.keys.words());
  assert.equal((await alice.keys.of("bob")).verified, true);
  await hub.command("keys", "rotate", "--as", "bob");
  assert.equal((await bob.keys.bundle()).version, 2);
  const { token } = await bob.send("alice", "by the keys that the command line made");
  assert.equal((await alice.read(token)).text(), "by the keys that the command line made");
  await alice.keys.rotate();
  await hub.command("send", "--as", "bob", "alice", "for the keys that JavaScript made");
  const { entries } = await alice.wait(10);
  assert.equal((await entries.at(-1).read()).text(), "for the keys that JavaScript made");
});
