/** Most addresses in one `to`, after duplicates are folded. */
export declare const TO_MAX = 64;
/**
 * Whether `name` can be an agent's: 1 to 64 of `a-z 0-9 . _ -`, first a letter or digit; never `me`.
 *
 * @param {unknown} name
 * @returns {name is string}
 */
export declare function isAgentName(name: unknown): name is string;
/**
 * @param {unknown} name
 * @returns {string} The name.
 */
export declare function checkAgentName(name: unknown): string;
/**
 * @param {unknown} name A channel, with or without its `#`.
 * @returns {string} Its name without the `#`, as a path carries it.
 */
export declare function checkChannelName(name: unknown): string;
/**
 * @param {unknown} to One address or several.
 * @returns {string[]} Each address once.
 */
export declare function checkAddresses(to: unknown): string[];
/**
 * @param {unknown} name What an item is called.
 * @returns {string} The name.
 */
export declare function checkItemName(name: unknown): string;
/**
 * @param {unknown} token
 * @returns {string} The token.
 */
export declare function checkToken(token: unknown): string;
/**
 * Whether text can be written as UTF-8: it has no half of a surrogate pair.
 *
 * @param {string} text
 */
export declare function isWellFormed(text: string): boolean;
