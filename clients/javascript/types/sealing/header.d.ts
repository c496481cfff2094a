/** Largest header, in bytes. */
export declare const HEADER_MAX_BYTES: number;
export type WrapFor = [agent: string, suite: import("./suites.js").Suite, keyId: string];
export type Header = {
    v: 1;
    hub: string;
    id: string;
    from: string;
    /**
     * Ascending by name.
     */
    to: WrapFor[];
    name: string;
    /**
     * The sender's clock, milliseconds since 1970.
     */
    ts: number;
    reply_to?: string;
    commit: string;
};
/** Whose wrap it is. @typedef {[agent: string, suite: import("./suites.js").Suite, keyId: string]} WrapFor */
/**
 * The fields of a header, in their order.
 *
 * @typedef {object} Header
 * @property {1} v
 * @property {string} hub
 * @property {string} id
 * @property {string} from
 * @property {WrapFor[]} to Ascending by name.
 * @property {string} name
 * @property {number} ts The sender's clock, milliseconds since 1970.
 * @property {string} [reply_to]
 * @property {string} commit
 */
/** @param {Header} header */
export declare function writeHeader({ v, hub, id, from, to, name, ts, reply_to, commit }: Header): Uint8Array<ArrayBuffer>;
/**
 * Reads a header, strictly: written again it must be the same bytes.
 *
 * @param {Uint8Array} bytes
 * @returns {Header}
 * @throws {SealError} `malformed`, `unknown_version`.
 */
export declare function readHeader(bytes: Uint8Array): Header;
/**
 * Bytes of all wraps of an envelope with this header.
 *
 * @param {Header} header
 */
export declare function wrapsBytes({ to }: Header): number;
