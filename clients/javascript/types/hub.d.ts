import { asyncDispose } from "./dispose.js";
import { Message } from "./message.js";
import { Note } from "./note.js";
import { Notifications } from "./notifications.js";
import { Operator } from "./operator.js";
export type Inbox = import("./inbox.js").Inbox;
export type InboxQuery = import("./inbox.js").InboxQuery;
export type ListenOptions = import("./options.js").ListenOptions;
export type PublishOptions = import("./options.js").PublishOptions;
export type SendOptions = import("./options.js").SendOptions;
export type WaitOptions = import("./options.js").WaitOptions;
export type Item = import("./wire/bodies.js").Item;
export type Sent = {
    /**
     * What `status` and `withdraw` take.
     */
    token: string;
    /**
     * Who can open it; nobody in particular if it is plain.
     */
    sealedFor: string[];
    /**
     * Members of its channels who cannot open it. Look at it: one whose keys changed may be
     * under attack.
     */
    leftOut: import("./sealer.js").LeftOut[];
};
/** One agent at its hub: what `connect` gives. */
export declare class Hub extends Operator {
    #private;
    /**
     * Use `connect`.
     *
     * @param {import("./requests/rest.js").Rest} rest
     * @param {import("./limits.js").Limits} limits
     * @param {import("./sealer.js").Sealing} [sealing]
     */
    constructor(rest: import("./requests/rest.js").Rest, limits: import("./limits.js").Limits, sealing?: import("./sealer.js").Sealing);
    /**
     * Of `connect`: the agent's keys are made and published at first use.
     *
     * @param {AbortSignal} [signal]
     * @returns {Promise<void>}
     */
    begin(signal?: AbortSignal): Promise<void>;
    /** The agent's name. */
    get agent(): string;
    /** The hub's address. */
    get url(): string;
    /**
     * The verbs about keys.
     *
     * @throws {HubError} `no_sealing`.
     */
    get keys(): import("./sealing/keys.js").Keys;
    /**
     * Sends a body to agents and channels: encrypted for them and signed. To a channel it is encrypted for its members of now
     * whose keys are good; `leftOut` of the answer names the others. Repeated until it is done, refused, or 30 s are over.
     *
     * @example
     * import { connect } from "agent-hub";
     * import { profile } from "agent-hub/node";
     *
     * const hub = await connect(await profile("alice"));
     * await hub.send(["bob"], "the result is 42", { name: "result", ttl: 3600, oneTime: true });
     * await hub.close();
     *
     * @param {string | string[]} to One address or several: agents, and channels with their `#`.
     * @param {string | Uint8Array} body
     * @param {SendOptions} [options]
     * @returns {Promise<Sent>} It is on the hub's disk.
     * @throws {HubError} `no_keys`: an addressee has none. `no_sealing`: nothing can be encrypted without it. `unknown_address`,
     *   `address_disabled`, `not_member`. `too_large`, `invalid`. `SealError`: an addressee's keys are not believed.
     */
    send(to: string | string[], body: string | Uint8Array, options?: SendOptions): Promise<Sent>;
    /**
     * Publishes data as it is; `send` encrypts. Repeated until it is done, refused, or 30 s are over.
     *
     * @param {PublishOptions} options
     * @returns {Promise<{ token: string }>} It is on the hub's disk, under this token.
     * @throws {HubError} `unknown_address`, `address_disabled`, `not_member`, `idempotency_mismatch`, `too_large`, `invalid`.
     */
    publish(options: PublishOptions): Promise<{
        token: string;
    }>;
    /**
     * Everything that is told to this agent: every entry of every stream once, in order, from its durable cursors on, for as
     * long as it is asked. Begins with the first `next`; `break` ends it.
     *
     * @example
     * import { connect } from "agent-hub";
     * import { profile } from "agent-hub/node";
     *
     * const hub = await connect(await profile("bob"));
     * for await (const note of hub.notifications({ signal: AbortSignal.timeout(60_000) })) {
     *   console.log(note.stream, note.seq, note.from, note.name, (await note.read()).text());
     *   await note.ack();
     *   break;
     * }
     * await hub.close();
     *
     * @param {ListenOptions} [options]
     * @returns {Notifications}
     * @throws {HubError} Here: `invalid`. From the iterator: what makes coming back useless, such as `unauthenticated`.
     */
    notifications(options?: ListenOptions): Notifications;
    /**
     * What is after the durable cursors, now.
     *
     * @param {InboxQuery & WaitOptions} [options]
     * @returns {Promise<Inbox>}
     * @throws {HubError} `not_found`: not a stream of this agent. `resync`: the position is void.
     */
    inbox(options?: InboxQuery & WaitOptions): Promise<Inbox>;
    /**
     * As `inbox`, but holds until there is an entry or the time is over. What has nothing left to give does not end it.
     *
     * @example
     * import { connect } from "agent-hub";
     * import { profile } from "agent-hub/node";
     *
     * const hub = await connect(await profile("bob"));
     * const { entries, skipped } = await hub.wait(30);
     * for (const note of entries) {
     *   console.log((await note.read()).text());
     *   await note.ack();
     * }
     * for (const { stream, to } of skipped) await hub.ack(to, stream);
     * await hub.close();
     *
     * @param {number} seconds
     * @param {InboxQuery & WaitOptions} [options]
     * @returns {Promise<Inbox>}
     * @throws {HubError} As `inbox`.
     */
    wait(seconds: number, options?: InboxQuery & WaitOptions): Promise<Inbox>;
    /**
     * Retrieves an item and opens it. A sealed one is checked in every respect; a plain one is marked so. Of a note it must be
     * what was told: by whom, under which name, in answer to what.
     *
     * @param {string | Note | { token: string }} item Its token, or its note.
     * @param {WaitOptions} [options]
     * @returns {Promise<Message>}
     * @throws {HubError} As `retrieve`. `no_sealing`: it is sealed. `SealError`: it was not opened.
     */
    read(item: string | Note | {
        token: string;
    }, options?: WaitOptions): Promise<Message>;
    /**
     * The item as the hub has it.
     *
     * @param {string} token
     * @param {WaitOptions} [options]
     * @returns {Promise<Item>}
     * @throws {HubError} `not_found`: there is none for this agent. `expired`, `withdrawn`, `consumed`.
     */
    retrieve(token: string, options?: WaitOptions): Promise<Item>;
    /**
     * Everything up to `seq` is done with, for all sessions of the agent. Below the cursor nothing moves.
     *
     * @param {number} seq
     * @param {string} [stream] Left out: the agent's own.
     * @param {{ epoch?: string } & WaitOptions} [options] With `epoch`: refused with `resync` if it is over.
     * @returns {Promise<void>}
     * @throws {HubError} `beyond_head`, `not_found`, `resync`.
     */
    ack(seq: number, stream?: string, options?: {
        epoch?: string;
    } & WaitOptions): Promise<void>;
    /**
     * Takes back an item that this agent published.
     *
     * @param {string} token
     * @param {WaitOptions} [options]
     * @returns {Promise<void>}
     * @throws {HubError} `not_found`, `expired`, `consumed`.
     */
    withdraw(token: string, options?: WaitOptions): Promise<void>;
    /**
     * What became of an item that this agent published: stored, pushed, acked, read.
     *
     * @param {string} token
     * @param {{ address?: string, after?: string, limit?: number } & WaitOptions} [options] With `address`: also the members of
     *   that channel, those after the agent `after`, at most `limit`.
     * @returns {Promise<import("./wire/status.js").Status>}
     * @throws {HubError} `not_found`.
     */
    status(token: string, options?: {
        address?: string;
        after?: string;
        limit?: number;
    } & WaitOptions): Promise<import("./wire/status.js").Status>;
    /**
     * Closes the client: its iterators end, its sockets are closed, what is under way is given up with the code `closed`.
     *
     * @returns {Promise<void>}
     */
    close(): Promise<void>;
    [asyncDispose](): Promise<void>;
}
