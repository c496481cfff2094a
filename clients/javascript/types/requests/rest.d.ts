import { Jwt } from "./jwt.js";
export type Shape<T> = import("../wire/shape.js").Shape<T>;
/** @template T @typedef {import("../wire/shape.js").Shape<T>} Shape */
/** How long a request is repeated, in all, when nothing else is said. */
export declare const LIMIT_S = 30;
export type Call = {
    /**
     * Left out: GET.
     */
    method?: "GET" | "POST" | "PUT" | "DELETE";
    /**
     * With its query.
     */
    path: string;
    /**
     * Is sent as JSON.
     */
    body?: unknown;
    /**
     * The `Idempotency-Key`.
     */
    key?: string;
    /**
     * The header of that name.
     */
    traceparent?: string;
    /**
     * The answer is no JSON.
     */
    asText?: boolean;
    /**
     * How long the hub may hold it, in seconds: it is waited for so much longer.
     */
    heldS?: number;
    signal?: AbortSignal;
};
/** One agent's way to its hub by REST. */
export declare class Rest {
    #private;
    /** The hub's address. One on this machine may come back at another. */
    url: string;
    /** @param {{ url: string, findUrl?: () => Promise<string | undefined>, agent: string, apiKey: string, limitS: number }} about */
    constructor({ url, findUrl, agent, apiKey, limitS }: {
        url: string;
        findUrl?: () => Promise<string | undefined>;
        agent: string;
        apiKey: string;
        limitS: number;
    });
    get agent(): string;
    /** Secret. */
    get apiKey(): string;
    /** Is aborted when the client is closed. */
    get closing(): AbortSignal;
    /** Gives up all requests, now and from now on. */
    close(): void;
    /** Looks where the hub says that it is now. */
    findAgain(): Promise<void>;
    /**
     * A JWT that is good for a while; logs in if there is none.
     *
     * @param {AbortSignal} [signal]
     * @returns {Promise<Jwt>}
     */
    jwt(signal?: AbortSignal): Promise<Jwt>;
    /**
     * Forgets a JWT that the hub refused; another that came meanwhile stays.
     *
     * @param {Jwt} jwt
     */
    forget(jwt: Jwt): void;
    /**
     * Does a call; its answer.
     *
     * @template T
     * @param {Call} call
     * @param {Shape<T>} shape
     * @returns {Promise<T>}
     */
    call<T>(call: Call, shape: Shape<T>): Promise<T>;
    /**
     * Whether what was refused may have been done by an earlier try, whose answer was lost.
     *
     * @param {unknown} error
     */
    static wasRepeated(error: unknown): boolean;
}
/**
 * `path?name=value&…`, with the values escaped; what is `undefined` is left out.
 *
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 */
export declare function withQuery(path: string, query: Record<string, string | number | undefined>): string;
