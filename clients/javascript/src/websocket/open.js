// Which WebSocket: on Node this library's own, in a browser the platform's. Both are received from, one message at a time.

import { HubError } from "../error.js";

/**
 * How a WebSocket ended.
 *
 * @typedef {object} Ended
 * @property {number} code The close code; 1006 without one.
 * @property {string} reason
 * @property {boolean} [isFull] This client hung up, because the caller was slower than the hub.
 */

/**
 * An open WebSocket.
 *
 * @typedef {object} Socket
 * @property {() => Promise<string | undefined>} receive The next message; `undefined` when there will be none.
 * @property {(text: string) => void} say Sends a message.
 * @property {(code?: number, reason?: string) => Promise<void>} close Ends it: politely, if that does not take long.
 * @property {() => void} destroy Ends it at once.
 * @property {() => void} onSign Is called at every sign of life.
 * @property {Ended | undefined} ended
 */

/**
 * Opens a WebSocket.
 *
 * @param {string} url `http:` or `https:`.
 * @param {AbortSignal} signal Gives it up before it is open.
 * @returns {Promise<Socket>}
 */
export async function openSocket(url, signal) {
  const { open } = isNode() ? await import("./node.js") : await import("./platform.js");
  signal.throwIfAborted();
  return open(url, signal);
}

function isNode() {
  const { process, WebSocket } = /** @type {{ process?: NodeJS.Process, WebSocket?: unknown }} */ (globalThis);
  if (typeof process?.versions?.node === "string" && process.versions.node !== "") return true;
  if (typeof WebSocket === "function") return false;
  throw new HubError("unsupported", "this runtime has no WebSocket");
}
