// From credentials to a client that is logged in.

import { checkUrl } from "./address.js";
import { refused } from "./error.js";
import { Hub } from "./hub.js";
import { Limits } from "./limits.js";
import { checkAgentName } from "./names.js";
import { checkOptions } from "./options.js";
import { LIMIT_S, Rest } from "./requests/rest.js";

/**
 * How to connect.
 *
 * @typedef {object} ConnectOptions
 * @property {string} url The hub's address, such as `https://hub.example.org`.
 * @property {() => Promise<string | undefined>} [findUrl] Where the hub is now, if it may come back at another address: is asked before each
 *   new try, and followed to the same host or to this machine. `profile` gives one for the hub of this machine.
 * @property {string} agent The agent's name.
 * @property {string} apiKey Its API key: secret.
 * @property {import("./sealer.js").Sealing} [sealing] What encrypts and decrypts: `sealing()` of `agent-hub/sealing`, or that of a
 *   profile. Left out: nothing can be encrypted or opened.
 * @property {number} [limitS] How long a request is repeated while the hub is not reached or busy, in seconds; left out: 30.
 * @property {number} [dataMaxBytes] The largest data that the hub takes, where it is not 1 MiB; a session learns it by itself.
 * @property {AbortSignal} [signal] Gives up connecting.
 */

const KNOWN = ["url", "findUrl", "agent", "apiKey", "sealing", "limitS", "dataMaxBytes", "signal"];

/**
 * Logs in. With sealing, the agent's keys are made and published at first use.
 *
 * @example
 * import { connect } from "agent-hub";
 *
 * const hub = await connect({ url: process.env.AGENT_HUB_URL, agent: "carol", apiKey: process.env.AGENT_HUB_KEY });
 * for await (const peer of hub.peers()) console.log(peer.name, peer.online);
 * await hub.close();
 *
 * @param {ConnectOptions} options
 * @returns {Promise<Hub>}
 * @throws {import("./error.js").HubError} `unauthenticated`: wrong credentials. `unreachable`. `key_conflict`: the directory has other keys
 *   of this agent than the storage. `wrong_hub`: another hub than the one that was known. `invalid`: an option.
 */
export async function connect(options) {
  checkOptions(options, KNOWN);
  const { findUrl, agent, apiKey, sealing, limitS = LIMIT_S, dataMaxBytes, signal } = options;
  if (typeof apiKey !== "string" || !/^[\x21-\x7e]{1,256}$/.test(apiKey)) {
    throw refused("invalid", "`apiKey` must be an API key: visible ASCII characters");
  }
  if (typeof limitS !== "number" || !(limitS > 0)) throw refused("invalid", "`limitS` must be a number of seconds");
  const rest = new Rest({ url: checkUrl(options.url), findUrl, agent: checkAgentName(agent), apiKey, limitS });
  const hub = new Hub(rest, new Limits(dataMaxBytes), sealing);
  try {
    await rest.jwt(signal);
    await hub.begin(signal);
    return hub;
  } catch (error) {
    await hub.close();
    throw error;
  }
}
