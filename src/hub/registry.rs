//! Who is here: which live sessions listen to which streams, and how far each stream has got. In memory only; the log in the
//! store is the truth, and whatever is lost here is found there.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use dashmap::{DashMap, mapref::entry::Entry as Slot};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    error::{Error, ErrorCode, Result},
    store::{AgentId, StreamId},
};

/// Signals that wait for one session. What does not fit is not lost: the session is marked, and reads the log.
const QUEUE: usize = 256;

/// A new entry, encoded once for everybody who hears of it.
#[derive(Debug)]
pub struct EntryFrame {
    /// In which stream.
    pub stream: StreamId,
    /// Its number.
    pub seq: i64,
    /// Without data.
    pub plain: Utf8Bytes,
    /// With data, and how many bytes of it, if a session had asked for some and the item is small.
    pub inline: Option<(u32, Utf8Bytes)>,
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
    /// The hub shuts down.
    Close,
}

/// The hub's end of a session.
#[derive(Debug)]
pub struct Listener {
    id: u64,
    agent: AgentId,
    queue: mpsc::Sender<Signal>,
    /// Something did not fit: the session compares everything with the log.
    missed: AtomicBool,
    /// It has to end, whether or not the signal fitted.
    closing: AtomicBool,
    ear: Ear,
}

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ear {
    /// A socket. Its agent is online.
    Session {
        /// Largest data told with its notification, in bytes; 0: none.
        inline_max: u32,
    },
    /// An inbox request that waits.
    Waiter,
}

impl Ear {
    fn inline_max(self) -> u32 {
        match self {
            Self::Session { inline_max } => inline_max,
            Self::Waiter => 0,
        }
    }

    fn too_many(self) -> Error {
        match self {
            Self::Session { .. } => Error::of(ErrorCode::TooManySessions),
            Self::Waiter => Error::new(ErrorCode::TooManyRequests, "too many inbox requests of this agent wait"),
        }
    }

    fn is_session(self) -> bool {
        matches!(self, Self::Session { .. })
    }
}

impl Listener {
    /// Tells the session, or, where its queue is full, marks that it has to look for itself. Traffic is only told, never kept:
    /// a watcher that is slow misses some.
    fn tell(&self, signal: Signal) {
        let is_kept = !matches!(signal, Signal::Traffic(_));
        if self.queue.try_send(signal).is_err() && is_kept {
            self.missed.store(true, Ordering::Release);
        }
    }

    /// Tells the session to end, because the hub does.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.tell(Signal::Close);
    }
}

/// What a stream's live sessions share.
#[derive(Debug, Default)]
struct Live {
    head: i64,
    listeners: Vec<(Arc<Listener>, Arc<AtomicI64>)>,
}

/// Live sessions by stream and by agent.
#[derive(Debug, Default)]
pub struct Registry {
    streams: DashMap<StreamId, Live>,
    agents: DashMap<AgentId, Vec<Arc<Listener>>>,
    watchers: DashMap<u64, Arc<Listener>>,
    next_id: AtomicU64,
    closing: AtomicBool,
}

impl Registry {
    /// Opens a listener of an agent.
    ///
    /// # Errors
    /// The agent has `most` of its kind already; or the hub shuts down.
    pub fn open(self: &Arc<Self>, agent: AgentId, ear: Ear, most: usize) -> Result<Ears> {
        let mut sessions = self.agents.entry(agent).or_default();
        // Looked at under the lock: whoever is let in here is seen by `close_all`.
        if self.closing.load(Ordering::SeqCst) {
            return Err(Error::of(ErrorCode::ShuttingDown));
        }
        if sessions.iter().filter(|listener| listener.ear.is_session() == ear.is_session()).count() >= most {
            return Err(ear.too_many());
        }
        let (queue, signals) = mpsc::channel(QUEUE);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (missed, closing) = (AtomicBool::new(false), AtomicBool::new(false));
        let listener = Arc::new(Listener { id, agent, queue, missed, closing, ear });
        sessions.push(listener.clone());
        drop(sessions);
        Ok(Ears { registry: self.clone(), listener, signals, streams: Vec::new() })
    }

    /// The largest data that any session of a stream wants inline; `None` without a session.
    #[must_use]
    pub fn interest(&self, stream: StreamId) -> Option<u32> {
        let live = self.streams.get(&stream)?;
        let sessions = live.listeners.iter().filter(|(listener, _)| listener.ear.is_session());
        sessions.map(|(listener, _)| listener.ear.inline_max()).max()
    }

    /// Tells a new entry to everybody who listens to its stream.
    pub fn tell_entry(&self, entry: &Arc<EntryFrame>) {
        if let Some(mut live) = self.streams.get_mut(&entry.stream) {
            live.head = live.head.max(entry.seq);
            for (listener, _) in &live.listeners {
                listener.tell(Signal::Entry(entry.clone()));
            }
        }
    }

    /// Says how far a stream has got in the store; whoever was not told of it looks.
    pub fn tell_head(&self, stream: StreamId, head: i64) {
        if let Some(mut live) = self.streams.get_mut(&stream)
            && head > live.head
        {
            live.head = head;
            live.listeners.iter().for_each(|(listener, _)| listener.tell(Signal::Head(stream, head)));
        }
    }

    /// Says that the store has forgotten what was told of a stream: its sessions end, and start anew from what there is.
    pub fn tell_fallen(&self, stream: StreamId, head: i64) {
        if let Some(mut live) = self.streams.get_mut(&stream) {
            live.head = head;
            live.listeners.iter().for_each(|(listener, _)| listener.close());
        }
    }

    /// Tells every session of an agent.
    pub fn tell_agent(&self, agent: AgentId, signal: &Signal) {
        if let Some(sessions) = self.agents.get(&agent) {
            sessions.iter().for_each(|listener| listener.tell(signal.clone()));
        }
    }

    /// Tells every session there is.
    pub fn tell_all(&self, signal: &Signal) {
        for sessions in &self.agents {
            sessions.iter().for_each(|listener| listener.tell(signal.clone()));
        }
    }

    /// Lets nobody in any more; everybody who is there, to be told to end.
    #[must_use]
    pub fn close_all(&self) -> Vec<Arc<Listener>> {
        self.closing.store(true, Ordering::SeqCst);
        self.agents.iter().flat_map(|sessions| sessions.clone()).collect()
    }

    /// Whether anybody watches the traffic.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Tells the watchers.
    pub fn tell_watchers(&self, traffic: &Arc<Utf8Bytes>) {
        for watcher in &self.watchers {
            watcher.tell(Signal::Traffic(traffic.clone()));
        }
    }

    /// The streams that anybody listens to, and how far they are known to go.
    #[must_use]
    pub fn heads(&self) -> HashMap<StreamId, i64> {
        self.streams.iter().map(|live| (*live.key(), live.head)).collect()
    }

    /// Whether an agent has a live session.
    #[must_use]
    pub fn is_online(&self, agent: AgentId) -> bool {
        self.agents.get(&agent).is_some_and(|sessions| sessions.iter().any(|listener| listener.ear.is_session()))
    }

    /// How far the furthest live session of an agent has been told of a stream; `None` when none is live.
    #[must_use]
    pub fn pushed(&self, agent: AgentId, stream: StreamId) -> Option<i64> {
        let live = self.streams.get(&stream)?;
        let own = live.listeners.iter().filter(|(l, _)| l.agent == agent && l.ear.is_session());
        own.map(|(_, written)| written.load(Ordering::Relaxed)).max()
    }
}

/// The session's end: what it hears, and for as long as it is held, its place in the registry.
#[derive(Debug)]
pub struct Ears {
    registry: Arc<Registry>,
    listener: Arc<Listener>,
    signals: mpsc::Receiver<Signal>,
    streams: Vec<StreamId>,
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
    pub fn watch(&self) {
        self.registry.watchers.insert(self.listener.id, self.listener.clone());
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

    /// Whether the session has to end.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.listener.closing.load(Ordering::Acquire)
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
        self.registry.watchers.remove(&self.listener.id);
        leave(&self.registry.agents, self.listener.agent, |sessions| {
            sessions.retain(|listener| listener.id != self.listener.id);
            sessions.is_empty()
        });
    }
}

/// Takes something out of a shared slot, and the slot away when that empties it, under one lock.
fn leave<V>(map: &DashMap<i64, V>, key: i64, take: impl FnOnce(&mut V) -> bool) {
    if let Slot::Occupied(mut slot) = map.entry(key)
        && take(slot.get_mut())
    {
        slot.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: i64) -> Arc<EntryFrame> {
        Arc::new(EntryFrame { stream: 7, seq, plain: "x".into(), inline: None })
    }

    fn open(registry: &Arc<Registry>, agent: AgentId) -> Option<Ears> {
        registry.open(agent, Ear::Session { inline_max: 0 }, 1).ok()
    }

    #[test]
    fn a_full_queue_marks_its_session_and_holds_nobody_up() {
        let registry = Arc::new(Registry::default());
        let (mut slow, mut quick) = (open(&registry, 1).unwrap(), open(&registry, 2).unwrap());
        slow.listen(7);
        quick.listen(7);
        for seq in 1..=300 {
            registry.tell_entry(&entry(seq));
            assert!(matches!(quick.try_hear(), Some(Signal::Entry(told)) if told.seq == seq));
        }
        assert!(slow.has_missed() && !quick.has_missed());
        assert_eq!(std::iter::from_fn(|| slow.try_hear()).count(), QUEUE);
    }

    #[test]
    fn leaving_leaves_nothing_behind() {
        let registry = Arc::new(Registry::default());
        let mut ears = open(&registry, 1).unwrap();
        assert!(open(&registry, 1).is_none());
        ears.listen(7);
        ears.watch();
        drop(ears);
        assert!(registry.streams.is_empty() && registry.agents.is_empty() && registry.watchers.is_empty());
        assert!(open(&registry, 1).is_some());
    }
}
