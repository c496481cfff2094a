export type Shape<T> = import("./shape.js").Shape<T>;
export type Status = {
    token: string;
    /**
     * `live`, `expired`, `withdrawn` or `consumed`.
     */
    state: string;
    /**
     * When it was published.
     */
    createdAt: Date;
    /**
     * When it expires, or would have.
     */
    expiresAt: Date;
    /**
     * Who took a one-time item.
     */
    takenBy?: string;
    /**
     * What is known for each address.
     */
    to: AddressStatus[];
};
export type AddressStatus = {
    address: string;
    /**
     * The entry's number in its stream.
     */
    seq: number;
    /**
     * Of an agent: written to one of its live sockets; left out while that is not known.
     */
    pushed?: boolean;
    /**
     * Of an agent: its cursor has moved past it.
     */
    acked?: boolean;
    /**
     * Of an agent: when it first retrieved the data.
     */
    read?: Date;
    /**
     * Of an agent: whether it holds a session now.
     */
    online?: boolean;
    /**
     * Of a channel: how many.
     */
    counts?: MemberCounts;
    /**
     * Of a channel that was asked for: a page of its members.
     */
    members?: MemberStatus[];
    /**
     * Whether there are more members after the last.
     */
    more?: boolean;
};
export type MemberCounts = {
    /**
     * Members whom it was for.
     */
    members: number;
    /**
     * Of these, how many cursors have moved past it.
     */
    acked: number;
    /**
     * Of these, how many retrieved it.
     */
    read: number;
};
export type MemberStatus = {
    /**
     * The member.
     */
    agent: string;
    /**
     * As of an address.
     */
    pushed?: boolean;
    /**
     * As of an address.
     */
    acked: boolean;
    /**
     * As of an address.
     */
    read?: Date;
    /**
     * As of an address.
     */
    online: boolean;
};
/** @type {Shape<Status>} */
export declare const statusAnswer: Shape<Status>;
