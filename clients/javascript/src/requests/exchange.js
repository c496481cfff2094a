// One try of one request: what is sent, and what the answer means.

import { HubError, unreachable } from "../error.js";
import { position, problem } from "../wire/bodies.js";
import { parse, Unreadable } from "../wire/shape.js";
import { anySignal } from "./signals.js";

/** The largest answer that is read, in bytes: a page of 1,000 members with keys of 16 KiB each has a quarter of it. */
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Sends a request; the JSON of its answer, or its text.
 *
 * @param {string} url The hub's address.
 * @param {object} call
 * @param {string} [call.method]
 * @param {string} call.path
 * @param {Record<string, string>} call.headers
 * @param {string} [call.body]
 * @param {boolean} [call.asText] The answer is no JSON.
 * @param {number} call.limitMs How long it may take.
 * @param {AbortSignal} call.signal
 * @returns {Promise<unknown>}
 * @throws {HubError} What the hub refuses; `unreachable` if there is no answer.
 */
export async function exchange(url, { method = "GET", path, headers, body, asText, limitMs, signal }) {
  const late = () => unreachable(url, "it did not answer in time");
  const bounded = anySignal([signal], { afterMs: limitMs, reason: late });
  try {
    const answer = await fetch(url + path, {
      method,
      headers,
      body: body ?? null,
      signal: bounded.signal,
      // The API key must not follow to another place.
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
    const text = await readText(answer);
    if (answer.ok) return asText ? text : parse(text);
    throw refusal(url, answer, text);
  } catch (error) {
    // What the platform says when it was aborted differs; why it was is what matters.
    if (bounded.signal.aborted) throw bounded.signal.reason;
    throw error instanceof HubError ? error : unreachable(url, reason(error));
  } finally {
    bounded.release();
  }
}

/** @param {Response} answer */
async function readText(answer) {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > ANSWER_MAX_BYTES) {
      await reader?.cancel();
      throw new Error("its answer is too large");
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * @param {string} url
 * @param {Response} answer
 * @param {string} text
 */
function refusal(url, answer, text) {
  const status = answer.status;
  if (answer.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    return new HubError("http_redirect", `${url} redirects elsewhere; give the address that it leads to`, { status });
  }
  const told = /^\d{1,9}$/.exec(answer.headers.get("retry-after") ?? "");
  return refusalOf(url, status, text, told ? Number(told[0]) : undefined);
}

/**
 * What an answer that is no success says.
 *
 * @param {string} url
 * @param {number} status
 * @param {string} text
 * @param {number} [retryAfter]
 */
export function refusalOf(url, status, text, retryAfter) {
  const json = parse(text);
  const known = readOrNothing(problem, json);
  // Without it, something between client and hub answered.
  if (!known)
    return new HubError(`http_${status}`, `${url} answered with HTTP status ${status}`, { status, retryAfter });
  const about = { status, retryAfter, position: readOrNothing(position, json) };
  return new HubError(known.code, known.detail ?? known.title, about);
}

/**
 * @template T
 * @param {import("../wire/shape.js").Shape<T>} shape
 * @param {unknown} json
 * @returns {T | undefined}
 */
function readOrNothing(shape, json) {
  try {
    return shape.read(json);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/**
 * Why there was no answer, as near to the cause as it is told. Holds no header: those were checked before.
 *
 * @param {unknown} error
 */
function reason(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = /** @type {{ code?: unknown, message?: unknown }} */ (cause ?? {});
  return String(message || code || "the connection failed");
}
