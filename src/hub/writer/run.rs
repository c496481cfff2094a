//! The loop: gather, commit, hand on; and what happens when the database says no, says nothing, or says it too late.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Job, PublishJob, Setting, members::Members, speak::Spoken};
use crate::{
    error::{Error, ErrorCode},
    store::{FaultKind, batch::Ended},
    telemetry::traces,
};

/// How long a batch is tried again after lost races and lost connections.
const TRY_FOR: Duration = Duration::from_secs(3);
/// How long a publish waits for a stream that somebody else holds.
const HELD_FOR: Duration = Duration::from_secs(5);
/// Between two tries of what was put aside.
const HELD_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Run {
    setting: Setting,
    jobs: mpsc::Receiver<Job>,
    spoken: mpsc::Sender<Spoken>,
    /// Publishes put aside because somebody else holds their stream.
    held: Vec<PublishJob>,
}

impl Run {
    pub fn new(setting: Setting, jobs: mpsc::Receiver<Job>, spoken: mpsc::Sender<Spoken>) -> Self {
        Self { setting, jobs, spoken, held: Vec::new() }
    }

    pub async fn until(mut self, stop: CancellationToken) {
        loop {
            let stopping = stop.is_cancelled();
            if stopping {
                self.jobs.close();
            }
            let Some(members) = self.gather(&stop).await else { if stopping { break } else { continue } };
            self.commit(members).await;
            self.setting.store.bound_wal().await;
        }
    }

    /// The next batch: what is there, or the first thing that comes. `None` at the stop, when nothing is left.
    async fn gather(&mut self, stop: &CancellationToken) -> Option<Members> {
        let mut members = Members::default();
        let first = if self.held.is_empty() {
            tokio::select! {
                biased;
                job = self.jobs.recv() => Some(job?),
                () = stop.cancelled(), if !self.jobs.is_closed() => return None,
            }
        } else if self.jobs.is_closed() {
            tokio::time::sleep(HELD_PAUSE).await;
            None
        } else {
            tokio::time::timeout(HELD_PAUSE, self.jobs.recv()).await.ok().flatten()
        };
        first.into_iter().for_each(|job| members.add(job));
        while !members.is_full() {
            match self.jobs.try_recv() {
                Ok(job) => members.add(job),
                Err(_) => break,
            }
        }
        Some(members)
    }

    /// Commits the batch, and before it, in a transaction of their own, those that were put aside.
    async fn commit(&mut self, members: Members) {
        let (late, held): (Vec<_>, Vec<_>) =
            self.held.drain(..).partition(|publish| publish.queued_at.elapsed() > HELD_FOR);
        for publish in late {
            drop(publish.done.send(Err(Error::new(ErrorCode::Busy, "the stream is held by somebody else"))));
        }
        let mut again = Members::default();
        held.into_iter().for_each(|publish| again.add(Job::Publish(Box::new(publish))));
        self.settle(again).await;
        self.settle(members).await;
    }

    async fn settle(&mut self, mut members: Members) {
        let started = Instant::now();
        let mut pause = Duration::from_millis(5);
        while !members.is_empty() {
            let begun = Instant::now();
            let span = traces::commit(members.len(), members.publishes.iter().map(|publish| &publish.span));
            let ended = self.setting.store.run_batch(&members.batch()).instrument(span.clone()).await;
            let fault = match ended {
                Ok(Ended::Committed(outcome)) => {
                    let committed_at = Instant::now();
                    self.setting.metrics.commit.observe((committed_at - begun).as_secs_f64());
                    self.setting.metrics.batch.observe(members.len() as f64);
                    // Waits while the batches before are being told: the queue fills, and says so to whoever comes.
                    drop(self.spoken.send(Spoken { members, outcome, committed_at }).await);
                    return;
                }
                Ok(Ended::Held(indices)) => {
                    self.held.extend(members.take_publishes(&indices));
                    continue;
                }
                Err(fault) => fault,
            };
            traces::failed(&span, fault.kind.as_str());
            match fault.kind {
                FaultKind::Conflict | FaultKind::Lost | FaultKind::Away if started.elapsed() < TRY_FOR => {
                    tracing::debug!(%fault, "a batch is tried again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(200));
                }
                FaultKind::Data if members.len() > 1 => {
                    for single in members.singles() {
                        Box::pin(self.settle(single)).await;
                    }
                    return;
                }
                kind => {
                    tracing::error!(%fault, members = members.len(), "a batch was not stored");
                    self.setting.metrics.batches_failed.inc();
                    self.lose(&members);
                    let code = Error::from(fault).code();
                    members.refuse(code);
                    match kind {
                        FaultKind::Unknown => self.setting.compare.notify_one(),
                        FaultKind::Away => self.refuse_queued(code),
                        _ => {}
                    }
                    return;
                }
            }
        }
    }

    /// The database is away: what has queued up meanwhile need not find that out one batch after the other.
    fn refuse_queued(&mut self, code: ErrorCode) {
        let mut queued = Members::default();
        while let Ok(job) = self.jobs.try_recv() {
            queued.add(job);
        }
        self.lose(&queued);
        queued.refuse(code);
    }

    /// Counts what was to be written behind and is not.
    fn lose(&self, members: &Members) {
        let lines = members.behind.audit.len();
        if lines > 0 {
            tracing::error!(lines, "the audit log has a hole: the database did not take its lines");
        }
        self.setting.metrics.audit_lost.inc_by(members.behind.audit.len() as u64);
        self.setting.metrics.readings_lost.inc_by(members.behind.reads.len() as u64);
    }
}
