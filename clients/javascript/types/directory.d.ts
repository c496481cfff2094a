import { Rest } from "./requests/rest.js";
export type WaitOptions = import("./options.js").WaitOptions;
export type Channel = import("./wire/bodies.js").Channel;
export type Membership = import("./wire/bodies.js").Membership;
export type Peer = import("./wire/bodies.js").Peer;
/** The verbs about agents and channels. */
export declare class Directory {
    #private;
    /** @param {Rest} rest */
    constructor(rest: Rest);
    /**
     * Every agent, in the order of their names.
     *
     * @param {WaitOptions} [options]
     * @returns {AsyncGenerator<Peer, void, undefined>}
     */
    peers(options?: WaitOptions): AsyncGenerator<Peer, void, undefined>;
    /**
     * One agent.
     *
     * @param {string} name
     * @param {WaitOptions} [options]
     * @returns {Promise<Peer>}
     * @throws {HubError} `not_found`.
     */
    peer(name: string, options?: WaitOptions): Promise<Peer>;
    /**
     * Every channel, in the order of their names.
     *
     * @param {WaitOptions} [options]
     * @returns {AsyncGenerator<Channel, void, undefined>}
     */
    channels(options?: WaitOptions): AsyncGenerator<Channel, void, undefined>;
    /**
     * Makes a channel; its maker is its owner and a member.
     *
     * @param {string} name With or without its `#`.
     * @param {{ closed?: boolean } & WaitOptions} [options] `closed`: its owner chooses the members, and only they publish.
     * @returns {Promise<Channel>}
     * @throws {HubError} `name_taken`.
     */
    createChannel(name: string, options?: {
        closed?: boolean;
    } & WaitOptions): Promise<Channel>;
    /**
     * Joins a channel: what is published from now on is told to this agent. Doing it twice is the same as once.
     *
     * @param {string} name With or without its `#`.
     * @param {WaitOptions} [options]
     * @returns {Promise<Membership>}
     * @throws {HubError} `not_found`. `not_member`: it is closed.
     */
    join(name: string, options?: WaitOptions): Promise<Membership>;
    /**
     * Leaves a channel.
     *
     * @param {string} name With or without its `#`.
     * @param {WaitOptions} [options]
     * @returns {Promise<void>}
     * @throws {HubError} `owner_stays`, `not_found`.
     */
    leave(name: string, options?: WaitOptions): Promise<void>;
    /**
     * The members of a channel, for members and operators.
     *
     * @param {string} name With or without its `#`.
     * @param {WaitOptions} [options]
     * @returns {AsyncGenerator<Peer, void, undefined>}
     * @throws {HubError} `not_found`, `not_member`.
     */
    members(name: string, options?: WaitOptions): AsyncGenerator<Peer, void, undefined>;
    /**
     * Makes an agent a member; for the owner and operators.
     *
     * @param {string} name The channel.
     * @param {string} agent
     * @param {WaitOptions} [options]
     * @returns {Promise<void>}
     * @throws {HubError} `forbidden`, `not_found`.
     */
    addMember(name: string, agent: string, options?: WaitOptions): Promise<void>;
    /**
     * Ends an agent's membership; for the owner and operators.
     *
     * @param {string} name The channel.
     * @param {string} agent
     * @param {WaitOptions} [options]
     * @returns {Promise<void>}
     * @throws {HubError} `forbidden`, `not_found`.
     */
    removeMember(name: string, agent: string, options?: WaitOptions): Promise<void>;
}
