// Encryption, to the byte as docs/encryption.md has it: the entry point `agent-hub/sealing`.
//
// - `suites.js`, `signing.js`: HPKE and Ed25519; `bytes.js`: base64url, hashes;
// - `keyring.js`: an agent's private keys; `bundle.js`: what it publishes of them; `words.js`: the same for people to compare;
// - `trust.js`: whose keys are believed; `seen.js`: which envelopes were opened before;
// - `recipients.js`: whom something is sealed for;
// - `header.js`, `envelope.js`: sealing a body for some, opening it as one of them;
// - `vault.js`: all of that in a `Storage`; `keys.js` and this file: the verbs.

import { HubError, refused, SealError } from "../error.js";
import { Envelope, seal } from "./envelope.js";
import { Keys, noKeys } from "./keys.js";
import { Recipients } from "./recipients.js";
import { isSuite } from "./suites.js";
import { Vault } from "./vault.js";

export { memoryStorage } from "./storage.js";
export { Keys };

/** @typedef {import("./storage.js").Storage} Storage */
/** @typedef {import("./suites.js").Suite} Suite */
/** @typedef {import("../sealer.js").Draft} Draft */
/** @typedef {import("../sealer.js").Port} Port */
/** @typedef {import("../sealer.js").Sealer} Sealer */
/** @typedef {import("../wire/bodies.js").Item} Item */

/**
 * What `connect` takes to encrypt and decrypt, with the agent's keys in a storage.
 *
 * @example
 * import { connect } from "agent-hub";
 * import { defaultFolder, fileStorage } from "agent-hub/node";
 * import { sealing } from "agent-hub/sealing";
 *
 * const storage = fileStorage(defaultFolder(), "carol");
 * const credentials = { url: process.env.AGENT_HUB_URL, agent: "carol", apiKey: process.env.AGENT_HUB_KEY };
 * const hub = await connect({ ...credentials, sealing: sealing({ storage }) });
 * console.log(await hub.keys.words());
 * await hub.close();
 *
 * @param {object} options
 * @param {Storage} options.storage Where the keys are: `memoryStorage()`, `fileStorage()` of `agent-hub/node`, or your own.
 * @param {Suite} [options.suite] Of an encryption key that has to be drawn: `x25519` (if left out), or `xwing`, also against
 *   quantum computers.
 * @returns {import("../sealer.js").Sealing}
 * @throws {HubError} `invalid`.
 */
export function sealing({ storage, suite = "x25519" }) {
  if (!isSuite(suite)) throw refused("invalid", "`suite` must be x25519 or xwing");
  if (typeof storage?.load !== "function") throw refused("invalid", "`storage` must say where the keys are kept");
  return { attach: (port) => new AgentSealer(port, new Vault(port.agent, storage, suite)) };
}

/** @implements {Sealer} */
class AgentSealer {
  #port;
  #vault;
  keys;

  /**
   * @param {Port} port
   * @param {Vault} vault
   */
  constructor(port, vault) {
    this.#port = port;
    this.#vault = vault;
    this.keys = new Keys(port, vault);
  }

  /** @param {AbortSignal} [signal] */
  begin(signal) {
    return this.keys.publish({ signal });
  }

  /**
   * @param {Draft} draft
   * @returns {Promise<import("../sealer.js").Sealed>}
   */
  async seal({ to, name, replyTo, body, allMembers, checkSize, signal }) {
    const keyring = await this.#vault.keyring();
    if (!keyring) throw noKeys(this.#port.agent);
    const hub = await this.keys.hubId();
    const recipients = new Recipients(this.#port.agent, keyring.enc.publicKey);
    await recipients.add(to, { keys: this.keys, port: this.#port, signal });
    recipients.check(allMembers);
    const letter = { hub, to: recipients.keys, name, ts: Date.now(), replyTo, body: new Uint8Array(body) };
    const data = await seal(letter, keyring, checkSize);
    return { data, sealedFor: [...recipients.keys.keys()].sort(), leftOut: recipients.leftOut };
  }

  /**
   * @param {Item} item
   * @param {AbortSignal} [signal]
   */
  async open(item, signal) {
    const envelope = Envelope.read(item.data);
    const opened = await this.#openOrLearn(envelope, item, signal);
    const expiresAtMs = item.createdAt.getTime() + item.ttl * 1000;
    const isNew = await this.#vault.seen.note(opened, item.token, expiresAtMs, Date.now());
    if (!isNew) throw new SealError("replayed", opened.from);
    return { body: opened.body, sentAt: new Date(opened.ts) };
  }

  /**
   * Opens it; where the sender's keys are not known yet, or were rotated, after a look at the directory.
   *
   * @param {Envelope} envelope
   * @param {Item} item
   * @param {AbortSignal} [signal]
   */
  async #openOrLearn(envelope, item, signal) {
    await this.keys.hubId();
    try {
      return await this.#openNow(envelope, item);
    } catch (error) {
      if (!(error instanceof SealError) || !["unknown_sender", "bad_signature"].includes(error.code)) throw error;
      try {
        await this.keys.learn(envelope.header.from, signal);
      } catch (missing) {
        // The directory knows no more than we do.
        if (missing instanceof HubError && ["no_keys", "not_found", "address_disabled"].includes(missing.code))
          throw error;
        throw missing;
      }
      return this.#openNow(envelope, item);
    }
  }

  /**
   * @param {Envelope} envelope
   * @param {Item} item
   */
  async #openNow(envelope, item) {
    const keyring = await this.#vault.keyring();
    if (!keyring) throw new SealError("unknown_key", item.from);
    return envelope.open(keyring, item, await this.#vault.trust(), Date.now());
  }
}
