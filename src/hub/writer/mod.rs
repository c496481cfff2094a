//! The writer: one task through which everything passes that is written for agents. While one transaction is in flight the
//! next batch gathers (group commit, without a timer); after the commit, and never before, [`speak`] answers and pushes.
//!
//! Both run apart from the requests that asked: a client that hangs up between commit and push changes nothing.

mod members;
mod run;
mod speak;

use std::{sync::Arc, time::Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Span;

use super::{registry::Registry, token::TokenKey};
use crate::{
    error::{Error, ErrorCode, Result},
    store::{
        AgentId, ItemId, Store,
        audit::NewLine,
        batch::{Ack, Claim, NewItem, ReadMark, Withdrawal},
    },
    telemetry::metrics::Metrics,
};

/// Where the outcome of a job goes. Whoever asked may be gone; that changes nothing.
pub type Done<T> = oneshot::Sender<Result<T>>;

/// The outcome of a job, once it is there. To wait for it holds nothing but this.
#[derive(Debug)]
pub struct Outcome<T>(oneshot::Receiver<Result<T>>);

impl<T> Outcome<T> {
    /// Waits for it.
    ///
    /// # Errors
    /// What the writer answers.
    pub async fn get(self) -> Result<T> {
        // Only a writer that has died drops a job unanswered: nobody knows what became of it.
        self.0.await.unwrap_or_else(|_| Err(Error::of(ErrorCode::OutcomeUnknown)))
    }
}

/// Something to write.
#[derive(Debug)]
pub enum Job {
    /// An item, to be stored and told.
    Publish(Box<PublishJob>),
    /// A cursor to be raised.
    Ack(Ack, Done<()>),
    /// A one-time item to be taken.
    Claim(Box<Claim>, Done<Option<String>>),
    /// An item to be withdrawn.
    Withdraw(Withdrawal, Done<bool>),
    /// What is written behind.
    Behind(Behind),
}

/// What nobody waits for.
#[derive(Debug, Default)]
pub struct Behind {
    /// First readings.
    pub reads: Vec<ReadMark>,
    /// When agents were last heard of.
    pub seen: Vec<(AgentId, i64)>,
    /// Lines of the audit log.
    pub audit: Vec<NewLine>,
}

impl Behind {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.seen.is_empty() && self.audit.is_empty()
    }
}

/// An item to be stored, and what its notifications say.
#[derive(Debug)]
pub struct PublishJob {
    /// The item.
    pub item: NewItem,
    /// The publisher's name.
    pub from: Arc<str>,
    /// The addresses of `item.streams`, in the same order.
    pub addresses: Vec<Arc<str>>,
    /// When it was queued.
    pub queued_at: Instant,
    /// Its share of what may wait.
    pub room: OwnedSemaphorePermit,
    /// Its place in a trace, which ends with this job.
    pub span: Span,
    /// Told which item it became.
    pub done: Done<ItemId>,
}

/// The way to the writer.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    /// Room for data that waits, in KiB.
    room: Arc<Semaphore>,
}

/// Data that may wait for the database, in KiB; beyond it the answer is `busy`.
const ROOM_KIB: usize = 128 * 1024;

/// What the writer works with.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub store: Store,
    pub registry: Arc<Registry>,
    pub tokens: Arc<TokenKey>,
    /// Asks for a comparison of the heads, after an unknown outcome.
    pub compare: Arc<Notify>,
    pub metrics: Arc<Metrics>,
}

impl Writer {
    /// Starts the writer. When `stop` is cancelled it finishes what was queued, and ends.
    pub(super) fn start(setting: Setting, queue_max: usize, tasks: &TaskTracker, stop: CancellationToken) -> Self {
        let (queue, jobs) = mpsc::channel(queue_max);
        // A batch that has been committed waits here while the one before is told; two keep the database busy.
        let (spoken, told) = mpsc::channel(2);
        tasks.spawn(speak::run(setting.clone(), told));
        tasks.spawn(run::Run::new(setting, jobs, spoken).until(stop));
        Self { queue, room: Arc::new(Semaphore::new(ROOM_KIB)) }
    }

    /// Jobs that wait, and bytes of data.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let jobs = self.queue.max_capacity() - self.queue.capacity();
        (jobs, (ROOM_KIB - self.room.available_permits().min(ROOM_KIB)) * 1024)
    }

    /// Whether it takes nothing any more.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.queue.is_closed()
    }

    /// Room for `bytes` of data to wait in.
    ///
    /// # Errors
    /// `busy`.
    pub fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(u32::MAX);
        self.room.clone().try_acquire_many_owned(kib).map_err(|_| Error::of(ErrorCode::Busy))
    }

    /// Queues a job. Jobs are written in the order in which they are queued.
    ///
    /// # Errors
    /// `busy`: the queue is full and nothing was written; or `shutting_down`.
    pub fn queue<T>(&self, job: impl FnOnce(Done<T>) -> Job) -> Result<Outcome<T>> {
        let (done, outcome) = oneshot::channel();
        self.queue.try_send(job(done)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::of(ErrorCode::Busy),
            mpsc::error::TrySendError::Closed(_) => Error::of(ErrorCode::ShuttingDown),
        })?;
        Ok(Outcome(outcome))
    }

    /// Queues a job and waits for its outcome.
    ///
    /// # Errors
    /// As [`Writer::queue`], or what the writer answers.
    pub async fn write<T>(&self, job: impl FnOnce(Done<T>) -> Job) -> Result<T> {
        self.queue(job)?.get().await
    }

    /// Queues what is written behind; what does not fit is given back.
    pub(super) fn write_behind(&self, behind: Behind) -> std::result::Result<(), Behind> {
        self.queue.try_send(Job::Behind(behind)).map_err(|error| match error.into_inner() {
            Job::Behind(behind) => behind,
            _ => Behind::default(),
        })
    }
}
