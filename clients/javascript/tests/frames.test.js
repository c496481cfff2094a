// The golden frames, which the hub and every client read: tests/vectors/frames.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HUB_SHAPES, readHubFrame, writeClientFrame } from "../src/wire/frames.js";
import { open } from "../src/websocket/node.js";
import { TestHub } from "./hub.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../../tests/vectors/frames.json", import.meta.url), "utf8"));
const timeout = 60_000;

test("hub frames are read, and written again without a change", { timeout }, () => {
  for (const { name, text, understood, ignored } of VECTORS.hub) {
    const frame = readHubFrame(text);
    assert.equal(frame === undefined, ignored === true, name);
    if (frame) assert.equal(JSON.stringify(HUB_SHAPES.get(frame.type).write(frame)), understood ?? text, name);
  }
});

test("every kind of hub frame has a golden one", { timeout }, () => {
  const golden = VECTORS.hub.filter(({ ignored }) => !ignored).map(({ text }) => JSON.parse(text).type);
  assert.deepEqual(new Set(golden), new Set(HUB_SHAPES.keys()));
});

test("what this client says is what the golden frames say", { timeout }, () => {
  const said = {
    "hello with credentials, positions and inline data": {
      type: "hello",
      apiKey: "ahub_x",
      token: "a.b.c",
      protocol: 1,
      epoch: "e1",
      after: { alice: 0, "#research": 41 },
    },
    refresh: { type: "refresh", token: "a.b.c" },
    "ping with the longest id": { type: "ping" },
  };
  for (const [name, frame] of Object.entries(said)) {
    const { text, accepted } = VECTORS.client.find((vector) => vector.name === name);
    // What this client does not use is left out.
    const { id, inline_max_bytes, ...golden } = JSON.parse(text);
    assert.equal(accepted, true);
    assert.deepEqual(JSON.parse(writeClientFrame(frame)), golden, name);
  }
});

test("the hub takes and refuses what the golden frames say, over this client's own socket", { timeout }, async (t) => {
  const hub = await TestHub.start(t);
  const alice = await hub.connect("alice");
  const api_key = await hub.key("alice");
  const { token } = await login(hub.url, "alice", api_key);
  const vectors = VECTORS.client.filter(({ text }) => !text.includes('"watch"'));
  assert.equal(alice.agent, "alice");
  for (const { name, text, accepted } of vectors) {
    const socket = await open(`${hub.url}/secure/ws`, new AbortController().signal);
    // A `hello` is tried as the first frame; it may name an epoch that the hub does not have.
    const isHello = accepted && JSON.parse(text).type === "hello";
    if (!isHello) socket.say(JSON.stringify({ type: "hello", api_key, token }));
    if (!isHello) assert.match(await socket.receive(), /^\{"type":"welcome"/, name);
    socket.say(text);
    const answer = JSON.parse((await socket.receive()) ?? '{"type":"closed"}');
    if (isHello) assert.notEqual(answer.code, "bad_frame", name);
    else assert.equal(answer.code === "bad_frame", !accepted, `${name}: ${JSON.stringify(answer)}`);
    if (!accepted) assert.equal(await socket.receive(), undefined, name);
    if (!accepted) assert.equal(socket.ended.code, 4400, name);
    await socket.close();
  }
});

test("names from the wire reach no prototype", { timeout }, () => {
  const hostile =
    '{"type":"welcome","agent":"a","session":"s","protocol":1,"version":"1","hub":"h","epoch":"e","__proto__":{"polluted":1},' +
    '"limits":{"data_max_bytes":1,"socket_data_max_bytes":1,"message_max_bytes":1,"inline_max_bytes":1,"to_max":1,"ttl_max_s":1},' +
    '"streams":{"__proto__":{"acked":1,"head":1},"constructor":{"acked":2,"head":2}},"ping_interval_s":1}';
  const frame = readHubFrame(hostile);
  assert.equal({}.polluted, undefined);
  assert.equal(Object.hasOwn(frame, "__proto__"), false);
  assert.equal(Object.getPrototypeOf(frame.streams), null);
  assert.deepEqual(Object.keys(frame.streams), ["__proto__", "constructor"]);
  assert.equal(readHubFrame('{"type":"__proto__"}'), undefined);
  assert.equal(readHubFrame('{"type":"constructor"}'), undefined);
});

test("a frame with a value of the wrong type is passed over", { timeout }, () => {
  for (const text of [
    '{"type":"skipped","stream":"a","from":1,"to":"2"}',
    '{"type":"skipped","stream":"a","from":1}',
    '{"type":"skipped","stream":"a","from":-1,"to":2}',
    '{"type":"skipped","stream":"a","from":1,"to":9007199254740993}',
    '{"type":"error","code":1,"detail":""}',
    '[{"type":"pong"}]',
    "null",
    "",
    "pong",
  ]) {
    assert.equal(readHubFrame(text), undefined, text);
  }
});

/** A JWT, got without the client. */
async function login(url, username, key) {
  const answer = await fetch(`${url}/login`, { method: "POST", headers: { username, "x-api-key": key } });
  return answer.json();
}
