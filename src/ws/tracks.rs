//! How far a session has been told of each of its streams. An entry that comes next in order is told as it comes; whatever else
//! happens (a gap, an overflow, a late start) the stream is behind, and is read from the log until it has caught up. So the
//! hand-over from replay to live, a slow reader, and a lost or doubled hint are one mechanism.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    hub::registry::EntryFrame,
    store::{StreamId, subscriptions::SubscriptionRow},
};

/// A session's position in one stream.
#[derive(Debug)]
pub struct Track {
    /// The stream's address.
    pub address: Arc<str>,
    /// What came up to here is not for this agent.
    pub since: i64,
    /// Everything up to here has been told.
    pub sent: i64,
    /// The stream is known to go up to here.
    target: i64,
    /// Where others see how far this session has been told.
    written: Arc<AtomicI64>,
}

/// All of a session's positions.
#[derive(Debug, Default)]
pub struct Tracks {
    streams: HashMap<StreamId, Track>,
    inline_max: u32,
    /// The stream that was read last.
    turn: StreamId,
}

impl Tracks {
    /// None yet; data of up to `inline_max` bytes is told with its notification.
    pub fn new(inline_max: u32) -> Self {
        Self { streams: HashMap::new(), inline_max, turn: 0 }
    }

    /// Follows a stream from after `sent`.
    pub fn follow(&mut self, row: &SubscriptionRow, sent: i64, written: Arc<AtomicI64>) {
        let sent = sent.max(row.since);
        written.store(sent, Ordering::Relaxed);
        let track = Track { address: row.address().into(), since: row.since, sent, target: row.head, written };
        self.streams.insert(row.stream, track);
    }

    /// Follows a stream no longer; its address.
    pub fn leave(&mut self, stream: StreamId) -> Option<Arc<str>> {
        self.streams.remove(&stream).map(|track| track.address)
    }

    /// The position in a stream.
    pub fn get(&self, stream: StreamId) -> Option<&Track> {
        self.streams.get(&stream)
    }

    /// The stream with this address.
    pub fn find(&self, address: &str) -> Option<StreamId> {
        self.streams.iter().find(|(_, track)| *track.address == *address).map(|(stream, _)| *stream)
    }

    /// The streams that are followed.
    pub fn streams(&self) -> Vec<StreamId> {
        self.streams.keys().copied().collect()
    }

    /// A new entry: its frame, if it is the next one in order.
    pub fn entry(&mut self, entry: &EntryFrame) -> Option<Utf8Bytes> {
        let track = self.streams.get_mut(&entry.stream)?;
        let is_next = entry.seq == track.sent + 1 && track.target <= track.sent;
        track.target = track.target.max(entry.seq);
        if !is_next {
            return None;
        }
        track.sent = entry.seq;
        let inline = entry.inline.as_ref().filter(|(size, _)| self.inline_max > 0 && *size <= self.inline_max);
        Some(inline.map_or(&entry.plain, |(_, frame)| frame).clone())
    }

    /// A stream goes up to here.
    pub fn head(&mut self, stream: StreamId, head: i64) {
        if let Some(track) = self.streams.get_mut(&stream) {
            track.target = track.target.max(head);
        }
    }

    /// A page of the log has been told, up to here.
    pub fn caught_up(&mut self, stream: StreamId, covered: i64) {
        if let Some(track) = self.streams.get_mut(&stream) {
            track.sent = track.sent.max(covered);
        }
    }

    /// A stream that is behind, with its address and position. They take turns.
    pub fn behind(&mut self) -> Option<(StreamId, Arc<str>, i64)> {
        let turn = self.turn;
        let behind = self.streams.iter().filter(|(_, track)| track.target > track.sent);
        let (stream, track) = behind.min_by_key(|(stream, _)| (**stream <= turn, **stream))?;
        self.turn = *stream;
        Some((*stream, track.address.clone(), track.sent))
    }

    /// Lets others see how far the session has been told, after it was written out.
    pub fn publish_positions(&self) {
        for track in self.streams.values() {
            track.written.store(track.sent, Ordering::Relaxed);
        }
    }
}
