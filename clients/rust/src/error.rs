//! What can go wrong, with the hub's stable codes and a few of the client's own.

use std::time::Duration;

use agent_hub_protocol::{error::ErrorCode, name::NameError, problem::Problem};

use crate::seal::SealError;

/// The result of every verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done. Never holds a key, a JWT or a body.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The hub refused it.
    #[error("{detail}")]
    Hub {
        /// The stable code, see `docs/errors.md`; a newer hub may have others.
        code: String,
        /// HTTP status.
        status: u16,
        /// What was wrong this time.
        detail: String,
        /// When to try again, if the hub said so.
        retry_after: Option<Duration>,
    },
    /// The hub was not reached, or did not answer in time. Whether it did what was asked is not known.
    #[error("the hub at {hub} cannot be reached: {why}")]
    Unreachable {
        /// Its address.
        hub: String,
        /// What happened last.
        why: String,
    },
    /// The client was closed.
    #[error("the client is closed")]
    Closed,
    /// An addressee has published no keys, so that nothing can be encrypted for it.
    #[error("{agent} has no keys yet, so nothing can be encrypted for it")]
    NoKeys {
        /// The addressee.
        agent: String,
    },
    /// The directory has other keys for this agent than this client.
    #[error("the directory has other keys for {agent} than {place}")]
    KeyConflict {
        /// The agent.
        agent: String,
        /// Where this client has its keys.
        place: String,
    },
    /// The hub is not the one that this agent knows by this address.
    #[error("{hub} is another hub than the one that {place} is of")]
    OtherHub {
        /// Its address.
        hub: String,
        /// Where this agent keeps what it believes.
        place: String,
    },
    /// An envelope was not opened, or keys were not believed.
    #[error("{from}: {error}")]
    Seal {
        /// Whose.
        from: String,
        /// Why.
        error: SealError,
    },
    /// A file of the profile cannot be read or written.
    #[error("{path}: {why}")]
    Profile {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Hub { code, .. } => code,
            Self::Unreachable { .. } => "unreachable",
            Self::Closed => "closed",
            Self::NoKeys { .. } => "no_keys",
            Self::KeyConflict { .. } => "key_conflict",
            Self::OtherHub { .. } => SealError::WrongHub.code(),
            Self::Seal { error, .. } => error.code(),
            Self::Profile { .. } => "profile",
        }
    }

    /// Whether it has this code of the hub.
    #[must_use]
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code() == code.as_str()
    }

    /// Whether the same call fails whenever it is made: it is refused for what the item or its addressee is, not for the connection, the
    /// hub, the login or this machine. Whoever reads note after note is done with one that fails so.
    #[must_use]
    pub fn lasts(&self) -> bool {
        match self {
            Self::Hub { code, status, .. } => {
                (400..500).contains(status) && ![401, 408, 429].contains(status) && !code.starts_with("http_")
            }
            Self::Seal { .. } | Self::NoKeys { .. } => true,
            _ => false,
        }
    }

    /// Whether another try, later, may succeed.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Hub { status: 408 | 429 | 500.., .. })
    }

    /// A refusal of the client's own, with a code of the hub.
    pub(crate) fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Hub { code: code.as_str().into(), status: code.status(), detail: detail.into(), retry_after: None }
    }

    pub(crate) fn name(field: &str, error: NameError) -> Self {
        Self::refused(ErrorCode::Invalid, format!("{field} {error}"))
    }

    pub(crate) fn seal(from: impl Into<String>) -> impl FnOnce(SealError) -> Self {
        move |error| Self::Seal { from: from.into(), error }
    }

    /// What the hub answered with a status that is no success.
    pub(crate) fn from_answer(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => {
                let detail = problem.detail.unwrap_or(problem.title);
                Self::Hub { code: problem.code, status, detail, retry_after }
            }
            // Something between client and hub answered.
            Err(_) => {
                let detail = format!("HTTP status {status}");
                Self::Hub { code: format!("http_{status}"), status, detail, retry_after }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_one_item_lasts_and_what_is_wrong_around_it_does_not() {
        let hub = |status: u16, body: &str| Error::from_answer(status, None, body.as_bytes());
        let problem = |code: &str| format!(r#"{{"type":"about:blank","title":"t","status":1,"code":"{code}"}}"#);
        let (hub_url, why) = (String::new(), String::new());
        for lasting in [
            hub(410, &problem("expired")),
            hub(422, &problem("address_disabled")),
            Error::NoKeys { agent: "dave".into() },
            Error::Seal { from: "dave".into(), error: SealError::Malformed },
        ] {
            assert!(lasting.lasts(), "{lasting:?}");
        }
        for passing in [
            hub(401, &problem("unauthenticated")),
            hub(429, &problem("too_many_requests")),
            hub(503, &problem("busy")),
            hub(404, "a proxy"),
            Error::Unreachable { hub: hub_url, why },
            Error::Closed,
            Error::Profile { path: String::new(), why: "no room".into() },
        ] {
            assert!(!passing.lasts(), "{passing:?}");
        }
    }
}
