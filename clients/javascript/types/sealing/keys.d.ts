import { HubError } from "../error.js";
import { Pin } from "./trust.js";
export type Suite = import("./suites.js").Suite;
export type WaitOptions = import("../options.js").WaitOptions;
/** The agent's own keys, and what is believed of others'. */
export declare class Keys {
    #private;
    /**
     * Use `hub.keys`.
     *
     * @param {import("../sealer.js").Port} port
     * @param {import("./vault.js").Vault} vault
     */
    constructor(port: import("../sealer.js").Port, vault: import("./vault.js").Vault);
    /**
     * The agent's own public keys, as the directory should have them.
     *
     * @returns {Promise<import("./bundle.js").WrittenBundle>}
     * @throws {HubError} `no_keys`, `profile`.
     */
    bundle(): Promise<import("./bundle.js").WrittenBundle>;
    /**
     * The agent's own six words: what its peers compare.
     *
     * @returns {Promise<string>}
     * @throws {HubError} `no_keys`, `profile`.
     */
    words(): Promise<string>;
    /**
     * Makes keys if there are none, and sees to it that the directory has them. `connect` does this.
     *
     * @param {WaitOptions} [options]
     * @returns {Promise<void>}
     * @throws {HubError} `key_conflict`: the directory has others. `wrong_hub`: this is another hub than the one that was known.
     */
    publish({ signal }?: WaitOptions): Promise<void>;
    /**
     * Draws the next version of the agent's keys; peers follow by the chain.
     *
     * @param {{ suite?: Suite } & WaitOptions} [options] The suite of the encryption key; left out: the one of now.
     * @returns {Promise<void>}
     * @throws {HubError} As `publish`. `unreachable`: the directory hears of it with the next `publish`.
     */
    rotate({ suite, signal }?: {
        suite?: Suite;
    } & WaitOptions): Promise<void>;
    /**
     * Draws keys without a chain, after a key has leaked: peers that know the old ones refuse them until they have verified the
     * words.
     *
     * @param {{ suite?: Suite } & WaitOptions} [options] The suite of the encryption key.
     * @returns {Promise<void>}
     * @throws {HubError} `unreachable`: do it again.
     */
    replace({ suite, signal }?: {
        suite?: Suite;
    } & WaitOptions): Promise<void>;
    /**
     * What is believed of a peer's keys, after a look at the directory.
     *
     * @param {string} agent
     * @param {WaitOptions} [options]
     * @returns {Promise<{ version: number, words: string, verified: boolean }>}
     * @throws {HubError} `not_found`, `no_keys`. `SealError`: they are not believed.
     */
    of(agent: string, { signal }?: WaitOptions): Promise<{
        version: number;
        words: string;
        verified: boolean;
    }>;
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
    verify(agent: string, words: string, { signal }?: WaitOptions): Promise<void>;
    /**
     * Who the hub is, pinned at first use.
     *
     * @returns {Promise<string>}
     * @throws {SealError} `wrong_hub`.
     */
    hubId(): Promise<string>;
    /**
     * Asks the directory for a peer's keys, and believes them if they follow from what is believed.
     *
     * @param {string} agent
     * @param {AbortSignal} [signal]
     * @returns {Promise<Pin>}
     */
    learn(agent: string, signal?: AbortSignal): Promise<Pin>;
    /**
     * Believes what the directory says of peers' keys, of each if it follows from what is believed.
     *
     * @param {Pick<import("../wire/bodies.js").Peer, "name" | "keys">[]} peers
     * @returns {Promise<Map<string, Pin | HubError>>} By name: what is believed, or why nothing is.
     */
    believe(peers: Pick<import("../wire/bodies.js").Peer, "name" | "keys">[]): Promise<Map<string, Pin | HubError>>;
    /**
     * The key to encrypt for an agent with.
     *
     * @param {string} agent
     * @param {AbortSignal} [signal]
     */
    encryptionKey(agent: string, signal?: AbortSignal): Promise<import("./suites.js").PublicKey>;
}
/** @param {string} agent */
export declare function noKeys(agent: string): HubError;
