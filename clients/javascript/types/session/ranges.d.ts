/** A set of ascending numbers, kept as ranges. */
export declare class Ranges {
    #private;
    /** @param {number} [most] Ranges that are kept apart. */
    constructor(most?: number);
    /** The lowest number; `undefined` if there is none. */
    get first(): number | undefined;
    /**
     * Adds a number above all others.
     *
     * @param {number} number
     */
    add(number: number): void;
    /**
     * Takes one away.
     *
     * @param {number} number
     */
    remove(number: number): void;
    /**
     * Takes everything up to a number away.
     *
     * @param {number} number
     */
    removeUpTo(number: number): void;
}
