// A TCP proxy that is as bad as networks are: it cuts, delays, stalls, half-closes, and loses answers.

import { connect, createServer } from "node:net";
import { once } from "node:events";
import { setTimeout as after } from "node:timers/promises";

/** Numbers that anybody can draw again: mulberry32. From 0 up to 1. */
export function drawnFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One connection through the proxy. */
class Line {
  constructor(client, hub) {
    this.client = client;
    this.hub = hub;
    this.delayMs = 0;
    this.isStalled = false;
    /** What is under way to each side: what comes later must not overtake it. */
    this.underWay = new Map([
      [client, Promise.resolve()],
      [hub, Promise.resolve()],
    ]);
    for (const [from, to] of [
      [client, hub],
      [hub, client],
    ]) {
      from.on("error", () => this.cut());
      from.on("close", () => this.cut());
      from.on("end", () => to.end());
    }
  }

  pass(to, chunk) {
    if (this.isStalled) return;
    const at = performance.now() + this.delayMs;
    const passed = this.underWay.get(to).then(async () => {
      const waitMs = at - performance.now();
      if (waitMs > 0) await after(waitMs, undefined, { ref: false });
      if (!this.isStalled && to.writable) to.write(chunk);
    });
    this.underWay.set(to, passed);
  }

  /** Ends both sides at once. */
  cut() {
    this.client.destroy();
    this.hub.destroy();
  }

  /** Nothing passes any more, and nobody is told. */
  stall() {
    this.isStalled = true;
  }

  /** The client hears nothing more, although it may still speak. */
  halfClose() {
    this.client.end();
    this.isStalled = true;
  }
}

export class Proxy {
  lines = new Set();
  /** Is shown what the client sends; if it says so, the answer to it is lost and the line cut. */
  losesAnswerTo = () => false;
  /** Is shown each new line. */
  onLine = () => {};
  /** Everything that passed, in both directions, if it is kept. */
  passed = undefined;

  /** A proxy before a hub, that lives as long as the test. */
  static async start(t, target) {
    const proxy = new Proxy();
    const { port } = new URL(target);
    const server = createServer((client) => proxy.#accept(client, Number(port)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    proxy.url = `http://127.0.0.1:${server.address().port}`;
    t.after(() => {
      proxy.cutAll();
      server.close();
    });
    return proxy;
  }

  cutAll() {
    for (const line of this.lines) line.cut();
  }

  #accept(client, port) {
    const line = new Line(client, connect(port, "127.0.0.1"));
    this.lines.add(line);
    client.on("close", () => this.lines.delete(line));
    client.setNoDelay(true);
    let isAnswerLost = false;
    client.on("data", (chunk) => {
      this.passed?.push(chunk);
      isAnswerLost ||= this.losesAnswerTo(chunk.toString("latin1"));
      line.pass(line.hub, chunk);
    });
    line.hub.on("data", (chunk) => {
      this.passed?.push(chunk);
      if (isAnswerLost) line.cut();
      else line.pass(line.client, chunk);
    });
    this.onLine(line);
  }
}
