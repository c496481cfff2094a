// The page in a browser, on a hub that runs: it shows everything that is described, and finds it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const limit = { timeout: 60_000 };
const folder = mkdtempSync(join(tmpdir(), "agent-hub-docs-"));
let hub, browser, url;

before(async () => {
  const program = process.env.AGENT_HUB_BIN;
  if (!program) throw new Error("set AGENT_HUB_BIN to the hub's program");
  hub = spawn(program, ["serve", "--listen", "127.0.0.1:0"], {
    env: { PATH: process.env.PATH, HOME: folder, AGENT_HUB_DATA_DIR: folder },
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: hub.stdout })) {
    url = /listens on (http:\/\/\S+)/.exec(line)?.[1];
    if (url) break;
  }
  const executablePath = process.env.AGENT_HUB_CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}, limit);

after(async () => {
  await browser?.close();
  hub?.kill();
  rmSync(folder, { recursive: true, force: true });
}, limit);

/** The page, opened; whatever the browser complains of fails the test that asks for it. */
async function open(options = {}) {
  const page = await browser.newPage(options);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${url}/docs`);
  await page.waitForSelector(".route");
  return { page, complaints };
}

test("every route and every frame is shown, and the browser has no complaint", limit, async () => {
  const { page, complaints } = await open();
  const api = await (await fetch(`${url}/openapi.json`)).json();
  const sockets = await (await fetch(`${url}/asyncapi.json`)).json();
  const ids = Object.values(api.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  const frames = Object.keys(sockets.components.messages).map((name) => `frame-${name}`);
  const shown = await page.locator(".route").evaluateAll((routes) => routes.map(({ id }) => id));
  assert.deepEqual(shown.toSorted(), [...ids, ...frames, "close-codes"].toSorted());
  assert.equal((await page.textContent("main")).includes("[object"), false);
  assert.deepEqual(complaints, []);
});

test("a search leaves what has its words, and Escape brings the rest back", limit, async () => {
  const { page } = await open();
  const visible = () => page.locator(".route:visible").evaluateAll((routes) => routes.map(({ id }) => id));
  const all = await visible();
  await page.keyboard.press("/");
  await page.keyboard.type("one_time publish");
  const found = await visible();
  assert.ok(found.includes("publish") && found.includes("frame-publish"), found.join(" "));
  assert.ok(found.length < all.length / 2, found.join(" "));
  await page.keyboard.type(" nowhere");
  assert.deepEqual(await visible(), []);
  assert.ok(await page.locator("#nothing").isVisible());
  await page.keyboard.press("Escape");
  assert.deepEqual(await visible(), all);
});

test("the command for publishing can be copied, and holds no secret", limit, async () => {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.goto(`${url}/docs#publish`);
  await page.locator("#publish .copy").click();
  await page.locator("#publish .copy", { hasText: "Copied" }).waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(command, new RegExp(`^curl -X POST ${url}/secure/agent/publish`));
  assert.match(command, /-H "x-api-key: \$API_KEY"/);
  assert.match(command, /"name":"findings"/);
});

test("nothing is wider than a phone, light or dark", limit, async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await open({ viewport: { width: 390, height: 844 }, colorScheme });
    await page.locator("main details").evaluateAll((all) => all.forEach((details) => (details.open = true)));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.close();
  }
});
