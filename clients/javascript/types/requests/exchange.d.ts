import { HubError } from "../error.js";
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
export declare function exchange(url: string, { method, path, headers, body, asText, limitMs, signal }: {
    method?: string;
    path: string;
    headers: Record<string, string>;
    body?: string;
    asText?: boolean;
    limitMs: number;
    signal: AbortSignal;
}): Promise<unknown>;
/**
 * What an answer that is no success says.
 *
 * @param {string} url
 * @param {number} status
 * @param {string} text
 * @param {number} [retryAfter]
 */
export declare function refusalOf(url: string, status: number, text: string, retryAfter?: number): HubError;
