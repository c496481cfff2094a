//! What a session tells of itself: that it opened and ended, and each entry once it was written to its socket.

use std::{mem, time::Instant};

use agent_hub_protocol::event::Happening;

use super::session::{End, Session};
use crate::{
    hub::{admin::sessions::session_name, registry::EntryFrame, traffic::item_name},
    store::{ItemId, StreamId},
};

/// An entry that is being written to a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Push {
    stream: StreamId,
    seq: i64,
    item: ItemId,
    /// When it was on disk; unknown of what was read from the log.
    committed_at: Option<Instant>,
}

impl Push {
    /// One that is told as it comes.
    pub fn live(entry: &EntryFrame) -> Self {
        let EntryFrame { stream, seq, item, committed_at, .. } = *entry;
        Self { stream, seq, item, committed_at: Some(committed_at) }
    }

    /// One that was read from the log.
    pub fn replayed(stream: StreamId, seq: i64, item: ItemId) -> Self {
        Self { stream, seq, item, committed_at: None }
    }
}

impl Session {
    /// The session's name, as `welcome` tells it.
    pub(super) fn name(&self) -> String {
        session_name(self.ears.id())
    }

    pub(super) fn opened(&self) {
        self.hub.registry.traffic.happened(Happening::Connected, |event| {
            event.agent = Some(self.who.name.to_string());
            event.session = Some(self.name());
        });
    }

    pub(super) fn ended(&self, end: &End) {
        self.hub.registry.traffic.happened(Happening::Gone, |event| {
            event.agent = Some(self.who.name.to_string());
            event.session = Some(self.name());
            event.code = match end {
                End::Gone => None,
                End::Broken(code) => Some(code.to_string()),
                End::Error { error, .. } => Some(error.code().as_str().to_owned()),
                End::Close(code) => Some(code.as_str().to_owned()),
            };
        });
    }

    /// Counts the entries that are written now. Whoever takes none, after a burst, keeps no room for them.
    pub(super) fn account(&mut self) {
        let now = Instant::now();
        for push in mem::take(&mut self.unwritten) {
            match push.committed_at {
                Some(at) => {
                    self.hub.metrics.pushed.inc();
                    self.hub.metrics.push.observe((now - at).as_secs_f64());
                }
                None => drop(self.hub.metrics.replayed.inc()),
            }
            self.hub.registry.traffic.happened(Happening::Pushed, |event| {
                event.agent = Some(self.who.name.to_string());
                event.session = Some(self.name());
                event.stream = self.tracks.get(push.stream).map(|track| track.address.to_string());
                event.seq = Some(push.seq);
                event.item = Some(item_name(&push.item));
            });
        }
    }
}
