/** The longest time that a timer holds, in milliseconds; a longer one would fire at once. */
export declare const TIMER_MAX_MS: number;
/**
 * Calls back when a signal is aborted; at once, if it is. One listener serves all who ask: a signal that many requests have
 * in common would otherwise be reported as a leak.
 *
 * @param {AbortSignal | undefined} signal
 * @param {() => void} callback
 * @returns {() => void} Ends it.
 */
export declare function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void;
/**
 * Waits; rejects with the signal's reason when it is aborted.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export declare function sleep(ms: number, signal?: AbortSignal): Promise<void>;
/**
 * What a promise gives, unless the signal is aborted before; the promise goes on by itself then.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export declare function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T>;
/**
 * One signal of several, which is aborted when one of them is, or after a time. `release` when it is not needed any more.
 *
 * @param {(AbortSignal | undefined)[]} signals
 * @param {{ afterMs?: number, reason?: () => unknown }} [limit]
 */
export declare function anySignal(signals: (AbortSignal | undefined)[], { afterMs, reason }?: {
    afterMs?: number;
    reason?: () => unknown;
}): {
    signal: AbortSignal;
    release(): void;
};
