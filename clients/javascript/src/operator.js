// The verbs of operators: what administration is asked, and what happens on the hub. `Hub` has them.

import { Directory } from "./directory.js";
import { refused } from "./error.js";
import { checkOptions } from "./options.js";
import { anySignal } from "./requests/signals.js";
import { Rest } from "./requests/rest.js";
import { Watch } from "./session/watch.js";

/** @typedef {import("./options.js").WaitOptions} WaitOptions */
/** @typedef {import("./session/watch.js").Told} Told */

/**
 * What of a request is not its path.
 *
 * @typedef {object} RequestOptions
 * @property {"GET" | "POST" | "PUT" | "DELETE"} [method] Left out: GET.
 * @property {unknown} [body] Is sent as JSON.
 * @property {boolean} [asText] The answer is no JSON.
 */

/** The verbs of operators. */
export class Operator extends Directory {
  #rest;

  /** @param {Rest} rest */
  constructor(rest) {
    super(rest);
    this.#rest = rest;
  }

  /**
   * Asks the hub for what no other verb does, such as the routes of administration; logged in and repeated like every
   * request. The answer is as the hub wrote it: nobody has checked it.
   *
   * @example
   * import { connect } from "agent-hub";
   * import { profile } from "agent-hub/node";
   *
   * const hub = await connect(await profile("operator"));
   * const { agents } = await hub.request("/admin/agents?sort=oldest");
   * for (const { name, backlog } of agents) console.log(name, backlog);
   * await hub.close();
   *
   * @param {string} path With its query.
   * @param {RequestOptions & WaitOptions} [options]
   * @returns {Promise<unknown>}
   * @throws {import("./error.js").HubError} `forbidden`: this agent is no operator.
   */
  async request(path, options = {}) {
    checkOptions(options, ["method", "body", "asText", "signal"]);
    // Anything else could lead the credentials to another host.
    if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) throw refused("invalid", "a path begins with one `/`");
    return this.#rest.call({ path, ...options }, { read: (answer) => answer, write: (value) => value });
  }

  /**
   * What happens on the hub, as it happens: who did what, never data. For as long as it is asked; when the connection is
   * gone it comes back by itself, and says so, since what happened meanwhile is not told later.
   *
   * @example
   * import { connect } from "agent-hub";
   * import { profile } from "agent-hub/node";
   *
   * const hub = await connect(await profile("operator"));
   * for await (const told of hub.watch()) {
   *   if (told.kind !== "events") console.log(told.kind);
   *   else for (const { event, agent, name } of told.events) console.log(event, agent, name);
   * }
   *
   * @param {WaitOptions} [options]
   * @returns {AsyncGenerator<Told, void, undefined>}
   * @throws {import("./error.js").HubError} From the iterator: what makes coming back useless, such as `forbidden`: this agent is
   *   no operator.
   */
  async *watch(options = {}) {
    checkOptions(options, ["signal"]);
    const left = new AbortController();
    const stopping = anySignal([options.signal, this.#rest.closing, left.signal]);
    try {
      yield* new Watch(this.#rest).told(stopping.signal);
    } catch (error) {
      // A client that was closed ends its iterators.
      if (!this.#rest.closing.aborted) throw error;
    } finally {
      left.abort();
      stopping.release();
    }
  }
}
