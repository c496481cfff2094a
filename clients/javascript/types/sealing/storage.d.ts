export type Storage = {
    /**
     * Where it is, for people.
     */
    place: string;
    /**
     * What was saved last, by anybody; `undefined` if
     * nothing was. `keys` is secret.
     */
    load: (name: "keys" | "trust") => Promise<string | undefined>;
    /**
     * Replaces what is
     * kept, whole or not at all, if that is still `before`; `false`, and nothing is changed, if it is not.
     */
    save: (name: "keys" | "trust", text: string, before: string | undefined) => Promise<boolean>;
    /**
     * Keeps a line at least until the end of a day (`2026-12-06`, UTC).
     */
    append: (line: string, day: string) => Promise<void>;
    /**
     * The lines that were appended, by anybody,
     * since a cursor that this has given; with `undefined` all whose day is not over.
     */
    added: (cursor: unknown) => Promise<{
        lines: string[];
        cursor: unknown;
    }>;
};
/**
 * A place to keep things. `agent-hub/node` has one in files; whoever brings another (a browser's IndexedDB, say) keeps these
 * rules, which let several processes of one agent share it.
 *
 * @typedef {object} Storage
 * @property {string} place Where it is, for people.
 * @property {(name: "keys" | "trust") => Promise<string | undefined>} load What was saved last, by anybody; `undefined` if
 *   nothing was. `keys` is secret.
 * @property {(name: "keys" | "trust", text: string, before: string | undefined) => Promise<boolean>} save Replaces what is
 *   kept, whole or not at all, if that is still `before`; `false`, and nothing is changed, if it is not.
 * @property {(line: string, day: string) => Promise<void>} append Keeps a line at least until the end of a day (`2026-12-06`, UTC).
 * @property {(cursor: unknown) => Promise<{ lines: string[], cursor: unknown }>} added The lines that were appended, by anybody,
 *   since a cursor that this has given; with `undefined` all whose day is not over.
 */
/**
 * A storage that ends with this process: for tests, and for agents that nobody will know again.
 *
 * @returns {Storage}
 */
export declare function memoryStorage(): Storage;
