import { Bundle } from "./bundle.js";
import { Signer } from "./signing.js";
import { PrivateKey } from "./suites.js";
export type Bytes = import("./bytes.js").Bytes;
export type Suite = import("./suites.js").Suite;
/** The private keys of one agent. */
export declare class Keyring {
    #private;
    agent: string;
    version: number;
    signer: Signer;
    enc: PrivateKey;
    prev: import("./bundle.js").Link[];
    retired: PrivateKey[];
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
    constructor({ agent, version, seed, signer, enc, prev, retired }: {
        agent: string;
        version: number;
        seed: Bytes;
        signer: Signer;
        enc: PrivateKey;
        prev: import("./bundle.js").Link[];
        retired: PrivateKey[];
    });
    /**
     * Draws new keys, without a chain from any before.
     *
     * @param {string} agent
     * @param {Suite} suite
     */
    static draw(agent: string, suite: Suite): Promise<Keyring>;
    /**
     * Draws the next version of both keys; the signing key of now signs the next.
     *
     * @param {Suite} suite
     */
    rotate(suite: Suite): Promise<Keyring>;
    /**
     * Reads what the storage has for an agent.
     *
     * @param {string} json
     * @param {string} agent
     * @param {string} place For people.
     * @returns {Promise<Keyring>}
     * @throws {HubError} `profile`: it is damaged, or another agent's.
     */
    static read(json: string, agent: string, place: string): Promise<Keyring>;
    /** For the storage: secret. */
    toJSON(): {
        agent: string;
        version: number;
        sign: string;
        enc: PrivateKey;
        prev: import("./bundle.js").Link[];
        retired: PrivateKey[];
    };
    /** What others know them by. */
    bundle(): Promise<Bundle>;
    /**
     * The private key that an envelope names, also a retired one.
     *
     * @param {Suite} suite
     * @param {string} id
     */
    find(suite: Suite, id: string): PrivateKey | undefined;
}
