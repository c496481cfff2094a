// An agent's keys and trust in the files of its profile, shared with every process of the agent.

import { open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { checkAgentName } from "../names.js";
import { day } from "../sealing/seen.js";
import { appendText, codeOf, createFile, readText, replaceFile, told } from "./files.js";

/** What one reading of an added-to file takes at most, in bytes. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Keeps an agent's keys in `NAME+keys.json`, what it believes in `NAME+trust.json`, and what it opened in `NAME+seen-DATE`.
 *
 * @param {string} folder `profiles/` is in it; see `defaultFolder`.
 * @param {string} agent
 * @returns {import("../sealing/storage.js").Storage}
 */
export function fileStorage(folder, agent) {
  const profiles = join(folder, "profiles");
  const start = `${checkAgentName(agent)}+`;
  const path = (/** @type {string} */ ending) => join(profiles, start + ending);
  const seen = new AddedFiles(profiles, `${start}seen-`);
  return {
    place: path("keys.json"),
    load: (name) => readText(path(`${name}.json`)),
    save(name, text, before) {
      const file = path(`${name}.json`);
      return before === undefined ? createFile(file, text) : replaceFile(file, text, before);
    },
    append: (line, date) => appendText(path(`seen-${date}`), `${line}\n`),
    added: () => seen.read(),
  };
}

/** Files that are only ever added to, one for each day. */
class AddedFiles {
  #folder;
  #prefix;
  /** How far each was read, in bytes. @type {Map<string, number>} */
  #read = new Map();
  /** One reading at a time. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {string} folder
   * @param {string} prefix Of their names; the date follows.
   */
  constructor(folder, prefix) {
    this.#folder = folder;
    this.#prefix = prefix;
  }

  /**
   * The lines that were added since the last time. Files of days that are over are deleted.
   *
   * @returns {Promise<string[]>}
   */
  read() {
    const lines = this.#turn.then(() => this.#readAll());
    this.#turn = lines.catch(() => {});
    return lines;
  }

  async #readAll() {
    const today = day(Date.now());
    /** @type {string[]} */
    const lines = [];
    for (const name of await this.#names()) {
      const path = join(this.#folder, name);
      if (name.slice(this.#prefix.length) >= today) lines.push(...(await this.#readAdded(path)));
      // Another process may have been faster.
      else await unlink(path).catch(() => {});
    }
    return lines;
  }

  async #names() {
    try {
      return (await readdir(this.#folder)).filter((name) => name.startsWith(this.#prefix)).sort();
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw told(this.#folder, error);
    }
  }

  /** @param {string} path */
  async #readAdded(path) {
    /** @type {string[]} */
    const lines = [];
    try {
      const file = await open(path, "r");
      try {
        const { size } = await file.stat();
        for (;;) {
          const from = this.#read.get(path) ?? 0;
          const bytes = Buffer.alloc(Math.min(size - from, CHUNK_BYTES));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
          // A line that is still being written is read the next time.
          const whole = bytes.subarray(0, bytesRead).lastIndexOf("\n") + 1;
          if (whole === 0) return lines;
          lines.push(...bytes.toString("utf8", 0, whole).split("\n").filter(Boolean));
          this.#read.set(path, from + whole);
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") return lines;
      throw told(path, error);
    }
  }
}
