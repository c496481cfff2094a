/** What one agent acknowledges in one session after the other. */
export declare class Acks {
    #private;
    /**
     * @param {import("../requests/rest.js").Rest} rest
     * @param {import("./tracks.js").Tracks} tracks
     */
    constructor(rest: import("../requests/rest.js").Rest, tracks: import("./tracks.js").Tracks);
    /**
     * Resolves when the hub has on disk what is done with in a stream.
     *
     * @param {string} stream
     */
    told(stream: string): Promise<void>;
    /** Something was moved past: it is acknowledged soon, unless it is along with something else. */
    soon(): void;
    /** Nothing more is acknowledged by itself. */
    stop(): void;
}
