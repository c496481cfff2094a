//! Who is here: which live sessions listen to which streams, and how far each stream has got. In memory only; the log in the
//! store is the truth, and whatever is lost here is found there.

mod ears;
mod sessions;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use dashmap::{DashMap, mapref::entry::Entry as Slot};

use super::traffic::Traffic;
use crate::{
    clock,
    error::{Error, ErrorCode, Result},
    store::{AgentId, StreamId},
    telemetry::metrics::Metrics,
};
pub use ears::{Ear, Ears, EntryFrame, Listener, Signal};
pub use sessions::LiveSession;

/// What a stream's live sessions share.
#[derive(Debug, Default)]
struct Live {
    head: i64,
    listeners: Vec<(Arc<Listener>, Arc<AtomicI64>)>,
}

/// Live sessions by stream and by agent.
#[derive(Debug)]
pub struct Registry {
    /// Who watches.
    pub traffic: Traffic,
    streams: DashMap<StreamId, Live>,
    agents: DashMap<AgentId, Vec<Arc<Listener>>>,
    next_id: AtomicU64,
    closing: AtomicBool,
}

impl Registry {
    /// With nobody.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            traffic: Traffic::new(metrics),
            streams: DashMap::new(),
            agents: DashMap::new(),
            // Rising through restarts: a page from before must not name another's session.
            next_id: AtomicU64::new(clock::now_ms().unsigned_abs() << 20),
            closing: AtomicBool::new(false),
        }
    }

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
        let (listener, signals) = Listener::new(self.next_id.fetch_add(1, Ordering::Relaxed), agent, ear);
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
    use std::time::Instant;

    use super::{super::traffic::Watch, ears::QUEUE, *};

    fn entry(seq: i64) -> Arc<EntryFrame> {
        let (item, committed_at) = ([0; 16], Instant::now());
        Arc::new(EntryFrame {
            stream: 7,
            seq,
            item,
            committed_at,
            plain: "x".into(),
            inline: None,
            span: tracing::Span::none(),
        })
    }

    fn registry() -> Arc<Registry> {
        Arc::new(Registry::new(Arc::new(Metrics::new("sqlite"))))
    }

    fn open(registry: &Arc<Registry>, agent: AgentId) -> Option<Ears> {
        registry.open(agent, Ear::Session { inline_max: 0, peer: [127, 0, 0, 1].into() }, 1).ok()
    }

    #[test]
    fn a_full_queue_marks_its_session_and_holds_nobody_up() {
        let registry = registry();
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
        let registry = registry();
        let mut ears = open(&registry, 1).unwrap();
        assert!(open(&registry, 1).is_none());
        ears.listen(7);
        ears.watch(Watch::Events);
        drop(ears);
        assert!(registry.streams.is_empty() && registry.agents.is_empty() && registry.traffic.watchers() == 0);
        assert!(open(&registry, 1).is_some());
    }
}
