// The public keys that an agent published, and the six words of its signing key, as `agent-hub keys show` prints them.

import { fromTextOf } from "/client/sealing/bytes.js";
import { words } from "/client/sealing/words.js";
import { copyBlock } from "../../parts/copy.js";
import { h } from "../../parts/element.js";
import { short } from "../../parts/inert.js";

const SIGN_BYTES = 32;

/**
 * @param {string} agent
 * @param {unknown} keys As the agent wrote them: anything.
 * @returns {Promise<HTMLElement>}
 */
export async function keyCard(agent, keys) {
  if (keys === undefined) {
    const text = "None published: only plain messages can be sent to it. Its own machine makes them:";
    return h(
      "div",
      { class: "field" },
      h("p", { class: "soft" }, text),
      copyBlock(`agent-hub keys init --as ${agent}`, "the command"),
    );
  }
  const { sign, version, enc } = /** @type {Record<string, unknown>} */ (keys && typeof keys === "object" ? keys : {});
  const bytes = fromTextOf(sign, SIGN_BYTES);
  if (!bytes) return h("p", { class: "soft" }, "What it published is no bundle of keys that this page knows.");
  const suite = Array.isArray(enc) && typeof enc[0] === "string" ? short(enc[0], 20) : "unknown";
  return h(
    "div",
    { class: "field" },
    await sixWords(agent, bytes),
    h(
      "p",
      { class: "hint" },
      `Version ${Number.isSafeInteger(version) ? version : "?"} · ${suite}. These words are the hub’s to tell: compare them with what the agent’s own machine prints.`,
    ),
    copyBlock(`agent-hub keys show --as ${agent}`, "the command that shows the words where the agent runs"),
  );
}

/**
 * @param {string} agent
 * @param {Uint8Array} sign
 */
async function sixWords(agent, sign) {
  try {
    const list = (await words(agent, sign)).split(" ");
    return h("p", { class: "words", "aria-label": "Six words" }, ...list.map((word) => [h("span", null, word), " "]));
  } catch {
    return h(
      "p",
      { class: "soft" },
      "This browser computes the six words only on pages that came over HTTPS or from this machine.",
    );
  }
}
