// The files of a profile: the entry point `agent-hub/node`. One folder, shared with the command line and the other
// libraries; docs/encryption.md says what is in it.

import { homedir } from "node:os";
import { join } from "node:path";
import { HubError } from "./error.js";
import { checkAgentName } from "./names.js";
import { checkOptions } from "./options.js";
import { failed, readText } from "./profile/files.js";
import { fileStorage } from "./profile/storage.js";
import { isObject, parse } from "./wire/shape.js";

export { fileStorage };

/** Where a hub is that nobody said anything else about. */
const DEFAULT_URL = "http://127.0.0.1:3000";

/**
 * The folder that profiles are in when nothing else is said: `$AGENT_HUB_DATA_DIR`, else `$XDG_DATA_HOME/agent-hub`, else
 * `~/.local/share/agent-hub`.
 */
export function defaultFolder() {
  const { AGENT_HUB_DATA_DIR: own, XDG_DATA_HOME: data } = process.env;
  return own || join(data || join(homedir(), ".local", "share"), "agent-hub");
}

/**
 * What `connect` takes to be the agent of a profile of this machine, with its keys in the profile's files.
 *
 * @param {string} agent
 * @param {object} [options]
 * @param {string} [options.folder] Left out: `defaultFolder()`.
 * @param {import("./sealing/index.js").Suite} [options.suite] Of an encryption key that has to be drawn.
 * @returns {Promise<import("./connect.js").ConnectOptions>}
 * @throws {HubError} `profile`: there is none, or it cannot be read.
 */
export async function profile(agent, options = {}) {
  checkOptions(options, ["folder", "suite"]);
  const { folder = defaultFolder(), suite } = options;
  const path = join(folder, "profiles", `${checkAgentName(agent)}.json`);
  const text = await readText(path);
  if (text === undefined) throw failed(path, "there is no such profile");
  const written = parse(text);
  if (!isObject(written) || written.agent !== agent || typeof written.api_key !== "string") {
    throw failed(path, `this is not a profile of ${agent}`);
  }
  const { sealing } = await import("./sealing/index.js").catch(withoutPackages);
  const found = { agent, apiKey: written.api_key, sealing: sealing({ storage: fileStorage(folder, agent), suite }) };
  if (typeof written.hub === "string") return { url: written.hub, ...found };
  const findUrl = () => localHub(folder);
  return { url: (await findUrl()) ?? DEFAULT_URL, findUrl, ...found };
}

/**
 * The address of the hub whose folder this is, as it wrote it when it last started; `undefined` if it did not.
 *
 * @param {string} folder
 */
async function localHub(folder) {
  return (await readText(join(folder, "hub.url")))?.trim();
}

/**
 * @param {unknown} error
 * @returns {never}
 */
function withoutPackages(error) {
  const { code, message } = /** @type {{ code?: string, message?: string }} */ (error ?? {});
  if (code !== "ERR_MODULE_NOT_FOUND") throw error;
  const help = "install this library with `npm install --install-links`, or run `npm install` in its folder";
  throw new HubError("unsupported", `encryption needs @hpke/core and @hpke/hybridkem-x-wing; ${help} (${message})`);
}
