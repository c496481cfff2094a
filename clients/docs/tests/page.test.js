// The page in a browser, on a hub that runs: it shows everything that is described, and finds it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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

test("an example holds what is needed, and where nothing is, what there is", limit, async () => {
  const { page } = await open();
  const body = async (id) => {
    const command = await page.locator(`#${id} .code code`).first().textContent();
    return JSON.parse(/-d '(.*)'$/s.exec(command)[1]);
  };
  // What may be left out would have to fit what is there: a token of this hub, an agent.
  assert.deepEqual(await body("publish"), { name: "findings", data: "…" });
  const rotate = await page.locator(".route", { hasText: "/admin/agents/{name}/rotate" }).first().getAttribute("id");
  assert.deepEqual(Object.keys(await body(rotate)), ["overlap_s"]);
  const text = await page.textContent("#publish");
  assert.match(text, /1–64 entries/);
});

test("the example of publishing is published", limit, async () => {
  const { page } = await open();
  const command = await page.locator("#publish .code code").first().textContent();
  const key = JSON.parse(readFileSync(join(folder, "profiles", "operator.json"), "utf8")).api_key;
  const credentials = { "x-api-key": key, username: "operator" };
  const login = await (await fetch(`${url}/login`, { method: "POST", headers: credentials })).json();
  const env = { PATH: process.env.PATH, API_KEY: key, JWT: Object.values(login).find((each) => /^ey/.test(each)) };
  const answer = execFileSync("/bin/sh", ["-c", `${command} --silent --show-error`], { env }).toString();
  assert.equal(typeof JSON.parse(answer).token, "string", answer);
});

test("the header holds what is in it, on a phone and on a desk", limit, async () => {
  for (const width of [320, 375, 600, 1440]) {
    const { page } = await open({ viewport: { width, height: 800 } });
    const box = (selector) => page.locator(selector).first().boundingBox();
    const [header, search, title] = [await box("header"), await box("#search"), await box("h1")];
    assert.ok(title.y >= 0, `the title begins at ${title.y} of ${width}`);
    assert.ok(search.y + search.height <= header.y + header.height, `the search hangs over at ${width}`);
    await page.close();
  }
});

test("nothing is wider than a phone, light or dark", limit, async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await open({ viewport: { width: 390, height: 844 }, colorScheme });
    await page.locator("main details").evaluateAll((all) => all.forEach((details) => (details.open = true)));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.close();
  }
});
