//! What is written behind: first readings, and when agents were last heard of. A request never waits for these; a crash may
//! lose the last of them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::store::{AgentId, batch::ReadMark};

const READS_EVERY: Duration = Duration::from_millis(200);
/// Rounds of reads between two rounds of `last_seen`.
const SEEN_EVERY: u32 = 25;
/// Readings that wait; beyond it the newest are dropped, and counted in the log.
const READS_MAX: usize = 10_000;

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Marks {
    reads: Mutex<Vec<ReadMark>>,
    seen: DashMap<AgentId, i64>,
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

    /// Remembers that an agent was heard of.
    pub fn seen(&self, agent: AgentId, at: i64) {
        self.seen.insert(agent, at);
    }

    fn take_reads(&self) -> Vec<ReadMark> {
        std::mem::take(&mut *self.reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_seen(&self) -> Vec<(AgentId, i64)> {
        let mut seen: Vec<_> = self.seen.iter().map(|entry| (*entry.key(), *entry.value())).collect();
        self.seen.clear();
        seen.sort_unstable();
        seen
    }
}

pub(super) async fn write_behind(hub: Arc<Hub>, stop: CancellationToken) {
    let mut round = 0_u32;
    loop {
        let stopped = stop.run_until_cancelled(tokio::time::sleep(READS_EVERY)).await.is_none();
        round = round.wrapping_add(1);
        let reads = hub.marks.take_reads();
        let seen = if stopped || round.is_multiple_of(SEEN_EVERY) { hub.marks.take_seen() } else { Vec::new() };
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
