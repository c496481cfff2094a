// The envelope vectors, which every library passes: tests/vectors/envelope.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HubError, SealError } from "agent-hub";
import { Bundle } from "../src/sealing/bundle.js";
import { fromText, toText } from "../src/sealing/bytes.js";
import { Envelope, seal } from "../src/sealing/envelope.js";
import { Keyring } from "../src/sealing/keyring.js";
import { Seen } from "../src/sealing/seen.js";
import { Signer, verify } from "../src/sealing/signing.js";
import { memoryStorage } from "../src/sealing/storage.js";
import { Pin, Trust } from "../src/sealing/trust.js";
import { proquint } from "../src/sealing/words.js";
import { isSealed } from "../src/message.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../../tests/vectors/envelope.json", import.meta.url), "utf8"));
const { hub, now_ms: now } = VECTORS;
const timeout = 60_000;

const keyringOf = (agent) => Keyring.read(JSON.stringify(VECTORS.agents[agent].keys), agent, "the vectors");

/** The code of what goes wrong, or what does not. */
async function outcome(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return error.code;
  }
}

test("an agent's keys give the bundle, the words and the key id of the vectors", { timeout }, async () => {
  for (const [agent, { keys, bundle, words, key_id }] of Object.entries(VECTORS.agents)) {
    const keyring = await keyringOf(agent);
    const made = await keyring.bundle();
    assert.deepEqual(made.written, bundle, agent);
    assert.equal(await made.words(), words, agent);
    assert.equal(made.enc.id, key_id, agent);
    assert.deepEqual(JSON.parse(JSON.stringify(keyring)), keys, agent);
  }
});

test("a bundle is believed or refused as the vectors say", { timeout }, async () => {
  for (const { case: name, agent, pin, bundle, accepted, error } of VECTORS.bundles) {
    const before = pin ? await Pin.read(pin) : undefined;
    const result = await outcome(async () => Pin.accept(before, await Bundle.read(bundle, agent), now));
    assert.deepEqual(JSON.parse(JSON.stringify(result)), error ?? accepted, name);
  }
});

test("an envelope is opened or refused as the vectors say", { timeout }, async () => {
  for (const { case: name, reader, data, said, pins = VECTORS.pins, seen = [], body, error } of VECTORS.open) {
    const trust = await Trust.read(JSON.stringify({ hub, pins }), "the vectors");
    const opened = new Seen(memoryStorage());
    for (const [from, id, token] of seen) await opened.note({ from, id }, token, now, now);
    const result = await outcome(async () => {
      const about = { from: said.from, name: said.name, replyTo: said.reply_to };
      const read = await Envelope.read(data).open(await keyringOf(reader), about, trust, now);
      if (!(await opened.note(read, said.token, now, now))) throw new SealError("replayed");
      return toText(read.body);
    });
    assert.equal(result, error ?? body, name);
  }
});

test("what is sealed here is opened here, for both suites, and by nobody else", { timeout }, async () => {
  const trust = await Trust.read(JSON.stringify({ hub, pins: VECTORS.pins }), "the vectors");
  const to = new Map(["bob", "carol"].map((agent) => [agent, trust.pins.get(agent).enc]));
  const body = new TextEncoder().encode("to both of you");
  const letter = { hub, to, name: 'naïve 日本語 " \\ \u007f', ts: now, replyTo: "BBBBBBBBBBBBBBBBBBBBBB", body };
  let asked = 0;
  const data = await seal(letter, await keyringOf("alice"), (bytes) => (asked = bytes));
  assert.equal(asked, data.length);
  const said = { from: "alice", name: letter.name, replyTo: letter.replyTo };
  for (const reader of ["bob", "carol"]) {
    const opened = await Envelope.read(data).open(await keyringOf(reader), said, trust, now);
    assert.deepEqual([opened.from, opened.ts, opened.body], ["alice", now, body]);
  }
  const dave = await keyringOf("dave");
  assert.equal(await outcome(() => Envelope.read(data).open(dave, said, trust, now)), "not_for_me");
});

test("whatever single byte of an envelope is changed, it is refused", { timeout }, async () => {
  const trust = await Trust.read(JSON.stringify({ hub, pins: VECTORS.pins }), "the vectors");
  const { data, said } = VECTORS.open[0];
  const [bob, bytes] = [await keyringOf("bob"), fromText(data)];
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = bytes.slice();
    changed[at] ^= 1 << (at % 8);
    const result = await outcome(() => Envelope.read(toText(changed)).open(bob, said, trust, now));
    assert.equal(typeof result, "string", `byte ${at}`);
    const cut = toText(bytes.slice(0, at));
    assert.equal(
      typeof (await outcome(() => Envelope.read(cut).open(bob, said, trust, now))),
      "string",
      `cut at ${at}`,
    );
  }
});

test("half of a surrogate pair is refused in a header, as other languages cannot write it", { timeout }, async () => {
  const { readHeader } = await import("../src/sealing/header.js");
  const { data } = VECTORS.open[0];
  const bytes = fromText(data);
  const end = 10 + new DataView(bytes.buffer).getUint32(6);
  const header = new TextDecoder().decode(bytes.subarray(10, end));
  assert.equal(readHeader(new TextEncoder().encode(header)).name, "report");
  for (const changed of [
    header.replace("report", "\\ud800"),
    `\ufeff${header}`,
    header.replace('"ts":', '"ts":-0,"x":'),
  ]) {
    assert.throws(() => readHeader(new TextEncoder().encode(changed)), { code: "malformed" });
  }
});

test("base64url has exactly one way to write bytes", { timeout }, () => {
  for (let length = 0; length < 260; length += 1) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    assert.equal(toText(bytes), Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(fromText(toText(bytes)), bytes);
  }
  const large = new Uint8Array(1_000_000).map((_, at) => at * 7);
  assert.equal(toText(large), Buffer.from(large).toString("base64url"));
  assert.deepEqual(fromText(toText(large)), large);
  for (const wrong of ["A", "AA=", "AA==", "A+", "A/", "A A", "AB", "AAB", "AAA\n", "é", "\u{10041}AA", null, 7]) {
    assert.equal(fromText(wrong), undefined, String(wrong));
  }
});

test("an envelope is known by its first five bytes, of whatever version", { timeout }, () => {
  const begins = (text) => isSealed(Buffer.from(text).toString("base64url"));
  assert.deepEqual(["ahenv1", "ahenv2", "ahenv\u00ff", "ahenw1", "ahen", "hello"].map(begins), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  assert.equal(isSealed("ahenv1"), false);
  assert.equal(isSealed(""), false);
});

test("a key of small order verifies nothing", { timeout }, async () => {
  const zero = new Uint8Array(32);
  const one = Uint8Array.of(1, ...new Uint8Array(31));
  // Of the identity as a key, (identity, 0) is a signature on everything, unless one looks.
  const forged = new Uint8Array([...one, ...zero]);
  const order8 = fromText("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU");
  for (const key of [zero, one, order8]) assert.equal(await verify(key, forged, zero), false);
  const signer = await Signer.from(zero);
  const signature = await signer.sign(one);
  assert.equal(await verify(signer.publicKey, signature, one), true);
  assert.equal(await verify(signer.publicKey, signature, zero), false);
});

test("the points of small order are those whose eightfold is the neutral one", { timeout }, () => {
  const p = 2n ** 255n - 19n;
  const power = (base, exponent) => {
    let result = 1n;
    for (let b = base % p, e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p;
    return result;
  };
  const invert = (value) => power(((value % p) + p) % p, p - 2n);
  const d = (((-121665n * invert(121666n)) % p) + p) % p;
  const littleEndian = (text) => [...fromText(text)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  for (const text of ["JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU", "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o"]) {
    let y = littleEndian(text);
    // Doubling, by the y coordinate alone: x^2 = (y^2 - 1) / (d y^2 + 1).
    for (let doubling = 0; doubling < 3; doubling += 1) {
      const y2 = (y * y) % p;
      const x2 = ((((y2 - 1n) * invert((d * y2 + 1n) % p)) % p) + p) % p;
      y = ((((y2 + x2) * invert((((1n - d * x2 * y2) % p) + p) % p)) % p) + p) % p;
    }
    assert.equal(y, 1n, text);
  }
});

test("two bytes are the published proquint", { timeout }, () => {
  // 127.0.0.1 is `lusab-babad` in the paper.
  assert.deepEqual([proquint(0x7f00), proquint(0x0001)], ["lusab", "babad"]);
});

test("rotating keeps a chain of 32 and the last eight private keys", { timeout }, async () => {
  let keyring = await Keyring.draw("erin", "x25519");
  const first = Pin.accept(undefined, await keyring.bundle(), now);
  for (let turn = 0; turn < 34; turn += 1) keyring = await keyring.rotate("x25519");
  assert.equal(keyring.version, 35);
  assert.equal(keyring.prev.length, 32);
  assert.equal(keyring.retired.length, 8);
  const read = await Keyring.read(JSON.stringify(keyring), "erin", "here");
  const bundle = await Bundle.read((await read.bundle()).written, "erin");
  assert.throws(() => Pin.accept(first, bundle, now), { code: "key_changed" });
});

test("damaged keys and trust are refused, and say where", { timeout }, async () => {
  const { keys } = VECTORS.agents.dave;
  for (const damaged of [
    "",
    "{",
    "[]",
    "null",
    JSON.stringify({ ...keys, sign: "AA" }),
    JSON.stringify({ ...keys, version: 1 }),
  ]) {
    await assert.rejects(Keyring.read(damaged, "dave", "the file"), (error) => {
      assert.ok(error instanceof HubError && error.code === "profile" && error.message.includes("the file"), damaged);
      return true;
    });
  }
  await assert.rejects(Keyring.read(JSON.stringify(keys), "bob", "the file"), { code: "profile" });
  await assert.rejects(Trust.read('{"pins":{"bob":{}}}', "the file"), { code: "profile" });
  await assert.rejects(Trust.read('{"pins":{"__proto__":{}}}', "the file"), { code: "profile" });
});
