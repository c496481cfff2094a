// The opening of a WebSocket on Node: an HTTP request that becomes a connection of its own (RFC 6455, section 4).

import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** The longest refusal that is read, in bytes. */
const REFUSAL_MAX_BYTES = 64 * 1024;

/** The server answered something else than a WebSocket. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} body
   */
  constructor(status, body) {
    super(`it answered with HTTP status ${status} instead of a WebSocket`);
    this.status = status;
    this.body = body;
  }
}

/**
 * @typedef {object} Upgraded
 * @property {import("node:net").Socket} socket
 * @property {Uint8Array} head What has come already.
 */

/**
 * Asks for a WebSocket.
 *
 * @param {URL} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up.
 * @returns {Promise<Upgraded>}
 */
export function handshake(url, signal) {
  const key = randomBytes(16).toString("base64");
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
  };
  const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, { headers, signal, agent: false });
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("upgrade", (answer, socket, head) => {
      const wrong = fault(answer, key);
      if (!wrong) return resolve({ socket: /** @type {import("node:net").Socket} */ (socket), head });
      socket.destroy();
      reject(new Error(wrong));
    });
    request.on("response", (answer) => {
      readRefusal(answer).then((body) => reject(new Refused(answer.statusCode ?? 0, body)), reject);
    });
    request.end();
  });
}

/**
 * What is wrong with the answer to the request, if anything is.
 *
 * @param {import("node:http").IncomingMessage} answer
 * @param {string} key
 */
function fault({ statusCode, headers }, key) {
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  if (statusCode !== 101 || headers.upgrade?.toLowerCase() !== "websocket")
    return "its upgrade is not one to a WebSocket";
  if (headers["sec-websocket-accept"] !== accept) return "its answer is not to our request";
  if (headers["sec-websocket-extensions"] || headers["sec-websocket-protocol"]) return "it chose what was not offered";
  return undefined;
}

/**
 * As much of the body as a refusal may have; the connection is not used again.
 *
 * @param {import("node:http").IncomingMessage} answer
 */
async function readRefusal(answer) {
  const chunks = [];
  let length = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > REFUSAL_MAX_BYTES) break;
  }
  answer.destroy();
  return Buffer.concat(chunks).toString("utf8");
}
