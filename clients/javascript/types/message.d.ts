/** An item that was read. */
export declare class Message {
    /** Its token. */
    token: string;
    /** Who sent it. Only of a sealed one is that more than the hub's word. */
    from: string;
    /** What its sender called it. */
    name: string;
    /** Whether it was encrypted and signed. What is not may be anybody's, also the hub's own invention. */
    sealed: boolean;
    /** The body: bytes. */
    body: Uint8Array<ArrayBufferLike>;
    /** The addresses that the hub says it was sent to. */
    to: string[];
    /** Token of the item that it answers. */
    replyTo: string | undefined;
    /** Whether it could be read once only. */
    oneTime: boolean;
    /** When the hub stored it, says the hub. */
    createdAt: Date;
    /** Seconds from then on that it lives, says the hub. */
    ttl: number;
    /** When it was sealed, says its sender. */
    sentAt: Date | undefined;
    /**
     * @param {import("./wire/bodies.js").Item} item
     * @param {{ body: Uint8Array, sentAt: Date } | undefined} opened Where it was sealed.
     */
    constructor(item: import("./wire/bodies.js").Item, opened: {
        body: Uint8Array;
        sentAt: Date;
    } | undefined);
    /** The body as text; what is no UTF-8 is replaced. */
    text(): string;
}
/**
 * Whether data is an envelope, of whatever version: base64url of something that begins with `ahenv`.
 *
 * @param {string} data
 */
export declare function isSealed(data: string): boolean;
/**
 * @param {unknown} body
 * @returns {Uint8Array} The body as it is encrypted.
 */
export declare function bytesOf(body: unknown): Uint8Array;
/**
 * @param {unknown} body
 * @returns {string} The body as it is published plain.
 */
export declare function textOf(body: unknown): string;
