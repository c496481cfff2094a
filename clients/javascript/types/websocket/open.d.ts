export type Ended = {
    /**
     * The close code; 1006 without one.
     */
    code: number;
    reason: string;
    /**
     * This client hung up, because the caller was slower than the hub.
     */
    isFull?: boolean;
};
export type Socket = {
    /**
     * The next message; `undefined` when there will be none.
     */
    receive: () => Promise<string | undefined>;
    /**
     * Sends a message.
     */
    say: (text: string) => void;
    /**
     * Ends it: politely, if that does not take long.
     */
    close: (code?: number, reason?: string) => Promise<void>;
    /**
     * Ends it at once.
     */
    destroy: () => void;
    /**
     * Is called at every sign of life.
     */
    onSign: () => void;
    ended: Ended | undefined;
};
/**
 * How a WebSocket ended.
 *
 * @typedef {object} Ended
 * @property {number} code The close code; 1006 without one.
 * @property {string} reason
 * @property {boolean} [isFull] This client hung up, because the caller was slower than the hub.
 */
/**
 * An open WebSocket.
 *
 * @typedef {object} Socket
 * @property {() => Promise<string | undefined>} receive The next message; `undefined` when there will be none.
 * @property {(text: string) => void} say Sends a message.
 * @property {(code?: number, reason?: string) => Promise<void>} close Ends it: politely, if that does not take long.
 * @property {() => void} destroy Ends it at once.
 * @property {() => void} onSign Is called at every sign of life.
 * @property {Ended | undefined} ended
 */
/**
 * Opens a WebSocket.
 *
 * @param {string} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up before it is open.
 * @returns {Promise<Socket>}
 */
export declare function openSocket(url: string, signal: AbortSignal): Promise<Socket>;
