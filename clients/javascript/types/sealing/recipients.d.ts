export type PublicKey = import("./suites.js").PublicKey;
/** @typedef {import("./suites.js").PublicKey} PublicKey */
/** Whom something can be sealed for, and whom not. */
export declare class Recipients {
    #private;
    /** By name. @type {Map<string, PublicKey>} */
    keys: Map<string, PublicKey>;
    /**
     * @param {string} agent Who sends it.
     * @param {PublicKey} own Its key: what the hub says of that does not count.
     */
    constructor(agent: string, own: PublicKey);
    /** Members of the channels that it cannot be sealed for. @returns {import("../sealer.js").LeftOut[]} */
    get leftOut(): import("../sealer.js").LeftOut[];
    /**
     * Adds everybody that the addresses reach; of a channel, its members now.
     *
     * @param {string[]} to
     * @param {{ keys: import("./keys.js").Keys, port: import("../sealer.js").Port, signal?: AbortSignal }} from
     */
    add(to: string[], { keys, port, signal }: {
        keys: import("./keys.js").Keys;
        port: import("../sealer.js").Port;
        signal?: AbortSignal;
    }): Promise<void>;
    /**
     * Members without good keys may be left out, unless nobody but the sender remains.
     *
     * @param {boolean} allMembers None may.
     * @throws {HubError} Why not. Keys that are not believed may be an attack: they come first.
     */
    check(allMembers: boolean): void;
}
