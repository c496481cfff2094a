import { HubError } from "../error.js";
/**
 * @param {string} path
 * @param {string} why
 */
export declare function failed(path: string, why: string): HubError;
/**
 * The text of a file; `undefined` if it is not there.
 *
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
export declare function readText(path: string): Promise<string | undefined>;
/**
 * Makes the folder of a private file.
 *
 * @param {string} path
 */
export declare function makeFolder(path: string): Promise<void>;
/**
 * Makes a file; `false` if there is one.
 *
 * @param {string} path
 * @param {string} text
 */
export declare function createFile(path: string, text: string): Promise<boolean>;
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
export declare function replaceFile(path: string, text: string, before: string): Promise<boolean>;
/**
 * Adds to the end of a file, in one write: other processes add too.
 *
 * @param {string} path
 * @param {string} text
 */
export declare function appendText(path: string, text: string): Promise<void>;
/** @param {unknown} error */
export declare function codeOf(error: unknown): unknown;
/**
 * @param {string} path
 * @param {unknown} error
 */
export declare function told(path: string, error: unknown): HubError;
