export type Shape<T> = import("./shape.js").Shape<T>;
export type Fields<T extends object> = import("./shape.js").Fields<T>;
export type Cursor = {
    /**
     * Everything up to here is done with.
     */
    acked: number;
    /**
     * The last number given.
     */
    head: number;
};
/** @template T @typedef {import("./shape.js").Shape<T>} Shape */
/** @template {object} T @typedef {import("./shape.js").Fields<T>} Fields */
/**
 * Where an agent stands in a stream.
 *
 * @typedef {object} Cursor
 * @property {number} acked Everything up to here is done with.
 * @property {number} head The last number given.
 */
/** @type {Shape<Cursor>} */
export declare const cursor: Shape<Cursor>;
export type Entry = {
    /**
     * Address of the stream: this agent, or a channel with its `#`.
     */
    stream: string;
    /**
     * The entry's number in it.
     */
    seq: number;
    /**
     * The item's token.
     */
    token: string;
    /**
     * Who published it.
     */
    from: string;
    /**
     * What its publisher called it.
     */
    name: string;
    /**
     * Bytes of data.
     */
    size: number;
    /**
     * Seconds, as published.
     */
    ttl: number;
    /**
     * When it was published.
     */
    createdAt: Date;
    /**
     * Token of the item that it answers.
     */
    replyTo?: string;
    /**
     * Whether it can be read once only.
     */
    oneTime: boolean;
    /**
     * The trace that it was published in.
     */
    traceparent?: string;
    /**
     * The data, where it was told along.
     */
    data?: string;
};
/**
 * An entry of a stream: what is told of an item. Never its data.
 *
 * @typedef {object} Entry
 * @property {string} stream Address of the stream: this agent, or a channel with its `#`.
 * @property {number} seq The entry's number in it.
 * @property {string} token The item's token.
 * @property {string} from Who published it.
 * @property {string} name What its publisher called it.
 * @property {number} size Bytes of data.
 * @property {number} ttl Seconds, as published.
 * @property {Date} createdAt When it was published.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {boolean} oneTime Whether it can be read once only.
 * @property {string} [traceparent] The trace that it was published in.
 * @property {string} [data] The data, where it was told along.
 */
/** @type {Fields<Entry>} */
export declare const entryFields: Fields<Entry>;
export type Skipped = {
    /**
     * Address of the stream.
     */
    stream: string;
    /**
     * The first number.
     */
    from: number;
    /**
     * The last one.
     */
    to: number;
};
/**
 * Entries that have nothing left to give.
 *
 * @typedef {object} Skipped
 * @property {string} stream Address of the stream.
 * @property {number} from The first number.
 * @property {number} to The last one.
 */
export declare const skippedFields: {
    stream: import("./shape.js").Shape<string>;
    from: import("./shape.js").Shape<number>;
    to: import("./shape.js").Shape<number>;
};
export type InboxAnswer = {
    /**
     * The epoch that positions belong to.
     */
    epoch: string;
    /**
     * The agent's streams that were read.
     */
    streams: Record<string, Cursor>;
    /**
     * Each stream in order.
     */
    entries: Entry[];
    /**
     * Ranges with nothing left to give.
     */
    skipped: Skipped[];
    /**
     * Whether there is more than fitted.
     */
    more: boolean;
};
/**
 * @typedef {object} InboxAnswer
 * @property {string} epoch The epoch that positions belong to.
 * @property {Record<string, Cursor>} streams The agent's streams that were read.
 * @property {Entry[]} entries Each stream in order.
 * @property {Skipped[]} skipped Ranges with nothing left to give.
 * @property {boolean} more Whether there is more than fitted.
 */
/** @type {Shape<InboxAnswer>} */
export declare const inboxAnswer: Shape<InboxAnswer>;
export type Item = {
    /**
     * Its token.
     */
    token: string;
    /**
     * What its publisher called it.
     */
    name: string;
    /**
     * The data: an envelope, or plain.
     */
    data: string;
    /**
     * Seconds, as published.
     */
    ttl: number;
    /**
     * When it was published.
     */
    createdAt: Date;
    /**
     * Who published it.
     */
    from: string;
    /**
     * Its addresses; empty if it was addressed to nobody.
     */
    to: string[];
    /**
     * Token of the item that it answers.
     */
    replyTo?: string;
    /**
     * Whether it could be read once only.
     */
    oneTime: boolean;
};
/**
 * An item as the hub has it.
 *
 * @typedef {object} Item
 * @property {string} token Its token.
 * @property {string} name What its publisher called it.
 * @property {string} data The data: an envelope, or plain.
 * @property {number} ttl Seconds, as published.
 * @property {Date} createdAt When it was published.
 * @property {string} from Who published it.
 * @property {string[]} to Its addresses; empty if it was addressed to nobody.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {boolean} oneTime Whether it could be read once only.
 */
/** @type {Fields<Item>} */
export declare const itemFields: Fields<Item>;
/** @type {Shape<Item>} */
export declare const itemAnswer: Shape<Item>;
export type PublishBody = {
    name: string;
    data: string;
    ttl: number | undefined;
    to: string[] | undefined;
    oneTime: boolean;
    replyTo: string | undefined;
};
/**
 * @typedef {object} PublishBody
 * @property {string} name
 * @property {string} data
 * @property {number | undefined} ttl
 * @property {string[] | undefined} to
 * @property {boolean} oneTime
 * @property {string | undefined} replyTo
 */
/** @type {Shape<PublishBody>} */
export declare const publishBody: Shape<PublishBody>;
/** @type {Shape<{ token: string }>} */
export declare const publishAnswer: Shape<{
    token: string;
}>;
/** @type {Shape<{ seq: number, stream: string | undefined, epoch: string | undefined }>} */
export declare const ackBody: Shape<{
    seq: number;
    stream: string | undefined;
    epoch: string | undefined;
}>;
/** The answer where there is nothing else to say. @type {Shape<{ status: string }>} */
export declare const okAnswer: Shape<{
    status: string;
}>;
/** @type {Shape<{ token: string, expiresAt: Date }>} */
export declare const loginAnswer: Shape<{
    token: string;
    expiresAt: Date;
}>;
export type Peer = {
    name: string;
    /**
     * Whether it holds a session now.
     */
    online: boolean;
    /**
     * When it was last heard of.
     */
    lastSeen?: Date;
    /**
     * The public keys that it published, as it wrote them. Nobody has checked them.
     */
    keys?: Record<string, unknown>;
};
/**
 * An agent, as the directory has it.
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {boolean} online Whether it holds a session now.
 * @property {Date} [lastSeen] When it was last heard of.
 * @property {Record<string, unknown>} [keys] The public keys that it published, as it wrote them. Nobody has checked them.
 */
/** @type {Shape<Peer>} */
export declare const peerAnswer: Shape<Peer>;
/** @type {Shape<{ agents: Peer[], more: boolean }>} */
export declare const peersAnswer: Shape<{
    agents: Peer[];
    more: boolean;
}>;
/** @type {Shape<{ members: Peer[], more: boolean }>} */
export declare const membersAnswer: Shape<{
    members: Peer[];
    more: boolean;
}>;
export type Channel = {
    /**
     * Its address, with the `#`.
     */
    name: string;
    /**
     * Whether its owner chooses the members, and only they publish.
     */
    closed: boolean;
    /**
     * Who made it.
     */
    owner: string;
    /**
     * Whether this agent is a member.
     */
    member: boolean;
};
/**
 * @typedef {object} Channel
 * @property {string} name Its address, with the `#`.
 * @property {boolean} closed Whether its owner chooses the members, and only they publish.
 * @property {string} owner Who made it.
 * @property {boolean} member Whether this agent is a member.
 */
/** @type {Shape<Channel>} */
export declare const channelAnswer: Shape<Channel>;
/** @type {Shape<{ channels: Channel[], more: boolean }>} */
export declare const channelsAnswer: Shape<{
    channels: Channel[];
    more: boolean;
}>;
export type Membership = {
    /**
     * Address of the channel.
     */
    stream: string;
    acked: number;
    head: number;
};
/**
 * Where a member begins: what is published after `acked` is its own.
 *
 * @typedef {object} Membership
 * @property {string} stream Address of the channel.
 * @property {number} acked
 * @property {number} head
 */
/** @type {Shape<Membership>} */
export declare const membershipAnswer: Shape<Membership>;
export type Position = {
    /**
     * Address of the stream.
     */
    stream: string;
    /**
     * The epoch that holds now.
     */
    epoch: string;
    /**
     * The durable cursor.
     */
    acked: number;
    /**
     * The last number given.
     */
    head: number;
};
/**
 * From where to go on after a position became void.
 *
 * @typedef {object} Position
 * @property {string} stream Address of the stream.
 * @property {string} epoch The epoch that holds now.
 * @property {number} acked The durable cursor.
 * @property {number} head The last number given.
 */
export declare const positionFields: {
    stream: import("./shape.js").Shape<string>;
    epoch: import("./shape.js").Shape<string>;
    acked: import("./shape.js").Shape<number>;
    head: import("./shape.js").Shape<number>;
};
/** @type {Shape<Position>} */
export declare const position: Shape<Position>;
/** @type {Shape<{ code: string, title: string, detail: string | undefined }>} */
export declare const problem: Shape<{
    code: string;
    title: string;
    detail: string | undefined;
}>;
