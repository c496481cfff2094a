// Requests: logged in, repeated where that can help, bounded in time.

import { checkUrl, isAsSafe } from "../address.js";
import { closedError, HubError, unreachable } from "../error.js";
import { loginAnswer } from "../wire/bodies.js";
import { Unreadable } from "../wire/shape.js";
import { Jwt } from "./jwt.js";
import { Patience } from "./patience.js";
import { exchange } from "./exchange.js";
import { unlessAborted } from "./signals.js";

/** @template T @typedef {import("../wire/shape.js").Shape<T>} Shape */

/** How long a request is repeated, in all, when nothing else is said. */
export const LIMIT_S = 30;

/**
 * One request.
 *
 * @typedef {object} Call
 * @property {"GET" | "POST" | "PUT" | "DELETE"} [method] Left out: GET.
 * @property {string} path With its query.
 * @property {unknown} [body] Is sent as JSON.
 * @property {string} [key] The `Idempotency-Key`.
 * @property {string} [traceparent] The header of that name.
 * @property {boolean} [asText] The answer is no JSON.
 * @property {number} [heldS] How long the hub may hold it, in seconds: it is waited for so much longer.
 * @property {AbortSignal} [signal]
 */

/** Refusals of requests that had been tried before, and may have been done then. */
const repeated = new WeakSet();

/** One agent's way to its hub by REST. */
export class Rest {
  #agent;
  #apiKey;
  #limitMs;
  #findUrl;
  /** @type {Jwt | undefined} */
  #jwt;
  /** @type {Promise<Jwt> | undefined} */
  #login;
  #closing = new AbortController();

  /** @param {{ url: string, findUrl?: () => Promise<string | undefined>, agent: string, apiKey: string, limitS: number }} about */
  constructor({ url, findUrl, agent, apiKey, limitS }) {
    /** The hub's address. One on this machine may come back at another. */
    this.url = url;
    this.#findUrl = findUrl;
    this.#agent = agent;
    this.#apiKey = apiKey;
    this.#limitMs = limitS * 1000;
  }

  get agent() {
    return this.#agent;
  }

  /** Secret. */
  get apiKey() {
    return this.#apiKey;
  }

  /** Is aborted when the client is closed. */
  get closing() {
    return this.#closing.signal;
  }

  /** Gives up all requests, now and from now on. */
  close() {
    this.#closing.abort(closedError());
  }

  /** Looks where the hub says that it is now. */
  async findAgain() {
    try {
      const url = checkUrl(await this.#findUrl?.());
      if (isAsSafe(this.url, url)) this.url = url;
    } catch {
      // Nothing new is known.
    }
  }

  /**
   * A JWT that is good for a while; logs in if there is none.
   *
   * @param {AbortSignal} [signal]
   * @returns {Promise<Jwt>}
   */
  async jwt(signal) {
    this.#closing.signal.throwIfAborted();
    if (this.#jwt && performance.now() < this.#jwt.renewAt) return this.#jwt;
    if (!this.#login) {
      const login = this.#logIn().finally(() => (this.#login = undefined));
      // Whoever waited may have gone; that is no unhandled error.
      login.catch(() => {});
      this.#login = login;
    }
    return unlessAborted(this.#login, signal);
  }

  /**
   * Forgets a JWT that the hub refused; another that came meanwhile stays.
   *
   * @param {Jwt} jwt
   */
  forget(jwt) {
    if (this.#jwt === jwt) this.#jwt = undefined;
  }

  /**
   * Does a call; its answer.
   *
   * @template T
   * @param {Call} call
   * @param {Shape<T>} shape
   * @returns {Promise<T>}
   */
  async call(call, shape) {
    const answer = await this.#repeat(call);
    try {
      return shape.read(answer);
    } catch (error) {
      if (error instanceof Unreadable) throw unreachable(this.url, "its answer is not one of an agent-hub");
      throw error;
    }
  }

  /**
   * Whether what was refused may have been done by an earlier try, whose answer was lost.
   *
   * @param {unknown} error
   */
  static wasRepeated(error) {
    return error instanceof HubError && repeated.has(error);
  }

  /** @param {Call} call */
  async #repeat(call) {
    const patience = new Patience(this.#limitMs, (call.heldS ?? 0) * 1000, [call.signal, this.#closing.signal]);
    // Once, for all tries.
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    let [logins, tries] = [0, 0];
    try {
      for (;;) {
        const jwt = await patience.outlast((signal) => this.jwt(signal), this.url);
        const headers = this.#headers(jwt, call, body !== undefined);
        try {
          const limits = { limitMs: patience.nextTryMs(), signal: patience.signal };
          return await exchange(this.url, { ...call, ...limits, headers, body });
        } catch (error) {
          if (!(error instanceof HubError)) throw error;
          if (error.status === 401 && logins === 0) {
            // Once more with a new one; who is refused then has no good key.
            logins += 1;
            this.forget(jwt);
          } else if (!mayWorkLater(error)) {
            if (tries > 0) repeated.add(error);
            throw error;
          } else {
            tries += 1;
            await patience.wait(error);
            await this.findAgain();
          }
        }
      }
    } finally {
      patience.release();
    }
  }

  async #logIn() {
    const patience = new Patience(this.#limitMs, 0, [this.#closing.signal]);
    const headers = { "x-api-key": this.#apiKey, username: this.#agent };
    try {
      for (;;) {
        const begun = performance.now();
        try {
          const call = {
            method: "POST",
            path: "/login",
            headers,
            limitMs: patience.nextTryMs(),
            signal: patience.signal,
          };
          const { token } = loginAnswer.read(await exchange(this.url, call));
          this.#jwt = new Jwt(token, begun);
          return this.#jwt;
        } catch (error) {
          if (error instanceof Unreadable) throw unreachable(this.url, "its answer is not one of an agent-hub");
          if (!(error instanceof HubError) || !mayWorkLater(error)) throw error;
          await patience.wait(error);
          await this.findAgain();
        }
      }
    } finally {
      patience.release();
    }
  }

  /**
   * @param {Jwt} jwt
   * @param {Call} call
   * @param {boolean} hasBody
   */
  #headers(jwt, call, hasBody) {
    /** @type {Record<string, string>} */
    const headers = { "x-api-key": this.#apiKey, authorization: `Bearer ${jwt.text}` };
    if (call.key !== undefined) headers["idempotency-key"] = call.key;
    if (call.traceparent !== undefined) headers.traceparent = call.traceparent;
    if (hasBody) headers["content-type"] = "application/json";
    return headers;
  }
}

/** @param {HubError} error */
function mayWorkLater(error) {
  return error.code === "unreachable" || [408, 429, 500, 502, 503, 504, 507].includes(error.status);
}

/**
 * `path?name=value&…`, with the values escaped; what is `undefined` is left out.
 *
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 */
export function withQuery(path, query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const written = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
  return written === "" ? path : `${path}?${written}`;
}
