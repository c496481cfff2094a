export type Bytes = import("./bytes.js").Bytes;
export type Header = import("./header.js").Header;
export type Keyring = import("./keyring.js").Keyring;
export type Letter = {
    /**
     * The hub id.
     */
    hub: string;
    /**
     * The recipients and their keys.
     */
    to: Map<string, import("./suites.js").PublicKey>;
    /**
     * The item's name.
     */
    name: string;
    /**
     * The sender's clock, milliseconds since 1970.
     */
    ts: number;
    /**
     * Token of the item that it answers.
     */
    replyTo: string | undefined;
    body: Bytes;
};
export type Said = {
    from: string;
    name: string;
    replyTo?: string;
};
export type Opened = {
    from: string;
    /**
     * The envelope's own.
     */
    id: string;
    /**
     * The sender's clock, milliseconds since 1970.
     */
    ts: number;
    body: Bytes;
};
/**
 * What is to be sealed.
 *
 * @typedef {object} Letter
 * @property {string} hub The hub id.
 * @property {Map<string, import("./suites.js").PublicKey>} to The recipients and their keys.
 * @property {string} name The item's name.
 * @property {number} ts The sender's clock, milliseconds since 1970.
 * @property {string | undefined} replyTo Token of the item that it answers.
 * @property {Bytes} body
 */
/**
 * What the hub says an item is.
 *
 * @typedef {object} Said
 * @property {string} from
 * @property {string} name
 * @property {string} [replyTo]
 */
/**
 * An envelope that was opened: all of it is the sender's word.
 *
 * @typedef {object} Opened
 * @property {string} from
 * @property {string} id The envelope's own.
 * @property {number} ts The sender's clock, milliseconds since 1970.
 * @property {Bytes} body
 */
/**
 * Seals a letter: the text for `data`.
 *
 * @param {Letter} letter
 * @param {Keyring} keyring The sender's.
 * @param {(bytes: number) => void} checkSize Is asked before anything is encrypted whether so much text may be sent.
 * @returns {Promise<string>}
 * @throws {SealError} `too_large`: too many recipients. `bad_bundle`: a recipient's key is no key.
 */
export declare function seal({ hub, to, name, ts, replyTo, body }: Letter, keyring: Keyring, checkSize: (bytes: number) => void): Promise<string>;
/** An envelope taken apart; nothing of it is believed yet. */
export declare class Envelope {
    #private;
    header: import("./header.js").Header;
    writtenHeader: import("./bytes.js").Bytes;
    /** Everything before the signature. */
    signed: Uint8Array<ArrayBuffer>;
    signature: Uint8Array<ArrayBuffer>;
    wraps: Uint8Array<ArrayBuffer>;
    sealedBody: Uint8Array<ArrayBuffer>;
    /**
     * @param {Bytes} bytes
     * @param {Bytes} writtenHeader
     * @param {Header} header
     */
    constructor(bytes: Bytes, writtenHeader: Bytes, header: Header);
    /**
     * @param {string} data
     * @returns {Envelope}
     * @throws {SealError} `malformed`, `unknown_version`.
     */
    static read(data: string): Envelope;
    /**
     * Opens it, in the order of docs/encryption.md. Whether it was opened before is for the caller to see.
     *
     * @param {Keyring} reader
     * @param {Said} said
     * @param {import("./trust.js").Trust} trust
     * @param {number} nowMs
     * @returns {Promise<Opened>}
     * @throws {SealError} The first check that fails.
     */
    open(reader: Keyring, said: Said, trust: import("./trust.js").Trust, nowMs: number): Promise<Opened>;
}
