/** Growing random pauses, in milliseconds. */
export declare class Backoff {
    #private;
    /**
     * @param {number} firstMs The first pause is a random part of it; each next one of twice as much.
     * @param {number} mostMs But never of more than this.
     * @param {() => number} [random] From 0 up to 1.
     */
    constructor(firstMs: number, mostMs: number, random?: () => number);
    /** Between two sockets: up to 1 s, 2 s, 4 s … 30 s. */
    static ofSessions(): Backoff;
    /** Between two requests: up to 0.1 s, 0.2 s, 0.4 s … 5 s. */
    static ofRequests(): Backoff;
    /** The next pause. */
    pauseMs(): number;
    /** Whether nothing has failed since it last worked. */
    get isFresh(): boolean;
    /** It worked: begin anew. */
    reset(): void;
}
