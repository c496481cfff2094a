import { Ranges } from "./ranges.js";
export type Positions = {
    /**
     * The epoch that the numbers belong to.
     */
    epoch: string;
    /**
     * By stream, the last number that is not wanted again.
     */
    after: Record<string, number>;
};
export type Cursor = import("../wire/bodies.js").Cursor;
export type Entry = import("../wire/bodies.js").Entry;
export type Verdict = "handOver" | "movePast" | "gap";
/**
 * From where to go on: what `notifications` takes, and what it tells.
 *
 * @typedef {object} Positions
 * @property {string} epoch The epoch that the numbers belong to.
 * @property {Record<string, number>} after By stream, the last number that is not wanted again.
 */
/** @typedef {import("../wire/bodies.js").Cursor} Cursor */
/** @typedef {import("../wire/bodies.js").Entry} Entry */
/**
 * What to do with an entry: `handOver`: it is the caller's. `movePast`: it was seen before, or is none of the caller's
 * business. `gap`: something is missing before it, so come back and read on.
 *
 * @typedef {"handOver" | "movePast" | "gap"} Verdict
 */
/** One stream, from when the agent is in it until it leaves, or the position becomes void. */
export declare class Track {
    stream: string;
    position: number;
    /** What was handed over, or is a copy of it, and is not acknowledged. */
    outstanding: Ranges;
    /** Its tokens, as far as they are remembered; ascending. @type {Map<number, string>} */
    tokens: Map<number, string>;
    /** What the hub was told. */
    acked: number;
    /**
     * Up to where the first number of a session may leave out what is before: the agent may have left meanwhile and come again,
     * and a new membership begins acknowledged.
     */
    mayBeginAfter: number;
    /**
     * @param {string} stream
     * @param {number} position What was last handed over or moved past.
     */
    constructor(stream: string, position: number);
    /** Up to where everything is acknowledged by the caller, or was moved past silently. */
    get doneUpTo(): number;
}
export type HandedOver = {
    /**
     * The caller acknowledged it.
     */
    isDone: boolean;
    /**
     * Where it was handed over; elsewhere are copies. None: it is to be handed over again.
     */
    home?: Track;
    /**
     * Where it is outstanding.
     */
    places: {
        track: Track;
        seq: number;
    }[];
};
/**
 * An item that the caller was handed.
 *
 * @typedef {object} HandedOver
 * @property {boolean} isDone The caller acknowledged it.
 * @property {Track} [home] Where it was handed over; elsewhere are copies. None: it is to be handed over again.
 * @property {{ track: Track, seq: number }[]} places Where it is outstanding.
 */
/** All streams of a session. */
export declare class Tracks {
    #private;
    /** The epoch that positions belong to. */
    epoch: string;
    /**
     * @param {Positions} [from] The caller's own positions.
     * @param {(track: Track) => void} [ended] Is called with each track whose numbers mean nothing any more.
     */
    constructor(from?: Positions, ended?: (track: Track) => void);
    /**
     * @param {string} stream
     * @returns {Track | undefined}
     */
    get(stream: string): Track | undefined;
    /** @returns {IterableIterator<Track>} */
    all(): IterableIterator<Track>;
    /**
     * What the hub may be told now, where that is news.
     *
     * @returns {{ track: Track, seq: number }[]}
     */
    due(): {
        track: Track;
        seq: number;
    }[];
    /**
     * A session stands: streams that are new begin at their cursor, those that are gone are left, and positions of another
     * epoch are void. (A `resync` says so of each, but the connection may end before it comes.)
     *
     * @param {{ epoch: string, streams: Record<string, Cursor> }} welcome
     */
    welcome({ epoch, streams }: {
        epoch: string;
        streams: Record<string, Cursor>;
    }): void;
    /**
     * The agent is in a stream from now on. (To be told so of a stream that it is in means that it has left and come again.)
     *
     * @param {string} stream
     * @param {Cursor} cursor
     */
    join(stream: string, cursor: Cursor): void;
    /**
     * The agent is no longer in a stream. What it was handed there waits for copies in other streams.
     *
     * @param {string} stream
     */
    leave(stream: string): void;
    /**
     * Leaves all other streams.
     *
     * @param {Record<string, unknown>} streams By name.
     */
    keep(streams: Record<string, unknown>): void;
    /**
     * A position is void: what was handed over and not acknowledged will be handed over again.
     *
     * @param {string} stream
     * @param {Cursor} cursor
     */
    resync(stream: string, cursor: Cursor): void;
    /**
     * An entry was told.
     *
     * @param {Entry} entry
     * @param {boolean} isMine Its publisher is this agent, who did not ask for its own.
     * @returns {Verdict}
     */
    notify({ stream, seq, token }: Entry, isMine: boolean): Verdict;
    /**
     * A range has nothing left to give.
     *
     * @param {import("../wire/bodies.js").Skipped} skipped
     * @returns {Verdict}
     */
    skip({ stream, from, to }: import("../wire/bodies.js").Skipped): Verdict;
    /**
     * The caller is done with everything up to `seq` in a stream.
     *
     * @param {Track} track
     * @param {number} seq
     */
    done(track: Track, seq: number): void;
    /**
     * The caller is done with an entry. Where its position is not void, with everything before it in its stream too.
     *
     * @param {Track} track As it was when the entry was told.
     * @param {Entry} entry
     */
    doneWith(track: Track, entry: Entry): void;
    /**
     * The hub has it on disk.
     *
     * @param {Track} track
     * @param {number} seq
     */
    acked(track: Track, seq: number): void;
}
