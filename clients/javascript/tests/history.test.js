// Random histories: agents send and are told while the hub is killed and started again under load, and while the network of
// those who are told cuts, delays, stalls and half-closes. Whatever happens: what was acknowledged to a sender reaches every
// addressee, once, in order; and what a reader acknowledged is not told to it again.
//
// AGENT_HUB_SEED plays a history again (as far as clocks allow); AGENT_HUB_HISTORY_S makes it longer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { DATABASES, TestHub } from "./hub.js";
import { drawnFrom, Proxy } from "./proxy.js";

const SECONDS = Number(process.env.AGENT_HUB_HISTORY_S ?? 12);
const READERS = ["rita", "rob", "ruth"];
const WRITERS = ["walt", "wendy", "will", "wilma"];
/** For what is under way when the history ends. */
const END_LIMIT_MS = 40_000;

/** One history. */
class History {
  isOver = false;
  /** Acknowledged to their senders: [{ token, to, from, number }]. */
  sent = [];
  /** By reader: tokens that it was told. */
  told = new Map(READERS.map((reader) => [reader, new Set()]));
  counts = { sent: 0, unknown: 0, told: 0, kills: 0, faults: 0, restarts: 0 };

  constructor(hub, proxy, random) {
    this.hub = hub;
    this.proxy = proxy;
    this.random = random;
  }

  below(most) {
    return Math.floor(this.random() * most);
  }

  /** Sends one message after the other to some readers, until the history is over. */
  async write(writer, url) {
    const client = await this.hub.connect(writer, { url });
    for (let number = 0; !this.isOver; number += 1) {
      const to = [...READERS, "#all"].filter(() => this.random() < 0.4);
      if (to.length === 0) to.push("#all");
      try {
        const { token } = await client.send(to, `${writer} ${number}`, { plain: true, name: `${writer} ${number}` });
        this.sent.push({ token, to });
        this.counts.sent += 1;
      } catch (error) {
        assert.equal(error.code, "unreachable");
        this.counts.unknown += 1;
      }
      if (this.random() < 0.2) await after(this.below(20));
    }
    await client.close();
  }

  /** Reads in one process after the other, until everything has come. */
  async read(reader) {
    const acked = {};
    while (!this.hasAll(reader)) {
      const client = await this.hub.connect(reader, { url: this.proxy.url, limitS: 12 });
      await this.readOnce(reader, client, acked);
      await client.close();
      this.counts.restarts += 1;
    }
  }

  /** One process of a reader: it acknowledges now and then, and ends without a word. */
  async readOnce(reader, client, acked) {
    const life = 50 + this.below(400);
    const [last, numbers, tokens] = [{}, {}, new Set()];
    for await (const { stream, seq, token, name, ack } of withAck(client.notifications())) {
      assert.ok(seq > (acked[stream] ?? 0), `${stream} ${seq} was acknowledged, and is told to ${reader} again`);
      assert.ok(seq > (last[stream] ?? 0), `${stream} ${seq} is told to ${reader} after ${last[stream]}`);
      assert.ok(!tokens.has(token), `${stream} ${seq} is told to ${reader} twice`);
      const [writer, number] = name.split(" ");
      const line = `${stream} ${writer}`;
      assert.ok(
        Number(number) > (numbers[line] ?? -1),
        `${name} comes to ${reader} after ${numbers[line]} in ${stream}`,
      );
      [last[stream], numbers[line]] = [seq, Number(number)];
      tokens.add(token);
      this.told.get(reader).add(token);
      this.counts.told += 1;
      if (this.random() < 0.3) await this.ack(ack, () => (acked[stream] = seq));
      if (this.hasAll(reader) || (!this.isOver && tokens.size > life)) {
        if (this.random() < 0.5) await this.ack(ack, () => (acked[stream] = seq));
        return;
      }
    }
  }

  /** Acknowledges; where that stays without an answer it is done again. */
  async ack(ack, done) {
    for (;;) {
      try {
        await ack();
        return done();
      } catch (error) {
        assert.equal(error.code, "unreachable");
      }
    }
  }

  /** What is bad happens, until the history is over. */
  async harm() {
    const end = performance.now() + SECONDS * 1000;
    const kills = [0.2, 0.45, 0.7, 0.9].map((part) => end - (1 - part) * SECONDS * 1000);
    while (performance.now() < end) {
      await after(50 + this.below(250));
      if (performance.now() > kills[0]) {
        kills.shift();
        await this.hub.restart(this.random() < 0.7 ? "SIGKILL" : "SIGTERM");
        this.counts.kills += 1;
      }
      const lines = [...this.proxy.lines];
      const line = lines[this.below(lines.length)];
      const what = ["cut", "cut", "halfClose", "delay", "delay", "stall", "nothing"][this.below(7)];
      if (!line || what === "nothing") continue;
      this.counts.faults += 1;
      if (what === "delay") line.delayMs = this.below(300);
      else line[what]();
    }
    // Lines that stand still may go on doing so; but an acknowledgement for each note on a slow one takes its time.
    for (const line of this.proxy.lines) line.delayMs = 0;
    this.isOver = true;
  }

  /** What has not come, for people. */
  missing() {
    const counts = READERS.map((reader) => {
      const told = this.told.get(reader);
      const lost = this.sent.filter(
        ({ token, to }) => !told.has(token) && (to.includes(reader) || to.includes("#all")),
      );
      return `${reader} ${lost.length}`;
    });
    return `${counts.join(", ")} of ${JSON.stringify(this.counts)}`;
  }

  /** Whether a reader was told all that was acknowledged to its sender. */
  hasAll(reader) {
    if (!this.isOver || this.isWriting) return false;
    const told = this.told.get(reader);
    return this.sent.every(({ token, to }) => told.has(token) || !(to.includes(reader) || to.includes("#all")));
  }
}

/** Notes with their `ack` as a function of its own. */
async function* withAck(notes) {
  try {
    for (;;) {
      const { value, done } = await notes.next();
      if (done) return;
      yield { ...value, ack: () => value.ack() };
    }
  } finally {
    await notes.close();
  }
}

for (const database of DATABASES) {
  test(`${database}: nothing acknowledged is lost, doubled, or out of order`, { timeout: 120_000 }, async (t) => {
    const seed = Number(process.env.AGENT_HUB_SEED ?? Date.now() % 2 ** 32);
    t.diagnostic(`AGENT_HUB_SEED=${seed}`);
    const hub = await TestHub.start(t, { database, flags: ["--ping-interval", "1s"] });
    const proxy = await Proxy.start(t, hub.url);
    const history = new History(hub, proxy, drawnFrom(seed));
    const owner = await hub.connect("owner");
    await owner.createChannel("all");
    for (const reader of READERS) await (await hub.connect(reader)).join("all");
    history.isWriting = true;
    const reading = READERS.map((reader) => history.read(reader));
    const failed = Promise.all(reading);
    const writing = WRITERS.map((writer, at) => history.write(writer, at < 2 ? proxy.url : hub.url));
    await Promise.race([Promise.all([history.harm(), ...writing]), failed]);
    history.isWriting = false;
    // Something for everybody, so that whoever waits sees that it is over.
    for (const to of [...READERS, "#all"]) {
      const { token } = await owner.send(to, "the end", { plain: true, name: "owner 0" });
      history.sent.push({ token, to: [to] });
    }
    const late = after(END_LIMIT_MS, "late", { ref: false });
    assert.notEqual(await Promise.race([failed, late]), "late", `not everything has come: ${history.missing()}`);
    t.diagnostic(JSON.stringify(history.counts));
    assert.ok(history.counts.sent > 100 && history.counts.kills >= 3 && history.counts.faults > 5);
  });
}
