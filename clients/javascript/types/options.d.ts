export type WaitOptions = {
    /**
     * Gives it up; the verb then throws the signal's reason.
     */
    signal?: AbortSignal;
};
export type SendOptions = {
    /**
     * What it is called, 1 to 100 characters; left out: `message`. The hub sees it.
     */
    name?: string;
    /**
     * Seconds until it expires; left out: a day.
     */
    ttl?: number;
    /**
     * It can be read once only, by whoever comes first.
     */
    oneTime?: boolean;
    /**
     * Token of the item that it answers.
     */
    replyTo?: string;
    /**
     * Neither encrypted nor signed: the hub can read and change it. The body must then be text.
     */
    plain?: boolean;
    /**
     * Refused, instead of sent to the others, if it cannot be encrypted for each member of a channel.
     */
    allMembers?: boolean;
    /**
     * Under which the hub takes it for the same when it is sent again, byte for byte; left out: drawn. What is
     * encrypted anew has other bytes: `idempotency_mismatch` then says that the first was stored.
     */
    idempotencyKey?: string;
    /**
     * The trace that it is sent in (W3C Trace Context): whoever is told finds it in its notification.
     */
    traceparent?: string;
    /**
     * Gives it up; whether it was sent is then not known.
     */
    signal?: AbortSignal;
};
export type PublishOptions = {
    /**
     * What it is called, 1 to 100 characters.
     */
    name: string;
    /**
     * The data, as it is.
     */
    data: string;
    /**
     * Addresses: agents, and channels with their `#`. Left out: the agent called `name`, if there is one.
     */
    to?: string | string[];
    /**
     * Seconds until it expires; left out: a day.
     */
    ttl?: number;
    /**
     * It can be read once only, by whoever comes first.
     */
    oneTime?: boolean;
    /**
     * Token of the item that it answers.
     */
    replyTo?: string;
    /**
     * Under which the hub takes it for the same when it is published again; left out: drawn.
     */
    idempotencyKey?: string;
    /**
     * The trace that it is published in (W3C Trace Context): whoever is told finds it in its notification.
     */
    traceparent?: string;
    /**
     * Gives it up; whether it was published is then not known.
     */
    signal?: AbortSignal;
};
export type ListenOptions = {
    /**
     * By stream, the number from behind which to be told, instead of the durable cursors: for a
     * process that must see everything for itself. `Notifications.positions` are such. Nothing is acknowledged in these streams
     * before the caller acknowledges something there.
     */
    after?: Record<string, number>;
    /**
     * The epoch that the numbers belong to; if it is over, the cursors hold again.
     */
    epoch?: string;
    /**
     * Also what this agent itself sent to a channel of its own, or to itself.
     */
    own?: boolean;
    /**
     * Ends it; the iterator then throws the signal's reason.
     */
    signal?: AbortSignal;
};
/**
 * @typedef {object} WaitOptions
 * @property {AbortSignal} [signal] Gives it up; the verb then throws the signal's reason.
 */
/**
 * @typedef {object} SendOptions
 * @property {string} [name] What it is called, 1 to 100 characters; left out: `message`. The hub sees it.
 * @property {number} [ttl] Seconds until it expires; left out: a day.
 * @property {boolean} [oneTime] It can be read once only, by whoever comes first.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {boolean} [plain] Neither encrypted nor signed: the hub can read and change it. The body must then be text.
 * @property {boolean} [allMembers] Refused, instead of sent to the others, if it cannot be encrypted for each member of a channel.
 * @property {string} [idempotencyKey] Under which the hub takes it for the same when it is sent again, byte for byte; left out: drawn. What is
 *   encrypted anew has other bytes: `idempotency_mismatch` then says that the first was stored.
 * @property {string} [traceparent] The trace that it is sent in (W3C Trace Context): whoever is told finds it in its notification.
 * @property {AbortSignal} [signal] Gives it up; whether it was sent is then not known.
 */
/**
 * @typedef {object} PublishOptions
 * @property {string} name What it is called, 1 to 100 characters.
 * @property {string} data The data, as it is.
 * @property {string | string[]} [to] Addresses: agents, and channels with their `#`. Left out: the agent called `name`, if there is one.
 * @property {number} [ttl] Seconds until it expires; left out: a day.
 * @property {boolean} [oneTime] It can be read once only, by whoever comes first.
 * @property {string} [replyTo] Token of the item that it answers.
 * @property {string} [idempotencyKey] Under which the hub takes it for the same when it is published again; left out: drawn.
 * @property {string} [traceparent] The trace that it is published in (W3C Trace Context): whoever is told finds it in its notification.
 * @property {AbortSignal} [signal] Gives it up; whether it was published is then not known.
 */
/**
 * @typedef {object} ListenOptions
 * @property {Record<string, number>} [after] By stream, the number from behind which to be told, instead of the durable cursors: for a
 *   process that must see everything for itself. `Notifications.positions` are such. Nothing is acknowledged in these streams
 *   before the caller acknowledges something there.
 * @property {string} [epoch] The epoch that the numbers belong to; if it is over, the cursors hold again.
 * @property {boolean} [own] Also what this agent itself sent to a channel of its own, or to itself.
 * @property {AbortSignal} [signal] Ends it; the iterator then throws the signal's reason.
 */
/**
 * @param {object} options
 * @param {readonly string[]} known
 */
export declare function checkOptions(options: object, known: readonly string[]): void;
/**
 * @param {unknown} key
 * @returns {string} An idempotency key: this one, or a fresh one.
 */
export declare function idempotencyKey(key: unknown): string;
/**
 * @param {unknown} text
 * @returns {string | undefined} The `traceparent`; the hub would take a malformed one for none.
 */
export declare function checkTraceparent(text: unknown): string | undefined;
/** Browsers have `randomUUID` only on pages that came over HTTPS or from this machine. */
export declare function randomHex(): string;
/**
 * From where to be told, if the caller says so.
 *
 * @param {ListenOptions} options
 * @returns {import("./session/tracks.js").Positions | undefined}
 */
export declare function checkPositions({ after, epoch }: ListenOptions): import("./session/tracks.js").Positions | undefined;
