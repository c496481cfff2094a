//! What is written behind: first readings, and when agents were last heard of. A request never waits for these; a crash may
//! lose the last of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dashmap::DashMap;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Hub;
use crate::store::{AgentId, batch::ReadMark};

const READS_EVERY: Duration = Duration::from_millis(200);
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
    /// Remembers a reading.
    pub fn read(&self, mark: ReadMark) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        if reads.len() < READS_MAX {
            reads.push(mark);
        } else {
            tracing::warn!("a reading was not marked: too many wait for the database");
        }
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

/// Until `stop`; then the last of it is handed over, and with `_writer` the writer is let go.
pub(super) async fn write_behind(hub: Arc<Hub>, stop: CancellationToken, _writer: DropGuard) {
    loop {
        let stopped = stop.run_until_cancelled(tokio::time::sleep(READS_EVERY)).await.is_none();
        let reads = hub.marks.take_reads();
        let seen = hub.marks.take_seen();
        if !(reads.is_empty() && seen.is_empty())
            && let Err(back) = hub.writer.write_behind(reads, seen)
        {
            back.into_iter().for_each(|mark| hub.marks.read(mark));
        }
        if stopped {
            return;
        }
    }
}
