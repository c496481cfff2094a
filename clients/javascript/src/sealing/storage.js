// Where an agent's private keys, and what it believes of others, are kept.

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
export function memoryStorage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  /** @type {{ line: string, day: string }[]} */
  let lines = [];
  /** Lines that are not kept any more. */
  let forgotten = 0;
  return {
    place: "the memory of this process",
    load: async (name) => kept.get(name),
    async save(name, text, before) {
      if (kept.get(name) !== before) return false;
      kept.set(name, text);
      return true;
    },
    async append(line, day) {
      const today = new Date().toISOString().slice(0, 10);
      const left = lines.findIndex((each) => each.day >= today);
      if (left > 0) {
        forgotten += left;
        lines = lines.slice(left);
      }
      lines.push({ line, day });
    },
    async added(cursor) {
      const told = lines.slice(Math.max(0, Number(cursor ?? 0) - forgotten));
      return { lines: told.map(({ line }) => line), cursor: forgotten + lines.length };
    },
  };
}
