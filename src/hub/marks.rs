//! What is written behind: first readings, and when agents were last heard of. A request never waits for these; a crash may
//! lose the last of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dashmap::DashMap;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Hub, writer::Behind};
use crate::store::{AgentId, batch::ReadMark};

const READS_EVERY: Duration = Duration::from_millis(200);
/// As long as more waits than one transaction takes.
const MORE_EVERY: Duration = Duration::from_millis(10);
/// How exactly `last_seen` is kept.
const SEEN_MS: i64 = 30_000;
/// Agents whose `last_seen` is written in one round: the writer must not wait for ten thousand of them.
const SEEN_AT_ONCE: usize = 100;
/// Agents whose `last_seen` is remembered as written.
const SEEN_MAX: usize = 100_000;
/// Readings that wait; beyond it the newest are dropped, and counted in the log.
const READS_MAX: usize = 10_000;

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Marks {
    reads: Mutex<Vec<ReadMark>>,
    /// When each agent was last heard of, as written or about to be.
    seen: DashMap<AgentId, i64>,
    unwritten: Mutex<BTreeMap<AgentId, i64>>,
}

impl Marks {
    /// Remembers a reading; `false`: too many wait.
    pub fn read(&self, mark: ReadMark) -> bool {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        if reads.len() < READS_MAX {
            reads.push(mark);
        } else {
            return false;
        }
        true
    }

    /// Remembers that an agent was heard of, twice a minute at most.
    pub fn seen(&self, agent: AgentId, at: i64) {
        if self.seen.get(&agent).is_some_and(|written| at - *written < SEEN_MS) {
            return;
        }
        if self.seen.len() >= SEEN_MAX {
            self.seen.clear();
        }
        self.seen.insert(agent, at);
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).insert(agent, at);
    }

    fn take_reads(&self) -> Vec<ReadMark> {
        std::mem::take(&mut *self.reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_seen(&self) -> Vec<(AgentId, i64)> {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| unwritten.pop_first()).take(SEEN_AT_ONCE).collect()
    }
}

impl Hub {
    /// Remembers a reading, to be written behind; one that does not fit is counted.
    pub(super) fn mark_read(&self, mark: ReadMark) {
        if !self.marks.read(mark) && self.metrics.readings_lost.inc() == 0 {
            tracing::warn!("readings are not marked: too many wait for the database");
        }
    }
}

/// Until `stop`; then the last of it is handed over, and with `_writer` the writer is let go.
pub(super) async fn write_behind(hub: Arc<Hub>, stop: CancellationToken, _writer: DropGuard) {
    let mut more = false;
    loop {
        let pause = if more { MORE_EVERY } else { READS_EVERY };
        let stopped = stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none();
        hub.audit_untold();
        let (audit, rest) = hub.audit.take();
        more = rest;
        let behind = Behind { reads: hub.marks.take_reads(), seen: hub.marks.take_seen(), audit };
        if !behind.is_empty()
            && let Err(back) = hub.writer.write_behind(behind)
        {
            back.reads.into_iter().for_each(|mark| hub.mark_read(mark));
            hub.audit.put_back(back.audit);
            // The writer has more to do than it can: not at once again.
            more = false;
        }
        if stopped && !more {
            return;
        }
    }
}
