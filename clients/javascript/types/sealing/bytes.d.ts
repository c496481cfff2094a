export type Bytes = Uint8Array<ArrayBuffer>;
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * As base64url.
 *
 * @param {Uint8Array} bytes
 */
export declare function toText(bytes: Uint8Array): string;
/**
 * From base64url; `undefined` for padding, foreign characters, and spare bits that are not zero.
 *
 * @param {unknown} text
 * @returns {Bytes | undefined}
 */
export declare function fromText(text: unknown): Bytes | undefined;
/**
 * From base64url of so many bytes.
 *
 * @param {unknown} text
 * @param {number} length
 * @returns {Bytes | undefined}
 */
export declare function fromTextOf(text: unknown, length: number): Bytes | undefined;
/**
 * One after the other; text as UTF-8.
 *
 * @param {(Uint8Array | string)[]} parts
 * @returns {Bytes}
 */
export declare function concat(...parts: (Uint8Array | string)[]): Bytes;
/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export declare function isEqual(one: Uint8Array, other: Uint8Array): boolean;
/**
 * SHA-256 of the parts, one after the other.
 *
 * @param {(Uint8Array | string)[]} parts
 * @returns {Promise<Bytes>}
 */
export declare function hash(...parts: (Uint8Array | string)[]): Promise<Bytes>;
/**
 * The platform's cryptography.
 *
 * @returns {SubtleCrypto}
 */
export declare function subtle(): SubtleCrypto;
/**
 * @param {number} length
 * @returns {Bytes}
 */
export declare function random(length: number): Bytes;
