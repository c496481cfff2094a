// The address of a hub.

import { refused } from "./error.js";

/**
 * @param {unknown} url
 * @returns {string} The address without a slash at its end.
 */
export function checkUrl(url) {
  /** @type {URL | undefined} */
  let parsed;
  try {
    parsed = new URL(/** @type {string} */ (url));
  } catch {
    // Told below.
  }
  // Its text is not told: it may hold credentials.
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw refused("invalid", "`url` must be an address that begins with http:// or https://");
  }
  if (parsed.username || parsed.password || parsed.search || parsed.hash) {
    throw refused("invalid", "`url` must be an address alone, without credentials, query or fragment");
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, "");
}

/**
 * Whether a key that goes to one address may go to the other: at the same host, or on this machine.
 *
 * @param {string} before
 * @param {string} now
 */
export function isAsSafe(before, now) {
  const [known, found] = [new URL(before), new URL(now)];
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(found.hostname);
  return known.protocol === found.protocol && (isHere || known.hostname === found.hostname);
}
