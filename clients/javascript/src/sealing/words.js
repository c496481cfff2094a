// Six words that people can compare: 96 bits of a signing key's hash as proquints (D. Wilkerson, arXiv:0901.4016).

import { hash } from "./bytes.js";

const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";

/**
 * The six words of an agent's signing key, separated by spaces.
 *
 * @param {string} agent
 * @param {Uint8Array} sign The public signing key.
 */
export async function words(agent, sign) {
  const hashed = await hash("agent-hub key words v1\0", agent, "\0", sign);
  const view = new DataView(hashed.buffer);
  return [0, 2, 4, 6, 8, 10].map((at) => proquint(view.getUint16(at))).join(" ");
}

/**
 * Whether two people mean the same words, however they separate them.
 *
 * @param {string} one
 * @param {string} other
 */
export function areSame(one, other) {
  const bare = (/** @type {string} */ text) =>
    text
      .toLowerCase()
      .split(/[\s-]+/)
      .filter(Boolean)
      .join(" ");
  return bare(one) === bare(other);
}

/**
 * Two bytes as five letters.
 *
 * @param {number} bits
 */
export function proquint(bits) {
  const letters = [
    CONSONANTS[(bits >> 12) & 15],
    VOWELS[(bits >> 10) & 3],
    CONSONANTS[(bits >> 6) & 15],
    VOWELS[(bits >> 4) & 3],
    CONSONANTS[bits & 15],
  ];
  return letters.join("");
}
