export type Code = {
    /**
     * HTTP status of the hub's refusal; 0 where the hub did not answer, or was not asked.
     */
    status: number;
    /**
     * Whether the same call may
     * succeed, and how. The client has done so already, for as long as its time limit allows.
     */
    retry: "no" | "log in again" | "later" | "with the same key" | "from the answer";
    /**
     * One sentence that is true of every such error.
     */
    meaning: string;
};
/**
 * Every code that an error of this library can have, with what it means. A newer hub may send others, and what is
 * between client and hub (a proxy) is told as `http_` and its status.
 */
export declare const codes: Readonly<{
    bad_request: Code;
    bad_frame: Code;
    unauthenticated: Code;
    forbidden: Code;
    origin_refused: Code;
    not_member: Code;
    not_found: Code;
    method_not_allowed: Code;
    request_timeout: Code;
    hello_timeout: Code;
    silent: Code;
    resync: Code;
    beyond_head: Code;
    idempotency_mismatch: Code;
    name_taken: Code;
    last_operator: Code;
    owner_stays: Code;
    expired: Code;
    withdrawn: Code;
    consumed: Code;
    too_large: Code;
    too_large_for_socket: Code;
    uri_too_long: Code;
    unsupported_media_type: Code;
    invalid: Code;
    unknown_address: Code;
    address_disabled: Code;
    upgrade_required: Code;
    too_many_requests: Code;
    too_many_sessions: Code;
    session_cut: Code;
    internal: Code;
    unavailable: Code;
    busy: Code;
    outcome_unknown: Code;
    shutting_down: Code;
    storage_full: Code;
    unreachable: Code;
    closed: Code;
    no_sealing: Code;
    no_keys: Code;
    key_conflict: Code;
    profile: Code;
    unsupported: Code;
    malformed: Code;
    unknown_version: Code;
    unknown_sender: Code;
    bad_signature: Code;
    wrong_hub: Code;
    not_for_me: Code;
    unknown_key: Code;
    bad_wrap: Code;
    bad_commit: Code;
    bad_body: Code;
    wrong_from: Code;
    wrong_name: Code;
    wrong_reply_to: Code;
    replayed: Code;
    bad_bundle: Code;
    key_changed: Code;
    key_rolled_back: Code;
}>;
/**
 * What is known of a code that came over the wire.
 *
 * @param {string} name
 * @returns {Code | undefined}
 */
export declare function findCode(name: string): Code | undefined;
