//! Reading streams: in short pages, by primary key, each its own statement. A long read would pin SQLite's log, and under MySQL
//! never see later commits.

use agent_hub_protocol::trace::TraceParent;
use sqlx::FromRow;

use super::{
    AgentId, ItemId, Store, StreamId,
    dialect::{list_of, made, padded},
    fault::Result,
    pool::on_read,
};

/// An entry, and what of its item a notification tells. Everything but `seq` is missing once the item's row is gone.
#[derive(Debug, Clone, FromRow)]
pub struct EntryRow {
    /// Its number.
    pub seq: i64,
    id: Option<Vec<u8>>,
    /// Who published it.
    pub publisher: Option<AgentId>,
    name: Option<Vec<u8>>,
    /// Bytes of data.
    pub size: Option<i64>,
    /// Seconds, as published.
    pub ttl: Option<i64>,
    one_time: Option<i64>,
    /// Milliseconds since the epoch.
    pub created_at: Option<i64>,
    expires_at: Option<i64>,
    gone: Option<i64>,
    reply_to: Option<Vec<u8>>,
    traceparent: Option<Vec<u8>>,
    data: Option<Vec<u8>>,
}

impl EntryRow {
    /// Its item's id, if it still has anything to give at `now`.
    #[must_use]
    pub fn live_item(&self, now: i64) -> Option<ItemId> {
        let live = self.gone == Some(0) && self.expires_at.is_some_and(|end| end > now);
        if live { self.id.as_deref()?.try_into().ok() } else { None }
    }

    /// What its publisher called it.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(self.name.as_deref().unwrap_or_default()).into_owned()
    }

    /// Whether it can be read once only.
    #[must_use]
    pub fn is_one_time(&self) -> bool {
        self.one_time.is_some_and(|flag| flag != 0)
    }

    /// What it answers.
    #[must_use]
    pub fn reply_to(&self) -> Option<ItemId> {
        self.reply_to.as_deref()?.try_into().ok()
    }

    /// The trace that its publisher worked in.
    #[must_use]
    pub fn traceparent(&self) -> Option<TraceParent> {
        TraceParent::from_bytes(self.traceparent.as_deref()?)
    }

    /// Its data, where it was asked for and small enough.
    #[must_use]
    pub fn take_data(&mut self) -> Option<String> {
        self.data.take().and_then(|data| String::from_utf8(data).ok())
    }
}

/// A piece of a stream: everything from after the asked position up to `covered`.
#[derive(Debug)]
pub struct Page {
    /// Rows in order; numbers without a row have been deleted.
    pub rows: Vec<EntryRow>,
    /// Up to here there is nothing else.
    pub covered: i64,
}

impl Store {
    /// The entries after `after`, at most `limit`, with the data of items of up to `inline_max` bytes (-1: none).
    ///
    /// # Errors
    /// No answer.
    pub async fn page(&self, stream: StreamId, after: i64, limit: u32, inline_max: i64) -> Result<Page> {
        // The head first: what is committed later may be in the rows, but must not be taken for deleted.
        let head = self.heads(&[stream]).await?.first().map_or(0, |(_, head)| *head);
        let rows: Vec<EntryRow> = on_read!(&self.pools, |conn| {
            sqlx::query_as(
                "SELECT e.seq, i.id, i.publisher, i.name, i.size, i.ttl, i.one_time, i.created_at, i.expires_at, i.gone, \
                 i.reply_to, i.traceparent, CASE WHEN i.size <= ? AND i.one_time = 0 THEN i.data END AS data \
                 FROM entries e LEFT JOIN items i ON i.id = e.item WHERE e.stream = ? AND e.seq > ? ORDER BY e.seq LIMIT ?",
            )
            .bind(inline_max)
            .bind(stream)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(conn)
            .await
        })?;
        let last = rows.last().map_or(after, |row| row.seq);
        let full = rows.len() >= limit as usize;
        Ok(Page { covered: if full { last } else { last.max(head) }, rows })
    }

    /// The heads of these streams; of at most 500 at a time.
    ///
    /// # Errors
    /// No answer.
    pub async fn heads(&self, streams: &[StreamId]) -> Result<Vec<(StreamId, i64)>> {
        let mut heads = Vec::with_capacity(streams.len());
        for piece in streams.chunks(500) {
            let size = padded(piece.len());
            let sql = format!("SELECT id, head FROM streams WHERE id IN ({})", list_of(size));
            let rows: Vec<(StreamId, i64)> = on_read!(&self.pools, |conn| {
                let mut select = sqlx::query_as(made(&sql));
                for index in 0..size {
                    select = select.bind(piece[index.min(piece.len() - 1)]);
                }
                select.fetch_all(conn).await
            })?;
            heads.extend(rows);
        }
        Ok(heads)
    }
}
