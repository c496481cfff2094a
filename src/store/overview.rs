//! What operators look at: who is behind, and how far; channels; what was published last, and what answers it. Never data.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    AgentId, ItemId, Store, StreamId,
    agents::{self, AgentRow},
    dialect::{list_of, made, padded},
    fault::Result,
    items::{self, ItemRow},
    pool::{Pools, on_read},
};

/// What an agent has not acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Behind {
    /// The agent.
    pub agent: AgentId,
    /// Entries of all its streams.
    pub backlog: i64,
    /// When the oldest of these was published, in milliseconds since the epoch, as far as `swept` is 0.
    pub oldest: Option<i64>,
    /// Streams whose next entry was swept long ago.
    pub swept: i64,
}

/// Where an agent stands in a stream.
#[derive(Debug, Clone, FromRow)]
pub struct StandingRow {
    stream: StreamId,
    address: Vec<u8>,
    /// Everything up to here is done with.
    pub acked: i64,
    /// When that last moved, in milliseconds since the epoch.
    pub acked_at: Option<i64>,
    /// The last number given.
    pub head: i64,
    /// When the oldest unacknowledged entry was published, in milliseconds since the epoch.
    pub oldest: Option<i64>,
}

impl StandingRow {
    /// Address of the stream.
    #[must_use]
    pub fn address(&self) -> String {
        String::from_utf8_lossy(&self.address).into_owned()
    }
}

/// A channel, and how many are in it.
#[derive(Debug, Clone, FromRow)]
pub struct ChannelOverviewRow {
    name: Vec<u8>,
    owner_name: Option<Vec<u8>>,
    closed: i64,
    disabled_at: Option<i64>,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    /// How many members it has.
    pub members: i64,
    /// The last number given.
    pub head: i64,
}

impl ChannelOverviewRow {
    /// Its name with `#`, and the name of who made it.
    #[must_use]
    pub fn names(&self) -> [String; 2] {
        let owner = self.owner_name.as_deref().unwrap_or_default();
        [&self.name[..], owner].map(|name| String::from_utf8_lossy(name).into_owned())
    }

    /// Whether its owner chooses the members, and whether it is disabled.
    #[must_use]
    pub fn flags(&self) -> (bool, bool) {
        (self.closed != 0, self.disabled_at.is_some())
    }
}

/// Streams whose next entry was swept that are looked at one by one.
const AWAY_MAX: i64 = 100;

/// The order in which agents are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Who has waited longest first.
    Oldest,
    /// Who has most to do first.
    Backlog,
}

/// The subscriptions that are behind, each with the next entry, whose number is known: streams have no holes but where entries
/// were swept. (To look for the first that is there, MariaDB would walk the whole stream of each.)
const BEHIND: &str = "FROM subscriptions s JOIN streams t ON t.id = s.stream AND t.head > s.acked \
    LEFT JOIN entries e ON e.stream = s.stream AND e.seq = s.acked + 1 LEFT JOIN items i ON i.id = e.item";

impl Store {
    /// What these agents have not acknowledged; who is up to date is left out.
    ///
    /// # Errors
    /// No answer.
    pub async fn behind(&self, agents: &[AgentId]) -> Result<HashMap<AgentId, Behind>> {
        let mut found = HashMap::new();
        for piece in agents.chunks(500) {
            let size = padded(piece.len());
            let sql = format!(
                "SELECT s.agent, CAST(SUM(t.head - s.acked) AS SIGNED) AS backlog, MIN(i.created_at) AS oldest, \
                 COUNT(*) - COUNT(i.created_at) AS swept {BEHIND} WHERE s.agent IN ({}) GROUP BY s.agent",
                list_of(size)
            );
            let rows: Vec<Behind> = on_read!(&self.pools, |conn| {
                let mut select = sqlx::query_as(made(&sql));
                for index in 0..size {
                    select = select.bind(piece.get(index).or(piece.last()).copied().unwrap_or_default());
                }
                select.fetch_all(conn).await
            })?;
            found.extend(rows.into_iter().map(|row| (row.agent, row)));
        }
        Ok(found)
    }

    /// The agents that are furthest behind, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn furthest_behind(&self, order: Order, limit: u32) -> Result<Vec<AgentId>> {
        let by = match order {
            Order::Oldest => "COUNT(*) - COUNT(i.created_at) > 0 DESC, MIN(i.created_at)",
            Order::Backlog => "SUM(t.head - s.acked) DESC",
        };
        let sql = format!("SELECT s.agent {BEHIND} GROUP BY s.agent ORDER BY {by}, s.agent LIMIT ?");
        on_read!(&self.pools, |conn| sqlx::query_scalar(made(&sql)).bind(i64::from(limit)).fetch_all(conn).await)
    }

    /// Unacknowledged entries of all enabled agents, and when the oldest of them was published.
    ///
    /// # Errors
    /// No answer.
    pub async fn total_behind(&self) -> Result<(i64, Option<i64>)> {
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(t.head - s.acked), 0) AS SIGNED), MIN(i.created_at) {BEHIND} \
             JOIN agents a ON a.id = s.agent AND a.disabled_at IS NULL"
        );
        let (backlog, mut oldest): (i64, Option<i64>) =
            on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).fetch_one(conn).await)?;
        // Whoever has been away for longer than items are kept: its next entry is gone, the oldest that is there is behind it.
        let sql = format!(
            "SELECT s.stream, s.acked {BEHIND} JOIN agents a ON a.id = s.agent AND a.disabled_at IS NULL \
             WHERE i.created_at IS NULL LIMIT ?"
        );
        let away: Vec<(StreamId, i64)> =
            on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(AWAY_MAX).fetch_all(conn).await)?;
        for (stream, acked) in away {
            let published = self.published_after(stream, acked).await?;
            oldest = oldest.into_iter().chain(published).min();
        }
        Ok((backlog, oldest))
    }

    /// Where an agent stands in each of its streams, its own first.
    ///
    /// # Errors
    /// No answer.
    pub async fn standings(&self, agent: AgentId) -> Result<Vec<StandingRow>> {
        let behind = BEHIND.replace(" AND t.head > s.acked", "");
        let sql = format!(
            "SELECT s.stream, t.address, s.acked, s.acked_at, t.head, i.created_at AS oldest {behind} WHERE s.agent = ? \
             ORDER BY s.stream <> s.agent, s.stream"
        );
        let mut rows: Vec<StandingRow> =
            on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(agent).fetch_all(conn).await)?;
        for row in rows.iter_mut().filter(|row| row.head > row.acked && row.oldest.is_none()) {
            row.oldest = self.published_after(row.stream, row.acked).await?;
        }
        Ok(rows)
    }

    /// When the first entry after `after` that is there was published.
    async fn published_after(&self, stream: StreamId, after: i64) -> Result<Option<i64>> {
        let sql = "SELECT i.created_at FROM entries e JOIN items i ON i.id = e.item WHERE e.stream = ? AND e.seq > ? \
             ORDER BY e.seq LIMIT 1";
        on_read!(&self.pools, |conn| sqlx::query_scalar(sql).bind(stream).bind(after).fetch_optional(conn).await)
    }

    /// The agents with these ids, in no order.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_agents(&self, ids: &[AgentId]) -> Result<Vec<AgentRow>> {
        let mut found: HashMap<AgentId, AgentRow> = HashMap::with_capacity(ids.len());
        for piece in ids.chunks(500) {
            let size = padded(piece.len());
            let sql = format!("SELECT {} FROM agents WHERE id IN ({})", agents::COLUMNS, list_of(size));
            let rows: Vec<AgentRow> = on_read!(&self.pools, |conn| {
                let mut select = sqlx::query_as(made(&sql));
                for index in 0..size {
                    select = select.bind(piece.get(index).or(piece.last()).copied().unwrap_or_default());
                }
                select.fetch_all(conn).await
            })?;
            found.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        Ok(found.into_values().collect())
    }

    /// Agents by when they were last heard of, the latest first, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn agents_by_last_seen(&self, limit: u32) -> Result<Vec<AgentRow>> {
        let sql = format!("SELECT {} FROM agents ORDER BY COALESCE(last_seen, 0) DESC, id LIMIT ?", agents::COLUMNS);
        on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(i64::from(limit)).fetch_all(conn).await)
    }

    /// Channels after `after` in the order of their names, disabled ones too, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn channel_overview(&self, after: &str, limit: u32) -> Result<Vec<ChannelOverviewRow>> {
        let sql = "SELECT c.name, o.name AS owner_name, c.closed, c.disabled_at, c.created_at, t.head, \
             (SELECT COUNT(*) FROM subscriptions s WHERE s.stream = c.id) AS members FROM channels c \
             JOIN streams t ON t.id = c.id LEFT JOIN agents o ON o.id = c.owner WHERE c.name > ? ORDER BY c.name LIMIT ?";
        on_read!(&self.pools, |conn| {
            sqlx::query_as(sql).bind(after.as_bytes()).bind(i64::from(limit)).fetch_all(conn).await
        })
    }

    /// Items before `before`, the newest first, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn latest_items(&self, before: Option<ItemId>, limit: u32) -> Result<Vec<ItemRow>> {
        let before = before.unwrap_or([0xFF; 16]);
        let sql = format!("SELECT {} FROM items WHERE id < ? ORDER BY id DESC LIMIT ?", items::COLUMNS);
        on_read!(&self.pools, |conn| {
            sqlx::query_as(made(&sql)).bind(&before[..]).bind(i64::from(limit)).fetch_all(conn).await
        })
    }

    /// Items of a stream before `before`, the newest first, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn latest_items_of(&self, stream: StreamId, before: Option<ItemId>, limit: u32) -> Result<Vec<ItemRow>> {
        let item = match before {
            Some(id) => self.find_item(id).await?,
            None => None,
        };
        let entries = item.map(|item| item.addressees()).unwrap_or_default();
        let (seq, id) = match entries.iter().find(|entry| entry.stream == stream) {
            Some(entry) => (entry.seq, [0xFF; 16]),
            // The first page; or the item was swept: ids rise as numbers do, but for a moment's difference.
            None => (i64::MAX, before.unwrap_or([0xFF; 16])),
        };
        let columns: Vec<String> = items::COLUMNS.split(", ").map(|column| format!("i.{}", column.trim())).collect();
        let sql = format!(
            "SELECT {} FROM entries e JOIN items i ON i.id = e.item WHERE e.stream = ? AND e.seq < ? AND e.item < ? \
             ORDER BY e.seq DESC LIMIT ?",
            columns.join(", ")
        );
        on_read!(&self.pools, |conn| {
            let select = sqlx::query_as(made(&sql)).bind(stream).bind(seq).bind(&id[..]);
            select.bind(i64::from(limit)).fetch_all(conn).await
        })
    }

    /// What answers an item, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn replies(&self, item: ItemId, limit: u32) -> Result<Vec<ItemRow>> {
        let sql = format!("SELECT {} FROM items WHERE reply_to = ? ORDER BY id LIMIT ?", items::COLUMNS);
        on_read!(&self.pools, |conn| {
            sqlx::query_as(made(&sql)).bind(&item[..]).bind(i64::from(limit)).fetch_all(conn).await
        })
    }

    /// Who read an item, and when first, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn readers(&self, item: ItemId, limit: u32) -> Result<Vec<(AgentId, i64)>> {
        let sql = "SELECT agent, read_at FROM item_reads WHERE item = ? ORDER BY read_at, agent LIMIT ?";
        on_read!(&self.pools, |conn| {
            sqlx::query_as(sql).bind(&item[..]).bind(i64::from(limit)).fetch_all(conn).await
        })
    }

    /// Bytes that the database takes on disk, as far as it tells.
    ///
    /// # Errors
    /// No answer.
    pub async fn size_bytes(&self) -> Result<i64> {
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                let sql =
                    "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)";
                super::pool::limited(sqlx::query_scalar(sql).fetch_one(read)).await
            }
            Pools::MySql { read, .. } => {
                let sql = "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) \
                     FROM information_schema.tables WHERE table_schema = DATABASE()";
                super::pool::limited(sqlx::query_scalar(sql).fetch_one(read)).await
            }
        }
    }
}
