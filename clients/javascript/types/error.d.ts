import { codes } from "./codes.js";
export type Position = import("./wire/bodies.js").Position;
/** @typedef {import("./wire/bodies.js").Position} Position */
/** Something was not done; `code` says why. */
export declare class HubError extends Error {
    /**
     * The stable code: one of `codes`, or one that a newer hub has.
     * @type {string}
     */
    code: string;
    /**
     * For people: what was wrong this time. May change.
     * @type {string}
     */
    detail: string;
    /**
     * HTTP status of the hub's refusal; 0 where it did not answer, or was not asked.
     * @type {number}
     */
    status: number;
    /**
     * Seconds after which the hub wants to be asked again, if it said so.
     * @type {number | undefined}
     */
    retryAfter: number | undefined;
    /**
     * Of `resync`: from where to go on.
     * @type {Position | undefined}
     */
    position: Position | undefined;
    /**
     * @param {string} code
     * @param {string} detail
     * @param {{ status?: number, retryAfter?: number, position?: Position }} [about]
     */
    constructor(code: string, detail: string, about?: {
        status?: number;
        retryAfter?: number;
        position?: Position;
    });
    /**
     * Whether the same call fails whenever it is made: it is refused for what the item or its addressee is, not for the
     * connection, the hub, the login or this machine. Whoever reads note after note is done with one that fails so.
     *
     * @returns {boolean}
     */
    get lasts(): boolean;
}
/** An envelope was not opened, or keys were not believed. */
export declare class SealError extends HubError {
    /**
     * @param {keyof typeof codes} code
     * @param {string} [about] Whose envelope or keys.
     */
    constructor(code: keyof typeof codes, about?: string);
    /**
     * The same envelope is never better.
     *
     * @override
     */
    get lasts(): boolean;
}
/**
 * A refusal of the client's own, with a code of the hub.
 *
 * @param {keyof typeof codes} code
 * @param {string} detail
 */
export declare function refused(code: keyof typeof codes, detail: string): HubError;
/**
 * The hub was not reached, or what answered is none.
 *
 * @param {string} url
 * @param {string} why
 */
export declare function unreachable(url: string, why: string): HubError;
/** The client was closed. */
export declare function closedError(): HubError;
