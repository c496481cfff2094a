// The envelope: a body sealed for some recipients and signed by its sender, so that the hub can neither read nor change it,
// nor say that it is something else. Nothing here talks to a hub or a storage.

import { SealError } from "../error.js";
import { concat, fromText, hash, isEqual, random, subtle, toText } from "./bytes.js";
import { HEADER_MAX_BYTES, readHeader, wrapsBytes, writeHeader } from "./header.js";
import { verify } from "./signing.js";
import { wrapBytes } from "./suites.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./header.js").Header} Header */
/** @typedef {import("./keyring.js").Keyring} Keyring */

const MAGIC = new TextEncoder().encode("ahenv1");
/** What every version begins with. */
const FAMILY = MAGIC.subarray(0, 5);
const LENGTH_BYTES = 4;
const SIGNATURE_BYTES = 64;
const TAG_BYTES = 16;
/** The content key seals nothing else, so the nonce need not change. */
const NONCE = new Uint8Array(12);

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
export async function seal({ hub, to, name, ts, replyTo, body }, keyring, checkSize) {
  const contentKey = random(32);
  const recipients = [...to].sort(([one], [other]) => (one < other ? -1 : 1));
  const header = {
    v: /** @type {const} */ (1),
    hub,
    id: toText(random(16)),
    from: keyring.agent,
    to: recipients.map(([agent, key]) => /** @type {import("./header.js").WrapFor} */ ([agent, key.suite, key.id])),
    name,
    ts,
    reply_to: replyTo,
    commit: toText(await commitment(contentKey)),
  };
  const written = writeHeader(header);
  if (written.length > HEADER_MAX_BYTES) throw new SealError("too_large");
  const parts =
    MAGIC.length + LENGTH_BYTES + written.length + wrapsBytes(header) + body.length + TAG_BYTES + SIGNATURE_BYTES;
  checkSize(Math.ceil((parts * 8) / 6));
  const info = await hash(written);
  const wraps = await Promise.all(recipients.map(([, key]) => key.wrap(contentKey, info)));
  const sealed = await subtle().encrypt(aesGcm(info), await aesKey(contentKey, "encrypt"), body);
  const signed = concat(MAGIC, bigEndian(written.length), written, ...wraps, new Uint8Array(sealed));
  return toText(concat(signed, await keyring.signer.sign(toSign(signed))));
}

/** An envelope taken apart; nothing of it is believed yet. */
export class Envelope {
  /**
   * @param {Bytes} bytes
   * @param {Bytes} writtenHeader
   * @param {Header} header
   */
  constructor(bytes, writtenHeader, header) {
    this.header = header;
    this.writtenHeader = writtenHeader;
    /** Everything before the signature. */
    this.signed = bytes.subarray(0, -SIGNATURE_BYTES);
    this.signature = bytes.subarray(-SIGNATURE_BYTES);
    const wraps = MAGIC.length + LENGTH_BYTES + writtenHeader.length;
    this.wraps = this.signed.subarray(wraps, wraps + wrapsBytes(header));
    this.sealedBody = this.signed.subarray(wraps + wrapsBytes(header));
  }

  /**
   * @param {string} data
   * @returns {Envelope}
   * @throws {SealError} `malformed`, `unknown_version`.
   */
  static read(data) {
    const bytes = fromText(data);
    if (!bytes || !isEqual(bytes.subarray(0, FAMILY.length), FAMILY)) throw new SealError("malformed");
    if (bytes.length > FAMILY.length && bytes[FAMILY.length] !== MAGIC[FAMILY.length])
      throw new SealError("unknown_version");
    const start = MAGIC.length + LENGTH_BYTES;
    if (bytes.length < start + SIGNATURE_BYTES) throw new SealError("malformed");
    const length = new DataView(bytes.buffer).getUint32(MAGIC.length);
    if (length > HEADER_MAX_BYTES || start + length + SIGNATURE_BYTES > bytes.length) throw new SealError("malformed");
    const written = bytes.subarray(start, start + length);
    const envelope = new Envelope(bytes, written, readHeader(written));
    if (envelope.sealedBody.length < TAG_BYTES) throw new SealError("malformed");
    return envelope;
  }

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
  async open(reader, said, trust, nowMs) {
    const { header } = this;
    const fail = (/** @type {keyof typeof import("../codes.js").codes} */ code) => new SealError(code, header.from);
    const pin = trust.pins.get(header.from);
    if (!pin) throw fail("unknown_sender");
    if (!(await this.#isSignedBy(pin.signingKeys(nowMs)))) throw fail("bad_signature");
    if (header.hub !== trust.hub) throw fail("wrong_hub");
    const info = await hash(this.writtenHeader);
    const contentKey = await this.#contentKey(reader, info, fail);
    const body = await openBody(this.sealedBody, contentKey, info);
    if (!body) throw fail("bad_body");
    if (header.from !== said.from) throw fail("wrong_from");
    if (header.name !== said.name) throw fail("wrong_name");
    if (header.reply_to !== said.replyTo) throw fail("wrong_reply_to");
    return { from: header.from, id: header.id, ts: header.ts, body };
  }

  /** @param {Bytes[]} keys */
  async #isSignedBy(keys) {
    const bytes = toSign(this.signed);
    for (const key of keys) if (await verify(key, this.signature, bytes)) return true;
    return false;
  }

  /**
   * @param {Keyring} reader
   * @param {Bytes} info
   * @param {(code: "not_for_me" | "unknown_key" | "bad_wrap" | "bad_commit") => SealError} fail
   */
  async #contentKey(reader, info, fail) {
    const at = this.header.to.findIndex(([agent]) => agent === reader.agent);
    const recipient = this.header.to[at];
    if (!recipient) throw fail("not_for_me");
    const [, suite, keyId] = recipient;
    const key = reader.find(suite, keyId);
    if (!key) throw fail("unknown_key");
    const start = this.header.to.slice(0, at).reduce((sum, [, before]) => sum + wrapBytes(before), 0);
    const contentKey = await key.unwrap(this.wraps.subarray(start, start + wrapBytes(suite)), info);
    if (contentKey.length !== 32) throw fail("bad_wrap");
    if (toText(await commitment(contentKey)) !== this.header.commit) throw fail("bad_commit");
    return contentKey;
  }
}

/** @param {Bytes} contentKey */
function commitment(contentKey) {
  return hash("agent-hub content key v1\0", contentKey);
}

/**
 * @param {Bytes} sealed
 * @param {Bytes} contentKey
 * @param {Bytes} info
 * @returns {Promise<Bytes | undefined>}
 */
async function openBody(sealed, contentKey, info) {
  const key = await aesKey(contentKey, "decrypt");
  try {
    return new Uint8Array(await subtle().decrypt(aesGcm(info), key, sealed));
  } catch {
    return undefined;
  }
}

/**
 * @param {Bytes} bytes
 * @param {"encrypt" | "decrypt"} usage
 */
function aesKey(bytes, usage) {
  return subtle().importKey("raw", bytes, "AES-GCM", false, [usage]);
}

/** @param {Bytes} info */
function aesGcm(info) {
  return { name: "AES-GCM", iv: NONCE, additionalData: info };
}

/** @param {Bytes} signed */
function toSign(signed) {
  return concat("agent-hub envelope v1\0", signed);
}

/** @param {number} length */
function bigEndian(length) {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}
