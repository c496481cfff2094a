// Every example of the README, of docs/clients.md and of the docstrings, run as it is printed. The text below an example is
// what it must print; `…` stands for anything.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect, Hub } from "agent-hub";
import { profile } from "agent-hub/node";
import { Keys } from "agent-hub/sealing";
import { build } from "esbuild";
import { launch } from "./chromium.js";
import { TestHub } from "./hub.js";

const timeout = 60_000;
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** The examples of a document, with what they print. */
function examplesOf(document, text) {
  const blocks = [...text.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)];
  return blocks.flatMap(([, language, where = "node", code], at) => {
    if (language !== "js") return [];
    const [, next, , output] = blocks[at + 1] ?? [];
    return [{ name: `${document}: example ${at + 1}`, where, code, output: next === "text" ? output : undefined }];
  });
}

/** The examples in the docstrings of a file. */
function docstringsOf(document, text) {
  const found = [...text.matchAll(/^( *)\* @example\n(.*?)(?=^ *\* @|^ *\*\/)/gms)];
  return found.map(([, , body], at) => {
    const code = body.replace(/^ *\* ?/gm, "");
    return { name: `${document}: example ${at + 1}`, where: "node", code, output: undefined };
  });
}

/** All files of a folder, by their paths from it. */
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith(".js")).sort();
}

const read = (path) => readFile(join(PACKAGE, path), "utf8");
const examples = [
  ...examplesOf("README.md", await read("README.md")),
  ...examplesOf("docs/clients.md", await read("../../docs/clients.md")),
];
for (const file of await filesOf(join(PACKAGE, "src")))
  examples.push(...docstringsOf(`src/${file}`, await read(`src/${file}`)));

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A hub with agents who know each other; alice has sent bob a greeting, sealed. */
async function world(t) {
  const hub = await TestHub.start(t);
  for (const agent of ["alice", "bob"]) {
    await hub.writeProfile(agent);
    await (await connect(await profile(agent, { folder: hub.folder }))).close();
  }
  const alice = await connect(await profile("alice", { folder: hub.folder }));
  await alice.send("bob", "hello, bob", { name: "greeting" });
  await alice.close();
  const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "node_modules"));
  await symlink(PACKAGE, join(folder, "node_modules", "agent-hub"));
  return { hub, folder };
}

/** What must be printed, as a pattern. */
function pattern(output) {
  const escaped = output.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("…", ".*")}$`, "s");
}

/** Runs an example by Node until it ends, or has printed what it must. */
async function runOnNode(t, { code, output }) {
  const { hub, folder } = await world(t);
  const file = join(folder, "example.mjs");
  await writeFile(file, code);
  const env = {
    ...process.env,
    AGENT_HUB_DATA_DIR: hub.folder,
    AGENT_HUB_URL: hub.url,
    AGENT_HUB_KEY: await hub.key("carol"),
  };
  const child = spawn(process.execPath, [file], { env, cwd: folder });
  const isEndless = !/\bbreak;|\.close\(\)/.test(code);
  let [told, errors] = ["", ""];
  child.stderr.on("data", (chunk) => (errors += chunk));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.stdout.on("data", (chunk) => {
    told += chunk;
    if (isEndless) child.kill();
  });
  const status = await ended;
  assert.equal(errors, "");
  assert.equal(status, isEndless ? null : 0);
  if (output !== undefined) assert.match(told.trim(), pattern(output));
}

/** Runs an example in a page of the hub, as a module; bundled, if it says so. */
async function runInBrowser(t, { code, output, where }) {
  const { hub, folder } = await world(t);
  const page = await browser.newPage();
  t.after(() => page.close());
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("dialog", async (dialog) => dialog.accept(await hub.key(dialog.message().split(" ").at(-1))));
  await page.goto(`${hub.url}/health`);
  await page.evaluate(() => (document.body.textContent = ""));
  let content = code;
  if (where === "bundle") {
    const file = join(folder, "example.js");
    await writeFile(file, code);
    const { outputFiles } = await build({ entryPoints: [file], bundle: true, format: "esm", write: false });
    content = outputFiles[0].text;
  }
  await page.addScriptTag({ content, type: "module" });
  await page.waitForFunction(() => document.body.textContent !== "");
  assert.deepEqual(errors, []);
  assert.match(await page.evaluate(() => document.body.innerText), pattern(output));
}

test("there are examples in the README, in the docs and in the docstrings", { timeout }, () => {
  const documents = new Set(examples.map(({ name }) => name.split(":")[0]));
  for (const document of ["README.md", "docs/clients.md", "src/connect.js", "src/hub.js"])
    assert.ok(documents.has(document), document);
});

test("every verb is in an example", { timeout }, () => {
  const code = examples.map((example) => example.code).join("\n");
  const verbsOf = (prototype, internal) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([name, { value }]) => typeof value === "function" && ![...internal, "constructor"].includes(name))
      .map(([name]) => name);
  const verbs = [];
  for (let prototype = Hub.prototype; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    verbs.push(...verbsOf(prototype, ["begin"]));
  }
  const keys = verbsOf(Keys.prototype, ["hubId", "learn", "believe", "encryptionKey"]).map((name) => `keys.${name}`);
  assert.ok(verbs.length > 18 && keys.length > 6, `only ${verbs} and ${keys} were found`);
  assert.deepEqual(
    [...verbs, ...keys].filter((verb) => !code.includes(`.${verb}(`)),
    [],
  );
});

for (const example of examples) {
  const run = example.where === "node" ? runOnNode : runInBrowser;
  test(`${example.name} does what it says`, { timeout }, (t) => run(t, example));
}
