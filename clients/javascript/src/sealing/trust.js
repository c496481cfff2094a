// Whose keys are believed: trust at first use, and from then on only by a chain.

import { HubError, SealError } from "../error.js";
import { isAgentName } from "../names.js";
import { isObject, parse } from "../wire/shape.js";
import { fromTextOf } from "./bytes.js";
import { PublicKey } from "./suites.js";
import { words } from "./words.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./bundle.js").Bundle} Bundle */

/** How long an earlier signing key is believed after a newer one was learned: 7 days. */
const PAST_FOR_MS = 7 * 24 * 3_600_000;

/** The keys of an agent, as they are believed. */
export class Pin {
  /**
   * @param {object} pin
   * @param {number} pin.version
   * @param {string} pin.sign As base64url.
   * @param {PublicKey} pin.enc
   * @param {boolean} pin.verified
   * @param {[sign: string, untilMs: number][]} pin.past
   */
  constructor({ version, sign, enc, verified, past }) {
    /** Their version. */
    this.version = version;
    /** The public signing key, as base64url. */
    this.sign = sign;
    /** The public encryption key. */
    this.enc = enc;
    /** Whether somebody compared the words. */
    this.verified = verified;
    /** Earlier signing keys, and until when they are believed. */
    this.past = past;
  }

  /**
   * Accepts the bundle that the directory has now, given what was believed before.
   *
   * @param {Pin | undefined} before
   * @param {Bundle} bundle
   * @param {number} nowMs
   * @returns {Pin}
   * @throws {SealError} `key_changed`, `key_rolled_back`.
   */
  static accept(before, bundle, nowMs) {
    const { agent, version, sign, enc, prev } = bundle;
    if (before && version < before.version) throw new SealError("key_rolled_back", agent);
    if (before && version === before.version) {
      if (sign === before.sign && isSameKey(enc, before.enc)) return before;
      throw new SealError("key_changed", agent);
    }
    const index = before ? bundle.indexOf(before.version) : 0;
    if (index === undefined || (before && prev[index]?.[0] !== before.sign)) throw new SealError("key_changed", agent);
    const learned = prev.slice(index).map(([key]) => /** @type {[string, number]} */ ([key, nowMs + PAST_FOR_MS]));
    const stillGood = before?.past.filter(([, untilMs]) => nowMs < untilMs) ?? [];
    return new Pin({ version, sign, enc, verified: before?.verified ?? false, past: [...stillGood, ...learned] });
  }

  /**
   * From JSON; `undefined` if it is none.
   *
   * @param {unknown} written
   * @returns {Promise<Pin | undefined>}
   */
  static async read(written) {
    if (!isObject(written)) return undefined;
    const { version, sign, verified = false, past = [] } = written;
    const enc = await PublicKey.read(written.enc);
    const isPast = (/** @type {unknown} */ each) =>
      Array.isArray(each) && fromTextOf(each[0], 32) !== undefined && Number.isSafeInteger(each[1]);
    if (!enc || typeof version !== "number" || !Number.isSafeInteger(version) || typeof sign !== "string")
      return undefined;
    if (!fromTextOf(sign, 32) || typeof verified !== "boolean" || !Array.isArray(past) || !past.every(isPast))
      return undefined;
    return new Pin({ version, sign, enc, verified, past });
  }

  /**
   * The signing keys that are believed now.
   *
   * @param {number} nowMs
   * @returns {Bytes[]}
   */
  signingKeys(nowMs) {
    const past = this.past.filter(([, untilMs]) => nowMs < untilMs).map(([key]) => key);
    return [this.sign, ...past].map((key) => /** @type {Bytes} */ (fromTextOf(key, 32)));
  }

  /**
   * The six words of the key that is believed.
   *
   * @param {string} agent
   */
  words(agent) {
    return words(agent, /** @type {Bytes} */ (fromTextOf(this.sign, 32)));
  }
}

/** What an agent believes. */
export class Trust {
  /**
   * @param {string} [hub] The hub id, once it is known.
   * @param {Map<string, Pin>} [pins] By name.
   */
  constructor(hub, pins = new Map()) {
    this.hub = hub;
    this.pins = pins;
  }

  /**
   * Reads what the storage has.
   *
   * @param {string | undefined} json
   * @param {string} place For people.
   * @returns {Promise<Trust>}
   * @throws {HubError} `profile`: it is damaged.
   */
  static async read(json, place) {
    if (json === undefined) return new Trust();
    const damaged = () => new HubError("profile", `what is believed of keys, in ${place}, is damaged`);
    const written = parse(json);
    if (!isObject(written)) throw damaged();
    const { hub, pins = {} } = written;
    if (!isObject(pins) || !["string", "undefined"].includes(typeof (hub ?? undefined))) throw damaged();
    /** @type {Map<string, Pin>} */
    const read = new Map();
    for (const [agent, each] of Object.entries(pins)) {
      const pin = isAgentName(agent) ? await Pin.read(each) : undefined;
      if (!pin) throw damaged();
      read.set(agent, pin);
    }
    return new Trust(/** @type {string | undefined} */ (hub ?? undefined), read);
  }

  /** For the storage. */
  toJSON() {
    const pins = [...this.pins].sort(([one], [other]) => (one < other ? -1 : 1));
    return { hub: this.hub, pins: Object.fromEntries(pins) };
  }

  /**
   * Believes a bundle, if it follows from what is believed.
   *
   * @param {Bundle} bundle
   * @param {number} nowMs
   * @returns {Pin}
   * @throws {SealError} As `Pin.accept`.
   */
  accept(bundle, nowMs) {
    const pin = Pin.accept(this.pins.get(bundle.agent), bundle, nowMs);
    this.pins.set(bundle.agent, pin);
    return pin;
  }
}

/**
 * @param {PublicKey} one
 * @param {PublicKey} other
 */
function isSameKey(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
