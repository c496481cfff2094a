export type Bytes = import("./bytes.js").Bytes;
export type Suite = "x25519" | "xwing";
export type WrittenKey = [Suite, string];
/**
 * @param {unknown} name
 * @returns {name is Suite}
 */
export declare function isSuite(name: unknown): name is Suite;
/**
 * Bytes of a wrapped content key.
 *
 * @param {Suite} name
 */
export declare function wrapBytes(name: Suite): number;
/** A public encryption key. */
export declare class PublicKey {
    suite: Suite;
    bytes: import("./bytes.js").Bytes;
    id: string;
    /**
     * @param {Suite} suite
     * @param {Bytes} bytes
     * @param {string} id What names it in an envelope.
     */
    constructor(suite: Suite, bytes: Bytes, id: string);
    /**
     * From JSON; `undefined` if it is no key of a known suite.
     *
     * @param {unknown} written
     * @returns {Promise<PublicKey | undefined>}
     */
    static read(written: unknown): Promise<PublicKey | undefined>;
    /**
     * @param {Suite} suite
     * @param {Bytes} bytes
     */
    static of(suite: Suite, bytes: Bytes): Promise<PublicKey>;
    /** @returns {WrittenKey} */
    toJSON(): WrittenKey;
    /** Whether something can be wrapped for it: bytes of the right length may be no key, such as a point of small order. */
    isUsable(): Promise<boolean>;
    /**
     * Wraps a content key: encapsulated key and ciphertext.
     *
     * @param {Bytes} contentKey
     * @param {Bytes} info
     * @returns {Promise<Bytes>}
     */
    wrap(contentKey: Bytes, info: Bytes): Promise<Bytes>;
}
/** A private encryption key; for X-Wing its seed. */
export declare class PrivateKey {
    #private;
    publicKey: PublicKey;
    /**
     * @param {Bytes} bytes
     * @param {PublicKey} publicKey
     */
    constructor(bytes: Bytes, publicKey: PublicKey);
    /**
     * From JSON; `undefined` if it is no key of a known suite.
     *
     * @param {unknown} written
     * @returns {Promise<PrivateKey | undefined>}
     */
    static read(written: unknown): Promise<PrivateKey | undefined>;
    /**
     * Draws a key.
     *
     * @param {Suite} suite
     */
    static draw(suite: Suite): Promise<PrivateKey>;
    /**
     * For the storage: secret.
     *
     * @returns {WrittenKey}
     */
    toJSON(): WrittenKey;
    /**
     * Unwraps a content key.
     *
     * @param {Bytes} wrap
     * @param {Bytes} info
     * @returns {Promise<Bytes>}
     * @throws {SealError} `bad_wrap`.
     */
    unwrap(wrap: Bytes, info: Bytes): Promise<Bytes>;
}
