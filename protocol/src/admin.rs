//! Bodies of the `/admin` routes, for operators: agents, sessions, channels, items, the audit log and the hub itself. What
//! happened and how much of it; never data, a token or a key, but for a new API key, once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{frame::WelcomeLimits, parse::present, time::Timestamp};

/// Body of `POST /admin/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAgentBody {
    /// Its name.
    pub name: String,
    /// `agent` (default) or `operator`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// Body of `POST /admin/agents/{name}/role`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    /// `agent` or `operator`.
    pub role: String,
}

/// Answer of making an agent or rotating its key: the only time that the key is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyAnswer {
    /// The agent.
    pub name: String,
    /// Its API key.
    pub api_key: String,
}

/// Body of `POST /admin/agents/{name}/rotate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateBody {
    /// How long the old key still works, in seconds; left out: not at all.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub overlap_s: Option<i64>,
}

/// A line of `GET /admin/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminAgentAnswer {
    /// Its name.
    pub name: String,
    /// `agent` or `operator`.
    pub role: String,
    /// Whether it is disabled.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Its live sessions on this node.
    #[serde(default)]
    pub sessions: u32,
    /// Entries of all its streams that it has not acknowledged.
    #[serde(default)]
    pub backlog: i64,
    /// When the oldest of these was published; left out when nothing waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
}

/// Answer of `GET /admin/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminAgentsAnswer {
    /// In the order that was asked for.
    pub agents: Vec<AdminAgentAnswer>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// Answer of `GET /admin/agents/{name}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminAgentDetail {
    /// The line of the list.
    #[serde(flatten)]
    pub agent: AdminAgentAnswer,
    /// Where it stands in each of its streams, its own first.
    pub streams: Vec<StreamState>,
    /// Its live sessions on this node.
    pub live: Vec<SessionAnswer>,
    /// The public keys that it published, as it wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub keys: Option<Box<RawValue>>,
}

/// Where an agent stands in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamState {
    /// Address of the stream.
    pub stream: String,
    /// Everything up to here is done with.
    pub acked: i64,
    /// When that cursor last moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_at: Option<Timestamp>,
    /// The last number given.
    pub head: i64,
    /// Entries between the two.
    pub backlog: i64,
    /// When the oldest of these was published; left out when nothing waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
}

/// A live session of this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionAnswer {
    /// Its id, as `welcome` told it.
    pub session: String,
    /// Whose.
    pub agent: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Address of its peer.
    pub address: String,
    /// Streams that it follows.
    pub streams: u32,
    /// Entries that it has yet to be told.
    pub behind: i64,
    /// Whether it watches the traffic.
    pub watching: bool,
}

/// Answer of `GET /admin/sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionsAnswer {
    /// In the order in which they were opened.
    pub sessions: Vec<SessionAnswer>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// A line of `GET /admin/channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminChannelAnswer {
    /// Its address.
    pub name: String,
    /// Who made it.
    pub owner: String,
    /// Whether its owner chooses the members.
    pub closed: bool,
    /// Whether it is disabled.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many members it has.
    pub members: i64,
    /// The last number given.
    pub head: i64,
}

/// Answer of `GET /admin/channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminChannelsAnswer {
    /// In the order of their names.
    pub channels: Vec<AdminChannelAnswer>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// What is known of an item without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemLine {
    /// Its id, a UUIDv7: names it for operators, and gives nobody its data.
    pub item: String,
    /// Who published it.
    pub from: String,
    /// Its addresses.
    pub to: Vec<String>,
    /// What its publisher called it.
    pub name: String,
    /// Bytes of data.
    pub size: i64,
    /// Seconds, as published.
    pub ttl: i64,
    /// Whether it can be read once only.
    pub one_time: bool,
    /// When it was published; the id says it to the millisecond.
    pub created_at: Timestamp,
    /// When it expires, or would have.
    pub expires_at: Timestamp,
    /// `live`, `expired`, `withdrawn` or `consumed`.
    pub state: String,
    /// Id of the item that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// Answer of `GET /admin/items`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemsAnswer {
    /// The newest first.
    pub items: Vec<ItemLine>,
    /// Whether there are more before the last.
    pub more: bool,
}

/// Answer of `GET /admin/items/{item}`: an item's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemLife {
    /// The item.
    #[serde(flatten)]
    pub line: ItemLine,
    /// Who took it, for a one-time item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// What became of it at each address.
    pub addresses: Vec<AddressLife>,
    /// Who read it without being addressed, where anybody might.
    pub readers: Vec<Reader>,
    /// What it answers, what that answers, and so on: the oldest first.
    pub thread: Vec<ItemLine>,
    /// What answers it: the oldest first, at most 100.
    pub replies: Vec<ItemLine>,
}

/// What became of an item at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressLife {
    /// The address.
    pub address: String,
    /// The entry's number in its stream.
    pub seq: i64,
    /// The agent, or the members of the channel, whom it was for; at most 100.
    pub recipients: Vec<RecipientLife>,
    /// Whether there are more.
    pub more: bool,
}

/// What an item's recipient did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipientLife {
    /// The agent.
    pub agent: String,
    /// Its live sessions on this node to which the notification was written.
    pub pushed: Vec<String>,
    /// Whether its cursor has moved past the entry.
    pub acked: bool,
    /// When the cursor last moved: not later than this was it acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_by: Option<Timestamp>,
    /// When it first retrieved the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Timestamp>,
    /// Whether it holds a live session now.
    pub online: bool,
}

/// Who read an item, and when first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reader {
    /// The agent.
    pub agent: String,
    /// When it first retrieved the data.
    pub read: Timestamp,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine {
    /// Its number; a later line has a higher one.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: an agent, or `$command-line`; empty where nobody is known.
    pub actor: String,
    /// What, as a dotted verb such as `agent.disable`.
    pub action: String,
    /// Upon whom or what: an agent, a channel, an item's id.
    pub subject: String,
    /// More of it: addresses, a code, where from.
    pub detail: String,
}

/// Answer of `GET /admin/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditAnswer {
    /// The newest first.
    pub lines: Vec<AuditLine>,
    /// Whether there are more before the last.
    pub more: bool,
}

/// Answer of `GET /admin/hub`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HubAnswer {
    /// The hub's version.
    pub version: String,
    /// Hub id.
    pub hub: String,
    /// The epoch that positions belong to.
    pub epoch: String,
    /// When this process started.
    pub started_at: Timestamp,
    /// `sqlite` or `mysql`.
    pub database: String,
    /// Whether the hub can do its work, as `GET /ready` says.
    pub ready: bool,
    /// Live sessions on this node.
    pub sessions: u32,
    /// Sessions that watch the traffic.
    pub watchers: u32,
    /// What the hub takes.
    pub limits: WelcomeLimits,
}

/// Answer of `GET /admin/history`: what the hub measured of itself over the last hour, in columns of equal length, the oldest
/// first. A value that could not be measured is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryAnswer {
    /// Seconds between two samples.
    pub interval_s: u32,
    /// When the last sample was taken.
    pub until: Timestamp,
    /// Columns by name; the unit is the name's last word.
    pub series: BTreeMap<String, Vec<Option<f64>>>,
}
