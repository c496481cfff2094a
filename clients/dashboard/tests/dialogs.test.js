// Dialogs by keyboard: the focus begins where somebody has something to do, and goes back; a key is not lost by one key too many.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard, goTo, world } from "./dashboard.js";

const timeout = 120_000;

/** What has the focus. */
const focused = (page) =>
  page.evaluate(
    () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim(),
  );

test("a name and Enter make an agent, and another Enter does not lose its key", { timeout }, async (t) => {
  const about = await world(t);
  const page = await dashboard(t, about);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await goTo(page, "agents");
  await page.click("text=New agent");
  await page.keyboard.type("gina");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=gina is there");
  assert.equal(await focused(page), "Copy the API key of gina");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.waitForSelector("text=The key was not copied");
  assert.equal(await focused(page), "Back to the key");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "Copy the API key of gina");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog .toast >> text=Copied.");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^ahub_/);
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.equal(await focused(page), "New agent");
});

test("what asks begins with what can be answered, and gives the focus back", { timeout }, async (t) => {
  const about = await world(t);
  await about.hub.key("bob");
  const page = await dashboard(t, about);
  await goTo(page, "agents", "bob");
  for (const [button, first] of [
    ["Rotate key", "choice-overlap"],
    ["Make operator", "Cancel"],
    ["Disable", "Cancel"],
  ]) {
    await page.focus(`agent-panel .panel-actions >> text=${button}`);
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    const at = await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
    assert.equal(at, first, button);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.equal(await focused(page), button);
  }
  await page.focus("agent-panel .panel-actions >> text=Rotate key");
  await page.keyboard.press("Enter");
  await page.click("dialog button[type=submit]");
  await page.waitForSelector("text=The new key of bob");
  assert.equal(await focused(page), "Copy the API key of bob");
  await page.click('dialog [aria-label="Close"]');
  await page.click("text=Close without it");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.equal(await focused(page), "Rotate key");
});
