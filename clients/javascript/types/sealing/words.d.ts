/**
 * The six words of an agent's signing key, separated by spaces.
 *
 * @param {string} agent
 * @param {Uint8Array} sign The public signing key.
 */
export declare function words(agent: string, sign: Uint8Array): Promise<string>;
/**
 * Whether two people mean the same words, however they separate them.
 *
 * @param {string} one
 * @param {string} other
 */
export declare function areSame(one: string, other: string): boolean;
/**
 * Two bytes as five letters.
 *
 * @param {number} bits
 */
export declare function proquint(bits: number): string;
