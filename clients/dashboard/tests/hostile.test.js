// What agents write is inert: 500 names made to do harm change nothing on the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard, goTo, VIEWS, world } from "./dashboard.js";

const timeout = 180_000;
const COUNT = 500;

const SEEDS = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=document.title='owned'>",
  "</bdi></span><h1 id=owned>owned</h1>",
  "javascript:document.title='owned'",
  "=cmd|' /C calc'!A0",
  "@SUM(1+1)",
  "مرحبا بالعالم",
  "שלום עולם",
  "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a",
  "W".repeat(100),
  "😀".repeat(50),
  "ﷺ".repeat(100),
  "__proto__",
  "constructor",
  "'\"`;--${7*7}{{7*7}}",
];

/** @param {number} at */
function name(at) {
  return [...`${SEEDS[at % SEEDS.length]} ${at}`].slice(-100).join("");
}

test("500 hostile names change nothing", { timeout }, async (t) => {
  const about = await world(t);
  const wide = "w".repeat(64);
  const [alice, other] = [await about.hub.connect("alice"), await about.hub.connect(wide)];
  const page = await dashboard(t, about);
  for (let begun = 0; begun < COUNT; begun += 50) {
    const sending = Array.from({ length: 50 }, (_, at) =>
      (at % 2 ? alice : other).send(at % 3 ? wide : "alice", name(begun + at), { plain: true, name: name(begun + at) }),
    );
    await Promise.all(sending);
  }
  // Names that the hub itself refuses reach the page by way of the audit log.
  for (const bad of ["\u202eevil", "<b>x</b>"]) {
    const headers = { "x-api-key": "ahub_x", username: encodeURIComponent(bad) };
    await fetch(`${about.hub.url}/login`, { method: "POST", headers });
  }
  for (const view of VIEWS) {
    await goTo(page, view);
    await page.waitForTimeout(700);
    await checkInert(page, view);
  }
  const { items } = await itemsOf(page);
  for (const item of items.slice(0, SEEDS.length)) {
    await goTo(page, "life", item);
    await page.waitForSelector("item-life .moments");
    await checkInert(page, `life of ${item}`);
  }
});

/** Ids of what was published last, as the page lists them. */
async function itemsOf(page) {
  await goTo(page, "life");
  await page.waitForSelector(".life-list tbody tr");
  const links = await page.$$eval(".life-list td.cell-title a", (list) =>
    list.map((each) => each.getAttribute("href")),
  );
  return { items: links.map((href) => href.split("/").at(-1)) };
}

async function checkInert(page, where) {
  const found = await page.evaluate(() => ({
    title: document.title,
    strangers: document.querySelectorAll("h1#owned, body img, body script, body iframe, hub-shell h1 h1").length,
    styled: document.querySelectorAll("[onerror], [onload], [onclick]").length,
    wide: document.documentElement.scrollWidth - innerWidth,
    links: [...document.querySelectorAll("a[href]")].filter(
      (link) => !/^(#|\/docs$)/.test(link.getAttribute("href") ?? ""),
    ).length,
  }));
  assert.ok(!found.title.includes("owned"), where);
  const { strangers, styled, links } = found;
  assert.deepEqual({ strangers, styled, links }, { strangers: 0, styled: 0, links: 0 }, where);
  assert.ok(found.wide <= 0, `${where} is ${found.wide}px too wide`);
}
