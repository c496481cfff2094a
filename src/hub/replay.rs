//! Reading the log, for whoever comes late or falls behind: entries with something to give, and ranges without.

use agent_hub_protocol::{
    body::{Notification, Skipped},
    time::Timestamp,
};

use super::Hub;
use crate::{
    clock,
    error::Result,
    store::{ItemId, StreamId, entries::EntryRow},
};

/// Entries in one page: short reads, since an open one pins the embedded database's log.
pub const PAGE: u32 = 128;

/// One line of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// An entry with something to give.
    Entry(Notification),
    /// Entries that have expired, were withdrawn or taken, or went altogether.
    Skipped(Skipped),
}

/// A piece of a stream.
#[derive(Debug, Default)]
pub struct Replay {
    /// The position that was read from.
    pub from: i64,
    /// In order, without a hole.
    pub lines: Vec<Line>,
    /// The last number that they tell of.
    pub covered: i64,
}

impl Hub {
    /// What stands in `stream` after `after`: at most `limit` entries, with the data of items of up to `inline_max` bytes
    /// (-1: none).
    ///
    /// # Errors
    /// No answer.
    pub async fn replay(
        &self,
        stream: StreamId,
        address: &str,
        after: i64,
        limit: u32,
        inline_max: i64,
    ) -> Result<Replay> {
        let page = self.store.page(stream, after, limit, inline_max).await?;
        let now = clock::now_ms();
        let mut replay = Replay { from: after, lines: Vec::with_capacity(page.rows.len()), covered: after };
        for row in page.rows {
            if let Some(item) = row.live_item(now) {
                let seq = row.seq;
                replay.skip_to(address, seq - 1);
                let notification = self.notification(address, item, row).await?;
                replay.lines.push(Line::Entry(notification));
                replay.covered = seq;
            }
        }
        replay.skip_to(address, page.covered);
        Ok(replay)
    }

    async fn notification(&self, address: &str, item: ItemId, mut row: EntryRow) -> Result<Notification> {
        Ok(Notification {
            stream: address.to_owned(),
            seq: row.seq,
            token: self.tokens.encode(item),
            from: self.directory.name(row.publisher.unwrap_or_default()).await?.to_string(),
            name: row.name(),
            size: row.size.unwrap_or_default(),
            ttl: row.ttl.unwrap_or_default(),
            created_at: Timestamp(row.created_at.unwrap_or_default()),
            reply_to: row.reply_to().map(|id| self.tokens.encode(id)),
            one_time: row.is_one_time(),
            traceparent: row.traceparent().map(|trace| trace.to_string()),
            data: row.take_data(),
        })
    }
}

impl Replay {
    /// Tells everything up to `last` as one skipped range.
    fn skip_to(&mut self, address: &str, last: i64) {
        if last > self.covered {
            self.lines.push(Line::Skipped(Skipped { stream: address.to_owned(), from: self.covered + 1, to: last }));
            self.covered = last;
        }
    }
}
