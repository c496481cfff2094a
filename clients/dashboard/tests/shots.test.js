// Pictures of every view, light and dark, on a desk and on a phone: into AGENT_HUB_SHOTS, or a folder of their own.

import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { conversation, dashboard, goTo, openPage, VIEWS, world } from "./dashboard.js";

const timeout = 300_000;

test("pictures of every view are taken", { timeout }, async (t) => {
  const folder = process.env.AGENT_HUB_SHOTS ?? (await mkdtemp(join(tmpdir(), "agent-hub-shots-")));
  await mkdir(folder, { recursive: true });
  t.diagnostic(`pictures are in ${folder}`);
  const about = await world(t);
  const { alice, planner, reviewer } = await conversation(t, about.hub);
  await alice.send("boss", "The quotes are in: three suppliers, nine days.", { plain: true, name: "quotes" });
  const ticking = setInterval(() => {
    void alice.send(["bob", "#research"], "tick", { plain: true, name: "findings" }).catch(() => {});
    void planner.send("carol", "tick", { plain: true, name: "stock-levels" }).catch(() => {});
    void reviewer.send("planner", "tick", { plain: true, name: "patch" }).catch(() => {});
  }, 400);
  t.after(() => clearInterval(ticking));
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    for (const size of /** @type {const} */ (["desktop", "phone"])) {
      const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}-${theme}-${size}.png`) });
      await shoot(await openPage(t, about, { theme, size }), "login");
      const page = await dashboard(t, about, { theme, size });
      await page.waitForTimeout(3_000);
      for (const view of VIEWS) {
        await goTo(page, view);
        await page.waitForTimeout(view === "map" ? 4_000 : 800);
        await shoot(page, view);
      }
      await goTo(page, "agents", "alice");
      await page.waitForSelector("agent-panel .panel-actions");
      await page.waitForTimeout(500);
      await shoot(page, "agent");
      await goTo(page, "life");
      await page.click('.life-list tbody tr:has-text("#research") td.cell-title a >> nth=1');
      await page.waitForSelector("item-life .moments");
      await page.waitForTimeout(1_000);
      await shoot(page, "message");
    }
  }
});
