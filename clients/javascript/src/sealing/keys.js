// The verbs about keys: `hub.keys`.

import { HubError, refused, SealError } from "../error.js";
import { checkAgentName } from "../names.js";
import { Bundle } from "./bundle.js";
import { isSuite } from "./suites.js";
import { Pin } from "./trust.js";
import { areSame } from "./words.js";

/** @typedef {import("./suites.js").Suite} Suite */
/** @typedef {import("../options.js").WaitOptions} WaitOptions */

/** How long a peer's key is used before the directory is asked again. */
const KNOWN_FOR_MS = 60_000;

/** The agent's own keys, and what is believed of others'. */
export class Keys {
  #port;
  #vault;
  /** Keys that the directory was asked for lately. @type {Map<string, { key: import("./suites.js").PublicKey, untilMs: number }>} */
  #known = new Map();

  /**
   * Use `hub.keys`.
   *
   * @param {import("../sealer.js").Port} port
   * @param {import("./vault.js").Vault} vault
   */
  constructor(port, vault) {
    this.#port = port;
    this.#vault = vault;
  }

  /**
   * The agent's own public keys, as the directory should have them.
   *
   * @returns {Promise<import("./bundle.js").WrittenBundle>}
   * @throws {HubError} `no_keys`, `profile`.
   */
  async bundle() {
    return (await this.#own()).written;
  }

  /**
   * The agent's own six words: what its peers compare.
   *
   * @returns {Promise<string>}
   * @throws {HubError} `no_keys`, `profile`.
   */
  async words() {
    return (await this.#own()).words();
  }

  /**
   * Makes keys if there are none, and sees to it that the directory has them. `connect` does this.
   *
   * @param {WaitOptions} [options]
   * @returns {Promise<void>}
   * @throws {HubError} `key_conflict`: the directory has others. `wrong_hub`: this is another hub than the one that was known.
   */
  async publish({ signal } = {}) {
    await this.hubId();
    const { keys } = await this.#port.peer("me", signal);
    // Where the directory has some and this storage none, they were made elsewhere: others here would only be in their way.
    const keyring = keys ? await this.#vault.keyring() : await this.#vault.keyringOrNew();
    const mine = await keyring?.bundle();
    const theirs = keys && (await bundleOrNothing(keys, this.#port.agent));
    if (mine && theirs?.isSameAs(mine)) return this.#pin(mine);
    // None yet; or a rotation was cut off before the directory heard of it.
    if (mine && (!keys || (theirs && follows(mine, theirs)))) return this.#put(mine, signal);
    const { agent } = this.#port;
    throw new HubError("key_conflict", `the directory has other keys of ${agent} than ${this.#vault.place}`);
  }

  /**
   * Draws the next version of the agent's keys; peers follow by the chain.
   *
   * @param {{ suite?: Suite } & WaitOptions} [options] The suite of the encryption key; left out: the one of now.
   * @returns {Promise<void>}
   * @throws {HubError} As `publish`. `unreachable`: the directory hears of it with the next `publish`.
   */
  async rotate({ suite, signal } = {}) {
    checkSuite(suite);
    await this.publish({ signal });
    await this.#put(await (await this.#vault.rotate(suite)).bundle(), signal);
  }

  /**
   * Draws keys without a chain, after a key has leaked: peers that know the old ones refuse them until they have verified the
   * words.
   *
   * @param {{ suite?: Suite } & WaitOptions} [options] The suite of the encryption key.
   * @returns {Promise<void>}
   * @throws {HubError} `unreachable`: do it again.
   */
  async replace({ suite, signal } = {}) {
    checkSuite(suite);
    await this.#put(await (await this.#vault.replace(suite)).bundle(), signal);
  }

  /**
   * What is believed of a peer's keys, after a look at the directory.
   *
   * @param {string} agent
   * @param {WaitOptions} [options]
   * @returns {Promise<{ version: number, words: string, verified: boolean }>}
   * @throws {HubError} `not_found`, `no_keys`. `SealError`: they are not believed.
   */
  async of(agent, { signal } = {}) {
    const pin = await this.learn(checkAgentName(agent), signal);
    return { version: pin.version, words: await pin.words(agent), verified: pin.verified };
  }

  /**
   * Compares the six words that a peer says are its own, over a way that is not the hub, with those of the keys in the
   * directory. If they are the same these keys are believed from now on, also if they were changed without a chain.
   *
   * @example
   * import { connect } from "agent-hub";
   * import { profile } from "agent-hub/node";
   *
   * const [alice, bob] = [await connect(await profile("alice")), await connect(await profile("bob"))];
   * const toldByTelephone = await alice.keys.words();
   * await bob.keys.verify("alice", toldByTelephone);
   * await Promise.all([alice.close(), bob.close()]);
   *
   * @param {string} agent
   * @param {string} words
   * @param {WaitOptions} [options]
   * @returns {Promise<void>}
   * @throws {HubError} `invalid`: they are not the same. `not_found`, `no_keys`.
   */
  async verify(agent, words, { signal } = {}) {
    const { keys } = await this.#port.peer(checkAgentName(agent), signal);
    if (!keys) throw noKeys(agent);
    const bundle = await Bundle.read(keys, agent);
    if (typeof words !== "string" || !areSame(words, await bundle.words())) {
      throw refused("invalid", `these are not the words of the keys that the hub has for ${agent}`);
    }
    this.#known.delete(agent);
    await this.#vault.changeTrust((trust) => {
      const { version, sign, enc, past } = acceptOrReplace(trust.pins.get(agent), bundle);
      trust.pins.set(agent, new Pin({ version, sign, enc, past, verified: true }));
    });
  }

  /**
   * Who the hub is, pinned at first use.
   *
   * @returns {Promise<string>}
   * @throws {SealError} `wrong_hub`.
   */
  async hubId() {
    const told = await this.#port.hubId();
    const { hub } = await this.#vault.trust();
    const known = hub ?? (await this.#vault.changeTrust((trust) => (trust.hub ??= told)));
    if (known !== told) throw new SealError("wrong_hub", this.#port.url);
    return told;
  }

  /**
   * Asks the directory for a peer's keys, and believes them if they follow from what is believed.
   *
   * @param {string} agent
   * @param {AbortSignal} [signal]
   * @returns {Promise<Pin>}
   */
  async learn(agent, signal) {
    const believed = await this.believe([{ ...(await this.#port.peer(agent, signal)), name: agent }]);
    const pin = /** @type {Pin | HubError} */ (believed.get(agent));
    if (pin instanceof HubError) throw pin;
    return pin;
  }

  /**
   * Believes what the directory says of peers' keys, of each if it follows from what is believed.
   *
   * @param {Pick<import("../wire/bodies.js").Peer, "name" | "keys">[]} peers
   * @returns {Promise<Map<string, Pin | HubError>>} By name: what is believed, or why nothing is.
   */
  async believe(peers) {
    /** @type {Map<string, Bundle | HubError>} */
    const read = new Map();
    for (const { name, keys } of peers) {
      read.set(name, keys ? await Bundle.read(keys, name).catch(refusal) : noKeys(name));
    }
    return this.#vault.changeTrust((trust) => {
      const accept = (/** @type {Bundle | HubError} */ bundle) => {
        try {
          return bundle instanceof Bundle ? trust.accept(bundle, Date.now()) : bundle;
        } catch (error) {
          return refusal(error);
        }
      };
      return new Map([...read].map(([name, bundle]) => [name, accept(bundle)]));
    });
  }

  /**
   * The key to encrypt for an agent with.
   *
   * @param {string} agent
   * @param {AbortSignal} [signal]
   */
  async encryptionKey(agent, signal) {
    const known = this.#known.get(agent);
    if (known && performance.now() < known.untilMs) return known.key;
    const { enc: key } = await this.learn(agent, signal);
    for (const [name, { untilMs }] of this.#known) if (untilMs <= performance.now()) this.#known.delete(name);
    this.#known.set(agent, { key, untilMs: performance.now() + KNOWN_FOR_MS });
    return key;
  }

  async #own() {
    const keyring = await this.#vault.keyring();
    if (!keyring) throw noKeys(this.#port.agent);
    return keyring.bundle();
  }

  /**
   * @param {Bundle} bundle
   * @param {AbortSignal} [signal]
   */
  async #put(bundle, signal) {
    await this.#port.putKeys(bundle.written, signal);
    await this.#pin(bundle);
  }

  /**
   * This agent knows itself by its own keys, and not by what the hub says.
   *
   * @param {Bundle} bundle
   */
  async #pin(bundle) {
    await this.#vault.changeTrust(({ pins }) => {
      pins.set(bundle.agent, acceptOrReplace(pins.get(bundle.agent), bundle));
    });
  }
}

/** @param {string} agent */
export function noKeys(agent) {
  return new HubError("no_keys", `${agent} has published no keys, so nothing can be encrypted for it`);
}

/**
 * @param {unknown} error
 * @returns {SealError}
 */
function refusal(error) {
  if (error instanceof SealError) return error;
  throw error;
}

/** @param {unknown} suite */
function checkSuite(suite) {
  if (suite !== undefined && !isSuite(suite)) throw refused("invalid", "`suite` must be x25519 or xwing");
}

/**
 * @param {unknown} document
 * @param {string} agent
 */
async function bundleOrNothing(document, agent) {
  try {
    return await Bundle.read(document, agent);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

/**
 * Whether whoever believes one bundle would believe the other.
 *
 * @param {Bundle} next
 * @param {Bundle} known
 */
function follows(next, known) {
  try {
    Pin.accept(Pin.accept(undefined, known, 0), next, 0);
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

/**
 * @param {Pin | undefined} before
 * @param {Bundle} bundle
 */
function acceptOrReplace(before, bundle) {
  try {
    return Pin.accept(before, bundle, Date.now());
  } catch (error) {
    if (error instanceof SealError) return Pin.accept(undefined, bundle, Date.now());
    throw error;
  }
}
