export type End = {
    kind: "final" | "later";
    error: unknown;
} | {
    kind: "login" | "restart" | "streams" | "again";
};
/**
 * - `final`: coming back would not help;
 * - `login`: log in, and come back at once;
 * - `restart`: the hub restarts;
 * - `streams`: the agent is no longer in one of the streams;
 * - `again`: come back from the positions, at once;
 * - `later`: come back after a pause.
 *
 * @typedef {{ kind: "final" | "later", error: unknown } | { kind: "login" | "restart" | "streams" | "again" }} End
 */
/**
 * Coming back would not help.
 *
 * @param {unknown} error
 * @returns {End}
 */
export declare function final(error: unknown): End;
/**
 * @param {string} url
 * @param {string} why
 * @returns {End}
 */
export declare function later(url: string, why: string): End;
/**
 * What the end of a socket means.
 *
 * @param {string} url
 * @param {import("../websocket/open.js").Ended} ended
 * @returns {End}
 */
export declare function endOf(url: string, { code, reason, isFull }: import("../websocket/open.js").Ended): End;
/**
 * What an `error` instead of the welcome means.
 *
 * @param {{ code: string, detail: string }} frame
 * @returns {End}
 */
export declare function endOfHello({ code, detail }: {
    code: string;
    detail: string;
}): End;
/**
 * What a failed opening means.
 *
 * @param {string} url
 * @param {unknown} error
 * @returns {End}
 */
export declare function endOfOpening(url: string, error: unknown): End;
