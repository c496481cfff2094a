export type HubError = import("../error.js").HubError;
/** @typedef {import("../error.js").HubError} HubError */
/** The time that one request has, for all of its tries. */
export declare class Patience {
    #private;
    /**
     * @param {number} limitMs
     * @param {number} heldMs How long the hub may hold the request, beyond that.
     * @param {(AbortSignal | undefined)[]} signals Who may give it up before.
     */
    constructor(limitMs: number, heldMs: number, signals: (AbortSignal | undefined)[]);
    /** Is aborted when the request is given up from outside. */
    get signal(): AbortSignal;
    /** Milliseconds left. */
    leftMs(): number;
    /**
     * How long the next try may take. Of 30 s the first has 5, the second 10, the third what is left: a connection that gives no
     * sign must not cost all the time that there is, nor must a slow one never get to the end.
     */
    nextTryMs(): number;
    /**
     * Waits for the next try, as long as the hub asked for or a random time; throws the error if there is no time left for one.
     *
     * @param {HubError} error Why the last try failed.
     */
    wait(error: HubError): Promise<void>;
    /**
     * What somebody else's work gives, if it comes in time.
     *
     * @template T
     * @param {(signal: AbortSignal) => Promise<T>} work
     * @param {string} url
     * @returns {Promise<T>}
     */
    outlast<T>(work: (signal: AbortSignal) => Promise<T>, url: string): Promise<T>;
    /** It is done with. */
    release(): void;
}
