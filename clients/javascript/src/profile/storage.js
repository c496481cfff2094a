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
  return {
    place: path("keys.json"),
    load: (name) => readText(path(`${name}.json`)),
    save(name, text, before) {
      const file = path(`${name}.json`);
      return before === undefined ? createFile(file, text) : replaceFile(file, text, before);
    },
    append: (line, date) => appendText(path(`seen-${date}`), `${line}\n`),
    added: async (cursor) => readAdded(profiles, `${start}seen-`, /** @type {Offsets} */ (cursor ?? new Map())),
  };
}

/** How far each file was read, in bytes. @typedef {ReadonlyMap<string, number>} Offsets */

/**
 * The lines that were added to the files of the days. Those of days that are over are deleted.
 *
 * @param {string} folder
 * @param {string} prefix Of their names; the date follows.
 * @param {Offsets} offsets
 */
async function readAdded(folder, prefix, offsets) {
  const today = day(Date.now());
  /** @type {string[]} */
  const lines = [];
  /** @type {Map<string, number>} */
  const cursor = new Map();
  for (const name of await namesOf(folder, prefix)) {
    const path = join(folder, name);
    if (name.slice(prefix.length) >= today) {
      const added = await readLines(path, offsets.get(name) ?? 0);
      for (const line of added.lines) lines.push(line);
      cursor.set(name, added.end);
    } else {
      // Another process may have been faster.
      await unlink(path).catch(() => {});
    }
  }
  return { lines, cursor };
}

/**
 * @param {string} folder
 * @param {string} prefix
 */
async function namesOf(folder, prefix) {
  try {
    return (await readdir(folder)).filter((name) => name.startsWith(prefix)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw told(folder, error);
  }
}

/**
 * The whole lines of a file from an offset on, and where they end. A line that is still being written is read the next time.
 *
 * @param {string} path
 * @param {number} start
 */
async function readLines(path, start) {
  /** @type {string[]} */
  const lines = [];
  let end = start;
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      for (;;) {
        const bytes = Buffer.alloc(Math.min(Math.max(size - end, 0), CHUNK_BYTES));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, end);
        const whole = bytes.subarray(0, bytesRead).lastIndexOf("\n") + 1;
        if (whole === 0) return { lines, end };
        for (const line of bytes.toString("utf8", 0, whole).split("\n")) if (line !== "") lines.push(line);
        end += whole;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    // Another process has deleted it.
    if (codeOf(error) === "ENOENT") return { lines, end };
    throw told(path, error);
  }
}
