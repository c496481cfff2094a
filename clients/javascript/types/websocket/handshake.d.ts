/** The server answered something else than a WebSocket. */
export declare class Refused extends Error {
    status: number;
    body: string;
    /**
     * @param {number} status
     * @param {string} body
     */
    constructor(status: number, body: string);
}
export type Upgraded = {
    socket: import("node:net").Socket;
    /**
     * What has come already.
     */
    head: Uint8Array;
};
/**
 * @typedef {object} Upgraded
 * @property {import("node:net").Socket} socket
 * @property {Uint8Array} head What has come already.
 */
/**
 * Asks for a WebSocket.
 *
 * @param {URL} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up.
 * @returns {Promise<Upgraded>}
 */
export declare function handshake(url: URL, signal: AbortSignal): Promise<Upgraded>;
