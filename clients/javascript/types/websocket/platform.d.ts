/**
 * Opens a WebSocket.
 *
 * @param {string} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up before it is open; afterwards it means nothing.
 * @returns {Promise<PlatformSocket>}
 */
export declare function open(url: string, signal: AbortSignal): Promise<PlatformSocket>;
export type Socket = import("./open.js").Socket;
/** @typedef {import("./open.js").Socket} Socket */
/** @implements {Socket} */
declare class PlatformSocket implements Socket {
    #private;
    /** Is called at every sign of life. */
    onSign: () => void;
    /** @param {WebSocket} socket */
    constructor(socket: WebSocket);
    /** How it ended. */
    get ended(): import("./open.js").Ended | undefined;
    /**
     * The next message; `undefined` when there will be none, and `ended` says why. One at a time.
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
    /** Ends it at once: nothing is waited for. */
    destroy(): void;
}
export {};
