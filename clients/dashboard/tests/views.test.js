// What views say, and that they have room for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conversation, dashboard, goTo, VIEWS, world } from "./dashboard.js";

const timeout = 240_000;

test("every view scrolls in itself: the document never does", { timeout }, async (t) => {
  const about = await world(t);
  await conversation(t, about.hub);
  for (const size of /** @type {const} */ (["wide", "narrow"])) {
    const page = await dashboard(t, about, { size });
    for (const view of VIEWS) {
      await goTo(page, view, view === "agents" ? "alice" : undefined);
      await page.waitForTimeout(1_200);
      const beyond = await page.evaluate(() => (document.scrollingElement?.scrollHeight ?? 0) - innerHeight);
      assert.equal(beyond, 0, `${view}, ${size}`);
    }
    await page.context().close();
  }
});

test("what a field asks for is read whole", { timeout }, async (t) => {
  const about = await world(t);
  for (const size of /** @type {const} */ (["wide", "middle", "narrow"])) {
    const page = await dashboard(t, about, { size });
    for (const view of VIEWS) {
      await goTo(page, view);
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(clipped), [], `${view}, ${size}`);
    }
    await page.context().close();
  }
});

/** Placeholders that are wider than their fields, and dates that are. */
function clipped() {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  return [...document.querySelectorAll("main input:not([type=checkbox])")].flatMap((each) => {
    const input = /** @type {HTMLInputElement} */ (each);
    const { font, paddingLeft, paddingRight } = getComputedStyle(input);
    const room = input.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    context.font = font;
    const isDate = input.type === "datetime-local";
    // What chooses a date, or empties a search, stands beside the text.
    const button = isDate ? 24 : input.type === "search" ? 16 : 0;
    const width = context.measureText(isDate ? "mm/dd/yyyy, --:-- --" : input.placeholder).width + button;
    return width > room ? [`${input.placeholder || input.id}: ${Math.ceil(width)} in ${room}`] : [];
  });
}

test("agents who are there were seen now, and rates say since when they count", { timeout }, async (t) => {
  const about = await world(t);
  const { alice } = await conversation(t, about.hub);
  await about.hub.key("slowpoke");
  const page = await dashboard(t, about);
  await alice.send("slowpoke", "x", { plain: true, name: "todo" });
  await goTo(page, "agents", "slowpoke");
  await page.waitForSelector("agent-panel .recent >> text=alice → slowpoke");
  await page.waitForSelector("agent-panel .facts >> text=/^Sent since \\d+ s$/");
  await goTo(page, "agents");
  await page.waitForSelector("th >> text=/^Sent · told since \\d+ s$/");
  const seen = await page.$$eval(".agents-list tbody tr", (rows) =>
    rows.flatMap((row) =>
      row.querySelector('[data-presence="online"]') ? [row.querySelector(".cell-last_seen")?.textContent] : [],
    ),
  );
  assert.ok(seen.length >= 3, "nobody is online");
  assert.deepEqual([...new Set(seen)], ["now"]);
});

test("a push has the name of what was pushed, and its time stands where the others do", { timeout }, async (t) => {
  const about = await world(t);
  const { alice } = await conversation(t, about.hub);
  const page = await dashboard(t, about, { size: "narrow" });
  await alice.send("bob", "x", { plain: true, name: "a name that is rather long for a phone" });
  await page.waitForSelector('.traffic-row[data-kind="pushed"] .what >> text=/^a name that .* · …[0-9a-f]{4}$/');
  const edges = await page.$$eval(".traffic-row:not([hidden]) .time", (times) => [
    ...new Set(times.map((time) => Math.round(time.getBoundingClientRect().right)).filter((right) => right > 0)),
  ]);
  assert.equal(edges.length, 1, `times end at ${edges.join(", ")}`);
});

test("one rate stands in both places, whatever view one comes from", { timeout }, async (t) => {
  const about = await world(t);
  const { alice } = await conversation(t, about.hub);
  const page = await dashboard(t, about);
  const ticking = setInterval(() => void alice.send("carol", "x", { plain: true }).catch(() => {}), 300);
  t.after(() => clearInterval(ticking));
  await page.waitForTimeout(3_000);
  for (const view of ["map", "traffic", "agents", "traffic"]) {
    await goTo(page, view);
    if (view !== "traffic") continue;
    await page.waitForFunction(() => document.querySelector(".pulse-now")?.textContent !== "");
    const told = await page.evaluate(() =>
      [".pulse-now", ".state-rate"].map((at) => document.querySelector(at)?.textContent),
    );
    assert.equal(`${told[0]}/s`, told[1]);
  }
});

test("what is gone does not expire, and who sent it is not waited for", { timeout }, async (t) => {
  const about = await world(t);
  const { alice } = await conversation(t, about.hub);
  await about.hub.key("slowpoke");
  const page = await dashboard(t, about);
  const { token } = await alice.send("slowpoke", "x", { plain: true, name: "taken back" });
  await alice.withdraw(token);
  await page.click('.traffic-row[data-kind="published"] >> text=taken back');
  await page.waitForSelector("item-life .facts >> text=Withdrawn");
  await page.waitForSelector('item-life [aria-label="Recipients"] td >> text=never');
  assert.equal(await page.getByText("Expires in").count(), 0);
  await goTo(page, "traffic");
  // The row that was opened holds the list.
  await page.keyboard.press("l");
  await alice.send("#research", "x", { plain: true, name: "to all" });
  await page.click('.traffic-row[data-kind="published"] >> text=to all');
  await page.waitForSelector('item-life [aria-label="Recipients"] td >> text=sent it');
  const pushed = await page.locator('.steps li:has-text("pushed") > span').nth(1).textContent();
  assert.match(pushed ?? "", / of 3$/);
});

test("what names no message is said to be none", { timeout }, async (t) => {
  const about = await world(t);
  await conversation(t, about.hub);
  const page = await dashboard(t, about);
  await goTo(page, "life");
  await page.waitForSelector(".life-list tbody tr");
  await page.fill("hub-life input", "nonsense!!");
  await page.keyboard.press("Enter");
  const isLost = async (text) => {
    await page.waitForSelector(`hub-life >> text=“${text}” is no item’s id`);
    // Longer than it takes to load the list anew.
    await page.waitForTimeout(3_500);
    assert.equal(await page.locator(".life-list tbody tr:visible").count(), 0, text);
  };
  await isLost("nonsense!!");
  await page.fill("hub-life input", "nobody");
  await page.keyboard.press("Enter");
  await page.waitForSelector("hub-life >> text=Nothing was sent to nobody");
  await page.fill("hub-life input", "bob");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".life-list tbody tr:visible");
  await goTo(page, "life", "nope");
  await isLost("nope");
  await page.click("text=All messages");
  await page.waitForSelector(".life-list tbody tr:visible");
});

test("a token that is searched leads to its message, and stands in no address", { timeout }, async (t) => {
  const about = await world(t);
  const { alice } = await conversation(t, about.hub);
  const page = await dashboard(t, about);
  const { token } = await alice.send("bob", "x", { plain: true, name: "searched" });
  await goTo(page, "life");
  await page.fill("hub-life input", token);
  await page.keyboard.press("Enter");
  await page.waitForSelector("item-life >> text=searched");
  assert.match(page.url(), /#\/life\/[0-9a-f-]{36}$/);
  assert.ok(!page.url().includes(token));
});

test("views that are left at once leave nothing behind", { timeout }, async (t) => {
  const about = await world(t);
  await conversation(t, about.hub);
  const page = await dashboard(t, about);
  // A page that complains fails the test.
  for (let round = 0; round < 4; round += 1) {
    for (const view of VIEWS) {
      await goTo(page, view);
      await page.evaluate(() => {
        for (const each of document.querySelectorAll("main th button, main form button")) {
          /** @type {HTMLElement} */ (each).click();
        }
      });
    }
  }
  await page.waitForTimeout(500);
});

test("what a chart is marked with stands in its card, and the moments are even", { timeout }, async (t) => {
  const about = await world(t);
  await conversation(t, about.hub);
  for (const size of /** @type {const} */ (["wide", "narrow"])) {
    const page = await dashboard(t, about, { size });
    await goTo(page, "hub");
    await page.waitForFunction(() => document.querySelector(".chart text") !== null, undefined, { timeout: 30_000 });
    const out = await page.$$eval(".chart", (charts) =>
      charts
        .flatMap((chart) => {
          const { left, right } = chart.getBoundingClientRect();
          const texts = [...chart.querySelectorAll("svg text")];
          return texts.filter((text) => {
            const box = text.getBoundingClientRect();
            return box.left < left + 12 || box.right > right - 2;
          });
        })
        .map((text) => text.textContent),
    );
    assert.deepEqual(out, [], size);
    await page.context().close();
  }
});

test("the map is walked with the keyboard", { timeout }, async (t) => {
  const about = await world(t);
  await conversation(t, about.hub);
  const page = await dashboard(t, about);
  await goTo(page, "map");
  await page.waitForFunction(() => (document.querySelector(".map-caption")?.textContent ?? "").includes("agents"));
  await page.focus("map-chart canvas");
  const name = () => page.textContent(".map-panel h2 .inert");
  await page.keyboard.press("PageDown");
  const first = await name();
  await page.keyboard.press("PageDown");
  assert.notEqual(await name(), first);
  await page.keyboard.press("PageUp");
  assert.equal(await name(), first);
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => document.activeElement?.closest(".map-panel") !== null));
  await page.keyboard.press("Escape");
  await page.waitForSelector(".map-panel", { state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "CANVAS");
  await page.fill(".map-find input", "nobody-there");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".toast >> text=nobody-there is not on the map");
  await page.fill(".map-find input", "bob");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".map-panel h2 .inert")?.textContent === "bob");
});
