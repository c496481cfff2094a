// The two ways to wrap a content key for one recipient: HPKE (RFC 9180, mode base, single-shot) with X25519, or with X-Wing.

import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { SealError } from "../error.js";
import { concat, fromTextOf, hash, random, subtle, toText } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** `x25519`: small and fast. `xwing`: ML-KEM-768 with X25519, also against quantum computers. @typedef {"x25519" | "xwing"} Suite */

/** A key of a suite as JSON has it: `[suite, base64url]`. @typedef {[Suite, string]} WrittenKey */

const PRIVATE_BYTES = 32;
/** Bytes that a wrapped content key has beyond the encapsulated one. */
const SEALED_KEY_BYTES = 32 + 16;

/** Of X25519: what a private key is multiplied with to give the public one. */
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31));

/**
 * @template {import("@hpke/core").KemInterface} Kem
 * @param {() => Kem} kem
 * @param {(kem: Kem, bytes: Bytes) => Promise<ArrayBuffer>} publicOf The public key of a private one.
 * @param {{ publicBytes: number, encapsulatedBytes: number }} sizes
 */
function suite(kem, publicOf, { publicBytes, encapsulatedBytes }) {
  /** @type {{ kem: Kem, hpke: CipherSuite } | undefined} */
  let made;
  /** Made when it is first needed, where there is WebCrypto. */
  const get = () => {
    subtle();
    if (made) return made;
    const own = kem();
    made = { kem: own, hpke: new CipherSuite({ kem: own, kdf: new HkdfSha256(), aead: new Aes256Gcm() }) };
    return made;
  };
  return {
    publicBytes,
    wrapBytes: encapsulatedBytes + SEALED_KEY_BYTES,
    hpke: () => get().hpke,
    publicOf: async (/** @type {Bytes} */ bytes) => new Uint8Array(await publicOf(get().kem, bytes)),
  };
}

const SUITES = {
  x25519: suite(
    () => new DhkemX25519HkdfSha256(),
    async (kem, bytes) => {
      const base = await kem.deserializePublicKey(BASE_POINT);
      return subtle().deriveBits({ name: "X25519", public: base }, await kem.deserializePrivateKey(bytes), 256);
    },
    { publicBytes: 32, encapsulatedBytes: 32 },
  ),
  xwing: suite(
    () => new XWing(),
    async (kem, bytes) => kem.serializePublicKey((await kem.generateKeyPairDerand(bytes)).publicKey),
    { publicBytes: 1216, encapsulatedBytes: 1120 },
  ),
};

/**
 * @param {unknown} name
 * @returns {name is Suite}
 */
export function isSuite(name) {
  return name === "x25519" || name === "xwing";
}

/**
 * Bytes of a wrapped content key.
 *
 * @param {Suite} name
 */
export function wrapBytes(name) {
  return SUITES[name].wrapBytes;
}

/** A public encryption key. */
export class PublicKey {
  /**
   * @param {Suite} suite
   * @param {Bytes} bytes
   * @param {string} id What names it in an envelope.
   */
  constructor(suite, bytes, id) {
    this.suite = suite;
    this.bytes = bytes;
    this.id = id;
  }

  /**
   * From JSON; `undefined` if it is no key of a known suite.
   *
   * @param {unknown} written
   * @returns {Promise<PublicKey | undefined>}
   */
  static async read(written) {
    if (!Array.isArray(written) || written.length !== 2 || !isSuite(written[0])) return undefined;
    const bytes = fromTextOf(written[1], SUITES[written[0]].publicBytes);
    return bytes && PublicKey.of(written[0], bytes);
  }

  /**
   * @param {Suite} suite
   * @param {Bytes} bytes
   */
  static async of(suite, bytes) {
    const whole = await hash("agent-hub key id v1\0", suite, "\0", bytes);
    return new PublicKey(suite, bytes, toText(whole.subarray(0, 16)));
  }

  /** @returns {WrittenKey} */
  toJSON() {
    return [this.suite, toText(this.bytes)];
  }

  /** Whether something can be wrapped for it: bytes of the right length may be no key, such as a point of small order. */
  async isUsable() {
    try {
      await this.wrap(new Uint8Array(32), new Uint8Array());
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Wraps a content key: encapsulated key and ciphertext.
   *
   * @param {Bytes} contentKey
   * @param {Bytes} info
   * @returns {Promise<Bytes>}
   */
  async wrap(contentKey, info) {
    const hpke = SUITES[this.suite].hpke();
    try {
      const recipientPublicKey = await hpke.kem.deserializePublicKey(this.bytes);
      const { enc, ct } = await hpke.seal({ recipientPublicKey, info }, contentKey);
      return concat(new Uint8Array(enc), new Uint8Array(ct));
    } catch {
      // Bytes that are no key, such as a point of small order.
      throw new SealError("bad_bundle");
    }
  }
}

/** A private encryption key; for X-Wing its seed. */
export class PrivateKey {
  #bytes;

  /**
   * @param {Bytes} bytes
   * @param {PublicKey} publicKey
   */
  constructor(bytes, publicKey) {
    this.#bytes = bytes;
    this.publicKey = publicKey;
  }

  /**
   * From JSON; `undefined` if it is no key of a known suite.
   *
   * @param {unknown} written
   * @returns {Promise<PrivateKey | undefined>}
   */
  static async read(written) {
    if (!Array.isArray(written) || written.length !== 2 || !isSuite(written[0])) return undefined;
    const bytes = fromTextOf(written[1], PRIVATE_BYTES);
    return bytes && PrivateKey.#of(written[0], bytes);
  }

  /**
   * Draws a key.
   *
   * @param {Suite} suite
   */
  static draw(suite) {
    return PrivateKey.#of(suite, random(PRIVATE_BYTES));
  }

  /**
   * @param {Suite} suite
   * @param {Bytes} bytes
   */
  static async #of(suite, bytes) {
    return new PrivateKey(bytes, await PublicKey.of(suite, await SUITES[suite].publicOf(bytes)));
  }

  /**
   * For the storage: secret.
   *
   * @returns {WrittenKey}
   */
  toJSON() {
    return [this.publicKey.suite, toText(this.#bytes)];
  }

  /**
   * Unwraps a content key.
   *
   * @param {Bytes} wrap
   * @param {Bytes} info
   * @returns {Promise<Bytes>}
   * @throws {SealError} `bad_wrap`.
   */
  async unwrap(wrap, info) {
    const hpke = SUITES[this.publicKey.suite].hpke();
    const [enc, ciphertext] = [wrap.slice(0, -SEALED_KEY_BYTES), wrap.slice(-SEALED_KEY_BYTES)];
    try {
      const recipientKey = await hpke.kem.deserializePrivateKey(this.#bytes);
      return new Uint8Array(await hpke.open({ recipientKey, enc, info }, ciphertext));
    } catch {
      throw new SealError("bad_wrap");
    }
  }
}
