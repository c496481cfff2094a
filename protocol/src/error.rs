//! The one table of what can go wrong: for each stable code its HTTP status, its close code, what a client should do, and
//! one sentence. `docs/errors.md` is checked against it.

/// What a client should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same request will fail again: mend it.
    Never,
    /// Log in again (or use another key), then repeat.
    Login,
    /// Repeat later, after `Retry-After` if it is given, with growing jittered pauses.
    Later,
    /// The outcome is unknown: repeat with the same `Idempotency-Key`.
    SameKey,
    /// Read the answer: it says from where to go on.
    Resync,
}

impl Retry {
    /// The word used in the documentation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Never => "no",
            Self::Login => "log in again",
            Self::Later => "later",
            Self::SameKey => "with the same key",
            Self::Resync => "from the answer",
        }
    }
}

macro_rules! table {
    ($($variant:ident = $code:literal, $status:literal, $close:literal, $retry:ident, $title:literal;)*) => {
        /// A stable error code. On the wire it is its snake-case name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $(#[doc = $title] $variant,)* }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as written on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)* } }

            /// HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status,)* } }

            /// The close code if this error ends a socket; 0 when the socket stays and an `error` frame is sent.
            #[must_use]
            pub const fn close(self) -> u16 { match self { $(Self::$variant => $close,)* } }

            /// What a client should do.
            #[must_use]
            pub const fn retry(self) -> Retry { match self { $(Self::$variant => Retry::$retry,)* } }

            /// One sentence that is true of every such error.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$variant => $title,)* } }
        }
    };
}

table! {
    BadRequest = "bad_request", 400, 4400, Never, "The request is not well formed.";
    BadFrame = "bad_frame", 400, 4400, Never, "The frame is not one of this protocol.";
    Unauthenticated = "unauthenticated", 401, 4401, Login, "The credentials are missing, wrong, expired or revoked.";
    Forbidden = "forbidden", 403, 4403, Never, "This agent may not do that.";
    OriginRefused = "origin_refused", 403, 4403, Never, "A page of this origin may not open a socket here.";
    NotMember = "not_member", 403, 0, Never, "Only members may do that in this channel.";
    NotFound = "not_found", 404, 0, Never, "There is nothing here for you.";
    MethodNotAllowed = "method_not_allowed", 405, 0, Never, "This route does not know that method.";
    RequestTimeout = "request_timeout", 408, 0, Later, "The request did not arrive in time.";
    HelloTimeout = "hello_timeout", 408, 4408, Later, "No hello came in time.";
    Silent = "silent", 408, 4408, Later, "Nothing was heard from the peer, not even a pong.";
    Resync = "resync", 409, 0, Resync, "The position is of another epoch or beyond the head.";
    BeyondHead = "beyond_head", 409, 0, Never, "There is no such entry yet, so it cannot be acknowledged.";
    IdempotencyMismatch = "idempotency_mismatch", 409, 0, Never, "This Idempotency-Key was used for another request.";
    NameTaken = "name_taken", 409, 0, Never, "This name is taken; names are never given again.";
    LastOperator = "last_operator", 409, 0, Never, "The last operator stays one.";
    OwnerStays = "owner_stays", 409, 0, Never, "The owner of a channel stays its member.";
    Expired = "expired", 410, 0, Never, "The item's time is over and its data is gone.";
    Withdrawn = "withdrawn", 410, 0, Never, "The publisher withdrew the item and its data is gone.";
    Consumed = "consumed", 410, 0, Never, "The one-time item has been read and its data is gone.";
    TooLarge = "too_large", 413, 1009, Never, "The request is larger than the hub takes.";
    TooLargeForSocket = "too_large_for_socket", 413, 0, Never, "The data is too large for the socket; use REST.";
    UriTooLong = "uri_too_long", 414, 0, Never, "The path or query is too long.";
    UnsupportedMediaType = "unsupported_media_type", 415, 0, Never, "Bodies are JSON, not compressed.";
    Invalid = "invalid", 422, 0, Never, "A field or parameter has a value that is not allowed.";
    UnknownAddress = "unknown_address", 422, 0, Never, "There is no such agent or channel.";
    AddressDisabled = "address_disabled", 422, 0, Never, "The agent or channel is disabled.";
    UpgradeRequired = "upgrade_required", 426, 0, Never, "This route is a WebSocket.";
    TooManyRequests = "too_many_requests", 429, 4429, Later, "Too many requests in too short a time.";
    TooManySessions = "too_many_sessions", 429, 4429, Later, "The agent holds as many sessions as it may.";
    SessionCut = "session_cut", 503, 1013, Later, "An operator cut this session.";
    Internal = "internal", 500, 1011, Later, "A fault of the hub; it is in the hub's log under the request's id.";
    Unavailable = "unavailable", 503, 1013, Later, "The database cannot be reached, or not trusted, just now.";
    Busy = "busy", 503, 1013, Later, "More is waiting than the hub takes.";
    OutcomeUnknown = "outcome_unknown", 503, 0, SameKey, "The database did not say whether this was stored.";
    ShuttingDown = "shutting_down", 503, 1012, Later, "The hub is restarting.";
    StorageFull = "storage_full", 507, 0, Later, "The database has no room left.";
}

impl ErrorCode {
    /// The code with this wire name.
    #[must_use]
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_found_by_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::find(code.as_str()), Some(*code));
        }
    }
}
