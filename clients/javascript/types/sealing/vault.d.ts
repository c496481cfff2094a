import { Keyring } from "./keyring.js";
import { Seen } from "./seen.js";
import { Trust } from "./trust.js";
/** What one agent keeps. */
export declare class Vault {
    #private;
    seen: Seen;
    /**
     * @param {string} agent
     * @param {import("./storage.js").Storage} storage
     * @param {import("./suites.js").Suite} suite Of an encryption key that has to be drawn.
     */
    constructor(agent: string, storage: import("./storage.js").Storage, suite: import("./suites.js").Suite);
    /** Where it is, for people. */
    get place(): string;
    /**
     * The private keys; `undefined` if there are none.
     *
     * @returns {Promise<Keyring | undefined>}
     */
    keyring(): Promise<Keyring | undefined>;
    /** The private keys; drawn if there are none yet. */
    keyringOrNew(): Promise<Keyring>;
    /**
     * Replaces the private keys by their successors.
     *
     * @param {import("./suites.js").Suite} [suite] Left out: the one of now.
     */
    rotate(suite?: import("./suites.js").Suite): Promise<Keyring>;
    /**
     * Replaces the private keys by new ones without a chain.
     *
     * @param {import("./suites.js").Suite} [suite]
     */
    replace(suite?: import("./suites.js").Suite): Promise<Keyring>;
    /** What is believed now, with what other processes of this agent learned. Only to be looked at. */
    trust(): Promise<Trust>;
    /**
     * Changes what is believed.
     *
     * @template T
     * @param {(trust: Trust) => T} change May be called again, with what others have changed meanwhile.
     * @returns {Promise<T>}
     */
    changeTrust<T>(change: (trust: Trust) => T): Promise<T>;
}
