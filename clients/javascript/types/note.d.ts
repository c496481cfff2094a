export type Entry = import("./wire/bodies.js").Entry;
export type SendOptions = import("./options.js").SendOptions;
export type WaitOptions = import("./options.js").WaitOptions;
export type Message = import("./message.js").Message;
/** @typedef {import("./wire/bodies.js").Entry} Entry */
/** @typedef {import("./options.js").SendOptions} SendOptions */
/** @typedef {import("./options.js").WaitOptions} WaitOptions */
/** @typedef {import("./message.js").Message} Message */
/** What is told of an item. Its data stays at the hub until it is read. */
export declare class Note {
    #private;
    /** Address of the stream: this agent, or a channel with its `#`. */
    stream: string;
    /** The number in its stream. */
    seq: number;
    /** The item's token. */
    token: string;
    /** Who published it, says the hub. */
    from: string;
    /** What its publisher called it. */
    name: string;
    /** Bytes of data, as published. */
    size: number;
    /** Seconds, as published. */
    ttl: number;
    /** When it was published. */
    createdAt: Date;
    /** Token of the item that it answers. */
    replyTo: string | undefined;
    /** Whether it can be read once only. */
    oneTime: boolean;
    /** The trace that it was published in, as a W3C `traceparent`. */
    traceparent: string | undefined;
    /**
     * @param {Entry} entry
     * @param {import("./hub.js").Hub} hub
     * @param {() => Promise<void>} acknowledge
     */
    constructor(entry: Entry, hub: import("./hub.js").Hub, acknowledge: () => Promise<void>);
    /**
     * Retrieves and opens the item.
     *
     * @param {WaitOptions} [options]
     * @returns {Promise<Message>}
     * @throws {import("./error.js").HubError} As `Hub.read`.
     */
    read(options?: WaitOptions): Promise<Message>;
    /**
     * Whether an item is what was told.
     *
     * @param {{ from: string, name: string, replyTo?: string }} item
     * @throws {SealError} `wrong_from`, `wrong_name`, `wrong_reply_to`.
     */
    check({ from, name, replyTo }: {
        from: string;
        name: string;
        replyTo?: string;
    }): void;
    /**
     * The caller is done with this and with everything before it in its stream. Resolves when the hub has that on disk. Where
     * the position has become void, since the hub was restored from a backup or the agent has left the channel, there is
     * nothing to acknowledge; after a restore the item is handed over again.
     *
     * @param {WaitOptions} [options] Given up, it may be done all the same.
     * @returns {Promise<void>}
     * @throws {import("./error.js").HubError} `unreachable`, `closed`, `unauthenticated`.
     */
    ack(options?: WaitOptions): Promise<void>;
    /**
     * Sends an answer to whoever published it, under the same name unless another is given.
     *
     * @param {string | Uint8Array} body
     * @param {Omit<SendOptions, "replyTo">} [options]
     * @returns {Promise<import("./hub.js").Sent>}
     * @throws {import("./error.js").HubError} As `Hub.send`.
     */
    reply(body: string | Uint8Array, options?: Omit<SendOptions, "replyTo">): Promise<import("./hub.js").Sent>;
}
