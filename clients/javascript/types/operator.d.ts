import { Directory } from "./directory.js";
import { Rest } from "./requests/rest.js";
export type WaitOptions = import("./options.js").WaitOptions;
export type Told = import("./session/watch.js").Told;
export type RequestOptions = {
    /**
     * Left out: GET.
     */
    method?: "GET" | "POST" | "PUT" | "DELETE";
    /**
     * Is sent as JSON.
     */
    body?: unknown;
    /**
     * The answer is no JSON.
     */
    asText?: boolean;
};
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
export declare class Operator extends Directory {
    #private;
    /** @param {Rest} rest */
    constructor(rest: Rest);
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
    request(path: string, options?: RequestOptions & WaitOptions): Promise<unknown>;
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
    watch(options?: WaitOptions): AsyncGenerator<Told, void, undefined>;
}
