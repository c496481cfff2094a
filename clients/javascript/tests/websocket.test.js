// The WebSocket for Node: frames byte by byte, and a socket against a server that is scripted on plain TCP.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { FrameReader, writeFrame } from "../src/websocket/frames.js";
import { open } from "../src/websocket/node.js";

const timeout = 30_000;
const LIMIT = 1024 * 1024;

/** A frame as a server writes it. */
function frame(opcode, payload = "", { fin = true, first } = {}) {
  const bytes = Buffer.from(payload);
  const head =
    bytes.length < 126
      ? [bytes.length]
      : bytes.length < 65_536
        ? [126, bytes.length >> 8, bytes.length & 255]
        : [127, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([bytes.length]).buffer).reverse()];
  return Buffer.concat([Buffer.from([first ?? (fin ? 0x80 : 0) | opcode, ...head]), bytes]);
}

const close = (code, reason = "") =>
  frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));

/** All that comes of these bytes, given in pieces of a size. */
function readAll(bytes, size) {
  const reader = new FrameReader(LIMIT);
  const received = [];
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, at + size));
    for (let next = reader.next(); next; next = reader.next()) received.push(next);
  }
  return received;
}

test("messages are the same in whatever pieces their bytes come", { timeout }, () => {
  const texts = ["", "a", "é日本😀", "x".repeat(125), "y".repeat(126), "z".repeat(65_535), "w".repeat(65_536)];
  const bytes = Buffer.concat([
    ...texts.map((text) => frame(1, text)),
    frame(1, "é日".slice(0, 1), { fin: false }),
    frame(9, "ping in the middle"),
    frame(0, "", { fin: false }),
    frame(0, "本"),
    frame(10),
    close(1012, "the hub restarts"),
  ]);
  const expected = [
    ...texts.map((text) => ({ type: "text", text })),
    { type: "ping", payload: "ping in the middle" },
    { type: "text", text: "é本" },
    { type: "pong", payload: "" },
    { type: "close", code: 1012, reason: "the hub restarts" },
  ];
  for (const size of [1, 2, 3, 7, 1000, 65_536, bytes.length]) {
    const told = readAll(bytes, size).map((each) =>
      "payload" in each ? { ...each, payload: Buffer.from(each.payload).toString() } : each,
    );
    assert.deepEqual(told, expected, `in pieces of ${size}`);
  }
});

test("a character that is split between fragments is whole again", { timeout }, () => {
  const [head, tail] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
  const bytes = Buffer.concat([frame(1, head, { fin: false }), frame(0, tail)]);
  assert.deepEqual(readAll(bytes, 1), [{ type: "text", text: "é" }]);
});

test("what breaks the protocol is refused with its close code", { timeout }, () => {
  const half = Buffer.from([0xc3]);
  const cases = {
    "a reserved bit": [frame(1, "a", { first: 0xc1 }), 1002],
    "a masked frame": [Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), 1002],
    "a reserved opcode": [frame(3, "a"), 1002],
    "a reserved control opcode": [frame(11, "a"), 1002],
    "a binary message": [frame(2, "a"), 1003],
    "a control frame in fragments": [frame(9, "a", { fin: false }), 1002],
    "a control frame that is too long": [frame(9, "x".repeat(126)), 1002],
    "a continuation of nothing": [frame(0, "a"), 1002],
    "a message within a message": [Buffer.concat([frame(1, "a", { fin: false }), frame(1, "b")]), 1002],
    "text that is not UTF-8": [frame(1, half), 1007],
    "a surrogate in UTF-8": [frame(1, Buffer.from([0xed, 0xa0, 0x80])), 1007],
    "a message that is too large": [frame(1, "x".repeat(LIMIT + 1)), 1009],
    "fragments that are too large together": [
      Buffer.concat([frame(1, "x".repeat(LIMIT), { fin: false }), frame(0, "x")]),
      1009,
    ],
    "a length of 2^63": [Buffer.from([0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
    "half a close code": [frame(8, "a"), 1002],
    "a close code that may not be sent": [close(1005), 1002],
    "a close code below 1000": [close(999), 1002],
    "a close reason that is not UTF-8": [frame(8, Buffer.from([0x03, 0xe8, 0xc3])), 1007],
  };
  for (const [name, [bytes, code]] of Object.entries(cases)) {
    assert.throws(() => readAll(bytes, 4096), { closeCode: code }, name);
  }
});

test("a frame that is too large is refused by its header, before its bytes come", { timeout }, () => {
  const reader = new FrameReader(LIMIT);
  reader.push(frame(1, "x".repeat(LIMIT + 1)).subarray(0, 10));
  assert.throws(() => reader.next(), { closeCode: 1009 });
});

test("a client's frame is masked, and the same again without its mask", { timeout }, () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
    const payload = new Uint8Array(length).map((_, at) => at);
    const written = writeFrame(1, payload, Uint8Array.of(1, 2, 3, 4));
    const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    assert.equal(written[0], 0x81);
    assert.equal(written[1] & 0x80, 0x80);
    const mask = written.subarray(header, header + 4);
    const unmasked = written.subarray(header + 4).map((byte, at) => byte ^ mask[at % 4]);
    assert.deepEqual(unmasked, payload);
  }
});

/** A server that answers the upgrade and then does what the test says with the connection. */
async function serve(t, script, answer = upgrade) {
  const connections = new Set();
  const server = createServer(async (socket) => {
    connections.add(socket);
    socket.on("error", () => {});
    const [request] = await once(socket, "data");
    const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1];
    socket.write(answer(key));
    await script?.(socket, request.toString());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    connections.forEach((socket) => socket.destroy());
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

function upgrade(key) {
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

const connect = (url) => open(`${url}/secure/ws`, new AbortController().signal);

/** What a client sent, unmasked: [opcode, payload]. */
function unmask(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] & 0x7f;
    const length = short < 126 ? short : bytes.readUInt16BE(at + 2);
    const mask = at + (short < 126 ? 2 : 4);
    const payload = bytes.subarray(mask + 4, mask + 4 + length).map((byte, index) => byte ^ bytes[mask + (index % 4)]);
    frames.push([bytes[at] & 15, Buffer.from(payload)]);
    at = mask + 4 + length;
  }
  return frames;
}

test("messages go both ways, and a close is answered", { timeout }, async (t) => {
  let said;
  const url = await serve(t, async (socket) => {
    socket.write(frame(1, "first"));
    const [data] = await once(socket, "data");
    said = unmask(data);
    socket.write(Buffer.concat([frame(1, "second"), close(1012, "restart")]));
    const [answer] = await once(socket, "data");
    said.push(...unmask(answer));
    socket.end();
  });
  const socket = await connect(url);
  assert.equal(await socket.receive(), "first");
  socket.say("hello");
  assert.equal(await socket.receive(), "second");
  assert.equal(await socket.receive(), undefined);
  assert.deepEqual(socket.ended, { code: 1012, reason: "restart" });
  await socket.close();
  assert.deepEqual(said[0], [1, Buffer.from("hello")]);
  assert.deepEqual(said[1], [8, Buffer.from([0x03, 0xf4])]);
});

test("what came along with the upgrade is not lost", { timeout }, async (t) => {
  const url = await serve(t, undefined, (key) =>
    Buffer.concat([Buffer.from(upgrade(key)), frame(1, "at once"), frame(1, "and this")]),
  );
  const socket = await connect(url);
  assert.deepEqual([await socket.receive(), await socket.receive()], ["at once", "and this"]);
  await socket.close();
});

test("pings are answered, and are signs of life", { timeout }, async (t) => {
  let answer;
  const url = await serve(t, async (socket) => {
    await once(socket, "data");
    socket.write(frame(9, "are you there"));
    const [data] = await once(socket, "data");
    answer = unmask(data);
    socket.write(frame(1, "good"));
  });
  const socket = await connect(url);
  let signs = 0;
  socket.onSign = () => (signs += 1);
  socket.say("hello");
  assert.equal(await socket.receive(), "good");
  assert.deepEqual(answer, [[10, Buffer.from("are you there")]]);
  assert.equal(signs, 2);
  await socket.close();
});

test("a consumer that does not receive holds up the peer", { timeout }, async (t) => {
  let sent = 0;
  let heldUp;
  const held = new Promise((resolve) => (heldUp = resolve));
  const message = frame(1, "x".repeat(60_000));
  const url = await serve(t, async (socket) => {
    for (let count = 0; count < 500; count += 1) {
      sent += 1;
      if (socket.write(message)) continue;
      // Not drained for a while: the peer's kernel and ours are full.
      const drained = await Promise.race([once(socket, "drain").then(() => true), after(1_000, false)]);
      if (!drained) {
        heldUp();
        await once(socket, "drain");
      }
    }
    socket.end();
  });
  const socket = await connect(url);
  await held;
  assert.ok(sent < 500, `${sent} messages of 60 kB were taken without being received`);
  let received = 0;
  while ((await socket.receive()) !== undefined) received += 1;
  assert.equal(received, 500);
  await socket.close();
});

test("what was sent before the connection ended is still received, and then how it ended", { timeout }, async (t) => {
  const url = await serve(t, (socket) =>
    socket.end(Buffer.concat([frame(1, "last words"), frame(1, "cut")]).subarray(0, -1)),
  );
  const socket = await connect(url);
  assert.equal(await socket.receive(), "last words");
  assert.equal(await socket.receive(), undefined);
  assert.deepEqual(socket.ended, { code: 1006, reason: "the connection ended" });
  assert.equal(await socket.receive(), undefined);
  await socket.close();
});

test("a peer that breaks the protocol is told so, and left", { timeout }, async (t) => {
  let told;
  const url = await serve(t, async (socket) => {
    socket.write(frame(1, Buffer.from([0xff])));
    const [data] = await once(socket, "data");
    [told] = unmask(data);
  });
  const socket = await connect(url);
  assert.equal(await socket.receive(), undefined);
  assert.match(socket.ended.reason, /not UTF-8/);
  await socket.close();
  assert.deepEqual([told[0], told[1].readUInt16BE(0)], [8, 1007]);
});

test("a peer that does not answer a close is left after a second", { timeout }, async (t) => {
  const url = await serve(t, (socket) => socket.pause());
  const socket = await connect(url);
  const begun = performance.now();
  await socket.close();
  assert.ok(performance.now() - begun < 3_000);
  assert.equal(await socket.receive(), undefined);
});

test("a peer that does not read is given up before its messages fill the memory", { timeout }, async (t) => {
  const url = await serve(t, (socket) => socket.pause());
  const socket = await connect(url);
  for (let count = 0; count < 200 && !socket.ended; count += 1) socket.say("x".repeat(100_000));
  assert.deepEqual(socket.ended, { code: 1006, reason: "it does not read" });
  await socket.close();
});

test("an answer that is no upgrade to a WebSocket is refused", { timeout }, async (t) => {
  const cases = {
    "another key": () => upgrade("another"),
    "an extension": (key) =>
      upgrade(key).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    "another protocol": (key) => upgrade(key).replace("Upgrade: websocket", "Upgrade: h2c"),
  };
  for (const [name, answer] of Object.entries(cases)) {
    await assert.rejects(connect(await serve(t, undefined, answer)), Error, name);
  }
  const busy = await serve(t, undefined, () => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy");
  await assert.rejects(connect(busy), { status: 503, body: "busy" });
});

test("an opening can be given up", { timeout }, async (t) => {
  const url = await serve(t, undefined, () => "");
  const controller = new AbortController();
  const opening = open(url, controller.signal);
  setTimeout(() => controller.abort(new Error("enough")), 100);
  await assert.rejects(opening);
});
