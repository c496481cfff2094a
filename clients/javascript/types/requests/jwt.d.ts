/** A JWT in use. */
export declare class Jwt {
    #private;
    /** The hub id: whom the JWT is for. */
    hub: string;
    /** When to get the next one, on the monotonic clock (`performance.now()`). */
    renewAt: number;
    /**
     * @param {string} text
     * @param {number} nowMs When the login was asked for, on the monotonic clock.
     */
    constructor(text: string, nowMs: number);
    get text(): string;
}
