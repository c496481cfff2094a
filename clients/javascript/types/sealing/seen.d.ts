/** The envelopes that were opened. */
export declare class Seen {
    #private;
    /** @param {import("./storage.js").Storage} storage */
    constructor(storage: import("./storage.js").Storage);
    /**
     * Notes that an envelope was opened under a token; `false` if it was opened before under another.
     *
     * @param {{ from: string, id: string }} envelope
     * @param {string} token
     * @param {number} expiresAtMs
     * @param {number} nowMs
     * @returns {Promise<boolean>}
     */
    note({ from, id }: {
        from: string;
        id: string;
    }, token: string, expiresAtMs: number, nowMs: number): Promise<boolean>;
}
/**
 * The UTC day of a moment; one that no calendar has is the last that can be written.
 *
 * @param {number} ms
 */
export declare function day(ms: number): string;
