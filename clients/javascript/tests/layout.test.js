// What holds of the sources as files: a browser can load them as they are, and a person can read them.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const timeout = 10_000;
const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** Where each file's imports lead; those that are loaded only when they are needed are marked. */
async function importsOf(path) {
  const text = await readFile(join(SRC, path), "utf8");
  const code = text.replace(/\/\*\*.*?\*\//gs, "").replace(/^\s*\/\/.*$/gm, "");
  const fixed = [...code.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"/gms)].map(([, to]) => ({
    to,
    isLater: false,
  }));
  const later = [...code.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, to]) => ({ to, isLater: true }));
  return [...fixed, ...later];
}

/** All that is loaded with a file. */
async function loadedWith(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { to, isLater } of await importsOf(path)) {
    if (isLater) continue;
    if (to.startsWith(".")) await loadedWith(join(dirname(path), to), seen);
    else seen.add(to);
  }
  return seen;
}

const files = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith(".js"));

test(
  "a browser that loads the client loads only its own files, by relative paths with extensions",
  { timeout },
  async () => {
    const loaded = [...(await loadedWith("index.js"))];
    assert.ok(loaded.length > 25);
    for (const path of loaded) assert.ok(files.includes(path), `${path} is loaded with the client`);
    for (const path of loaded)
      assert.ok(!/^(sealing|profile|node\.js|websocket\/(node|handshake|frames))/.test(path), path);
  },
);

test("sealing needs its two packages and nothing of Node's", { timeout }, async () => {
  const loaded = [...(await loadedWith(join("sealing", "index.js")))];
  const foreign = loaded.filter((path) => !files.includes(path));
  assert.deepEqual(foreign.sort(), ["@hpke/core", "@hpke/hybridkem-x-wing"]);
});

test("every import of a file of the package is relative, and names a file that is there", { timeout }, async () => {
  for (const file of files) {
    for (const { to } of await importsOf(file)) {
      if (to.startsWith("node:") || to.startsWith("@hpke/")) continue;
      assert.ok(to.startsWith("."), `${file} imports ${to}`);
      assert.ok(files.includes(join(dirname(file), to)), `${file} imports ${to}`);
    }
  }
});

test("no file has more than 400 lines, and each says first what it is", { timeout }, async () => {
  for (const file of files) {
    const text = await readFile(join(SRC, file), "utf8");
    assert.ok(text.split("\n").length <= 400, file);
    assert.match(text, /^\/\/ [A-Z`].*[^ ]/, file);
  }
});
