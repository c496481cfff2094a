// What an agent publishes of its keys, signed by itself, with a chain from the keys before.

import { SealError } from "../error.js";
import { isAgentName } from "../names.js";
import { isObject } from "../wire/shape.js";
import { concat, fromTextOf, toText } from "./bytes.js";
import { verify } from "./signing.js";
import { PublicKey } from "./suites.js";
import { words } from "./words.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** A signing key of before, and its signature on the next. @typedef {[sign: string, signature: string]} Link */

/** Most links that a bundle carries. */
export const LINKS_MAX = 32;
/** Versions are counted in 32 bits. */
const VERSION_MAX = 2 ** 32 - 1;
const FIELDS = ["agent", "enc", "prev", "sig", "sign", "v", "version"];

/**
 * The fields of a bundle, in their order.
 *
 * @typedef {object} WrittenBundle
 * @property {1} v
 * @property {string} agent
 * @property {number} version
 * @property {string} sign
 * @property {import("./suites.js").WrittenKey} enc
 * @property {Link[]} prev
 * @property {string} sig
 */

/** The public keys of an agent, checked in all that can be checked without knowing earlier ones. */
export class Bundle {
  /**
   * @param {WrittenBundle} written
   * @param {PublicKey} enc
   */
  constructor(written, enc) {
    this.written = written;
    /** Whose keys they are. */
    this.agent = written.agent;
    /** 1, and one more at each rotation. */
    this.version = written.version;
    /** The signing key, as base64url. */
    this.sign = written.sign;
    /** The encryption key. */
    this.enc = enc;
    /** Signing keys of before, oldest first; the last is of the version before. */
    this.prev = written.prev;
  }

  /**
   * Signs a bundle.
   *
   * @param {{ agent: string, version: number, enc: PublicKey, prev: Link[] }} keys
   * @param {import("./signing.js").Signer} signer
   */
  static async sign({ agent, version, enc, prev }, signer) {
    const unsigned = {
      v: /** @type {const} */ (1),
      agent,
      version,
      sign: toText(signer.publicKey),
      enc: enc.toJSON(),
      prev,
    };
    const sig = toText(await signer.sign(toSign(unsigned)));
    return new Bundle({ ...unsigned, sig }, enc);
  }

  /**
   * Reads what the directory has for an agent.
   *
   * @param {unknown} document
   * @param {string} agent
   * @returns {Promise<Bundle>}
   * @throws {SealError} `bad_bundle`.
   */
  static async read(document, agent) {
    const bad = () => new SealError("bad_bundle", agent);
    if (!isObject(document) || !isWellFormed(document, agent)) throw bad();
    const enc = await PublicKey.read(document.enc);
    if (!enc || document.agent !== agent) throw bad();
    const { v, version, sign, prev, sig } = document;
    const bundle = new Bundle({ v, agent, version, sign, enc: enc.toJSON(), prev, sig }, enc);
    if (!(await bundle.#signaturesHold()) || !(await enc.isUsable())) throw bad();
    return bundle;
  }

  /** The six words that people compare. */
  words() {
    return words(this.agent, /** @type {Bytes} */ (fromTextOf(this.sign, 32)));
  }

  /**
   * Where a version is in `prev`; `undefined` if it is not.
   *
   * @param {number} version
   */
  indexOf(version) {
    const index = version - (this.version - this.prev.length);
    return index >= 0 && index < this.prev.length ? index : undefined;
  }

  /**
   * @param {Bundle} other
   */
  isSameAs(other) {
    return JSON.stringify(this.written) === JSON.stringify(other.written);
  }

  async #signaturesHold() {
    const { sig, ...unsigned } = this.written;
    if (!(await holds(this.sign, sig, toSign(unsigned)))) return false;
    const first = this.version - this.prev.length;
    for (const [index, [sign, signature]] of this.prev.entries()) {
      const next = this.prev[index + 1]?.[0] ?? this.sign;
      if (!(await holds(sign, signature, linkBytes(this.agent, first + index, sign, next)))) return false;
    }
    return true;
  }
}

/**
 * @param {Record<string, unknown>} document
 * @param {string} agent
 * @returns {document is Record<string, unknown> & WrittenBundle}
 */
function isWellFormed(document, agent) {
  const { v, version, sign, prev, sig } = document;
  const isKnown = Object.keys(document).sort().join() === FIELDS.join();
  const isLink = (/** @type {unknown} */ link) =>
    Array.isArray(link) && link.length === 2 && fromTextOf(link[0], 32) && fromTextOf(link[1], 64);
  return (
    isKnown &&
    v === 1 &&
    isAgentName(agent) &&
    typeof version === "number" &&
    Number.isInteger(version) &&
    version <= VERSION_MAX &&
    Array.isArray(prev) &&
    prev.length <= LINKS_MAX &&
    prev.length < version &&
    prev.every(isLink) &&
    fromTextOf(sign, 32) !== undefined &&
    fromTextOf(sig, 64) !== undefined
  );
}

/** @param {Omit<WrittenBundle, "sig">} unsigned */
function toSign({ v, agent, version, sign, enc, prev }) {
  return concat("agent-hub key bundle v1\0", JSON.stringify({ v, agent, version, sign, enc, prev }));
}

/**
 * What the key of `version` signs to make `next` its successor.
 *
 * @param {string} agent
 * @param {number} version
 * @param {string} sign
 * @param {string} next
 */
export function linkBytes(agent, version, sign, next) {
  return concat("agent-hub key link v1\0", JSON.stringify([agent, version, sign, next]));
}

/**
 * @param {string} sign
 * @param {string} signature
 * @param {Bytes} bytes
 */
async function holds(sign, signature, bytes) {
  const [key, by] = [fromTextOf(sign, 32), fromTextOf(signature, 64)];
  return key !== undefined && by !== undefined && verify(key, by, bytes);
}
