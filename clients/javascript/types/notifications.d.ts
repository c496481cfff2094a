import { asyncDispose } from "./dispose.js";
export type Note = import("./note.js").Note;
export type Session = import("./session/session.js").Session;
/** @typedef {import("./note.js").Note} Note */
/** @typedef {import("./session/session.js").Session} Session */
/**
 * Everything that is told to an agent: an async iterator. Leaving a `for await` over it, or `close`, ends its session.
 *
 * @implements {AsyncIterableIterator<Note, undefined>}
 */
export declare class Notifications implements AsyncIterableIterator<Note, undefined> {
    #private;
    /**
     * Use `Hub.notifications`.
     *
     * @param {Session} session
     * @param {Set<Session>} live The sessions of this client that have begun.
     * @param {AbortSignal} [signal]
     */
    constructor(session: Session, live: Set<Session>, signal?: AbortSignal);
    /**
     * From where a session would go on that comes after what was handed over so far: what `notifications` takes.
     *
     * @returns {import("./session/tracks.js").Positions}
     */
    get positions(): import("./session/tracks.js").Positions;
    /**
     * The next note; waits for it as long as it takes.
     *
     * @returns {Promise<IteratorResult<Note, undefined>>}
     * @throws {import("./error.js").HubError} What makes coming back useless: the credentials were refused, or the hub speaks another protocol.
     */
    next(): Promise<IteratorResult<Note, undefined>>;
    /**
     * Ends it. What was told and not acknowledged is told again to whoever comes next.
     *
     * @returns {Promise<IteratorReturnResult<undefined>>}
     */
    return(): Promise<IteratorReturnResult<undefined>>;
    /**
     * Ends it, as `return`.
     *
     * @returns {Promise<void>}
     */
    close(): Promise<void>;
    [Symbol.asyncIterator](): this;
    [asyncDispose](): Promise<void>;
}
