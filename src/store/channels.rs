//! Channels: lookups. Changes are in [`super::change`].

use sqlx::FromRow;

use super::{AgentId, Store, StreamId, dialect::made, fault::Result, pool::on_read};

/// A channel, as stored.
#[derive(Debug, Clone, FromRow)]
pub struct ChannelRow {
    /// Its id, and that of its stream.
    pub id: StreamId,
    name: Vec<u8>,
    /// Who made it.
    pub owner: AgentId,
    owner_name: Option<Vec<u8>>,
    closed: i64,
    disabled_at: Option<i64>,
    member: Option<i64>,
}

impl ChannelRow {
    /// Its name, with `#`.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// The name of who made it.
    #[must_use]
    pub fn owner_name(&self) -> String {
        String::from_utf8_lossy(self.owner_name.as_deref().unwrap_or_default()).into_owned()
    }

    /// Whether its owner chooses the members, and only they publish.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed != 0
    }

    /// Whether it is disabled.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// Whether the asking agent is a member.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.member.is_some()
    }
}

const SELECT: &str = "SELECT c.id, c.name, c.owner, o.name AS owner_name, c.closed, c.disabled_at, s.stream AS member FROM channels c \
    LEFT JOIN agents o ON o.id = c.owner LEFT JOIN subscriptions s ON s.agent = ? AND s.stream = c.id";

impl Store {
    /// The channel with this name (with `#`), as `asking` sees it.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_channel(&self, name: &str, asking: AgentId) -> Result<Option<ChannelRow>> {
        let sql = format!("{SELECT} WHERE c.name = ?");
        on_read!(&self.pools, |conn| {
            sqlx::query_as(made(&sql)).bind(asking).bind(name.as_bytes()).fetch_optional(conn).await
        })
    }

    /// Channels after `after` in the order of their names, at most `limit`, as `asking` sees them.
    ///
    /// # Errors
    /// No answer.
    pub async fn channels(&self, asking: AgentId, after: &str, limit: u32) -> Result<Vec<ChannelRow>> {
        let sql = format!("{SELECT} WHERE c.name > ? AND c.disabled_at IS NULL ORDER BY c.name LIMIT ?");
        on_read!(&self.pools, |conn| {
            sqlx::query_as(made(&sql)).bind(asking).bind(after.as_bytes()).bind(i64::from(limit)).fetch_all(conn).await
        })
    }

    /// The addresses of these streams.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_address(&self, stream: StreamId) -> Result<Option<String>> {
        let address: Option<Vec<u8>> = on_read!(&self.pools, |conn| {
            sqlx::query_scalar("SELECT address FROM streams WHERE id = ?").bind(stream).fetch_optional(conn).await
        })?;
        Ok(address.and_then(|address| String::from_utf8(address).ok()))
    }
}
