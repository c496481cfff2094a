export type Bytes = import("./bytes.js").Bytes;
/** Signs for one agent. */
export declare class Signer {
    #private;
    publicKey: import("./bytes.js").Bytes;
    /**
     * @param {CryptoKey} key
     * @param {Bytes} publicKey
     */
    constructor(key: CryptoKey, publicKey: Bytes);
    /**
     * @param {Bytes} seed 32 bytes.
     * @returns {Promise<Signer>}
     */
    static from(seed: Bytes): Promise<Signer>;
    /**
     * @param {Bytes} bytes
     * @returns {Promise<Bytes>} 64 bytes.
     */
    sign(bytes: Bytes): Promise<Bytes>;
}
/**
 * Whether a signature is by a key on these bytes.
 *
 * @param {Bytes} key
 * @param {Bytes} signature
 * @param {Bytes} bytes
 */
export declare function verify(key: Bytes, signature: Bytes, bytes: Bytes): Promise<boolean>;
