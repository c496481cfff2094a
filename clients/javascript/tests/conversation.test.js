// What a client does when a hub says what it seldom or never says: against a hub whose conversations are scripted.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { connect } from "agent-hub";
import { FrameReader } from "../src/websocket/frames.js";
import { scripted } from "./scripted.js";

const timeout = 60_000;

/** One socket, from the hub's side. */
class Conversation {
  #heard = [];
  #wake = () => {};

  constructor(socket) {
    this.socket = socket;
    const reader = new FrameReader(1024 * 1024);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      // A client's frames are masked; without the mask they read like a server's.
      for (const frame of unmask(chunk)) reader.push(frame);
      for (let next = reader.next(); next; next = reader.next()) {
        this.#heard.push(next);
        if (next.type === "close") socket.end();
      }
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  /** The next frame of the client; `undefined` when it is gone. */
  async hear() {
    for (;;) {
      const next = this.#heard.shift();
      if (next?.type === "text") return JSON.parse(next.text);
      if (next?.type === "close" || (!next && this.socket.destroyed)) return undefined;
      if (!next) await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  say(frame) {
    const bytes = Buffer.from(typeof frame === "string" ? frame : JSON.stringify(frame));
    const head = bytes.length < 126 ? [0x81, bytes.length] : [0x81, 126, bytes.length >> 8, bytes.length & 255];
    if (this.socket.writable) this.socket.write(Buffer.concat([Buffer.from(head), bytes]));
  }

  close(code) {
    if (this.socket.writable) this.socket.end(Buffer.from([0x88, 2, code >> 8, code & 255]));
  }
}

/** Whole masked frames of a chunk, without their masks. */
function unmask(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] & 0x7f;
    const head = short < 126 ? 2 : 4;
    const length = short < 126 ? short : bytes.readUInt16BE(at + 2);
    const mask = bytes.subarray(at + head, at + head + 4);
    const payload = bytes.subarray(at + head + 4, at + head + 4 + length).map((byte, index) => byte ^ mask[index % 4]);
    const plainHead = Buffer.from(bytes.subarray(at, at + head));
    plainHead[1] &= 0x7f;
    frames.push(Buffer.concat([plainHead, payload]));
    at += head + 4 + length;
  }
  return frames;
}

const LIMITS = {
  data_max_bytes: 2_000_000,
  socket_data_max_bytes: 131_072,
  message_max_bytes: 1_048_576,
  inline_max_bytes: 16_384,
  to_max: 64,
  ttl_max_s: 100,
};
const welcome = (streams, about) => ({
  type: "welcome",
  agent: "bob",
  session: "1",
  protocol: 1,
  version: "0.1.0",
  hub: "h1",
  epoch: "e1",
  limits: LIMITS,
  streams: Object.fromEntries(Object.entries(streams).map(([stream, [acked, head]]) => [stream, { acked, head }])),
  ping_interval_s: 25,
  ...about,
});
const notify = (stream, seq, about) => ({
  type: "notify",
  stream,
  seq,
  token: `${stream.replace("#", "of-")}-${seq}`,
  from: "alice",
  name: `n${seq}`,
  size: 1,
  ttl: 60,
  created_at: "2026-12-06T08:54:04Z",
  ...about,
});

/** Bob at a hub that holds these conversations, one after the other; all acknowledgements are taken. */
async function start(t, conversations, { rest, jwtLifeS } = {}) {
  const acks = [];
  const answer = (request, reply, about) => {
    rest?.(request, reply, about);
    if (reply.response.headersSent || request.path === "/login") return undefined;
    if (request.path === "/secure/inbox/ack") acks.push(JSON.parse(request.body));
    return reply.send(200, { status: "ok", token: "T" });
  };
  const hub = await scripted(t, answer, { jwtLifeS });
  const hellos = [];
  const failures = [];
  hub.server.on("upgrade", async (request, socket) => {
    const accept = createHash("sha1").update(
      `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\n`,
    );
    const conversation = new Conversation(socket);
    const hello = await conversation.hear();
    hellos.push({ ...hello, at: performance.now() });
    const script = conversations[hellos.length - 1] ?? conversations.at(-1);
    await Promise.resolve(script(conversation, hello)).catch((error) => failures.push(error));
  });
  const client = await connect({ url: hub.url, agent: "bob", apiKey: "ahub_x" });
  t.after(async () => {
    await client.close();
    assert.deepEqual(failures, []);
  });
  return { client, hellos, acks, logins: hub.logins, requests: hub.requests };
}

async function take(notes, count) {
  const taken = [];
  while (taken.length < count) taken.push((await notes.next()).value);
  return taken;
}
const seqs = (notes) => notes.map(({ seq }) => seq);

test("credentials are in the hello frame, and neither in the address nor in a header", { timeout }, async (t) => {
  const { client, hellos, requests } = await start(t, [
    (hub) => [welcome({ bob: [0, 1] }), notify("bob", 1)].forEach((each) => hub.say(each)),
  ]);
  await take(client.notifications(), 1);
  const [{ at, token, ...hello }] = hellos;
  assert.deepEqual(hello, { type: "hello", api_key: "ahub_x", protocol: 1 });
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.ok(at > 0 && requests.every(({ path }) => !path.includes("ahub_")));
});

test("a number beyond the next one makes the client come back with its positions", { timeout }, async (t) => {
  const { client, hellos } = await start(t, [
    (hub) => [welcome({ bob: [0, 5] }), notify("bob", 1), notify("bob", 3)].forEach((each) => hub.say(each)),
    (hub) => [welcome({ bob: [0, 5] }), notify("bob", 2), notify("bob", 3)].forEach((each) => hub.say(each)),
  ]);
  assert.deepEqual(seqs(await take(client.notifications(), 3)), [1, 2, 3]);
  assert.deepEqual([hellos[1].epoch, hellos[1].after], ["e1", { bob: 1 }]);
});

test("a hub that leaves out numbers again and again is not flooded", { timeout }, async (t) => {
  const gap = (hub) => [welcome({ bob: [0, 5] }), notify("bob", 3)].forEach((each) => hub.say(each));
  const { client, hellos } = await start(t, [gap]);
  client.notifications().next();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  assert.ok(hellos.length >= 2 && hellos.length < 12, `${hellos.length} sessions in two seconds`);
});

test("what the client does not know is passed over, and so is what it has seen", { timeout }, async (t) => {
  const { client } = await start(t, [
    (hub) => {
      hub.say(welcome({ bob: [0, 3] }));
      for (const text of ['{"type":"celebrate"}', "[]", "no JSON", '{"type":"notify","stream":"bob"}']) hub.say(text);
      hub.say({ type: "error", code: "too_cheerful", detail: "Calm down." });
      for (const seq of [1, 1, 2, 1, 3]) hub.say(notify("bob", seq, { mood: "good" }));
    },
  ]);
  assert.deepEqual(seqs(await take(client.notifications(), 3)), [1, 2, 3]);
});

test("closed with 4400 or 4403 the iterator ends with an error, and the client stays away", { timeout }, async (t) => {
  for (const [code, told] of [
    [4400, "bad_frame"],
    [4403, "forbidden"],
  ]) {
    const { client, hellos } = await start(t, [(hub) => [hub.say(welcome({ bob: [0, 0] })), hub.close(code)]]);
    await assert.rejects(client.notifications().next(), { code: told });
    assert.equal(hellos.length, 1);
  }
  const newer = { type: "error", code: "bad_frame", detail: "this hub speaks protocol 2" };
  const { client } = await start(t, [(hub) => [hub.say(newer), hub.close(4400)]]);
  await assert.rejects(client.notifications().next(), { code: "bad_frame", detail: "this hub speaks protocol 2" });
});

test("closed with 4401 the client logs in and comes back at once", { timeout }, async (t) => {
  const { client, hellos, logins } = await start(t, [
    (hub) => [hub.say(welcome({ bob: [0, 1] })), hub.close(4401)],
    (hub) => [welcome({ bob: [0, 1] }), notify("bob", 1)].forEach((each) => hub.say(each)),
  ]);
  assert.deepEqual(seqs(await take(client.notifications(), 1)), [1]);
  assert.deepEqual([logins.length, hellos.length], [2, 2]);
  assert.notEqual(hellos[0].token, hellos[1].token);
  assert.ok(hellos[1].at - hellos[0].at < 1_500);
});

test("closed with 1012, 1013 or 4429, or without a word, the client comes back", { timeout }, async (t) => {
  const closing = [1012, 1013, 4429, 4408, 1011].map((code) => (hub) => [
    hub.say(welcome({ bob: [0, 9] })),
    hub.close(code),
  ]);
  const telling = closing.map((close, at) => (hub) => [
    hub.say(welcome({ bob: [0, 9] })),
    hub.say(notify("bob", at + 1)),
    close(hub),
  ]);
  const { client, hellos } = await start(t, [
    ...telling,
    (hub) => [hub.say(welcome({ bob: [0, 9] })), hub.say(notify("bob", 6))],
  ]);
  assert.deepEqual(seqs(await take(client.notifications(), 6)), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    hellos.slice(1).map(({ after }) => after.bob),
    [1, 2, 3, 4, 5],
  );
});

test("a hello that names a stream which the agent has left is said again without it", { timeout }, async (t) => {
  const inbox = { epoch: "e1", streams: { bob: { acked: 0, head: 2 } }, entries: [], skipped: [], more: false };
  const { client, hellos } = await start(
    t,
    [
      (hub) =>
        [welcome({ bob: [0, 2], "#team": [4, 9] }), notify("bob", 1), notify("#team", 5)].forEach((each) =>
          hub.say(each),
        ) ?? hub.socket.destroySoon(),
      (hub) => [hub.say({ type: "error", code: "not_found", detail: "`after` names `#team`" }), hub.close(4400)],
      (hub) => [hub.say(welcome({ bob: [0, 2] })), hub.say(notify("bob", 2))],
    ],
    { rest: ({ path }, { send }) => (path.startsWith("/secure/inbox?") ? send(200, inbox) : undefined) },
  );
  const told = await take(client.notifications(), 3);
  assert.deepEqual(
    told.map(({ name }) => name),
    ["n1", "n5", "n2"],
  );
  assert.deepEqual(
    hellos.slice(1).map(({ after }) => after),
    [{ bob: 1, "#team": 5 }, { bob: 1 }],
  );
});

test("a new epoch voids what waits, although the connection ends before a resync", { timeout }, async (t) => {
  const { client, hellos } = await start(t, [
    (hub) =>
      [welcome({ bob: [0, 9] }), notify("bob", 1), notify("bob", 2)].forEach((each) => hub.say(each)) ??
      hub.close(1013),
    (hub) => [hub.say(welcome({ bob: [0, 5] }, { epoch: "e2" })), hub.close(4408)],
    (hub) =>
      [welcome({ bob: [0, 5] }, { epoch: "e2" }), notify("bob", 1, { token: "other" })].forEach((each) =>
        hub.say(each),
      ),
  ]);
  const notes = client.notifications();
  const [first] = await take(notes, 1);
  while (hellos.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  const [second] = await take(notes, 1);
  assert.deepEqual([first.token, second.token], ["bob-1", "other"]);
  assert.deepEqual([hellos[2].epoch, hellos[2].after], ["e2", { bob: 0 }]);
});

test(
  "acknowledgements that are asked for together are told together, and a failure is told to whom it concerns",
  { timeout },
  async (t) => {
    const { client, acks } = await start(
      t,
      [
        (hub) => [
          hub.say(welcome({ bob: [0, 9], "#team": [0, 9] })),
          ...[1, 2, 3, 4, 5].map((seq) => hub.say(notify("bob", seq))),
          hub.say(notify("#team", 1)),
        ],
      ],
      {
        rest: ({ path, body }, { refuse }) =>
          path.endsWith("/ack") && body.includes("#team") ? refuse(409, "beyond_head") : undefined,
      },
    );
    const told = await take(client.notifications(), 6);
    const results = await Promise.allSettled(told.map((note) => note.ack()));
    assert.deepEqual(
      results.map(({ status }) => status),
      [...Array(5).fill("fulfilled"), "rejected"],
    );
    assert.equal(results[5].reason.code, "beyond_head");
    assert.ok(acks.length <= 2, `${acks.length} requests for five acknowledgements`);
    assert.deepEqual(acks.at(-1), { seq: 5, stream: "bob", epoch: "e1" });
  },
);

test("the limits that a session tells are kept", { timeout }, async (t) => {
  const { client } = await start(t, [(hub) => [hub.say(welcome({ bob: [0, 9] })), hub.say(notify("bob", 1))]]);
  const large = { name: "n", data: "x".repeat(1_500_000), to: "alice" };
  await assert.rejects(client.publish(large), { code: "too_large" });
  await take(client.notifications(), 1);
  await client.publish(large);
  await assert.rejects(client.publish({ ...large, data: "x".repeat(2_000_001) }), { code: "too_large" });
  await assert.rejects(client.publish({ name: "n", data: "x", ttl: 101 }), { code: "invalid" });
});

test("a hub that does not say welcome is left after ten seconds", { timeout }, async (t) => {
  const { client, hellos } = await start(t, [
    () => {},
    (hub) => [hub.say(welcome({ bob: [0, 1] })), hub.say(notify("bob", 1))],
  ]);
  assert.deepEqual(seqs(await take(client.notifications(), 1)), [1]);
  assert.ok(hellos[1].at - hellos[0].at >= 9_900);
});
