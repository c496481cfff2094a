// Debian's Chromium, for tests.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PATH = process.env.AGENT_HUB_CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it; whoever does closes it. */
export function launch() {
  assert.ok(
    existsSync(PATH),
    `there is no Chromium at ${PATH}: install Debian's package chromium, or set AGENT_HUB_CHROMIUM`,
  );
  return chromium.launch({ executablePath: PATH, args: FLAGS });
}
