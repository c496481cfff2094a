export type Note = import("../note.js").Note;
export type Track = import("./tracks.js").Track;
/** @typedef {import("../note.js").Note} Note */
/** @typedef {import("./tracks.js").Track} Track */
/** Entries that wait for the caller; when there are so many, the socket is not read. */
export declare const QUEUE_MAX = 256;
/** Notes on their way to the caller, and how it ends. */
export declare class Queue {
    #private;
    /** Nothing more comes. */
    get isEnded(): boolean;
    /** Resolves when there is room for one more. For one at a time. */
    room(): Promise<void>;
    /**
     * Adds a note. There must be room.
     *
     * @param {Note} note
     * @param {Track} track The stream that it was told in.
     */
    push(note: Note, track: Track): void;
    /**
     * The next note, when there is one. After the end what is left, then the error, then nothing.
     *
     * @returns {Promise<IteratorResult<Note, undefined>>}
     */
    next(): Promise<IteratorResult<Note, undefined>>;
    /**
     * Nothing more comes. The caller still gets what is here, and then the error.
     *
     * @param {{ error: unknown }} [failure]
     */
    end(failure?: {
        error: unknown;
    }): void;
    /**
     * Nothing more comes, and what is here is not wanted.
     *
     * @param {{ error: unknown }} [failure]
     */
    clear(failure?: {
        error: unknown;
    }): void;
    /**
     * Takes away what was told of a track that is void.
     *
     * @param {Track} track
     */
    drop(track: Track): void;
    /**
     * The lowest number of a track that waits.
     *
     * @param {Track} track
     * @returns {number | undefined}
     */
    firstOf(track: Track): number | undefined;
}
