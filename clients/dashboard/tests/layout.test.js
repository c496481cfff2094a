// What holds of the sources as files: a browser loads them as they are under the hub's policy, and a person can read them.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const timeout = 10_000;
const SRC = fileURLToPath(new URL("../src", import.meta.url));
const CLIENT = fileURLToPath(new URL("../../javascript/src", import.meta.url));

const all = await readdir(SRC, { recursive: true });
const texts = new Map();
for (const path of all.filter((name) => /\.(js|css|html|svg)$/.test(name)))
  texts.set(path, await readFile(join(SRC, path), "utf8"));
const scripts = [...texts].filter(([path]) => path.endsWith(".js"));

test(
  "imports are relative, or of the client that the hub serves, and name files that are there",
  { timeout },
  async () => {
    const client = await readdir(CLIENT, { recursive: true });
    for (const [path, text] of scripts) {
      const code = text.replace(/\/\*\*.*?\*\//gs, "");
      for (const [, to] of code.matchAll(/^(?:import|export)\b(?:[^;"]*? from)? "([^"]+)";/gms)) {
        const isOfClient = to.startsWith("/client/");
        const found = isOfClient ? client.includes(to.slice(8)) : texts.has(join(dirname(path), to));
        assert.ok(found && (isOfClient || to.startsWith(".")), `${path} imports ${to}`);
      }
    }
  },
);

test("nothing makes markup of text, and no markup has a script or a style in it", { timeout }, () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function/;
  for (const [path, text] of scripts) assert.doesNotMatch(text, forbidden, path);
  const page = texts.get("index.html");
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|\bstyle=|\son\w+=|https?:/);
});

test("every style and script of the page is there, and every style is used", { timeout }, () => {
  const linked = [...texts.get("index.html").matchAll(/"\/dashboard\/([^"]+)"/g)].map(([, path]) => path);
  for (const path of linked) assert.ok(texts.has(path), path);
  for (const path of texts.keys()) if (path.endsWith(".css")) assert.ok(linked.includes(path), path);
});

test("no file has more than 400 lines, and each says first what it is", { timeout }, () => {
  for (const [path, text] of texts) assert.ok(text.split("\n").length <= 400, path);
  for (const [path, text] of scripts) assert.match(text, /^\/\/ [A-Z]/, path);
});

test("no credential is kept anywhere but in memory", { timeout }, () => {
  for (const [path, text] of scripts) {
    assert.doesNotMatch(text, /sessionStorage|indexedDB|document\.cookie/, path);
    if (path !== join("parts", "theme.js")) assert.doesNotMatch(text, /localStorage/, path);
  }
});
