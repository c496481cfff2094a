//! The live sessions, as operators see them. They are found by a walk over everything there is: nothing is kept for it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
};

use super::{Ear, Listener, Registry};
use crate::store::{AgentId, StreamId};

/// A live session.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// Its number on this node.
    pub id: u64,
    /// Whose.
    pub agent: AgentId,
    /// When it was opened, in milliseconds since the epoch.
    pub opened_at: i64,
    /// Address of its peer.
    pub peer: IpAddr,
    /// Streams that it follows.
    pub streams: u32,
    /// Entries that it has yet to be told.
    pub behind: i64,
    /// Whether it watches the traffic.
    pub watching: bool,
}

impl Registry {
    /// The sessions with higher numbers than `after`, of one agent or of all, in the order of their numbers; at most `limit`.
    #[must_use]
    pub fn sessions(&self, agent: Option<AgentId>, after: u64, limit: usize) -> Vec<LiveSession> {
        let mut found: Vec<LiveSession> = match agent {
            Some(agent) => self.agents.get(&agent).into_iter().flat_map(|of| self.of_agent(&of, after)).collect(),
            None => self.agents.iter().flat_map(|of| self.of_agent(&of, after)).collect(),
        };
        found.sort_unstable_by_key(|session| session.id);
        found.truncate(limit);
        let mut index: HashMap<u64, &mut LiveSession> = found.iter_mut().map(|session| (session.id, session)).collect();
        if index.is_empty() {
            return found;
        }
        for live in &self.streams {
            for (listener, written) in &live.listeners {
                if let Some(session) = index.get_mut(&listener.id) {
                    session.streams += 1;
                    session.behind += (live.head - written.load(Ordering::Relaxed)).max(0);
                }
            }
        }
        found
    }

    fn of_agent(&self, listeners: &[Arc<Listener>], after: u64) -> Vec<LiveSession> {
        let sessions = listeners.iter().filter(|listener| listener.id > after);
        let live = sessions.filter_map(|listener| match listener.ear {
            Ear::Session { peer, .. } => Some(LiveSession {
                id: listener.id,
                agent: listener.agent,
                opened_at: listener.opened_at,
                peer,
                streams: 0,
                behind: 0,
                watching: self.traffic.is_watching(listener.id),
            }),
            Ear::Waiter => None,
        });
        live.collect()
    }

    /// How many sessions there are.
    #[must_use]
    pub fn count_sessions(&self) -> usize {
        self.agents.iter().map(|of| of.iter().filter(|listener| listener.ear.is_session()).count()).sum()
    }

    /// How many sessions an agent holds.
    #[must_use]
    pub fn count_sessions_of(&self, agent: AgentId) -> usize {
        self.agents.get(&agent).map_or(0, |of| of.iter().filter(|listener| listener.ear.is_session()).count())
    }

    /// The sessions of an agent that have been told of an entry.
    #[must_use]
    pub fn pushed_to(&self, agent: AgentId, stream: StreamId, seq: i64) -> Vec<u64> {
        let Some(live) = self.streams.get(&stream) else { return Vec::new() };
        let own = live.listeners.iter().filter(|(listener, _)| listener.agent == agent && listener.ear.is_session());
        own.filter(|(_, written)| written.load(Ordering::Relaxed) >= seq).map(|(listener, _)| listener.id).collect()
    }

    /// Whose session this is.
    #[must_use]
    pub fn owner(&self, id: u64) -> Option<AgentId> {
        self.session(id).map(|listener| listener.agent)
    }

    /// Tells a session to end, if it is still there.
    pub fn cut(&self, id: u64) {
        if let Some(listener) = self.session(id) {
            listener.cut();
        }
    }

    fn session(&self, id: u64) -> Option<Arc<Listener>> {
        let is_it = |listener: &&Arc<Listener>| listener.id == id && listener.ear.is_session();
        self.agents.iter().find_map(|of| of.iter().find(is_it).cloned())
    }
}
