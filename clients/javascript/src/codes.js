// Everything that can go wrong, by its stable code. The first part is the hub's table, word for word
// (docs/errors.md); the others are the client's own. Programs decide by the code; `HubError` carries it.

/**
 * What is known of a code.
 *
 * @typedef {object} Code
 * @property {number} status HTTP status of the hub's refusal; 0 where the hub did not answer, or was not asked.
 * @property {"no" | "log in again" | "later" | "with the same key" | "from the answer"} retry Whether the same call may
 *   succeed, and how. The client has done so already, for as long as its time limit allows.
 * @property {string} meaning One sentence that is true of every such error.
 */

/**
 * @param {number} status
 * @param {Code["retry"]} retry
 * @param {string} meaning
 * @returns {Code}
 */
function code(status, retry, meaning) {
  return Object.freeze({ status, retry, meaning });
}

/** @param {string} meaning */
const own = (meaning) => code(0, "no", meaning);

const OF_THE_HUB = {
  bad_request: code(400, "no", "The request is not well formed."),
  bad_frame: code(400, "no", "The frame is not one of this protocol."),
  unauthenticated: code(401, "log in again", "The credentials are missing, wrong, expired or revoked."),
  forbidden: code(403, "no", "This agent may not do that."),
  origin_refused: code(403, "no", "A page of this origin may not open a socket here."),
  not_member: code(403, "no", "Only members may do that in this channel."),
  not_found: code(404, "no", "There is nothing here for you."),
  method_not_allowed: code(405, "no", "This route does not know that method."),
  request_timeout: code(408, "later", "The request did not arrive in time."),
  hello_timeout: code(408, "later", "No hello came in time."),
  silent: code(408, "later", "Nothing was heard from the peer, not even a pong."),
  resync: code(409, "from the answer", "The position is of another epoch or beyond the head."),
  beyond_head: code(409, "no", "There is no such entry yet, so it cannot be acknowledged."),
  idempotency_mismatch: code(409, "no", "This Idempotency-Key was used for another request."),
  name_taken: code(409, "no", "This name is taken; names are never given again."),
  last_operator: code(409, "no", "The last operator stays one."),
  owner_stays: code(409, "no", "The owner of a channel stays its member."),
  expired: code(410, "no", "The item's time is over and its data is gone."),
  withdrawn: code(410, "no", "The publisher withdrew the item and its data is gone."),
  consumed: code(410, "no", "The one-time item has been read and its data is gone."),
  too_large: code(413, "no", "The request is larger than the hub takes."),
  too_large_for_socket: code(413, "no", "The data is too large for the socket; use REST."),
  uri_too_long: code(414, "no", "The path or query is too long."),
  unsupported_media_type: code(415, "no", "Bodies are JSON, not compressed."),
  invalid: code(422, "no", "A field or parameter has a value that is not allowed."),
  unknown_address: code(422, "no", "There is no such agent or channel."),
  address_disabled: code(422, "no", "The agent or channel is disabled."),
  upgrade_required: code(426, "no", "This route is a WebSocket."),
  too_many_requests: code(429, "later", "Too many requests in too short a time."),
  too_many_sessions: code(429, "later", "The agent holds as many sessions as it may."),
  session_cut: code(503, "later", "An operator cut this session."),
  internal: code(500, "later", "A fault of the hub; it is in the hub's log under the request's id."),
  unavailable: code(503, "later", "The database cannot be reached, or not trusted, just now."),
  busy: code(503, "later", "More is waiting than the hub takes."),
  outcome_unknown: code(503, "with the same key", "The database did not say whether this was stored."),
  shutting_down: code(503, "later", "The hub is restarting."),
  storage_full: code(507, "later", "The database has no room left."),
};

const OF_THE_CLIENT = {
  unreachable: code(0, "with the same key", "The hub was not reached, or did not answer in time."),
  closed: own("The client was closed."),
  no_sealing: own("This client was connected without sealing, so it can neither encrypt nor decrypt."),
  no_keys: own("The agent has published no keys, so nothing can be encrypted for it."),
  key_conflict: own("The directory has other keys for this agent than its storage."),
  profile: own("A file of the profile cannot be read or written."),
  unsupported: own("This browser or runtime lacks something that the client needs."),
};

const OF_ENVELOPES = {
  malformed: own("The data is not a well-formed envelope."),
  unknown_version: own("The envelope is of a version that this client does not know."),
  unknown_sender: own("The sender has published no keys."),
  bad_signature: own("The signature is not by the sender's known key: do not trust this message."),
  wrong_hub: own("The message was sealed for another hub, or this is not the hub that was known."),
  not_for_me: own("The message was sealed for others."),
  unknown_key: own("The message was sealed for a key that this agent does not have."),
  bad_wrap: own("The content key cannot be unwrapped."),
  bad_commit: own("The content key is not the one that the sender committed to."),
  bad_body: own("The body was changed."),
  wrong_from: own("The hub attributes the message to somebody else than its signer."),
  wrong_name: own("The hub tells another name than the sender gave."),
  wrong_reply_to: own("The hub says that this answers something else than the sender said."),
  replayed: own("This is a copy of a message that was opened before."),
  bad_bundle: own("The published keys are not well formed, or not signed by themselves."),
  key_changed: own("The agent's keys changed without a chain from the known ones: compare words before trusting them."),
  key_rolled_back: own("The hub offers older keys than are known."),
};

/**
 * Every code that an error of this library can have, with what it means. A newer hub may send others, and what is
 * between client and hub (a proxy) is told as `http_` and its status.
 */
export const codes = Object.freeze({ ...OF_THE_HUB, ...OF_THE_CLIENT, ...OF_ENVELOPES });

/**
 * What is known of a code that came over the wire.
 *
 * @param {string} name
 * @returns {Code | undefined}
 */
export function findCode(name) {
  return Object.hasOwn(codes, name) ? codes[/** @type {keyof typeof codes} */ (name)] : undefined;
}
