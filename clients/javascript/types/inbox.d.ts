export type InboxQuery = {
    /**
     * Only this stream.
     */
    stream?: string;
    /**
     * From this number of `stream` on, instead of the durable cursor.
     */
    after?: number;
    /**
     * The epoch that `after` belongs to.
     */
    epoch?: string;
    /**
     * Most entries, up to 1,000; left out: 100.
     */
    limit?: number;
};
export type Inbox = {
    /**
     * The epoch that positions belong to.
     */
    epoch: string;
    /**
     * The agent's streams that were read.
     */
    streams: Record<string, import("./wire/bodies.js").Cursor>;
    /**
     * Each stream in order. `note.ack()` moves the durable cursor.
     */
    entries: import("./note.js").Note[];
    /**
     * Ranges with nothing left to give. To move past them, acknowledge `to`.
     */
    skipped: import("./wire/bodies.js").Skipped[];
    /**
     * Whether there is more than fitted: acknowledge, and ask again.
     */
    more: boolean;
};
/**
 * What of the inbox is asked for.
 *
 * @typedef {object} InboxQuery
 * @property {string} [stream] Only this stream.
 * @property {number} [after] From this number of `stream` on, instead of the durable cursor.
 * @property {string} [epoch] The epoch that `after` belongs to.
 * @property {number} [limit] Most entries, up to 1,000; left out: 100.
 */
/**
 * What is after the durable cursors.
 *
 * @typedef {object} Inbox
 * @property {string} epoch The epoch that positions belong to.
 * @property {Record<string, import("./wire/bodies.js").Cursor>} streams The agent's streams that were read.
 * @property {import("./note.js").Note[]} entries Each stream in order. `note.ack()` moves the durable cursor.
 * @property {import("./wire/bodies.js").Skipped[]} skipped Ranges with nothing left to give. To move past them, acknowledge `to`.
 * @property {boolean} more Whether there is more than fitted: acknowledge, and ask again.
 */
/**
 * @param {import("./requests/rest.js").Rest} rest
 * @param {InboxQuery & { wait?: number }} query
 * @param {AbortSignal} [signal]
 */
export declare function inbox(rest: import("./requests/rest.js").Rest, { stream, after, epoch, limit, wait }: InboxQuery & {
    wait?: number;
}, signal?: AbortSignal): Promise<import("./wire/bodies.js").InboxAnswer>;
/**
 * As `inbox`, but holds until there is an entry or the time is over.
 *
 * @param {import("./requests/rest.js").Rest} rest
 * @param {number} seconds
 * @param {InboxQuery} query
 * @param {AbortSignal} [signal]
 */
export declare function wait(rest: import("./requests/rest.js").Rest, seconds: number, query: InboxQuery, signal?: AbortSignal): Promise<import("./wire/bodies.js").InboxAnswer>;
