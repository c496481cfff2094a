//! What operators who watch are told: who did what, when, and how much of it. Never data, a token, a key, or anything that
//! opens something.

use serde::{Deserialize, Serialize};

/// `events`: what happened since the last such frame, at most some hundred at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Events {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// Events that happened too, and were too many to tell.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// `agent` stored `item` for `to`.
    Published,
    /// `item`, as entry `seq` of `stream`, was written to `session` of `agent`.
    Pushed,
    /// `agent` is done with `stream` up to `seq`.
    Acked,
    /// `agent` retrieved `item`.
    Read,
    /// `agent` took `item` back.
    Withdrawn,
    /// The time of `item`, published by `agent`, is over.
    Expired,
    /// Something that was asked, by `agent` where that is known, was refused with `code`.
    Refused,
    /// `agent` opened `session`.
    Connected,
    /// `session` of `agent` ended, with `code` where there was a reason.
    Gone,
    /// Anything that a newer hub may tell.
    #[serde(other)]
    Unknown,
}

/// One thing that happened. Fields that do not apply are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// What.
    pub event: Happening,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// To which addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Address of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The number in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Id of the item: a UUIDv7, which gives nobody its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// What its publisher called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Bytes of data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Id of the item that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The session, as `welcome` named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// A stable code, see [`crate::error::ErrorCode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was asked: a method and a route, or the type of a frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}

impl Event {
    /// An event that says no more than what and when.
    #[must_use]
    pub fn new(event: Happening, at_ms: i64) -> Self {
        Self {
            event,
            at_ms,
            agent: None,
            to: Vec::new(),
            stream: None,
            seq: None,
            item: None,
            name: None,
            size: None,
            reply_to: None,
            session: None,
            code: None,
            asked: None,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
