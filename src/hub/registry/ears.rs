//! One session's place in the registry: the hub's end of it, which is told, and its own, which hears.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::Span;

use super::{Registry, leave};
use crate::{
    clock,
    error::{Error, ErrorCode},
    hub::traffic::{EventsFrame, Watch},
    store::{AgentId, ItemId, StreamId},
};

/// Signals that wait for one session. What does not fit is not lost: the session is marked, and reads the log.
pub(super) const QUEUE: usize = 256;

/// A new entry, encoded once for everybody who hears of it.
#[derive(Debug)]
pub struct EntryFrame {
    /// In which stream.
    pub stream: StreamId,
    /// Its number.
    pub seq: i64,
    /// The item.
    pub item: ItemId,
    /// When it was on disk.
    pub committed_at: Instant,
    /// Without data.
    pub plain: Utf8Bytes,
    /// With data, and how many bytes of it, if a session had asked for some and the item is small.
    pub inline: Option<(u32, Utf8Bytes)>,
    /// Its push, which ends when the last session has taken it.
    pub span: Span,
}

/// What a session hears.
#[derive(Debug, Clone)]
pub enum Signal {
    /// A new entry.
    Entry(Arc<EntryFrame>),
    /// A stream has got this far, who knows through what.
    Head(StreamId, i64),
    /// Something about the agent or its key changed.
    Agent,
    /// A membership of the agent changed.
    Membership(StreamId),
    /// Somebody published; for watchers.
    Traffic(Arc<Utf8Bytes>),
    /// Things happened; for watchers.
    Events(Arc<EventsFrame>),
    /// The session has to end.
    Close,
}

/// The hub's end of a session.
#[derive(Debug)]
pub struct Listener {
    pub(super) id: u64,
    pub(super) agent: AgentId,
    queue: mpsc::Sender<Signal>,
    /// Something did not fit: the session compares everything with the log.
    missed: AtomicBool,
    /// Events that did not fit, for a watcher.
    missed_events: AtomicU64,
    /// Why it has to end, whether or not the signal fitted; 0: it need not.
    closing: AtomicU8,
    pub(super) opened_at: i64,
    pub(super) ear: Ear,
}

const SHUTTING_DOWN: u8 = 1;
const CUT: u8 = 2;

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ear {
    /// A socket. Its agent is online.
    Session {
        /// Largest data told with its notification, in bytes; 0: none.
        inline_max: u32,
        /// Address of its peer.
        peer: IpAddr,
    },
    /// An inbox request that waits.
    Waiter,
}

impl Ear {
    pub(super) fn inline_max(self) -> u32 {
        match self {
            Self::Session { inline_max, .. } => inline_max,
            Self::Waiter => 0,
        }
    }

    pub(super) fn too_many(self) -> Error {
        match self {
            Self::Session { .. } => Error::of(ErrorCode::TooManySessions),
            Self::Waiter => Error::new(ErrorCode::TooManyRequests, "too many inbox requests of this agent wait"),
        }
    }

    pub(super) fn is_session(self) -> bool {
        matches!(self, Self::Session { .. })
    }
}

impl Listener {
    pub(super) fn new(id: u64, agent: AgentId, ear: Ear) -> (Arc<Self>, mpsc::Receiver<Signal>) {
        let (queue, signals) = mpsc::channel(QUEUE);
        let listener = Self {
            id,
            agent,
            queue,
            missed: AtomicBool::new(false),
            missed_events: AtomicU64::new(0),
            closing: AtomicU8::new(0),
            opened_at: clock::now_ms(),
            ear,
        };
        (Arc::new(listener), signals)
    }

    /// Tells the session, or, where its queue is full, marks that it has to look for itself. Traffic is only told, never kept:
    /// a watcher that is slow misses some.
    pub(in crate::hub) fn tell(&self, signal: Signal) {
        match self.queue.try_send(signal).map_err(mpsc::error::TrySendError::into_inner) {
            Ok(()) | Err(Signal::Traffic(_)) => {}
            Err(Signal::Events(frame)) => self.miss(&frame),
            Err(_) => self.missed.store(true, Ordering::Release),
        }
    }

    fn miss(&self, frame: &EventsFrame) {
        self.missed_events.fetch_add(frame.count(), Ordering::Relaxed);
    }

    /// Tells the session to end, because the hub does.
    pub fn close(&self) {
        self.close_for(SHUTTING_DOWN);
    }

    /// Tells the session to end, because an operator wants it to.
    pub(super) fn cut(&self) {
        self.close_for(CUT);
    }

    fn close_for(&self, reason: u8) {
        self.closing.store(reason, Ordering::Release);
        self.tell(Signal::Close);
    }

    pub(in crate::hub) fn id(&self) -> u64 {
        self.id
    }
}

/// The session's end: what it hears, and for as long as it is held, its place in the registry.
#[derive(Debug)]
pub struct Ears {
    pub(super) registry: Arc<Registry>,
    pub(super) listener: Arc<Listener>,
    pub(super) signals: mpsc::Receiver<Signal>,
    pub(super) streams: Vec<StreamId>,
}

impl Ears {
    /// Listens to a stream from now on. The counter is for how far the session has been told of it.
    pub fn listen(&mut self, stream: StreamId) -> Arc<AtomicI64> {
        let written = Arc::new(AtomicI64::new(0));
        self.registry.streams.entry(stream).or_default().listeners.push((self.listener.clone(), written.clone()));
        self.streams.push(stream);
        written
    }

    /// Listens to a stream no longer.
    pub fn unlisten(&mut self, stream: StreamId) {
        self.streams.retain(|listened| *listened != stream);
        leave(&self.registry.streams, stream, |live| {
            live.listeners.retain(|(listener, _)| listener.id != self.listener.id);
            live.listeners.is_empty()
        });
    }

    /// Hears of all traffic from now on.
    pub fn watch(&self, what: Watch) {
        self.registry.traffic.watch(&self.listener, what);
    }

    /// Whether it hears of all traffic.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.registry.traffic.is_watching(self.listener.id)
    }

    /// A frame of events that could not be told.
    pub fn miss(&self, frame: &EventsFrame) {
        self.listener.miss(frame);
    }

    /// How many events were not told since this was last asked.
    #[must_use]
    pub fn missed_events(&self) -> u64 {
        self.listener.missed_events.swap(0, Ordering::Relaxed)
    }

    /// The next signal. Safe to drop and call again.
    pub async fn hear(&mut self) -> Option<Signal> {
        self.signals.recv().await
    }

    /// A signal that is there already.
    pub fn try_hear(&mut self) -> Option<Signal> {
        self.signals.try_recv().ok()
    }

    /// Whether something did not fit since this was last asked.
    #[must_use]
    pub fn has_missed(&self) -> bool {
        self.listener.missed.swap(false, Ordering::AcqRel)
    }

    /// Why the session has to end, if it has to.
    #[must_use]
    pub fn closing(&self) -> Option<ErrorCode> {
        match self.listener.closing.load(Ordering::Acquire) {
            0 => None,
            CUT => Some(ErrorCode::SessionCut),
            _ => Some(ErrorCode::ShuttingDown),
        }
    }

    /// The session's number on this node.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.listener.id
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        for stream in std::mem::take(&mut self.streams) {
            leave(&self.registry.streams, stream, |live| {
                live.listeners.retain(|(listener, _)| listener.id != self.listener.id);
                live.listeners.is_empty()
            });
        }
        self.registry.traffic.forget(self.listener.id);
        leave(&self.registry.agents, self.listener.agent, |sessions| {
            sessions.retain(|listener| listener.id != self.listener.id);
            sessions.is_empty()
        });
    }
}
