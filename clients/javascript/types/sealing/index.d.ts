import { Keys } from "./keys.js";
export { memoryStorage } from "./storage.js";
export { Keys };
export type Storage = import("./storage.js").Storage;
export type Suite = import("./suites.js").Suite;
export type Draft = import("../sealer.js").Draft;
export type Port = import("../sealer.js").Port;
export type Sealer = import("../sealer.js").Sealer;
export type Item = import("../wire/bodies.js").Item;
/** @typedef {import("./storage.js").Storage} Storage */
/** @typedef {import("./suites.js").Suite} Suite */
/** @typedef {import("../sealer.js").Draft} Draft */
/** @typedef {import("../sealer.js").Port} Port */
/** @typedef {import("../sealer.js").Sealer} Sealer */
/** @typedef {import("../wire/bodies.js").Item} Item */
/**
 * What `connect` takes to encrypt and decrypt, with the agent's keys in a storage.
 *
 * @example
 * import { connect } from "agent-hub";
 * import { defaultFolder, fileStorage } from "agent-hub/node";
 * import { sealing } from "agent-hub/sealing";
 *
 * const storage = fileStorage(defaultFolder(), "carol");
 * const credentials = { url: process.env.AGENT_HUB_URL, agent: "carol", apiKey: process.env.AGENT_HUB_KEY };
 * const hub = await connect({ ...credentials, sealing: sealing({ storage }) });
 * console.log(await hub.keys.words());
 * await hub.close();
 *
 * @param {object} options
 * @param {Storage} options.storage Where the keys are: `memoryStorage()`, `fileStorage()` of `agent-hub/node`, or your own.
 * @param {Suite} [options.suite] Of an encryption key that has to be drawn: `x25519` (if left out), or `xwing`, also against
 *   quantum computers.
 * @returns {import("../sealer.js").Sealing}
 * @throws {HubError} `invalid`.
 */
export declare function sealing({ storage, suite }: {
    storage: Storage;
    suite?: Suite;
}): import("../sealer.js").Sealing;
