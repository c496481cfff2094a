//! The inbox: the log for agents that hold no socket. A request may wait for the first entry; waiting costs the hub a place in
//! the registry, and the agent nothing.

use std::time::Duration;

use agent_hub_protocol::body::{Cursor, InboxAnswer};
use tokio::time::Instant;

use super::{
    Hub,
    registry::{Ear, Ears, Signal},
    replay::Line,
};
use crate::{
    auth::principal::Principal,
    error::{Error, Result},
    store::subscriptions::SubscriptionRow,
};

/// Inbox requests of one agent that may wait at a time.
const WAITERS_PER_AGENT: usize = 64;
/// Pages of one stream that one answer reads.
const PAGES_MAX: usize = 10;

/// What an inbox request asks for.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery {
    /// One stream; left out: all of the agent's.
    pub stream: Option<String>,
    /// From where on in that stream, and the epoch that the number belongs to; left out: the durable cursor.
    pub after: Option<(i64, String)>,
    /// Most entries in the answer.
    pub limit: u32,
    /// How long to wait for the first entry.
    pub wait: Duration,
}

impl Hub {
    /// What is after the agent's cursors.
    ///
    /// # Errors
    /// `not_found`: not a stream of this agent. `resync`: `after` is of another epoch or beyond the head.
    pub async fn inbox(&self, who: &Principal, query: &InboxQuery) -> Result<InboxAnswer> {
        if query.wait.is_zero() {
            return self.read_inbox(who, query).await;
        }
        let deadline = Instant::now() + query.wait;
        // First listen, then read: what comes between the two is heard.
        let mut ears = self.registry.open(who.agent, Ear::Waiter, WAITERS_PER_AGENT)?;
        let mut who = self.recheck(who).await?;
        self.rows(&who, query).await?.iter().for_each(|row| drop(ears.listen(row.stream)));
        loop {
            let answer = self.read_inbox(&who, query).await?;
            // `more` without an entry: so much has gone meanwhile that the reader has to page over it.
            let is_told = !answer.entries.is_empty() || answer.more;
            if is_told || !self.heard(&mut ears, &mut who, query, deadline).await? {
                return Ok(answer);
            }
        }
    }

    /// Waits until there is reason to read again; `false` when the time is over, or the hub shuts down.
    async fn heard(&self, ears: &mut Ears, who: &mut Principal, query: &InboxQuery, deadline: Instant) -> Result<bool> {
        // The credentials may end while the request waits; a rotated key may get an end meanwhile.
        let ends_in = who.ends_at.saturating_sub(crate::clock::now_ms()).max(0);
        let end = Instant::now() + Duration::from_millis(u64::try_from(ends_in).unwrap_or(0).min(120_000));
        let Ok(Some(first)) = tokio::time::timeout_at(deadline.min(end), ears.hear()).await else { return Ok(false) };
        // One reading answers all entries that have come; what else has come is not to be lost with them.
        let mut signals = vec![first];
        signals.extend(std::iter::from_fn(|| ears.try_hear()));
        if ears.closing().is_some() {
            return Ok(false);
        }
        let missed = ears.has_missed();
        if missed || signals.iter().any(|signal| matches!(signal, Signal::Agent)) {
            *who = self.recheck(who).await?;
        }
        if missed || signals.iter().any(|signal| matches!(signal, Signal::Membership(_))) {
            for row in self.rows(who, query).await? {
                ears.unlisten(row.stream);
                ears.listen(row.stream);
            }
        }
        Ok(true)
    }

    async fn rows(&self, who: &Principal, query: &InboxQuery) -> Result<Vec<SubscriptionRow>> {
        match &query.stream {
            Some(stream) => Ok(vec![self.subscription(who, Some(stream)).await?]),
            None => Ok(self.store.subscriptions(who.agent).await?),
        }
    }

    async fn read_inbox(&self, who: &Principal, query: &InboxQuery) -> Result<InboxAnswer> {
        let rows = self.rows(who, query).await?;
        let mut answer = InboxAnswer {
            epoch: self.settings.epoch.clone(),
            streams: rows.iter().map(|row| (row.address(), Cursor { acked: row.acked, head: row.head })).collect(),
            entries: Vec::new(),
            skipped: Vec::new(),
            more: false,
        };
        let mut left = query.limit;
        for (index, row) in rows.iter().enumerate() {
            let after = self.position_after(row, query)?;
            // The own stream may fill the answer; the others share what it leaves.
            let others = u32::try_from(rows.len() - index).unwrap_or(u32::MAX);
            let share = if index == 0 { left } else { left.div_ceil(others) };
            if after >= row.head {
                continue;
            }
            if share == 0 {
                answer.more = true;
                continue;
            }
            left -= self.read_stream(row, after, share, &mut answer).await?;
        }
        Ok(answer)
    }

    /// Puts up to `share` entries of one stream into the answer; how many. What has gone does not count, so that it does not hide
    /// what is there; but one answer reads only so many pages.
    async fn read_stream(
        &self,
        row: &SubscriptionRow,
        after: i64,
        share: u32,
        answer: &mut InboxAnswer,
    ) -> Result<u32> {
        let (mut covered, mut left) = (after, share);
        for _ in 0..PAGES_MAX {
            if left == 0 || covered >= row.head {
                break;
            }
            let replay = self.replay(row.stream, &row.address(), covered, left, -1).await?;
            covered = replay.covered;
            for line in replay.lines {
                match line {
                    Line::Entry(entry) => {
                        left = left.saturating_sub(1);
                        answer.entries.push(entry);
                    }
                    Line::Skipped(skipped) => answer.skip(skipped),
                }
            }
        }
        answer.more |= covered < row.head;
        Ok(share - left)
    }

    fn position_after(&self, row: &SubscriptionRow, query: &InboxQuery) -> Result<i64> {
        match &query.after {
            None => Ok(row.acked.max(row.since)),
            Some((after, epoch)) if *epoch == self.settings.epoch && *after <= row.head => Ok((*after).max(row.since)),
            Some(_) => Err(Error::resync(self.position(row))),
        }
    }
}
