// The page of a real hub in Chromium, with an operator logged in. Whatever the page complains of fails the test.

import assert from "node:assert/strict";
import { launch } from "../../javascript/tests/chromium.js";
import { TestHub } from "../../javascript/tests/hub.js";

export const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  small: { width: 360, height: 740 },
  wide: { width: 1440, height: 900 },
  middle: { width: 1024, height: 768 },
  narrow: { width: 375, height: 800 },
};

export const VIEWS = ["traffic", "map", "agents", "life", "hub", "compose", "audit"];

/**
 * A hub and a browser; both end with the test.
 *
 * @param {import("node:test").TestContext} t
 */
export async function world(t) {
  // What ends first is said first: pages must not see their hub go.
  const browser = await launch();
  t.after(() => browser.close());
  const hub = await TestHub.start(t);
  const key = await hub.command("agent", "add", "boss", "--role", "operator");
  return { hub, browser, key };
}

/**
 * A page with the login.
 *
 * @param {import("node:test").TestContext} t
 * @param {Awaited<ReturnType<typeof world>>} world
 * @param {{ size?: keyof typeof SIZES, theme?: "light" | "dark", calm?: boolean }} [how]
 */
export async function openPage(t, { hub, browser }, { size = "desktop", theme = "light", calm = false } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: calm ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  /** @type {string[]} */
  const told = [];
  page.on("pageerror", (error) => told.push(`error: ${error.stack}`));
  page.on("console", (message) => {
    // Refusals and lost connections are told by the browser too; what the page does with them is tested.
    const isRefusal = /Failed to load resource|Error in connection establishment/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isRefusal) told.push(message.text());
  });
  t.after(async () => {
    await context.close().catch(() => {});
    assert.deepEqual(told, [], "the page complained");
  });
  await page.goto(`${hub.url}/`);
  return page;
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 * @param {string} key
 */
export async function logIn(page, name, key) {
  await page.fill("#login-name", name);
  await page.fill("#login-key", key);
  await page.click("text=Log in");
}

/**
 * A page with an operator logged in, who is told what happens.
 *
 * @param {import("node:test").TestContext} t
 * @param {Awaited<ReturnType<typeof world>>} about
 * @param {Parameters<typeof openPage>[2]} [how]
 */
export async function dashboard(t, about, how) {
  const page = await openPage(t, about, how);
  await logIn(page, "boss", about.key);
  await page.waitForSelector('.live[data-state="live"]');
  return page;
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} place
 * @param {string} [what]
 */
export async function goTo(page, place, what) {
  const hash = what === undefined ? `#/${place}` : `#/${place}/${encodeURIComponent(what)}`;
  await page.evaluate((to) => (location.hash = to), hash);
  await page.waitForSelector(`hub-${place}`);
}

/**
 * Some agents that talk to each other: every view has something to show.
 *
 * @param {import("node:test").TestContext} t
 * @param {TestHub} hub
 */
export async function conversation(t, hub) {
  const names = ["alice", "bob", "carol", "planner", "reviewer"];
  const [alice, bob, carol, planner, reviewer] = await Promise.all(names.map((name) => hub.connect(name)));
  await alice.createChannel("research");
  for (const member of [bob, carol, planner]) await member.join("research");
  const ending = new AbortController();
  t.after(() => ending.abort());
  void answering(bob, ending.signal);
  void answering(carol, ending.signal);
  await planner.send("alice", "What do we know about quotes?", { plain: true, name: "question" });
  for (const [from, to, name] of [
    [alice, ["bob"], "findings"],
    [alice, ["#research"], "plan"],
    [bob, ["carol", "alice"], "review"],
    [reviewer, ["planner"], "patch"],
    [carol, ["reviewer"], "report"],
    [alice, ["carol"], "draft"],
  ]) {
    await from.send(to, `${name}: ${"a line of it. ".repeat(12)}`, { plain: true, name });
  }
  return { alice, bob, carol, planner, reviewer };
}

/**
 * Reads, answers and acknowledges whatever is told.
 *
 * @param {import("agent-hub").Hub} hub
 * @param {AbortSignal} signal
 */
export async function answering(hub, signal) {
  try {
    for await (const note of hub.notifications({ signal })) {
      const message = await note.read();
      if (note.replyTo === undefined && !note.stream.startsWith("#")) {
        await note.reply(`got ${message.body.length} bytes`, { plain: true });
      }
      await note.ack();
    }
  } catch (error) {
    if (!signal.aborted && error.code !== "closed") throw error;
  }
}
