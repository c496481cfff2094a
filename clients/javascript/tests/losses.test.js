// Answers that are lost after the hub has done what was asked: nothing is done twice, and nothing is lost with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DATABASES, TestHub } from "./hub.js";
import { Proxy } from "./proxy.js";

const timeout = 60_000;

/** A hub; alice beside the proxy, bob behind it. */
async function start(t, database, options) {
  const hub = await TestHub.start(t, { database });
  const proxy = await Proxy.start(t, hub.url);
  const [alice, bob] = [await hub.connect("alice"), await hub.connect("bob", { url: proxy.url, ...options })];
  return { hub, proxy, alice, bob };
}

/** Loses the answers to the next requests that begin so. */
function lose(proxy, begins, count) {
  let left = count;
  proxy.losesAnswerTo = (text) => left > 0 && text.startsWith(begins) && (left -= 1) >= 0;
  return () => count - left;
}

for (const database of DATABASES) {
  test(`${database}: a publish whose answers are lost is stored once`, { timeout }, async (t) => {
    const { proxy, alice, bob } = await start(t, database);
    const lost = lose(proxy, "POST /secure/agent/publish", 3);
    const { token } = await bob.send("alice", "once", { plain: true });
    assert.equal(lost(), 3);
    const { entries } = await alice.inbox();
    assert.deepEqual(
      entries.map((entry) => entry.token),
      [token],
    );
  });

  test(`${database}: a one-time item whose answers are lost is read all the same`, { timeout }, async (t) => {
    const { proxy, alice, bob } = await start(t, database);
    const { token } = await alice.send("bob", "a job", { plain: true, oneTime: true });
    const lost = lose(proxy, "GET /secure/retrieve", 3);
    assert.equal((await bob.read(token)).text(), "a job");
    assert.equal(lost(), 3);
    await assert.rejects(bob.read(token), { code: "consumed" });
  });

  test(`${database}: what the caller gave up after losses it can read later`, { timeout }, async (t) => {
    const { proxy, alice, bob } = await start(t, database, { limitS: 0.5 });
    const { token } = await alice.send("bob", "a job", { plain: true, oneTime: true });
    lose(proxy, "GET /secure/retrieve", Infinity);
    await assert.rejects(bob.read(token), { code: "unreachable" });
    assert.equal((await alice.status(token)).state, "consumed");
    lose(proxy, "GET /secure/retrieve", 0);
    assert.equal((await bob.read(token)).text(), "a job");
  });

  test(
    `${database}: an acknowledgement, a membership and a withdrawal whose answers are lost are done`,
    { timeout },
    async (t) => {
      const { proxy, alice, bob } = await start(t, database);
      await alice.createChannel("team");
      lose(proxy, "PUT /secure/channels/team/membership", 2);
      await bob.join("team");
      await alice.send("#team", "x", { plain: true });
      lose(proxy, "POST /secure/inbox/ack", 2);
      for await (const note of bob.notifications()) {
        await note.ack();
        break;
      }
      assert.equal((await bob.inbox()).streams["#team"].acked, 1);
      lose(proxy, "POST /secure/channels", 2);
      assert.equal((await bob.createChannel("mine", { closed: true })).owner, "bob");
      const { token } = await bob.send("alice", "x", { plain: true });
      lose(proxy, "DELETE /secure/retrieve", 2);
      await bob.withdraw(token);
      await assert.rejects(alice.read(token), { code: "withdrawn" });
    },
  );
}
