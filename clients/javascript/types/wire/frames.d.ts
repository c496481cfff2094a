/** The protocol that this client speaks. */
export declare const PROTOCOL = 1;
export type Shape<T> = import("./shape.js").Shape<T>;
export type HubLimits = {
    /**
     * Bytes of `data` by REST.
     */
    dataMaxBytes: number;
    /**
     * Bytes of `data` over the socket.
     */
    socketDataMaxBytes: number;
    /**
     * Bytes of one message of the socket.
     */
    messageMaxBytes: number;
    /**
     * Largest data that is told along with an entry.
     */
    inlineMaxBytes: number;
    /**
     * Addresses in one `to`.
     */
    toMax: number;
    /**
     * Largest `ttl`, in seconds.
     */
    ttlMaxS: number;
};
export type HubEvent = {
    /**
     * What.
     */
    event: string;
    /**
     * When, in milliseconds since the Unix epoch.
     */
    atMs: number;
    /**
     * Who.
     */
    agent?: string;
    /**
     * To which addresses.
     */
    to: string[];
    /**
     * Address of the stream.
     */
    stream?: string;
    /**
     * The number in it.
     */
    seq?: number;
    /**
     * Id of the item, which gives nobody its data.
     */
    item?: string;
    /**
     * What its publisher called it.
     */
    name?: string;
    /**
     * Bytes of data.
     */
    size?: number;
    /**
     * Id of the item that it answers.
     */
    replyTo?: string;
    /**
     * The session.
     */
    session?: string;
    /**
     * A stable code.
     */
    code?: string;
    /**
     * What was asked: a method and a route, or the type of a frame.
     */
    asked?: string;
};
/** The fields of each, in the order in which the hub writes them. */
declare const HUB_FIELDS: {
    welcome: {
        agent: import("./shape.js").Shape<string>;
        session: import("./shape.js").Shape<string>;
        protocol: import("./shape.js").Shape<number>;
        version: import("./shape.js").Shape<string>;
        hub: import("./shape.js").Shape<string>;
        epoch: import("./shape.js").Shape<string>;
        limits: Shape<HubLimits>;
        streams: import("./shape.js").Shape<Record<string, import("./bodies.js").Cursor>>;
        pingIntervalS: import("./shape.js").Shape<number>;
    };
    notify: import("./shape.js").Fields<import("./bodies.js").Entry>;
    skipped: {
        stream: import("./shape.js").Shape<string>;
        from: import("./shape.js").Shape<number>;
        to: import("./shape.js").Shape<number>;
    };
    resync: {
        stream: import("./shape.js").Shape<string>;
        epoch: import("./shape.js").Shape<string>;
        acked: import("./shape.js").Shape<number>;
        head: import("./shape.js").Shape<number>;
    };
    joined: {
        stream: import("./shape.js").Shape<string>;
        acked: import("./shape.js").Shape<number>;
        head: import("./shape.js").Shape<number>;
    };
    left: {
        stream: import("./shape.js").Shape<string>;
    };
    published: {
        token: import("./shape.js").Shape<string>;
    };
    data: import("./shape.js").Fields<import("./bodies.js").Item>;
    ok: {};
    traffic: {
        from: import("./shape.js").Shape<string>;
        to: import("./shape.js").Shape<string[]>;
        name: import("./shape.js").Shape<string>;
        size: import("./shape.js").Shape<number>;
        createdAt: import("./shape.js").Shape<Date>;
    };
    events: {
        events: import("./shape.js").Shape<HubEvent[]>;
        leftOut: import("./shape.js").Shape<number | undefined>;
    };
    error: {
        code: import("./shape.js").Shape<string>;
        detail: import("./shape.js").Shape<string>;
    };
    pong: {};
};
export type HubType = keyof typeof HUB_FIELDS;
export type Entry = import("./bodies.js").Entry;
export type HubFrame = (({
    type: "welcome";
    id?: string;
} & Welcome) | ({
    type: "notify";
    id?: string;
} & Entry) | ({
    type: "skipped";
    id?: string;
} & import("./bodies.js").Skipped) | ({
    type: "resync";
    id?: string;
} & import("./bodies.js").Position) | {
    type: "joined";
    id?: string;
    stream: string;
    acked: number;
    head: number;
} | {
    type: "left";
    id?: string;
    stream: string;
} | {
    type: "events";
    id?: string;
    events: HubEvent[];
    leftOut?: number;
} | {
    type: "error";
    id?: string;
    code: string;
    detail: string;
} | {
    type: "published" | "data" | "ok" | "traffic" | "pong";
    id?: string;
});
export type Welcome = {
    agent: string;
    hub: string;
    epoch: string;
    limits: HubLimits;
    streams: Record<string, import("./bodies.js").Cursor>;
    pingIntervalS: number;
};
/** @typedef {keyof typeof HUB_FIELDS} HubType */
/** @typedef {import("./bodies.js").Entry} Entry */
/**
 * What the hub said.
 *
 * @typedef {(
 *   | { type: "welcome", id?: string } & Welcome
 *   | { type: "notify", id?: string } & Entry
 *   | { type: "skipped", id?: string } & import("./bodies.js").Skipped
 *   | { type: "resync", id?: string } & import("./bodies.js").Position
 *   | { type: "joined", id?: string, stream: string, acked: number, head: number }
 *   | { type: "left", id?: string, stream: string }
 *   | { type: "events", id?: string, events: HubEvent[], leftOut?: number }
 *   | { type: "error", id?: string, code: string, detail: string }
 *   | { type: "published" | "data" | "ok" | "traffic" | "pong", id?: string }
 * )} HubFrame
 */
/**
 * @typedef {object} Welcome
 * @property {string} agent
 * @property {string} hub
 * @property {string} epoch
 * @property {HubLimits} limits
 * @property {Record<string, import("./bodies.js").Cursor>} streams
 * @property {number} pingIntervalS
 */
/** What the hub says, by `type`. */
export declare const HUB_SHAPES: Map<string, import("./shape.js").Shape<object>>;
/**
 * What a message says; `undefined` where it is none that this client knows.
 *
 * @param {string} message
 * @returns {HubFrame | undefined}
 */
export declare function readHubFrame(message: string): HubFrame | undefined;
export type ClientFrame = ({
    type: "hello";
    apiKey: string;
    token: string;
    protocol: number;
    epoch?: string;
    after?: Record<string, number>;
} | {
    type: "refresh";
    token: string;
} | {
    type: "watch";
    events: boolean;
} | {
    type: "ping";
});
/**
 * @typedef {(
 *   | { type: "hello", apiKey: string, token: string, protocol: number, epoch?: string, after?: Record<string, number> }
 *   | { type: "refresh", token: string }
 *   | { type: "watch", events: boolean }
 *   | { type: "ping" }
 * )} ClientFrame
 */
/**
 * A client's frame, as a message.
 *
 * @param {ClientFrame} frame
 */
export declare function writeClientFrame(frame: ClientFrame): string;
export {};
