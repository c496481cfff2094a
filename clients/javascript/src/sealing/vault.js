// An agent's keys and trust, in its storage: read anew each time, since other processes of the agent may have changed them,
// and changed by whoever was first.

import { HubError } from "../error.js";
import { Keyring } from "./keyring.js";
import { Seen } from "./seen.js";
import { Trust } from "./trust.js";

/** How often a change is tried again when others change the same. */
const TRIES = 20;

/** What one agent keeps. */
export class Vault {
  #agent;
  #storage;
  #suite;
  /** Parsed once for each text. @type {{ text: string, keyring: Promise<Keyring> } | undefined} */
  #keys;
  /** The same. @type {{ text: string | undefined, trust: Promise<Trust> } | undefined} */
  #trust;
  /** One change of this process at a time. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {string} agent
   * @param {import("./storage.js").Storage} storage
   * @param {import("./suites.js").Suite} suite Of an encryption key that has to be drawn.
   */
  constructor(agent, storage, suite) {
    this.#agent = agent;
    this.#storage = storage;
    this.#suite = suite;
    this.seen = new Seen(storage);
  }

  /** Where it is, for people. */
  get place() {
    return this.#storage.place;
  }

  /**
   * The private keys; `undefined` if there are none.
   *
   * @returns {Promise<Keyring | undefined>}
   */
  async keyring() {
    const text = await this.#storage.load("keys");
    return text === undefined ? undefined : this.#read(text);
  }

  /** The private keys; drawn if there are none yet. */
  keyringOrNew() {
    return this.#replaceKeys((before) => before ?? Keyring.draw(this.#agent, this.#suite));
  }

  /**
   * Replaces the private keys by their successors.
   *
   * @param {import("./suites.js").Suite} [suite] Left out: the one of now.
   */
  rotate(suite) {
    return this.#replaceKeys(
      (before) =>
        before?.rotate(suite ?? before.enc.publicKey.suite) ?? Keyring.draw(this.#agent, suite ?? this.#suite),
    );
  }

  /**
   * Replaces the private keys by new ones without a chain.
   *
   * @param {import("./suites.js").Suite} [suite]
   */
  replace(suite) {
    return this.#replaceKeys(() => Keyring.draw(this.#agent, suite ?? this.#suite));
  }

  /** What is believed now, with what other processes of this agent learned. Only to be looked at. */
  async trust() {
    return this.#readTrust(await this.#storage.load("trust"));
  }

  /**
   * Changes what is believed.
   *
   * @template T
   * @param {(trust: Trust) => T} change May be called again, with what others have changed meanwhile.
   * @returns {Promise<T>}
   */
  changeTrust(change) {
    return this.#inTurn(async () => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const text = await this.#storage.load("trust");
        const before = await this.#readTrust(text);
        const trust = new Trust(before.hub, new Map(before.pins));
        const result = change(trust);
        if (JSON.stringify(trust) === JSON.stringify(before)) return result;
        if (await this.#storage.save("trust", `${JSON.stringify(trust, null, 2)}\n`, text)) return result;
      }
      throw this.#contended();
    });
  }

  /**
   * @param {(before: Keyring | undefined) => Keyring | Promise<Keyring>} change
   * @returns {Promise<Keyring>}
   */
  #replaceKeys(change) {
    return this.#inTurn(async () => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const text = await this.#storage.load("keys");
        const before = text === undefined ? undefined : await this.#read(text);
        const next = await change(before);
        if (next === before) return next;
        if (await this.#storage.save("keys", `${JSON.stringify(next, null, 2)}\n`, text)) return next;
      }
      throw this.#contended();
    });
  }

  /** @param {string} text */
  #read(text) {
    if (this.#keys?.text !== text) this.#keys = { text, keyring: Keyring.read(text, this.#agent, this.place) };
    return this.#keys.keyring;
  }

  /** @param {string | undefined} text */
  #readTrust(text) {
    if (!this.#trust || this.#trust.text !== text) this.#trust = { text, trust: Trust.read(text, this.place) };
    return this.#trust.trust;
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  #contended() {
    return new HubError("profile", `${this.place} is changed by others all the time`);
  }
}
