import { PublicKey } from "./suites.js";
export type Bytes = import("./bytes.js").Bytes;
export type Bundle = import("./bundle.js").Bundle;
/** The keys of an agent, as they are believed. */
export declare class Pin {
    /** Their version. */
    version: number;
    /** The public signing key, as base64url. */
    sign: string;
    /** The public encryption key. */
    enc: PublicKey;
    /** Whether somebody compared the words. */
    verified: boolean;
    /** Earlier signing keys, and until when they are believed. */
    past: [sign: string, untilMs: number][];
    /**
     * @param {object} pin
     * @param {number} pin.version
     * @param {string} pin.sign As base64url.
     * @param {PublicKey} pin.enc
     * @param {boolean} pin.verified
     * @param {[sign: string, untilMs: number][]} pin.past
     */
    constructor({ version, sign, enc, verified, past }: {
        version: number;
        sign: string;
        enc: PublicKey;
        verified: boolean;
        past: [sign: string, untilMs: number][];
    });
    /**
     * Accepts the bundle that the directory has now, given what was believed before.
     *
     * @param {Pin | undefined} before
     * @param {Bundle} bundle
     * @param {number} nowMs
     * @returns {Pin}
     * @throws {SealError} `key_changed`, `key_rolled_back`.
     */
    static accept(before: Pin | undefined, bundle: Bundle, nowMs: number): Pin;
    /**
     * From JSON; `undefined` if it is none.
     *
     * @param {unknown} written
     * @returns {Promise<Pin | undefined>}
     */
    static read(written: unknown): Promise<Pin | undefined>;
    /**
     * The signing keys that are believed now.
     *
     * @param {number} nowMs
     * @returns {Bytes[]}
     */
    signingKeys(nowMs: number): Bytes[];
    /**
     * The six words of the key that is believed.
     *
     * @param {string} agent
     */
    words(agent: string): Promise<string>;
}
/** What an agent believes. */
export declare class Trust {
    hub: string | undefined;
    pins: Map<string, Pin>;
    /**
     * @param {string} [hub] The hub id, once it is known.
     * @param {Map<string, Pin>} [pins] By name.
     */
    constructor(hub?: string, pins?: Map<string, Pin>);
    /**
     * Reads what the storage has.
     *
     * @param {string | undefined} json
     * @param {string} place For people.
     * @returns {Promise<Trust>}
     * @throws {HubError} `profile`: it is damaged.
     */
    static read(json: string | undefined, place: string): Promise<Trust>;
    /** For the storage. */
    toJSON(): {
        hub: string | undefined;
        pins: {
            [k: string]: Pin;
        };
    };
    /**
     * Believes a bundle, if it follows from what is believed.
     *
     * @param {Bundle} bundle
     * @param {number} nowMs
     * @returns {Pin}
     * @throws {SealError} As `Pin.accept`.
     */
    accept(bundle: Bundle, nowMs: number): Pin;
}
