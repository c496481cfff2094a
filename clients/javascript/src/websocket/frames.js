// Frames of RFC 6455, read and written: bytes to messages and back, without a socket and without anything of Node's. What
// breaks the protocol is a `ProtocolError` with the close code for it.

/** Opcodes. */
export const OPCODE = Object.freeze({ continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 });

const CONTROL_MAX_BYTES = 125;

/** The peer broke the protocol. */
export class ProtocolError extends Error {
  /**
   * @param {number} closeCode
   * @param {string} message
   */
  constructor(closeCode, message) {
    super(message);
    this.closeCode = closeCode;
  }
}

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
export class FrameReader {
  #maxBytes;
  /** @type {Uint8Array[]} */
  #chunks = [];
  /** Bytes of `#chunks`. */
  #length = 0;
  /** A frame whose payload is not all here. @type {Header | undefined} */
  #header;
  /** The payloads of a message whose end has not come; `undefined` between messages. @type {Uint8Array[] | undefined} */
  #parts;
  #partsLength = 0;

  /** @param {number} maxBytes The largest message. */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  /** @param {Uint8Array} chunk */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * The next message or control frame; `undefined` if more bytes are needed.
   *
   * @returns {Received | undefined}
   */
  next() {
    for (;;) {
      this.#header ??= this.#readHeader();
      if (!this.#header || this.#length < this.#header.length) return undefined;
      const { opcode, isFinal, length } = this.#header;
      const payload = this.#take(length);
      this.#header = undefined;
      const received = opcode >= OPCODE.close ? control(opcode, payload) : this.#data(payload, isFinal);
      if (received) return received;
    }
  }

  /**
   * @typedef {object} Header
   * @property {number} opcode
   * @property {boolean} isFinal
   * @property {number} length Of the payload.
   */

  /** @returns {Header | undefined} */
  #readHeader() {
    if (this.#length < 2) return undefined;
    const [first, second] = /** @type {[number, number]} */ ([...this.#peek(2)]);
    const short = second & 0x7f;
    const headerLength = short < 126 ? 2 : short === 126 ? 4 : 10;
    checkHeader(first, second, this.#parts !== undefined);
    if (this.#length < headerLength) return undefined;
    const bytes = this.#take(headerLength);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length =
      short < 126 ? short : short === 126 ? view.getUint16(2) : view.getUint32(2) * 2 ** 32 + view.getUint32(6);
    const opcode = first & 0x0f;
    if (opcode < OPCODE.close && this.#partsLength + length > this.#maxBytes) {
      throw new ProtocolError(1009, `a message of more than ${this.#maxBytes} bytes`);
    }
    return { opcode, isFinal: (first & 0x80) !== 0, length };
  }

  /**
   * @param {Uint8Array} payload
   * @param {boolean} isFinal
   * @returns {Received | undefined}
   */
  #data(payload, isFinal) {
    this.#parts ??= [];
    // Empty fragments are lawful, in any number.
    if (payload.length > 0) this.#parts.push(payload);
    this.#partsLength += payload.length;
    if (!isFinal) return undefined;
    const whole = concat(this.#parts, this.#partsLength);
    this.#parts = undefined;
    this.#partsLength = 0;
    return { type: "text", text: utf8(whole) };
  }

  /**
   * The first bytes, without taking them.
   *
   * @param {number} length
   */
  #peek(length) {
    const [first] = this.#chunks;
    if (first && first.length >= length) return first.subarray(0, length);
    const whole = concat(this.#chunks, this.#length);
    this.#chunks = [whole];
    return whole.subarray(0, length);
  }

  /**
   * The first bytes; they must be there.
   *
   * @param {number} length
   */
  #take(length) {
    const taken = this.#peek(length);
    const rest = /** @type {Uint8Array} */ (this.#chunks[0] ?? taken).subarray(length);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#length -= length;
    return taken;
  }
}

/**
 * @param {number} first
 * @param {number} second
 * @param {boolean} isInMessage Whether a message has begun and not ended.
 */
function checkHeader(first, second, isInMessage) {
  const opcode = first & 0x0f;
  const broken = (/** @type {string} */ what) => new ProtocolError(1002, what);
  if ((first & 0x70) !== 0) throw broken("a frame with a reserved bit");
  if ((second & 0x80) !== 0) throw broken("a masked frame from the server");
  if (opcode >= OPCODE.close) {
    if (opcode > OPCODE.pong) throw broken("a frame with a reserved opcode");
    if ((first & 0x80) === 0) throw broken("a control frame in fragments");
    if ((second & 0x7f) > CONTROL_MAX_BYTES) throw broken("a control frame that is too long");
  } else if (opcode === OPCODE.binary) {
    throw new ProtocolError(1003, "a binary message");
  } else if (opcode > OPCODE.binary) {
    throw broken("a frame with a reserved opcode");
  } else if ((opcode === OPCODE.continuation) !== isInMessage) {
    throw broken(isInMessage ? "a message within a message" : "the middle of a message that has not begun");
  }
}

/**
 * @param {number} opcode
 * @param {Uint8Array} payload
 * @returns {Received}
 */
function control(opcode, payload) {
  if (opcode !== OPCODE.close) return { type: opcode === OPCODE.ping ? "ping" : "pong", payload };
  // Without a code: 1005 is never sent, and says so.
  if (payload.length === 0) return { type: "close", code: 1005, reason: "" };
  const code = payload.length === 1 ? 0 : new DataView(payload.buffer, payload.byteOffset).getUint16(0);
  if (!isSendable(code)) throw new ProtocolError(1002, `a close frame with code ${code}`);
  return { type: "close", code, reason: utf8(payload.subarray(2)) };
}

/**
 * Whether a close frame may carry this code.
 *
 * @param {number} code
 */
function isSendable(code) {
  return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
}

/** @param {Uint8Array} bytes */
function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProtocolError(1007, "text that is not UTF-8");
  }
}

/**
 * @param {Uint8Array[]} chunks
 * @param {number} length Of all of them.
 */
function concat(chunks, length) {
  if (chunks.length === 1) return /** @type {Uint8Array} */ (chunks[0]);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * One whole frame, as a client must write it: masked.
 *
 * @param {number} opcode
 * @param {Uint8Array} payload
 * @param {Uint8Array} mask Four fresh random bytes.
 */
export function writeFrame(opcode, payload, mask) {
  const length = payload.length;
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(headerLength + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (headerLength === 2 ? length : headerLength === 4 ? 126 : 127);
  if (headerLength === 4) view.setUint16(2, length);
  if (headerLength === 10) view.setBigUint64(2, BigInt(length));
  frame.set(mask, headerLength);
  const start = headerLength + 4;
  for (let at = 0; at < length; at += 1) {
    frame[start + at] = /** @type {number} */ (payload[at]) ^ /** @type {number} */ (mask[at & 3]);
  }
  return frame;
}

/**
 * The payload of a close frame.
 *
 * @param {number} code
 * @param {string} reason
 */
export function closePayload(code, reason) {
  const payload = new Uint8Array(CONTROL_MAX_BYTES);
  new DataView(payload.buffer).setUint16(0, code);
  // As many whole characters as there is room for.
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}
