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
/// For how long the last of it is tried at the stop.
const LAST_FOR: Duration = Duration::from_secs(3);
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

    /// Puts back when agents were heard of; what is newer stays.
    fn put_back_seen(&self, seen: Vec<(AgentId, i64)>) {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        for (agent, at) in seen {
            unwritten.entry(agent).or_insert(at);
        }
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

    /// Hands over to the writer as much as one transaction takes.
    fn hand_over(&self, is_stopping: bool) -> Round {
        self.audit_untold(is_stopping);
        let (audit, more) = self.audit.take();
        let behind = Behind { reads: self.marks.take_reads(), seen: self.marks.take_seen(), audit };
        if behind.is_empty() {
            return Round::Done;
        }
        if let Err(back) = self.writer.write_behind(behind) {
            back.reads.into_iter().for_each(|mark| self.mark_read(mark));
            self.marks.put_back_seen(back.seen);
            self.audit.put_back(back.audit);
            return Round::Full;
        }
        if more { Round::More } else { Round::Done }
    }

    /// Counts what the writer never took: the hub stops.
    fn lose_behind(&self) {
        let readings = self.marks.take_reads().len();
        let mut lines = 0;
        loop {
            let (taken, more) = self.audit.take();
            lines += taken.len();
            if !more {
                break;
            }
        }
        self.metrics.readings_lost.inc_by(readings as u64);
        self.metrics.audit_lost.inc_by(lines as u64);
        if readings + lines > 0 {
            tracing::error!(readings, lines, "not written at the stop: the database did not take them in time");
        }
    }
}

/// What became of a round.
enum Round {
    /// Nothing waits.
    Done,
    /// More waits than one transaction takes.
    More,
    /// The writer has more to do than it can.
    Full,
}

/// Until `stop`; then the last of it is handed over, and with `_writer` the writer is let go.
pub(super) async fn write_behind(hub: Arc<Hub>, stop: CancellationToken, _writer: DropGuard) {
    let mut pause = READS_EVERY;
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        pause = match hub.hand_over(false) {
            Round::More => MORE_EVERY,
            // After `Full`, not at once again.
            Round::Done | Round::Full => READS_EVERY,
        };
    }
    let last = async {
        loop {
            match hub.hand_over(true) {
                Round::Done => return,
                Round::More => {}
                Round::Full => tokio::time::sleep(MORE_EVERY).await,
            }
        }
    };
    if tokio::time::timeout(LAST_FOR, last).await.is_err() {
        hub.lose_behind();
    }
}
