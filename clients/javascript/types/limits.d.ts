/** The limits of the hub, as far as they are known. */
export declare class Limits {
    #private;
    /** @param {number} [dataMaxBytes] */
    constructor(dataMaxBytes?: number);
    /**
     * A session was told.
     *
     * @param {import("./wire/frames.js").HubLimits} limits
     */
    learn({ dataMaxBytes, ttlMaxS }: import("./wire/frames.js").HubLimits): void;
    /**
     * @param {unknown} data
     * @returns {string} The data.
     */
    checkData(data: unknown): string;
    /** @param {number} bytes Of data, as it will be sent. */
    checkSize(bytes: number): void;
    /**
     * @param {unknown} ttl Seconds.
     * @returns {number | undefined} The same.
     */
    checkTtl(ttl: unknown): number | undefined;
}
