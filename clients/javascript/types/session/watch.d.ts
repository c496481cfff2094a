export type End = import("./end.js").End;
export type Jwt = import("../requests/jwt.js").Jwt;
export type HubEvent = import("../wire/frames.js").HubEvent;
export type HubFrame = import("../wire/frames.js").HubFrame;
export type Told = ({
    kind: "here";
} | {
    kind: "events";
    events: HubEvent[];
    leftOut: number;
} | {
    kind: "away";
    error?: unknown;
});
/** @typedef {import("./end.js").End} End */
/** @typedef {import("../requests/jwt.js").Jwt} Jwt */
/** @typedef {import("../wire/frames.js").HubEvent} HubEvent */
/** @typedef {import("../wire/frames.js").HubFrame} HubFrame */
/**
 * What a watcher is told: that it watches from here on; what happened, and how much more was too much to tell; that the
 * connection is gone, and why. It comes back by itself.
 *
 * @typedef {(
 *   | { kind: "here" }
 *   | { kind: "events", events: HubEvent[], leftOut: number }
 *   | { kind: "away", error?: unknown }
 * )} Told
 */
/** Keeps a socket that watches. */
export declare class Watch {
    #private;
    /** @param {import("../requests/rest.js").Rest} rest */
    constructor(rest: import("../requests/rest.js").Rest);
    /**
     * What is told, until the signal is aborted or coming back is useless.
     *
     * @param {AbortSignal} signal
     * @returns {AsyncGenerator<Told, void, undefined>}
     */
    told(signal: AbortSignal): AsyncGenerator<Told, void, undefined>;
}
