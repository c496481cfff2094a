//! What operators who watch are told: every publish, or everything that happens, gathered. Nothing is made, kept or counted
//! for it while nobody watches; and however much happens, what watching costs is bounded: beyond so many events in a frame
//! they are only counted.

use std::{
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use agent_hub_protocol::{
    event::{Event, Events, Happening},
    frame::HubFrame,
};
use dashmap::DashMap;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Hub,
    registry::{Listener, Registry, Signal},
};
use crate::{clock, error::ErrorCode, store::ItemId, telemetry::metrics::Metrics};

/// Between two frames.
const EVERY: Duration = Duration::from_millis(50);
/// Events in one frame.
const EVENTS_MAX: usize = 250;

/// What they may take in a frame: common clients close a socket at a message of 1 MiB.
const EVENTS_MAX_BYTES: usize = 512 * 1024;
/// What an event may take but for its addressees and its name.
const EVENT_MAX_BYTES: usize = 1024;

/// What a watcher wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Each publish, as it is stored.
    Publishes,
    /// Everything, gathered.
    Events,
}

/// A frame of events, encoded once for everybody.
#[derive(Debug)]
pub struct EventsFrame {
    text: Utf8Bytes,
    /// Events that it tells, and those that it only counts.
    count: u64,
    left_out: u64,
}

impl EventsFrame {
    fn encode(mut events: Vec<Event>, mut left_out: u64) -> Self {
        let count = events.len() as u64 + left_out;
        let mut bytes = 0;
        let fits = events.iter().position(|event| {
            bytes += bytes_at_most(event);
            bytes > EVENTS_MAX_BYTES
        });
        if let Some(fits) = fits {
            left_out += (events.len() - fits) as u64;
            events.truncate(fits);
        }
        let frame = HubFrame::Events(Events { events, left_out });
        // A frame is plain data with string keys: encoding cannot fail.
        Self { text: serde_json::to_string(&frame).unwrap_or_default().into(), count, left_out }
    }

    /// Everything that it stands for.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The frame, for a watcher that has missed so many events before it.
    #[must_use]
    pub fn text(&self, missed: u64) -> Utf8Bytes {
        if missed == 0 {
            return self.text.clone();
        }
        // The list is the frame's last field but for what was left out.
        let end = self.text.rfind(']').map_or(0, |at| at + 1);
        format!("{},\"left_out\":{}}}", &self.text[..end], self.left_out + missed).into()
    }
}

/// Who watches, and what has happened since they were last told.
#[derive(Debug)]
pub struct Traffic {
    publishes: DashMap<u64, Arc<Listener>>,
    events: DashMap<u64, Arc<Listener>>,
    /// How many are in `events`: looked at wherever something happens.
    watched: AtomicUsize,
    gathered: Mutex<Events>,
    /// Something was gathered.
    wake: Notify,
    metrics: Arc<Metrics>,
}

impl Traffic {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            publishes: DashMap::new(),
            events: DashMap::new(),
            watched: AtomicUsize::new(0),
            gathered: Mutex::default(),
            wake: Notify::new(),
            metrics,
        }
    }

    pub(super) fn watch(&self, listener: &Arc<Listener>, what: Watch) {
        self.forget(listener.id());
        match what {
            Watch::Publishes => drop(self.publishes.insert(listener.id(), listener.clone())),
            Watch::Events => {
                self.events.insert(listener.id(), listener.clone());
                self.watched.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn forget(&self, id: u64) {
        self.publishes.remove(&id);
        if self.events.remove(&id).is_some() {
            self.watched.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// How many watch, in either way.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.publishes.len() + self.watched.load(Ordering::Relaxed)
    }

    /// Whether anybody is told what happens.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed) > 0
    }

    /// Whether this session watches.
    #[must_use]
    pub fn is_watching(&self, id: u64) -> bool {
        self.publishes.contains_key(&id) || self.events.contains_key(&id)
    }

    /// Tells those who want each publish; `frame` is made only if there is anybody.
    pub fn published(&self, frame: impl FnOnce() -> Utf8Bytes) {
        if self.publishes.is_empty() {
            return;
        }
        let frame = Arc::new(frame());
        for watcher in &self.publishes {
            watcher.tell(Signal::Traffic(frame.clone()));
        }
    }

    /// Something happened, now. What there is to say of it is asked only if somebody watches, and it fits.
    pub fn happened(&self, event: Happening, say: impl FnOnce(&mut Event)) {
        if !self.is_watched() {
            return;
        }
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        if gathered.events.len() < EVENTS_MAX {
            let mut event = Event::new(event, clock::now_ms());
            say(&mut event);
            gathered.events.push(event);
        } else {
            gathered.left_out += 1;
        }
        let is_first = gathered.events.len() == 1;
        drop(gathered);
        if is_first {
            self.wake.notify_one();
        }
    }

    fn tell(&self) {
        let Events { events, left_out } = mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        if events.is_empty() {
            return;
        }
        let frame = Arc::new(EventsFrame::encode(events, left_out));
        self.metrics.events_left_out.inc_by(frame.left_out);
        for watcher in &self.events {
            watcher.tell(Signal::Events(frame.clone()));
        }
    }
}

/// Tells what has been gathered, for as long as the hub runs.
pub(super) async fn tell(registry: Arc<Registry>, stop: CancellationToken) {
    let telling = async {
        loop {
            registry.traffic.wake.notified().await;
            tokio::time::sleep(EVERY).await;
            registry.traffic.tell();
        }
    };
    stop.run_until_cancelled(telling).await;
}

impl Hub {
    /// Counts a refusal and tells it to those who watch: `asked` is a method and a route, or the type of a frame.
    pub fn note_refusal(&self, code: ErrorCode, agent: Option<&str>, asked: &str) {
        self.metrics.refuse(code);
        self.registry.traffic.happened(Happening::Refused, |event| {
            event.agent = agent.map(str::to_owned);
            event.code = Some(code.as_str().to_owned());
            event.asked = Some(asked.to_owned());
        });
    }

    /// The item that a token of this hub names.
    #[must_use]
    pub fn item_of(&self, token: &str) -> Option<ItemId> {
        self.tokens.decode(token)
    }
}

/// More than an event takes in a frame. It may name many, and be about a long name, of whose bytes each may be written as six.
fn bytes_at_most(event: &Event) -> usize {
    let to: usize = event.to.iter().map(|address| address.len() + 3).sum();
    EVENT_MAX_BYTES + to + 6 * event.name.as_ref().map_or(0, String::len)
}

/// How an item is named to operators: its id opens nothing.
#[must_use]
pub fn item_name(id: &ItemId) -> String {
    Uuid::from_bytes(*id).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_what_its_watcher_missed_before_it() {
        let mut event = Event::new(Happening::Published, 7);
        event.to = vec!["a]b".into()];
        for left_out in [0, 3] {
            let frame = EventsFrame::encode(vec![event.clone()], left_out);
            for missed in [0, 5] {
                let told: Events = serde_json::from_str(&frame.text(missed)).unwrap();
                assert_eq!(told, Events { events: vec![event.clone()], left_out: left_out + missed });
            }
            assert_eq!(frame.count(), 1 + left_out);
        }
    }

    #[test]
    fn a_frame_stays_below_what_clients_take() {
        let mut event = Event::new(Happening::Published, 7);
        event.to = vec!["a".repeat(64); 64];
        event.name = Some("\u{1}".repeat(255));
        let frame = EventsFrame::encode(vec![event; EVENTS_MAX], 4);
        assert_eq!(frame.count(), EVENTS_MAX as u64 + 4);
        let text = frame.text(0);
        assert!(text.len() < EVENTS_MAX_BYTES + 100, "{}", text.len());
        let told: Events = serde_json::from_str(&text).unwrap();
        assert_eq!(told.events.len() as u64 + told.left_out, frame.count());
    }
}
