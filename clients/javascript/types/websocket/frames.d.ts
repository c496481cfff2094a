/** Opcodes. */
export declare const OPCODE: Readonly<{
    continuation: 0;
    text: 1;
    binary: 2;
    close: 8;
    ping: 9;
    pong: 10;
}>;
/** The peer broke the protocol. */
export declare class ProtocolError extends Error {
    closeCode: number;
    /**
     * @param {number} closeCode
     * @param {string} message
     */
    constructor(closeCode: number, message: string);
}
export type Header = {
    opcode: number;
    isFinal: boolean;
    /**
     * Of the payload.
     */
    length: number;
};
export type Received = ({
    type: "text";
    text: string;
} | {
    type: "ping" | "pong";
    payload: Uint8Array;
} | {
    type: "close";
    code: number;
    reason: string;
});
/**
 * What came: a whole message, or a control frame.
 *
 * @typedef {(
 *   | { type: "text", text: string }
 *   | { type: "ping" | "pong", payload: Uint8Array }
 *   | { type: "close", code: number, reason: string }
 * )} Received
 */
/** Reads what a server sends. It asks for nothing: bytes are pushed, and received messages are taken as they are wanted. */
export declare class FrameReader {
    #private;
    /** @param {number} maxBytes The largest message. */
    constructor(maxBytes: number);
    /** @param {Uint8Array} chunk */
    push(chunk: Uint8Array): void;
    /**
     * The next message or control frame; `undefined` if more bytes are needed.
     *
     * @returns {Received | undefined}
     */
    next(): Received | undefined;
}
/**
 * One whole frame, as a client must write it: masked.
 *
 * @param {number} opcode
 * @param {Uint8Array} payload
 * @param {Uint8Array} mask Four fresh random bytes.
 */
export declare function writeFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array<ArrayBuffer>;
/**
 * The payload of a close frame.
 *
 * @param {number} code
 * @param {string} reason
 */
export declare function closePayload(code: number, reason: string): Uint8Array<ArrayBuffer>;
