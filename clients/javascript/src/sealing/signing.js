// Ed25519 (RFC 8032), by WebCrypto. Verifying is strict: no keys of small order, no second form of a signature.

import { refused } from "../error.js";
import { concat, fromTextOf, isEqual, subtle } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const ALGORITHM = "Ed25519";
/** What stands before the seed in PKCS #8 (RFC 8410). */
const PKCS8 = Uint8Array.of(
  0x30,
  0x2e,
  0x02,
  0x01,
  0x00,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x70,
  0x04,
  0x22,
  0x04,
  0x20,
);

/** The y coordinates of the points of small order: 0, 1, p - 1, and two of order 8. */
const SMALL_ORDER = [
  new Uint8Array(32),
  Uint8Array.of(1, ...new Uint8Array(31)),
  Uint8Array.of(0xec, ...new Uint8Array(30).fill(0xff), 0x7f),
  fromTextOf("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU", 32),
  fromTextOf("xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o", 32),
];

/** Signs for one agent. */
export class Signer {
  #key;

  /**
   * @param {CryptoKey} key
   * @param {Bytes} publicKey
   */
  constructor(key, publicKey) {
    this.#key = key;
    this.publicKey = publicKey;
  }

  /**
   * @param {Bytes} seed 32 bytes.
   * @returns {Promise<Signer>}
   */
  static async from(seed) {
    const key = await importKey("pkcs8", concat(PKCS8, seed), true, "sign");
    const { x } = await subtle().exportKey("jwk", key);
    const publicKey = fromTextOf(x, 32);
    if (!publicKey) throw unsupported();
    return new Signer(key, publicKey);
  }

  /**
   * @param {Bytes} bytes
   * @returns {Promise<Bytes>} 64 bytes.
   */
  async sign(bytes) {
    return new Uint8Array(await subtle().sign(ALGORITHM, this.#key, bytes));
  }
}

/**
 * Whether a signature is by a key on these bytes.
 *
 * @param {Bytes} key
 * @param {Bytes} signature
 * @param {Bytes} bytes
 */
export async function verify(key, signature, bytes) {
  if (isWeak(key) || isWeak(signature.subarray(0, 32))) return false;
  let imported;
  try {
    imported = await importKey("raw", key, false, "verify");
  } catch (error) {
    // Bytes that are no point of the curve.
    if (error instanceof DOMException && error.name === "DataError") return false;
    throw error;
  }
  return subtle().verify(ALGORITHM, imported, signature, bytes);
}

/**
 * Whether a point is of small order, or written in a second form.
 *
 * @param {Uint8Array} point
 */
function isWeak(point) {
  const y = point.slice();
  y[31] = Number(y[31]) & 0x7f;
  return SMALL_ORDER.some((small) => small && isEqual(small, y)) || !isBelowP(y);
}

/**
 * Whether a coordinate is canonical: below 2^255 - 19.
 *
 * @param {Uint8Array} y
 */
function isBelowP(y) {
  return y[31] !== 0x7f || y.subarray(1, 31).some((byte) => byte !== 0xff) || Number(y[0]) < 0xed;
}

/**
 * @param {"pkcs8" | "raw"} format
 * @param {Bytes} bytes
 * @param {boolean} isExtractable
 * @param {KeyUsage} usage
 */
async function importKey(format, bytes, isExtractable, usage) {
  try {
    return await subtle().importKey(format, bytes, ALGORITHM, isExtractable, [usage]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") throw unsupported();
    throw error;
  }
}

function unsupported() {
  return refused(
    "unsupported",
    "this browser or runtime has no Ed25519: encryption needs one of 2025 or later, or Node 20",
  );
}
