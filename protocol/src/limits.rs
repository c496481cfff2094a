//! Limits that are part of the wire: a client may rely on them. What an operator can turn is in the hub's configuration
//! and told in `welcome`.

/// Longest agent name, and longest channel name without its `#`, in bytes.
pub const NAME_MAX_BYTES: usize = 64;
/// Longest `name` of an item, in characters (Unicode scalar values).
pub const ITEM_NAME_MAX_CHARS: usize = 100;
/// Most addresses in one `to`, after duplicates are folded. A channel counts as one.
pub const TO_MAX: usize = 64;
/// Most entries of `to` as sent, duplicates included: beyond it the list is not even read.
pub const TO_MAX_AS_SENT: usize = 1_000;
/// Longest `id` that a client may give a frame, in bytes.
pub const FRAME_ID_MAX_BYTES: usize = 64;
/// Longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_MAX_BYTES: usize = 128;
/// Largest message and largest frame on the socket, in bytes; beyond it the socket is closed with 1009.
pub const SOCKET_MESSAGE_MAX_BYTES: usize = 1024 * 1024;
/// Largest `data` that travels over the socket, in bytes of UTF-8; larger data goes by REST.
pub const SOCKET_DATA_MAX_BYTES: usize = 128 * 1024;
/// Largest `inline_max_bytes` that a session may ask for, in bytes.
pub const INLINE_MAX_BYTES: u32 = 16 * 1024;
/// Entries in one inbox answer when `limit` is left out.
pub const INBOX_LIMIT_DEFAULT: u32 = 100;
/// Most entries in one inbox answer, and most rows in one page of any list.
pub const PAGE_LIMIT_MAX: u32 = 1_000;
/// Longest `wait` of an inbox request, in seconds.
pub const INBOX_WAIT_MAX_S: u32 = 60;
/// `ttl` when it is left out, in seconds.
pub const TTL_DEFAULT_S: i64 = 86_400;
/// Longest overlap of an old API key and the new one, in seconds.
pub const KEY_OVERLAP_MAX_S: i64 = 30 * 86_400;
/// Largest public key document of an agent, in bytes of JSON.
pub const KEYS_MAX_BYTES: usize = 16 * 1024;
/// Largest sequence number: what a JavaScript number holds exactly (2^53 - 1).
pub const SEQ_MAX: i64 = (1 << 53) - 1;
/// How long the hub answers the same reader of a one-time item again, given the same `Idempotency-Key`, in seconds.
pub const REREAD_WINDOW_S: i64 = 60;
