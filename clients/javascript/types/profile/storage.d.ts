/**
 * Keeps an agent's keys in `NAME+keys.json`, what it believes in `NAME+trust.json`, and what it opened in `NAME+seen-DATE`.
 *
 * @param {string} folder `profiles/` is in it; see `defaultFolder`.
 * @param {string} agent
 * @returns {import("../sealing/storage.js").Storage}
 */
export declare function fileStorage(folder: string, agent: string): import("../sealing/storage.js").Storage;
export type Offsets = ReadonlyMap<string, number>;
