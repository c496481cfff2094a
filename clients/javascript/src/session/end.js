// Why a socket ended, or did not come to be, and what that means for the next one.

import { codes, findCode } from "../codes.js";
import { HubError, refused, unreachable } from "../error.js";
import { refusalOf } from "../requests/exchange.js";

/**
 * - `final`: coming back would not help;
 * - `login`: log in, and come back at once;
 * - `restart`: the hub restarts;
 * - `streams`: the agent is no longer in one of the streams;
 * - `again`: come back from the positions, at once;
 * - `later`: come back after a pause.
 *
 * @typedef {{ kind: "final" | "later", error: unknown } | { kind: "login" | "restart" | "streams" | "again" }} End
 */

/**
 * Coming back would not help.
 *
 * @param {unknown} error
 * @returns {End}
 */
export function final(error) {
  return { kind: "final", error };
}

/**
 * @param {string} url
 * @param {string} why
 * @returns {End}
 */
export function later(url, why) {
  return { kind: "later", error: unreachable(url, why) };
}

/**
 * What the end of a socket means.
 *
 * @param {string} url
 * @param {import("../websocket/open.js").Ended} ended
 * @returns {End}
 */
export function endOf(url, { code, reason, isFull }) {
  if (isFull) return { kind: "again" };
  const detail = reason || `closed with ${code}`;
  if (code === 4400) return final(refused("bad_frame", detail));
  if (code === 4403) return final(refused("forbidden", detail));
  if (code === 4401) return { kind: "login" };
  if (code === 1012) return { kind: "restart" };
  if (code === 4429) return { kind: "later", error: refused("too_many_requests", detail) };
  return later(url, detail);
}

/**
 * What an `error` instead of the welcome means.
 *
 * @param {{ code: string, detail: string }} frame
 * @returns {End}
 */
export function endOfHello({ code, detail }) {
  // One of the positions is of a stream that the agent has left, or was taken out of.
  if (code === "not_found") return { kind: "streams" };
  const known = findCode(code);
  const error = new HubError(code, detail, { status: known?.status ?? 0 });
  if (known?.retry === "no") return final(error);
  return known === codes.unauthenticated ? { kind: "login" } : { kind: "later", error };
}

/**
 * What a failed opening means.
 *
 * @param {string} url
 * @param {unknown} error
 * @returns {End}
 */
export function endOfOpening(url, error) {
  if (error instanceof HubError) return error.code === "unreachable" ? { kind: "later", error } : final(error);
  const { status, body, message } = /** @type {{ status?: number, body?: string, message?: string }} */ (error ?? {});
  if (status === undefined) return later(url, message || "the connection failed");
  if (status === 401) return { kind: "login" };
  const refusal = refusalOf(url, status, body ?? "");
  // These are ours, and would be the same again. Anything else may be a proxy that is being mended.
  return status === 400 || status === 403 ? final(refusal) : { kind: "later", error: refusal };
}
