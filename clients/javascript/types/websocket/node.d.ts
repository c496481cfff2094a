/**
 * Opens a WebSocket.
 *
 * @param {string} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up before it is open; afterwards it means nothing.
 * @returns {Promise<NodeSocket>}
 */
export declare function open(url: string, signal: AbortSignal): Promise<NodeSocket>;
export type Socket = import("./open.js").Socket;
/** @typedef {import("./open.js").Socket} Socket */
/** @implements {Socket} */
export declare class NodeSocket implements Socket {
    #private;
    /** Is called at every sign of life. */
    onSign: () => void;
    /**
     * @param {import("node:net").Socket} socket
     * @param {Uint8Array} head What has come already.
     */
    constructor(socket: import("node:net").Socket, head: Uint8Array);
    /** How it ended. */
    get ended(): import("./open.js").Ended | undefined;
    /**
     * The next message; `undefined` when there will be none, and `ended` says why. One at a time. While nobody receives,
     * nothing is read.
     *
     * @returns {Promise<string | undefined>}
     */
    receive(): Promise<string | undefined>;
    /**
     * Sends a message.
     *
     * @param {string} text
     */
    say(text: string): void;
    /**
     * Ends it: politely, if that does not take long.
     *
     * @param {number} [code]
     * @param {string} [reason]
     * @returns {Promise<void>}
     */
    close(code?: number, reason?: string): Promise<void>;
    /** Ends it at once: nothing is said, and nothing is waited for. */
    destroy(): void;
}
