// Files that only their owner can read: whole, or not at all.

import { randomUUID } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { HubError } from "../error.js";

const PRIVATE = 0o600;

/**
 * @param {string} path
 * @param {string} why
 */
export function failed(path, why) {
  return new HubError("profile", `${path}: ${why}`);
}

/**
 * The text of a file; `undefined` if it is not there.
 *
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
export async function readText(path) {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw told(path, error);
  }
}

/**
 * Makes the folder of a private file.
 *
 * @param {string} path
 */
export async function makeFolder(path) {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw told(dirname(path), error);
  }
}

/**
 * Makes a file; `false` if there is one.
 *
 * @param {string} path
 * @param {string} text
 */
export async function createFile(path, text) {
  const unfinished = await writeUnfinished(path, text);
  try {
    // Fails if there is one, unlike a rename.
    await link(unfinished, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw told(path, error);
  } finally {
    await unlink(unfinished);
  }
}

/**
 * Replaces a file, if it is still as it was; `false` if it is not.
 *
 * Node has no lock on files. Therefore nothing comes between the last look at the file and its replacement, in this process;
 * and another hardly fits in.
 *
 * @param {string} path
 * @param {string} text
 * @param {string} before
 */
export async function replaceFile(path, text, before) {
  const unfinished = await writeUnfinished(path, text);
  try {
    if (readFileSync(path, "utf8") === before) {
      renameSync(unfinished, path);
      return true;
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw told(path, error);
  }
  await unlink(unfinished);
  return false;
}

/**
 * Adds to the end of a file, in one write: other processes add too.
 *
 * @param {string} path
 * @param {string} text
 */
export async function appendText(path, text) {
  await makeFolder(path);
  try {
    const file = await open(path, "a", PRIVATE);
    try {
      await file.write(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw told(path, error);
  }
}

/**
 * Writes a file beside the one that it is to become; its path. It has a name of its own: two processes may write at once.
 *
 * @param {string} path
 * @param {string} text
 */
async function writeUnfinished(path, text) {
  await makeFolder(path);
  const unfinished = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(unfinished, "wx", PRIVATE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return unfinished;
  } catch (error) {
    throw told(unfinished, error);
  }
}

/** @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/**
 * @param {string} path
 * @param {unknown} error
 */
export function told(path, error) {
  return error instanceof HubError ? error : failed(path, error instanceof Error ? error.message : String(error));
}
