import { fileStorage } from "./profile/storage.js";
export { fileStorage };
/**
 * The folder that profiles are in when nothing else is said: `$AGENT_HUB_DATA_DIR`, else `$XDG_DATA_HOME/agent-hub`, else
 * `~/.local/share/agent-hub`.
 */
export declare function defaultFolder(): string;
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
export declare function profile(agent: string, options?: {
    folder?: string;
    suite?: import("./sealing/index.js").Suite;
}): Promise<import("./connect.js").ConnectOptions>;
