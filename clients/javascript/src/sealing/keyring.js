// An agent's private keys. They never leave its storage.

import { HubError } from "../error.js";
import { isObject, parse } from "../wire/shape.js";
import { Bundle, linkBytes, LINKS_MAX } from "./bundle.js";
import { fromTextOf, random, toText } from "./bytes.js";
import { Signer } from "./signing.js";
import { PrivateKey } from "./suites.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./suites.js").Suite} Suite */

/** Retired encryption keys that are kept, for what is still under way. */
const RETIRED_MAX = 8;

/** The private keys of one agent. */
export class Keyring {
  #seed;

  /**
   * @param {object} keys
   * @param {string} keys.agent
   * @param {number} keys.version
   * @param {Bytes} keys.seed Of the signing key.
   * @param {Signer} keys.signer
   * @param {PrivateKey} keys.enc
   * @param {import("./bundle.js").Link[]} keys.prev
   * @param {PrivateKey[]} keys.retired Newest first.
   */
  constructor({ agent, version, seed, signer, enc, prev, retired }) {
    this.agent = agent;
    this.version = version;
    this.#seed = seed;
    this.signer = signer;
    this.enc = enc;
    this.prev = prev;
    this.retired = retired;
  }

  /**
   * Draws new keys, without a chain from any before.
   *
   * @param {string} agent
   * @param {Suite} suite
   */
  static async draw(agent, suite) {
    const seed = random(32);
    const [signer, enc] = [await Signer.from(seed), await PrivateKey.draw(suite)];
    return new Keyring({ agent, version: 1, seed, signer, enc, prev: [], retired: [] });
  }

  /**
   * Draws the next version of both keys; the signing key of now signs the next.
   *
   * @param {Suite} suite
   */
  async rotate(suite) {
    const next = await Keyring.draw(this.agent, suite);
    const [mine, theirs] = [toText(this.signer.publicKey), toText(next.signer.publicKey)];
    const signature = toText(await this.signer.sign(linkBytes(this.agent, this.version, mine, theirs)));
    next.version = this.version + 1;
    next.prev = [...this.prev, /** @type {import("./bundle.js").Link} */ ([mine, signature])].slice(-LINKS_MAX);
    next.retired = [this.enc, ...this.retired].slice(0, RETIRED_MAX);
    return next;
  }

  /**
   * Reads what the storage has for an agent.
   *
   * @param {string} json
   * @param {string} agent
   * @param {string} place For people.
   * @returns {Promise<Keyring>}
   * @throws {HubError} `profile`: it is damaged, or another agent's.
   */
  static async read(json, agent, place) {
    const written = parse(json);
    const keyring = isObject(written) && written.agent === agent ? await fromWritten(written, agent) : undefined;
    if (!keyring) throw new HubError("profile", `${place} holds no keys of ${agent}, or is damaged`);
    return keyring;
  }

  /** For the storage: secret. */
  toJSON() {
    const { agent, version, enc, prev, retired } = this;
    return { agent, version, sign: toText(this.#seed), enc, prev, retired };
  }

  /** What others know them by. */
  bundle() {
    const { agent, version, prev } = this;
    return Bundle.sign({ agent, version, enc: this.enc.publicKey, prev }, this.signer);
  }

  /**
   * The private key that an envelope names, also a retired one.
   *
   * @param {Suite} suite
   * @param {string} id
   */
  find(suite, id) {
    return [this.enc, ...this.retired].find(({ publicKey }) => publicKey.suite === suite && publicKey.id === id);
  }
}

/**
 * @param {Record<string, unknown>} written
 * @param {string} agent
 */
async function fromWritten({ version, sign, enc: current, prev = [], retired: earlier = [] }, agent) {
  const [seed, enc] = [fromTextOf(sign, 32), await PrivateKey.read(current)];
  const isWhole = typeof version === "number" && Number.isInteger(version) && version > 0;
  if (!seed || !enc || !isWhole || !Array.isArray(prev) || !Array.isArray(earlier)) return undefined;
  const areLinks = prev.every((link) => Array.isArray(link) && fromTextOf(link[0], 32) && fromTextOf(link[1], 64));
  const retired = [];
  for (const each of earlier) {
    const key = await PrivateKey.read(each);
    if (!key) return undefined;
    retired.push(key);
  }
  if (!areLinks || prev.length >= version) return undefined;
  return new Keyring({ agent, version, seed, signer: await Signer.from(seed), enc, prev, retired });
}
