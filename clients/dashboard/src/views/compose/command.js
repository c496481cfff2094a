// The command that sends the same, encrypted: whatever somebody wrote into the form, a shell takes it as exactly that.

import { isPrintable, printing, quoted } from "../../parts/shell-words.js";

/** A longer word does not fit on a command line of every system. */
const WORD_MAX_BYTES = 100_000;

/**
 * @typedef {object} Draft
 * @property {string[]} to
 * @property {string} name
 * @property {string} body
 * @property {number} ttlS
 * @property {boolean} oneTime
 */

/**
 * @param {Draft} draft
 * @param {{ operator: string, hub: string }} from
 */
export function sendCommand({ to, name, body, ttlS, oneTime }, { operator, hub }) {
  const words = ["agent-hub", "send", "--as", quoted(operator), "--hub", quoted(hub)];
  if (isExposed(hub)) words.push("--insecure");
  // In one word: a name may begin with a dash.
  if (name !== "" && name !== "message")
    words.push(isPrintable(name) ? `--name=${quoted(name)}` : `--name="$(${printing(name)})"`);
  words.push(`--ttl=${ttlS}s`);
  if (oneTime) words.push("--once");
  words.push("--", to.length > 0 ? quoted(to.join(",")) : "NAME");
  if (body === "") return `${words.join(" ")} TEXT`;
  const bytes = new TextEncoder().encode(body).length;
  if (bytes > WORD_MAX_BYTES) return `${words.join(" ")} < FILE`;
  // `-` alone would mean standard input, and what is not printable must not reach a terminal.
  if (body === "-" || !isPrintable(body)) return `${printing(body)} | ${words.join(" ")}`;
  return `${words.join(" ")} ${quoted(body)}`;
}

/**
 * Whether a key would go over the network in plain text: the command line then wants to be told that this is meant.
 *
 * @param {string} hub
 */
function isExposed(hub) {
  const { protocol, hostname } = new URL(hub);
  return protocol === "http:" && hostname !== "localhost" && hostname !== "[::1]" && !hostname.startsWith("127.");
}
