//! Subscriptions: who has which streams, from where on, and how far each agent has got.

use sqlx::FromRow;

use super::{
    AgentId, ItemId, Store, StreamId,
    dialect::{list_of, made, padded},
    fault::Result,
    items::Addressee,
    pool::on_read,
};

/// An agent's durable interest in a stream.
#[derive(Debug, Clone, FromRow)]
pub struct SubscriptionRow {
    /// The stream.
    pub stream: StreamId,
    address: Vec<u8>,
    /// What came up to here was not for this agent.
    pub since: i64,
    /// Everything up to here is done with.
    pub acked: i64,
    /// When that last moved, in milliseconds since the epoch.
    pub acked_at: Option<i64>,
    /// The stream's head.
    pub head: i64,
}

impl SubscriptionRow {
    /// The stream's address.
    #[must_use]
    pub fn address(&self) -> String {
        String::from_utf8_lossy(&self.address).into_owned()
    }
}

/// A member of a channel.
#[derive(Debug, Clone, FromRow)]
pub struct MemberRow {
    /// Who.
    pub agent: AgentId,
    name: Vec<u8>,
    /// Everything up to here is done with.
    pub acked: i64,
    /// When that last moved, in milliseconds since the epoch.
    pub acked_at: Option<i64>,
    /// When it first read the item that was asked about, in milliseconds since the epoch.
    pub read_at: Option<i64>,
    /// When last heard of, in milliseconds since the epoch.
    pub last_seen: Option<i64>,
    public_keys: Option<Vec<u8>>,
}

impl MemberRow {
    /// The agent's name.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// Its public keys, JSON as it wrote them.
    #[must_use]
    pub fn public_keys(&self) -> Option<String> {
        self.public_keys.clone().and_then(|keys| String::from_utf8(keys).ok())
    }
}

/// How many of a channel's members an entry was for, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberCount {
    /// Members whom it was for.
    pub members: i64,
    /// Of these, how many cursors are past it.
    pub acked: i64,
    /// Of these, how many read it.
    pub read: i64,
}

impl Store {
    /// Every subscription of an agent, its own stream first.
    ///
    /// # Errors
    /// No answer.
    pub async fn subscriptions(&self, agent: AgentId) -> Result<Vec<SubscriptionRow>> {
        on_read!(&self.pools, |conn| {
            sqlx::query_as(
                "SELECT s.stream, t.address, s.since, s.acked, s.acked_at, t.head FROM subscriptions s \
                 JOIN streams t ON t.id = s.stream WHERE s.agent = ? ORDER BY s.stream <> s.agent, s.stream",
            )
            .bind(agent)
            .fetch_all(conn)
            .await
        })
    }

    /// One subscription of an agent.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_subscription(&self, agent: AgentId, stream: StreamId) -> Result<Option<SubscriptionRow>> {
        on_read!(&self.pools, |conn| {
            sqlx::query_as(
                "SELECT s.stream, t.address, s.since, s.acked, s.acked_at, t.head FROM subscriptions s \
                 JOIN streams t ON t.id = s.stream WHERE s.agent = ? AND s.stream = ?",
            )
            .bind(agent)
            .bind(stream)
            .fetch_optional(conn)
            .await
        })
    }

    /// How many streams an agent has.
    ///
    /// # Errors
    /// No answer.
    pub async fn count_subscriptions(&self, agent: AgentId) -> Result<i64> {
        on_read!(&self.pools, |conn| {
            sqlx::query_scalar("SELECT COUNT(*) FROM subscriptions WHERE agent = ?").bind(agent).fetch_one(conn).await
        })
    }

    /// The first of these entries that an agent is an addressee of, through a membership that is older than the entry.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_addressee(&self, agent: AgentId, entries: &[Addressee]) -> Result<Option<Addressee>> {
        let size = padded(entries.len());
        let sql = format!("SELECT stream, since FROM subscriptions WHERE agent = ? AND stream IN ({})", list_of(size));
        let Some(last) = entries.last() else { return Ok(None) };
        let rows: Vec<(StreamId, i64)> = on_read!(&self.pools, |conn| {
            let mut select = sqlx::query_as(made(&sql)).bind(agent);
            for index in 0..size {
                select = select.bind(entries.get(index).unwrap_or(last).stream);
            }
            select.fetch_all(conn).await
        })?;
        let is_member = |entry: &&Addressee| rows.iter().any(|row| row.0 == entry.stream && row.1 < entry.seq);
        Ok(entries.iter().find(is_member).copied())
    }

    /// The members of a stream after agent `after` (by id), at most `limit`; with a number and an item,
    /// only those whom that entry was for.
    ///
    /// # Errors
    /// No answer.
    pub async fn members(
        &self,
        stream: StreamId,
        after: AgentId,
        limit: u32,
        about: Option<(i64, ItemId)>,
    ) -> Result<Vec<MemberRow>> {
        let (seq, item) = about.map_or((i64::MAX, Vec::new()), |(seq, item)| (seq, item.to_vec()));
        on_read!(&self.pools, |conn| {
            sqlx::query_as(
                "SELECT s.agent, a.name, s.acked, s.acked_at, r.read_at, a.last_seen, a.public_keys \
                 FROM subscriptions s JOIN agents a ON a.id = s.agent \
                 LEFT JOIN item_reads r ON r.item = ? AND r.agent = s.agent \
                 WHERE s.stream = ? AND s.agent > ? AND s.since < ? ORDER BY s.agent LIMIT ?",
            )
            .bind(&item[..])
            .bind(stream)
            .bind(after)
            .bind(seq)
            .bind(i64::from(limit))
            .fetch_all(conn)
            .await
        })
    }

    /// How many members an entry of a channel was for, and what became of it. Costs a step for each member.
    ///
    /// # Errors
    /// No answer.
    pub async fn count_members(&self, entry: Addressee, item: ItemId) -> Result<MemberCount> {
        let (members, acked): (i64, i64) = on_read!(&self.pools, |conn| {
            sqlx::query_as(
                "SELECT COUNT(*), COUNT(CASE WHEN acked >= ? THEN 1 END) FROM subscriptions WHERE stream = ? AND since < ?",
            )
            .bind(entry.seq)
            .bind(entry.stream)
            .bind(entry.seq)
            .fetch_one(conn)
            .await
        })?;
        let read: i64 = on_read!(&self.pools, |conn| {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM item_reads r JOIN subscriptions s ON s.agent = r.agent AND s.stream = ? AND s.since < ? \
                 WHERE r.item = ?",
            )
            .bind(entry.stream)
            .bind(entry.seq)
            .bind(&item[..])
            .fetch_one(conn)
            .await
        })?;
        Ok(MemberCount { members, acked, read })
    }
}
