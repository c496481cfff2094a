import { Note } from "../note.js";
export type End = import("./end.js").End;
export type HubFrame = import("../wire/frames.js").HubFrame;
export type Track = import("./tracks.js").Track;
export type Jwt = import("../requests/jwt.js").Jwt;
/** @typedef {import("./end.js").End} End */
/** @typedef {import("../wire/frames.js").HubFrame} HubFrame */
/** @typedef {import("./tracks.js").Track} Track */
/** @typedef {import("../requests/jwt.js").Jwt} Jwt */
/** Keeps a socket. */
export declare class Session {
    #private;
    /**
     * @param {import("../hub.js").Hub} hub
     * @param {import("../requests/rest.js").Rest} rest
     * @param {import("../limits.js").Limits} limits
     * @param {{ own: boolean, from?: import("./tracks.js").Positions }} options
     */
    constructor(hub: import("../hub.js").Hub, rest: import("../requests/rest.js").Rest, limits: import("../limits.js").Limits, { own, from }: {
        own: boolean;
        from?: import("./tracks.js").Positions;
    });
    /** Whether it was neither ended nor stopped. */
    get isOpen(): boolean;
    /** The next note; begins if it has not begun. */
    next(): Promise<IteratorResult<Note, undefined>>;
    /** Ends it; what is told and not taken is told again to whoever comes next. Resolves when the socket is closed. */
    stop(): Promise<void>;
    /**
     * Ends it with an error for the caller.
     *
     * @param {unknown} error
     */
    fail(error: unknown): void;
    /** From where a session would go on that comes after what the caller was handed. */
    get positions(): {
        epoch: string;
        after: any;
    };
    /**
     * The caller acknowledged a number itself, and the hub has it.
     *
     * @param {string} stream
     * @param {number} seq
     */
    acked(stream: string, seq: number): void;
}
