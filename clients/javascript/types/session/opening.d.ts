export type End = import("./end.js").End;
export type Socket = import("../websocket/open.js").Socket;
export type Resume = {
    epoch?: string;
    after?: Record<string, number>;
};
export type Opened = {
    socket: Socket;
    welcome: {
        type: "welcome";
    } & import("../wire/frames.js").Welcome;
};
/** @typedef {import("./end.js").End} End */
/** @typedef {import("../websocket/open.js").Socket} Socket */
/** @typedef {{ epoch?: string, after?: Record<string, number> }} Resume From where the session begins. */
/** @typedef {{ socket: Socket, welcome: { type: "welcome" } & import("../wire/frames.js").Welcome }} Opened */
/**
 * Opens a socket and says hello; the welcome, or why there is none.
 *
 * @param {import("../requests/rest.js").Rest} rest
 * @param {import("../requests/jwt.js").Jwt} jwt
 * @param {Resume} resume
 * @param {AbortSignal} signal Gives it up.
 * @returns {Promise<Opened | End>}
 */
export declare function openSession(rest: import("../requests/rest.js").Rest, jwt: import("../requests/jwt.js").Jwt, resume: Resume, signal: AbortSignal): Promise<Opened | End>;
/**
 * One session, from login to its end. One that told something, or held for a while, makes the pauses short again.
 *
 * @param {object} about
 * @param {import("../requests/rest.js").Rest} about.rest
 * @param {import("../requests/backoff.js").Backoff} about.backoff
 * @param {(jwt: import("../requests/jwt.js").Jwt) => Promise<End>} about.converse From the socket to its end.
 * @param {() => boolean} about.hasTold Whether it told something.
 * @param {AbortSignal} signal Gives it up.
 * @returns {Promise<End>}
 */
export declare function holdSession({ rest, backoff, converse, hasTold }: {
    rest: import("../requests/rest.js").Rest;
    backoff: import("../requests/backoff.js").Backoff;
    converse: (jwt: import("../requests/jwt.js").Jwt) => Promise<End>;
    hasTold: () => boolean;
}, signal: AbortSignal): Promise<End>;
/**
 * What comes before the next session; throws where there is none.
 *
 * @param {End} end
 * @param {import("../requests/backoff.js").Backoff} backoff
 * @param {AbortSignal} signal
 */
export declare function pauseAfter(end: End, backoff: import("../requests/backoff.js").Backoff, signal: AbortSignal): Promise<void>;
