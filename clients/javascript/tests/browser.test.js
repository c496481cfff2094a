// The client in a browser: as the hub serves it, and bundled with encryption. Debian's Chromium does it.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { memoryStorage, sealing } from "agent-hub/sealing";
import { build } from "esbuild";
import { launch } from "./chromium.js";
import { TestHub } from "./hub.js";

const timeout = 90_000;
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A page of the hub's own origin. */
async function pageOf(t, hub) {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`${hub.url}/health`);
  return page;
}

/** A page of the hub's own origin with the client that the hub serves, connected as an agent: `hub` in it. */
async function connected(t, hub, agent) {
  const served = await fetch(`${hub.url}/client/index.js`);
  assert.equal(served.status, 200, "the hub does not serve its client at /client/index.js");
  const page = await pageOf(t, hub);
  await page.evaluate(
    async ({ agent, apiKey }) => {
      const { connect } = await import("/client/index.js");
      globalThis.hub = await connect({ url: location.origin, agent, apiKey });
      globalThis.notes = globalThis.hub.notifications();
    },
    { agent, apiKey: await hub.key(agent) },
  );
  return page;
}

test("a page of the hub publishes, is told, reads, acknowledges, and survives a restart", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const alice = await hub.connect("alice");
  const page = await connected(t, hub, "bob");
  const take = () =>
    page.evaluate(async () => {
      const { value: note } = await globalThis.notes.next();
      const message = await note.read();
      await note.reply(`got ${message.text()}`, { plain: true });
      await note.ack();
      return { from: note.from, name: note.name, text: message.text(), sealed: message.sealed, seq: note.seq };
    });
  await alice.send("bob", "hello é", { plain: true, name: "first" });
  assert.deepEqual(await take(), { from: "alice", name: "first", text: "hello é", sealed: false, seq: 1 });
  assert.equal((await (await alice.wait(10)).entries[0].read()).text(), "got hello é");
  for (const how of ["SIGKILL", "SIGTERM"]) {
    await hub.restart(how);
    await alice.send("bob", "still there?", { plain: true, name: how });
    assert.equal((await take()).name, how);
  }
  const { token } = await page.evaluate(() => globalThis.hub.publish({ name: "n", data: "d", to: "alice" }));
  assert.equal((await alice.status(token).catch((error) => error)).code, "not_found");
  assert.equal((await alice.retrieve(token)).from, "bob");
  assert.equal((await (await hub.connect("bob")).inbox()).streams.bob.acked, 3);
  const code = await page.evaluate(() => globalThis.hub.send("alice", "x").catch((error) => error.code));
  assert.equal(code, "no_sealing");
  await page.evaluate(() => globalThis.hub.close());
});

test("a page that is slower than the hub hangs up, comes back, and loses nothing", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const alice = await hub.connect("alice");
  const page = await connected(t, hub, "bob");
  // It begins, and takes no more for now.
  await alice.send("bob", "x", { plain: true });
  await page.evaluate(async () => (globalThis.seqs = [(await globalThis.notes.next()).value.seq]));
  const count = 5_000;
  for (let sent = 1; sent < count; sent += 100) {
    const batch = Math.min(100, count - sent);
    await Promise.all(Array.from({ length: batch }, () => alice.send("bob", "x", { plain: true })));
  }
  while ((await alice.peer("bob")).online) await new Promise((resolve) => setTimeout(resolve, 50));
  const seqs = await page.evaluate(async (count) => {
    while (globalThis.seqs.length < count) globalThis.seqs.push((await globalThis.notes.next()).value.seq);
    await globalThis.hub.close();
    return globalThis.seqs;
  }, count);
  assert.deepEqual(
    seqs,
    Array.from({ length: count }, (_, at) => at + 1),
  );
});

test("a bundle for browsers encrypts to an agent on Node, and back", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const alice = await hub.connect("alice", { sealing: sealing({ storage: memoryStorage(), suite: "xwing" }) });
  const page = await pageOf(t, hub);
  await page.addScriptTag({ content: await bundle(t), type: "module" });
  await page.waitForFunction(() => globalThis.agentHub);
  const words = await page.evaluate(
    async ({ apiKey }) => {
      const { connect, sealing, memoryStorage } = globalThis.agentHub;
      globalThis.storage = memoryStorage();
      const options = { url: location.origin, agent: "bob", apiKey, sealing: sealing({ storage: globalThis.storage }) };
      globalThis.hub = await connect(options);
      await globalThis.hub.send("alice", "from a browser é");
      return globalThis.hub.keys.words();
    },
    { apiKey: await hub.key("bob") },
  );
  const message = await (await alice.wait(10)).entries[0].read();
  assert.deepEqual([message.text(), message.sealed, message.from], ["from a browser é", true, "bob"]);
  assert.equal((await alice.keys.of("bob")).words, words);
  await alice.send("bob", "from Node");
  const read = await page.evaluate(async () => {
    for await (const note of globalThis.hub.notifications()) {
      const message = await note.read();
      await note.ack();
      return [message.text(), message.sealed, message.from];
    }
  });
  assert.deepEqual(read, ["from Node", true, "alice"]);
});

/** What a browser is given of the package by a bundler. */
async function bundle(t) {
  const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "node_modules"));
  await symlink(PACKAGE, join(folder, "node_modules", "agent-hub"));
  const entry = join(folder, "page.js");
  await writeFile(
    entry,
    `import { connect } from "agent-hub";
     import { memoryStorage, sealing } from "agent-hub/sealing";
     globalThis.agentHub = { connect, memoryStorage, sealing };`,
  );
  const { outputFiles, warnings } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  assert.deepEqual(warnings, []);
  const [{ text }] = outputFiles;
  assert.ok(!text.includes("node:"), "the bundle has something of Node's");
  return text;
}
