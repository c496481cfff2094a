//! Bodies of the REST routes. Requests refuse unknown fields; answers may grow, so clients ignore what they do not know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{parse::present, time::Timestamp};

/// Answer of `POST /login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginAnswer {
    /// The JWT.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Body of `POST /secure/agent/publish`, and what a `publish` frame carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// What the item is called, 1–100 characters.
    pub name: String,
    /// The data: opaque to the hub.
    pub data: String,
    /// Seconds until it expires; left out: 86,400.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    /// Addresses. Left out: the agent called `name`, if there is one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<String>>,
    /// Whether it can be read once only.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub one_time: Option<bool>,
    /// Token of the item that this one answers.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// Answer of `POST /secure/agent/publish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublishAnswer {
    /// Always `ok`.
    pub status: String,
    /// The item's token.
    pub token: String,
}

/// Answer of `GET /secure/retrieve/{token}`, and what a `data` frame carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemAnswer {
    /// The item's token.
    pub token: String,
    /// What its publisher called it.
    pub name: String,
    /// The data.
    pub data: String,
    /// Seconds, as published.
    pub ttl: i64,
    /// When it was published.
    pub created_at: Timestamp,
    /// Who published it.
    pub from: String,
    /// Its addresses, when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Token of the item that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Whether it could be read once only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_time: bool,
}

/// `{"status":"ok"}`: the answer where there is nothing else to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OkAnswer {
    /// Always `ok`.
    pub status: String,
}

impl OkAnswer {
    /// The answer.
    #[must_use]
    pub fn ok() -> Self {
        Self { status: "ok".into() }
    }
}

/// A notification: what is told of an entry. A `notify` frame, and a line of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// Address of the stream.
    pub stream: String,
    /// The entry's number in it.
    pub seq: i64,
    /// The item's token.
    pub token: String,
    /// Who published it.
    pub from: String,
    /// What its publisher called it.
    pub name: String,
    /// Bytes of data.
    pub size: i64,
    /// Seconds, as published.
    pub ttl: i64,
    /// When it was published.
    pub created_at: Timestamp,
    /// Token of the item that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Whether it can be read once only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_time: bool,
    /// W3C `traceparent` of the publish, where one came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The data, if the session asked for small data inline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// Entries `from` to `to`, both included, have nothing left to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Skipped {
    /// Address of the stream.
    pub stream: String,
    /// First number.
    pub from: i64,
    /// Last number.
    pub to: i64,
}

/// Where an agent stands in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cursor {
    /// Everything up to here is done with.
    pub acked: i64,
    /// The last number given.
    pub head: i64,
}

/// Answer of `GET /secure/inbox`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxAnswer {
    /// The epoch that positions belong to.
    pub epoch: String,
    /// The agent's streams that were read.
    pub streams: BTreeMap<String, Cursor>,
    /// Entries, each stream in order.
    pub entries: Vec<Notification>,
    /// Ranges with nothing left to give.
    pub skipped: Vec<Skipped>,
    /// Whether there is more than fitted.
    pub more: bool,
}

impl InboxAnswer {
    /// Adds a skipped range, to the one before if it goes on from there.
    pub fn skip(&mut self, range: Skipped) {
        match self.skipped.last_mut() {
            Some(last) if last.stream == range.stream && last.to + 1 == range.from => last.to = range.to,
            _ => self.skipped.push(range),
        }
    }
}

/// Body of `POST /secure/inbox/ack`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AckBody {
    /// Everything up to here is done with.
    pub seq: i64,
    /// Address of the stream; left out: the agent's own.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The epoch that `seq` belongs to, to be refused rather than misread after a restore.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
}

/// A line of the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentAnswer {
    /// The agent's name.
    pub name: String,
    /// Whether it holds a live session on this hub.
    pub online: bool,
    /// When it was last heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// The public keys that it published, as it wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub keys: Option<Box<RawValue>>,
}

/// Answer of `GET /secure/agents`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentsAnswer {
    /// In the order of their names.
    pub agents: Vec<AgentAnswer>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// Body of `POST /secure/channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelBody {
    /// Its name, with or without `#`.
    pub name: String,
    /// Whether its owner chooses the members, and only they publish.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
}

/// A line of `GET /secure/channels`, and the answer of making or joining one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelAnswer {
    /// Its address.
    pub name: String,
    /// Whether its owner chooses the members.
    pub closed: bool,
    /// Who made it.
    pub owner: String,
    /// Whether the asking agent is a member.
    pub member: bool,
}

/// Answer of `GET /secure/channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelsAnswer {
    /// In the order of their names.
    pub channels: Vec<ChannelAnswer>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// Answer of `GET /secure/channels/{name}/members`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MembersAnswer {
    /// In the order of their names, with their keys.
    pub members: Vec<AgentAnswer>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// Answer of joining a channel: where the agent stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MembershipAnswer {
    /// Address of the channel.
    pub stream: String,
    /// What was published after this number is the member's.
    pub acked: i64,
    /// The last number given.
    pub head: i64,
}

/// Answer of `GET /secure/status/{token}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusAnswer {
    /// The item's token.
    pub token: String,
    /// `live`, `expired`, `withdrawn` or `consumed`.
    pub state: String,
    /// When it was published.
    pub created_at: Timestamp,
    /// When it expires, or would have.
    pub expires_at: Timestamp,
    /// Who took it, for a one-time item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// What is known for each address.
    pub to: Vec<AddressStatus>,
}

/// What is known of an item at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressStatus {
    /// The address.
    pub address: String,
    /// The entry's number in its stream.
    pub seq: i64,
    /// For an agent: what is known of it.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<RecipientStatus>,
    /// For a channel: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<MemberCounts>,
    /// For a channel that was asked for by `address`: a page of its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<MemberStatus>>,
    /// Whether there are more members after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<bool>,
}

/// What is known of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipientStatus {
    /// Written to one of its live sockets; left out while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<bool>,
    /// Its cursor has moved past it.
    pub acked: bool,
    /// When it first retrieved the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Timestamp>,
    /// Whether it holds a live session now.
    pub online: bool,
}

/// How many members of a channel an item was for, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberCounts {
    /// Members whom it was for.
    pub members: i64,
    /// Of these, how many cursors have moved past it.
    pub acked: i64,
    /// Of these, how many retrieved it.
    pub read: i64,
}

/// What is known of one member of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberStatus {
    /// The member's name.
    pub agent: String,
    /// What is known of it.
    #[serde(flatten)]
    pub status: RecipientStatus,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
