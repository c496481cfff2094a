export type End = import("./end.js").End;
/** @typedef {import("./end.js").End} End */
/** Hears one socket. */
export declare class Listening {
    #private;
    /**
     * @param {object} about
     * @param {import("../websocket/open.js").Socket} about.socket
     * @param {import("../requests/rest.js").Rest} about.rest
     * @param {import("../requests/jwt.js").Jwt} about.jwt The JWT that the socket was opened with.
     * @param {number} about.pingIntervalS
     * @param {{ room: () => Promise<void>, take: (frame: import("../wire/frames.js").HubFrame) => End | undefined }} about.handler
     */
    constructor({ socket, rest, jwt, pingIntervalS, handler }: {
        socket: import("../websocket/open.js").Socket;
        rest: import("../requests/rest.js").Rest;
        jwt: import("../requests/jwt.js").Jwt;
        pingIntervalS: number;
        handler: {
            room: () => Promise<void>;
            take: (frame: import("../wire/frames.js").HubFrame) => End | undefined;
        };
    });
    /**
     * Listens until the socket ends.
     *
     * @param {AbortSignal} signal Ends it.
     * @returns {Promise<End>}
     */
    run(signal: AbortSignal): Promise<End>;
}
/**
 * Whether a login that failed may succeed later.
 *
 * @param {unknown} error
 */
export declare function mayWorkLater(error: unknown): boolean;
