//! What every refusal looks like: `application/problem+json` (RFC 9457) with a stable `code`.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;

/// The media type of a [`Problem`].
pub const CONTENT_TYPE: &str = "application/problem+json";

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Always `about:blank`: the code says what it is (RFC 9457, section 4.2.1).
    #[serde(rename = "type")]
    pub kind: String,
    /// The code's sentence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code, see [`ErrorCode`].
    pub code: String,
    /// What was wrong this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// For `resync`: from where to go on.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// From where to go on after a position became void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// The stream's address.
    pub stream: String,
    /// The epoch that holds now.
    pub epoch: String,
    /// The durable cursor.
    pub acked: i64,
    /// The last number given in the stream.
    pub head: i64,
}

impl Problem {
    /// The problem of `code`.
    #[must_use]
    pub fn new(code: ErrorCode, detail: Option<String>) -> Self {
        Self {
            kind: "about:blank".into(),
            title: code.title().into(),
            status: code.status(),
            code: code.as_str().into(),
            detail,
            position: None,
        }
    }
}
