// Requests: logged in, repeated, bounded in time. Against a scripted server, which can be as bad as it must.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { codes, connect, HubError } from "agent-hub";
import { Backoff } from "../src/requests/backoff.js";
import { Jwt } from "../src/requests/jwt.js";
import { jwt, scripted } from "./scripted.js";

const timeout = 30_000;
const API_KEY = "ahub_0123456789abcdef";

/** A client of a scripted server. */
async function client(t, answer, options = {}, script = {}) {
  const server = await scripted(t, answer, script);
  const hub = await connect({ url: server.url, agent: "alice", apiKey: API_KEY, ...options });
  t.after(() => hub.close());
  return { hub, ...server };
}

const publish = (hub, options) => hub.publish({ name: "n", data: "d", to: "bob", ...options });

test("what may succeed later is repeated, with the same key", { timeout }, async (t) => {
  const statuses = [408, 429, 500, 502, 503, 504, 507];
  const { hub, requests } = await client(t, (request, { send, refuse }, { before }) => {
    if (request.path === "/login") return undefined;
    return before < statuses.length ? refuse(statuses[before], "busy") : send(200, { status: "ok", token: "T" });
  });
  assert.deepEqual(await publish(hub), { token: "T" });
  assert.equal(requests.length, statuses.length + 1);
  assert.equal(new Set(requests.map(({ headers }) => headers["idempotency-key"])).size, 1);
  assert.equal(new Set(requests.map(({ body }) => body)).size, 1);
  await publish(hub);
  assert.notEqual(requests.at(-1).headers["idempotency-key"], requests[0].headers["idempotency-key"]);
});

test("what will not succeed later is told at once", { timeout }, async (t) => {
  const { hub, requests } = await client(t, ({ path }, { refuse }, { before }) => {
    if (path === "/login") return undefined;
    return refuse([400, 403, 404, 409, 410, 413, 422][before], "not_member");
  });
  for (let count = 1; count <= 7; count += 1) {
    await assert.rejects(publish(hub), { name: "HubError", code: "not_member" });
    assert.equal(requests.length, count);
  }
});

test("a request is tried again when the hub asks for it, not before", { timeout }, async (t) => {
  const at = [];
  const { hub } = await client(t, ({ path }, { send, refuse }, { before }) => {
    if (path === "/login") return undefined;
    at.push(performance.now());
    return before === 0
      ? refuse(429, "too_many_requests", { "retry-after": "1" })
      : send(200, { status: "ok", token: "T" });
  });
  await publish(hub);
  assert.ok(at[1] - at[0] >= 990, `${at[1] - at[0]} ms`);
});

test("when the time is over the last error is told, with what the hub asked for", { timeout }, async (t) => {
  const busy = ({ path }, { refuse }) => (path === "/login" ? undefined : refuse(503, "busy"));
  const patient = await client(t, busy, { limitS: 0.5 });
  const begun = performance.now();
  await assert.rejects(publish(patient.hub), { code: "busy", status: 503 });
  assert.ok(performance.now() - begun < 3_000);
  const asked = ({ path }, { refuse }) =>
    path === "/login" ? undefined : refuse(503, "busy", { "retry-after": "60" });
  const { hub, requests } = await client(t, asked);
  await assert.rejects(publish(hub), { code: "busy", retryAfter: 60 });
  assert.equal(requests.length, 1);
});

test("without an answer the error is unreachable, and names the hub", { timeout }, async (t) => {
  const { hub, url } = await client(
    t,
    ({ path }, { response }) => (path === "/login" ? undefined : response.destroy()),
    { limitS: 0.5 },
  );
  await assert.rejects(publish(hub), (error) => {
    assert.ok(error instanceof HubError && error.code === "unreachable" && error.message.includes(url));
    return true;
  });
  const nobody = { url: "http://127.0.0.1:1", agent: "alice", apiKey: API_KEY, limitS: 0.2 };
  await assert.rejects(connect(nobody), { code: "unreachable", status: 0 });
});

test("a try that gives no sign leaves time for another", { timeout }, async (t) => {
  const { hub, requests } = await client(
    t,
    ({ path }, { send }, { before }) => {
      if (path === "/login") return undefined;
      return before === 0 ? "silence" : send(200, { status: "ok", token: "T" });
    },
    { limitS: 2 },
  );
  assert.deepEqual(await publish(hub), { token: "T" });
  assert.equal(requests.length, 2);
});

test("a 401 makes the client log in once and repeat; a second one is an error", { timeout }, async (t) => {
  let good = 2;
  const { hub, logins, requests } = await client(t, ({ path }, { send, refuse }, { logins: count }) => {
    if (path === "/login") return undefined;
    return count >= good ? send(200, { status: "ok", token: "T" }) : refuse(401, "unauthenticated");
  });
  assert.deepEqual(await publish(hub), { token: "T" });
  assert.deepEqual([logins.length, requests.length], [2, 2]);
  assert.notEqual(requests[0].headers.authorization, requests[1].headers.authorization);
  good = Infinity;
  await assert.rejects(publish(hub), { code: "unauthenticated", status: 401 });
  assert.deepEqual([logins.length, requests.length], [3, 4]);
});

test("a login that is refused is an error", { timeout }, async (t) => {
  const { url, logins } = await scripted(t, (_, { refuse }) => refuse(401, "unauthenticated") ?? true);
  await assert.rejects(connect({ url, agent: "alice", apiKey: API_KEY }), { code: "unauthenticated" });
  assert.equal(logins.length, 1);
  const foreign = await scripted(
    t,
    (_, { send }) => send(200, { token: "no JWT", expires_at: "2030-01-01T00:00:00Z" }) ?? true,
  );
  await assert.rejects(connect({ url: foreign.url, agent: "alice", apiKey: API_KEY }), { code: "unauthenticated" });
});

test("one login serves all requests, also those that begin together", { timeout }, async (t) => {
  const { hub, logins } = await client(t, ({ path }, { send, refuse }, { logins: count }) => {
    if (path === "/login") return undefined;
    return count < 2 ? refuse(401, "unauthenticated") : send(200, { status: "ok", token: "T" });
  });
  const warnings = [];
  const warned = (warning) => warnings.push(warning.name);
  process.on("warning", warned);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 50 }, () => publish(hub, { signal })));
  assert.equal(logins.length, 2);
  process.off("warning", warned);
  assert.deepEqual(warnings, []);
});

test("a JWT is renewed with a tenth of its life left, or a minute, but at most half of it", { timeout }, () => {
  const leftS = (lifeS) => Math.round(lifeS - new Jwt(jwt(lifeS), 0).renewAt / 1000);
  assert.deepEqual([3, 60, 120, 300, 600, 3_600, 86_400].map(leftS), [2, 30, 60, 60, 60, 360, 8_640]);
});

test("a JWT whose time is near is renewed before the next request", { timeout }, async (t) => {
  const { hub, logins } = await client(
    t,
    ({ path }, { send }) => (path === "/login" ? undefined : send(200, { status: "ok", token: "T" })),
    {},
    { jwtLifeS: 1 },
  );
  await publish(hub);
  assert.equal(logins.length, 1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await publish(hub);
  assert.equal(logins.length, 2);
});

test("the API key follows no redirect", { timeout }, async (t) => {
  const elsewhere = await scripted(t, (_, { send }) => send(200, {}));
  const answer = ({ path }, { send }) =>
    path === "/login" ? undefined : send(302, {}, { location: `${elsewhere.url}/secure/agent/publish` });
  const { hub } = await client(t, answer);
  await assert.rejects(publish(hub), { code: "http_redirect", status: 302 });
  assert.equal(elsewhere.requests.length, 0);
});

test("what is between client and hub is told by its status", { timeout }, async (t) => {
  const { hub } = await client(t, ({ path }, { send }) => (path === "/login" ? undefined : send(418, "<html>")));
  await assert.rejects(publish(hub), { code: "http_418", status: 418 });
});

test("an answer that is not one of a hub is an error", { timeout }, async (t) => {
  for (const answer of ["", "{", "[]", "null", '{"token":7}', '{"__proto__":{"token":"T"}}']) {
    const { hub } = await client(t, ({ path }, { send }) => (path === "/login" ? undefined : send(200, answer)));
    await assert.rejects(publish(hub), { code: "unreachable" }, answer);
  }
});

test("a call that is given up throws the signal's reason", { timeout }, async (t) => {
  const { hub } = await client(t, ({ path }) => (path === "/login" ? undefined : "silence"));
  const reason = new Error("enough");
  const controller = new AbortController();
  const call = publish(hub, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(call, reason);
  await assert.rejects(publish(hub, { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(hub.wait(10, { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
});

test("a closed client gives up what is under way, and does nothing more", { timeout }, async (t) => {
  const { hub } = await client(t, ({ path }) => (path === "/login" ? undefined : "silence"));
  const call = publish(hub);
  setTimeout(() => hub.close(), 50);
  await assert.rejects(call, { code: "closed" });
  await assert.rejects(publish(hub), { code: "closed" });
  assert.throws(() => hub.notifications(), { code: "closed" });
  await hub.close();
});

test("a channel whose making was not answered is found to be made", { timeout }, async (t) => {
  const made = { name: "#team", closed: false, owner: "alice", member: true };
  const answer =
    (owner) =>
    ({ path, method }, { send, refuse, response }, { before }) => {
      if (path === "/login") return undefined;
      if (method === "GET") return send(200, { channels: [{ ...made, owner }], more: false });
      return before === 0 ? response.destroy() : refuse(409, "name_taken");
    };
  const mine = await client(t, answer("alice"));
  assert.deepEqual(await mine.hub.createChannel("team"), made);
  const theirs = await client(t, answer("mallory"));
  await assert.rejects(theirs.hub.createChannel("team"), { code: "name_taken" });
});

test("a list comes whole, page by page, and no further than it is asked", { timeout }, async (t) => {
  const names = Array.from({ length: 2_500 }, (_, at) => `agent-${String(at).padStart(4, "0")}`);
  const { hub, requests } = await client(t, ({ path }, { send }) => {
    if (path === "/login") return undefined;
    const query = new URL(path, "http://hub").searchParams;
    const rest = names.filter((name) => name > (query.get("after") ?? ""));
    const agents = rest.slice(0, Number(query.get("limit"))).map((name) => ({ name, online: false }));
    return send(200, { agents, more: rest.length > agents.length });
  });
  const told = [];
  for await (const { name } of hub.peers()) told.push(name);
  assert.deepEqual(told, names);
  assert.equal(requests.length, 3);
  for await (const { name } of hub.peers()) {
    assert.equal(name, names[0]);
    break;
  }
  assert.equal(requests.length, 4);
});

test("no error and no inspection holds the API key or a JWT", { timeout }, async (t) => {
  const { hub, requests } = await client(t, ({ path }, { send }) => (path === "/login" ? undefined : send(422, "{}")));
  const secret = (text) => text.includes("ahub_") || text.includes(requests[0]?.headers.authorization ?? "Bearer");
  const error = await publish(hub).catch((each) => each);
  for (const shown of [error, hub, hub.notifications()])
    assert.ok(!secret(inspect(shown, { depth: 10, showHidden: true })));
  for (const apiKey of ["ahub_\n", "ahub_é", "", undefined, 7]) {
    const refused = await connect({ url: "http://127.0.0.1:1", agent: "alice", apiKey }).catch((each) => each);
    assert.equal(refused.code, "invalid");
    assert.ok(!secret(inspect(refused)));
  }
  for (const url of [
    "http://alice:ahub_1@127.0.0.1:1",
    "ahub_",
    "ftp://127.0.0.1",
    "http://127.0.0.1:1?key=ahub_",
    undefined,
  ]) {
    const refused = await connect({ url, agent: "alice", apiKey: API_KEY }).catch((each) => each);
    assert.equal(refused.code, "invalid");
    assert.ok(!secret(inspect(refused)), inspect(refused));
  }
});

test("limits are checked before anything is sent", { timeout }, async (t) => {
  const { hub, requests } = await client(t, ({ path }, { send }) =>
    path === "/login" ? undefined : send(200, { token: "T" }),
  );
  const many = Array.from({ length: 65 }, (_, at) => `agent-${at}`);
  const refusals = [
    [{ name: "" }, "invalid"],
    [{ name: "x".repeat(101) }, "invalid"],
    [{ name: "a\u202eb" }, "invalid"],
    [{ name: "a\ud800" }, "invalid"],
    [{ to: [] }, "invalid"],
    [{ to: "Bob" }, "invalid"],
    [{ to: "me" }, "invalid"],
    [{ to: ["bob", "#"] }, "invalid"],
    [{ to: "../agents" }, "invalid"],
    [{ to: many }, "invalid"],
    [{ ttl: 0 }, "invalid"],
    [{ ttl: 1.5 }, "invalid"],
    [{ ttl: "60" }, "invalid"],
    [{ data: 7 }, "invalid"],
    [{ data: "\udc00" }, "invalid"],
    [{ data: "x".repeat(1024 * 1024 + 1) }, "too_large"],
    [{ data: "é".repeat(512 * 1024 + 1) }, "too_large"],
    [{ too: ["bob"] }, "invalid"],
    [{ idempotencyKey: "with a space" }, "invalid"],
  ];
  for (const [options, code] of refusals)
    await assert.rejects(publish(hub, options), { code }, JSON.stringify(options).slice(0, 80));
  await assert.rejects(hub.send("bob", "x", { plain: true, Ttl: 1 }), { code: "invalid" });
  await assert.rejects(hub.send("bob", new Uint8Array([0xff]), { plain: true }), { code: "invalid" });
  await assert.rejects(hub.retrieve(".."), { code: "not_found" });
  await assert.rejects(hub.ack(-1), { code: "invalid" });
  await assert.rejects(hub.ack(2 ** 53), { code: "invalid" });
  await assert.rejects(hub.peer("me/keys"), { code: "invalid" });
  await assert.rejects(hub.join("a/b"), { code: "invalid" });
  assert.throws(() => hub.notifications({ after: { bob: 1 } }), { code: "invalid" });
  assert.equal(requests.length, 0);
  await publish(hub, { name: "👩‍💻".repeat(33), to: [...many.slice(0, 64), "agent-0"], data: "é".repeat(512 * 1024) });
  assert.equal(JSON.parse(requests[0].body).to.length, 64);
});

test("pauses grow to their limit and begin anew", { timeout }, () => {
  const backoff = new Backoff(1_000, 30_000, () => 1);
  assert.deepEqual(
    [1, 2, 4, 8, 16, 30, 30].map(() => backoff.pauseMs() / 1000),
    [1, 2, 4, 8, 16, 30, 30],
  );
  backoff.reset();
  assert.equal(backoff.pauseMs(), 1_000);
  const random = Backoff.ofRequests();
  for (const most of [100, 200, 400, 800]) assert.ok(random.pauseMs() <= most);
});

test("every code of the hub is in the table, with its sentence", { timeout }, async () => {
  const { readFile } = await import("node:fs/promises");
  const document = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...document.matchAll(/^\| `(\w+)` \| (\d+) \| \S+ \| ([^|]+) \| (.+) \|$/gm)];
  assert.ok(rows.length > 30);
  for (const [, code, status, retry, meaning] of rows) {
    assert.deepEqual({ ...codes[code] }, { status: Number(status), retry, meaning }, code);
  }
  assert.ok(Object.isFrozen(codes) && Object.isFrozen(codes.invalid));
});
