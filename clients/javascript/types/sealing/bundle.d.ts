import { PublicKey } from "./suites.js";
export type Bytes = import("./bytes.js").Bytes;
export type Link = [sign: string, signature: string];
/** @typedef {import("./bytes.js").Bytes} Bytes */
/** A signing key of before, and its signature on the next. @typedef {[sign: string, signature: string]} Link */
/** Most links that a bundle carries. */
export declare const LINKS_MAX = 32;
export type WrittenBundle = {
    v: 1;
    agent: string;
    version: number;
    sign: string;
    enc: import("./suites.js").WrittenKey;
    prev: Link[];
    sig: string;
};
/**
 * The fields of a bundle, in their order.
 *
 * @typedef {object} WrittenBundle
 * @property {1} v
 * @property {string} agent
 * @property {number} version
 * @property {string} sign
 * @property {import("./suites.js").WrittenKey} enc
 * @property {Link[]} prev
 * @property {string} sig
 */
/** The public keys of an agent, checked in all that can be checked without knowing earlier ones. */
export declare class Bundle {
    #private;
    written: WrittenBundle;
    /** Whose keys they are. */
    agent: string;
    /** 1, and one more at each rotation. */
    version: number;
    /** The signing key, as base64url. */
    sign: string;
    /** The encryption key. */
    enc: PublicKey;
    /** Signing keys of before, oldest first; the last is of the version before. */
    prev: Link[];
    /**
     * @param {WrittenBundle} written
     * @param {PublicKey} enc
     */
    constructor(written: WrittenBundle, enc: PublicKey);
    /**
     * Signs a bundle.
     *
     * @param {{ agent: string, version: number, enc: PublicKey, prev: Link[] }} keys
     * @param {import("./signing.js").Signer} signer
     */
    static sign({ agent, version, enc, prev }: {
        agent: string;
        version: number;
        enc: PublicKey;
        prev: Link[];
    }, signer: import("./signing.js").Signer): Promise<Bundle>;
    /**
     * Reads what the directory has for an agent.
     *
     * @param {unknown} document
     * @param {string} agent
     * @returns {Promise<Bundle>}
     * @throws {SealError} `bad_bundle`.
     */
    static read(document: unknown, agent: string): Promise<Bundle>;
    /** The six words that people compare. */
    words(): Promise<string>;
    /**
     * Where a version is in `prev`; `undefined` if it is not.
     *
     * @param {number} version
     */
    indexOf(version: number): number | undefined;
    /**
     * @param {Bundle} other
     */
    isSameAs(other: Bundle): boolean;
}
/**
 * What the key of `version` signs to make `next` its successor.
 *
 * @param {string} agent
 * @param {number} version
 * @param {string} sign
 * @param {string} next
 */
export declare function linkBytes(agent: string, version: number, sign: string, next: string): import("./bytes.js").Bytes;
