/**
 * @param {unknown} url
 * @returns {string} The address without a slash at its end.
 */
export declare function checkUrl(url: unknown): string;
/**
 * Whether a key that goes to one address may go to the other: at the same host, or on this machine.
 *
 * @param {string} before
 * @param {string} now
 */
export declare function isAsSafe(before: string, now: string): boolean;
