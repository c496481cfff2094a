// That everybody can use the page: contrast in both themes, names for all that can be used, an order of the focus, a phone's
// width, and no movement for those who want none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contrasts } from "./contrast.js";
import { conversation, dashboard, goTo, openPage, VIEWS, world } from "./dashboard.js";

const timeout = 240_000;

test(
  "text has a contrast of 4.5, and what can be used one of 3, in every view and both themes",
  { timeout },
  async (t) => {
    const about = await world(t);
    const { alice } = await conversation(t, about.hub);
    await alice.send("boss", "for you", { plain: true });
    for (const theme of /** @type {const} */ (["light", "dark"])) {
      const login = await openPage(t, about, { theme });
      assert.deepEqual(await login.evaluate(contrasts), [], `login, ${theme}`);
      const page = await dashboard(t, about, { theme, calm: true });
      await alice.send("bob", "x", { plain: true });
      for (const view of VIEWS) {
        await goTo(page, view, view === "agents" ? "alice" : undefined);
        await page.waitForTimeout(1_200);
        assert.deepEqual(await page.evaluate(contrasts), [], `${view}, ${theme}`);
      }
      await page.click("text=All messages", { timeout: 100 }).catch(() => {});
      await page.keyboard.press("?");
      assert.deepEqual(await page.evaluate(contrasts), [], `help, ${theme}`);
    }
  },
);

test("whatever can be used or looked at has a name", { timeout }, async (t) => {
  const about = await world(t);
  await conversation(t, about.hub);
  const page = await dashboard(t, about);
  const session = await page.context().newCDPSession(page);
  const roles = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "checkbox",
    "img",
    "image",
    "dialog",
    "grid",
    "table",
  ];
  for (const view of VIEWS) {
    await goTo(page, view, view === "agents" ? "bob" : undefined);
    await page.waitForTimeout(800);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const nameless = nodes.filter(
      ({ ignored, role, name }) => !ignored && roles.includes(role?.value) && !name?.value?.trim(),
    );
    assert.deepEqual(
      nameless.map(({ role, backendDOMNodeId }) => `${view}: ${role.value} ${backendDOMNodeId}`),
      [],
    );
  }
});

test(
  "the focus goes from the skip link through the views to what is shown, and is always seen",
  { timeout },
  async (t) => {
    const about = await world(t);
    await conversation(t, about.hub);
    const page = await dashboard(t, about);
    for (const view of VIEWS) {
      await goTo(page, view);
      await page.waitForTimeout(500);
      await page.evaluate(() => {
        // From here the next Tab begins.
        document.body.tabIndex = -1;
        document.body.focus();
        document.body.removeAttribute("tabindex");
      });
      const stops = [];
      for (let at = 0; at < 18; at += 1) {
        await page.keyboard.press("Tab");
        stops.push(await page.evaluate(focused));
      }
      assert.equal(stops[0].text, "Skip to the view", view);
      const titles = ["Traffic", "Map", "Agents", "Messages", "Hub", "Compose", "Audit"];
      assert.deepEqual(
        stops.slice(1, 8).map(({ text }) => text),
        titles,
      );
      for (const stop of stops) assert.ok(stop.isSeen, `${view}: the focus is not seen on ${stop.text}`);
      assert.ok(
        stops.slice(11).some(({ isInMain }) => isInMain),
        `${view}: the focus reaches nothing that is shown`,
      );
    }
  },
);

/** What has the focus, in the page. */
function focused() {
  const element = /** @type {HTMLElement} */ (document.activeElement);
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    text: (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 40),
    isSeen:
      element === document.body || (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && box.width > 0),
    isInMain: element.closest("main") !== null,
  };
}

test("keys walk through the traffic, the agents and a chart", { timeout }, async (t) => {
  const about = await world(t);
  const { alice } = await conversation(t, about.hub);
  const page = await dashboard(t, about);
  await alice.send("bob", "x", { plain: true, name: "walked" });
  await page.waitForSelector(".traffic-row >> text=walked");
  await page.focus("virtual-list");
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector("text=Held while you read");
  await page.keyboard.press("3");
  await page.waitForSelector("hub-agents tbody tr");
  await page.focus("hub-agents tbody tr[tabindex='0']");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("agent-panel .panel-actions");
  await page.keyboard.press("Escape");
  await page.waitForSelector("agent-panel", { state: "hidden" });
  await page.keyboard.press("5");
  await page.waitForFunction(() => document.querySelector(".chart path.line") !== null, undefined, { timeout: 30_000 });
  await page.focus(".chart svg");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => /published/.test(document.querySelector(".chart p[aria-live]")?.textContent ?? ""));
});

test(
  "every view fits into 360 pixels and onto a desk, and nothing moves for those who want no movement",
  { timeout },
  async (t) => {
    const about = await world(t);
    const { alice } = await conversation(t, about.hub);
    for (const size of /** @type {const} */ (["small", "desktop"])) {
      const page = await dashboard(t, about, { size, calm: true });
      await alice.send("bob", "x", { plain: true, name: "n".repeat(100) });
      for (const view of VIEWS) {
        await goTo(page, view, view === "agents" ? "alice" : undefined);
        await page.waitForTimeout(600);
        const found = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth - innerWidth,
          main: (document.querySelector("main")?.scrollWidth ?? 0) - (document.querySelector("main")?.clientWidth ?? 0),
          moving: document.getAnimations().filter(({ playState }) => playState === "running").length,
        }));
        assert.deepEqual(found, { wide: 0, main: 0, moving: 0 }, `${view}, ${size}`);
        if (view === "traffic") assert.deepEqual(await page.evaluate(cutOff), [], size);
      }
    }
  },
);

/** Signs of kinds that stand beyond the edge, and cannot be scrolled to. */
function cutOff() {
  const chips = /** @type {HTMLElement} */ (document.querySelector(".chips"));
  if (getComputedStyle(chips).overflowX === "auto") return [];
  const edge = /** @type {Element} */ (document.querySelector(".traffic-table")).getBoundingClientRect().right;
  const all = [...chips.children];
  return all.filter((chip) => chip.getBoundingClientRect().right > edge + 1).map((chip) => chip.textContent);
}
