//! Where the agent is in each of its streams, and what may be acknowledged: the rules of `docs/clients.md`.

use std::collections::{BTreeMap, HashMap, VecDeque};

use agent_hub_protocol::body::{Cursor, Notification};

/// Tokens that are remembered to tell an item's copies in other streams.
const TOKENS_MAX: usize = 65_536;

/// From where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions {
    /// The epoch that the numbers belong to.
    pub epoch: String,
    /// By stream, the last number that is not wanted again.
    pub after: BTreeMap<String, i64>,
}

#[derive(Debug)]
struct Track {
    /// What was last handed over or moved past.
    position: i64,
    /// What the hub was told.
    acked: i64,
    /// What was handed over, or is a copy of it, and is not acknowledged; ascending.
    outstanding: VecDeque<(i64, Box<str>)>,
    /// Nothing is acknowledged before the caller acknowledges something: what is before the position is not known to be done with.
    is_held: bool,
}

impl Track {
    fn new(position: i64, is_held: bool) -> Self {
        Self { position, acked: position, outstanding: VecDeque::new(), is_held }
    }

    /// What may be told to the hub, if that is news.
    fn to_ack(&self) -> Option<i64> {
        let up_to = self.outstanding.front().map_or(self.position, |(first, _)| first - 1);
        (up_to > self.acked && !self.is_held).then_some(up_to)
    }
}

/// What is known of an item that the caller was handed.
#[derive(Debug, Clone, Copy)]
struct HandedOver {
    /// The caller is not done with it.
    is_outstanding: bool,
    /// It came in another stream too.
    has_copies: bool,
}

/// What to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the caller's.
    HandOver,
    /// It was seen before, or is none of the caller's business.
    MovePast,
    /// Something is missing before it: come back and read on.
    Gap,
}

/// All streams of a session.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    tracks: BTreeMap<String, Track>,
    /// The epoch that positions belong to.
    pub(crate) epoch: String,
    /// New streams are held.
    hold: bool,
    /// Tokens handed over.
    tokens: HashMap<Box<str>, HandedOver>,
    /// The same, oldest first.
    order: VecDeque<Box<str>>,
}

impl Tracks {
    /// Before the first session. With positions of the caller's own, nothing in those streams is acknowledged before the caller does;
    /// `hold`: in no stream.
    pub(crate) fn starting_at(positions: Positions, hold: bool) -> Self {
        let tracks =
            positions.after.into_iter().map(|(stream, position)| (stream, Track::new(position, true))).collect();
        Self { tracks, epoch: positions.epoch, hold, ..Self::default() }
    }

    /// For `hello`.
    pub(crate) fn positions(&self) -> Positions {
        let after = self.tracks.iter().map(|(stream, track)| (stream.clone(), track.position)).collect();
        Positions { epoch: self.epoch.clone(), after }
    }

    /// A session stands: new streams begin at their cursor, those that are gone are left. Positions of another epoch are void; `resync`
    /// will say so of each.
    pub(crate) fn welcome(&mut self, epoch: &str, streams: &BTreeMap<String, Cursor>) {
        epoch.clone_into(&mut self.epoch);
        self.tracks.retain(|stream, _| streams.contains_key(stream));
        for (stream, cursor) in streams {
            match self.tracks.get_mut(stream) {
                // Another session, or process, may have acknowledged more.
                Some(track) => track.acked = cursor.acked.max(track.acked.min(cursor.head)),
                None => self.join(stream, *cursor),
            }
        }
    }

    /// The agent is in a stream now.
    pub(crate) fn join(&mut self, stream: &str, cursor: Cursor) {
        self.tracks.entry(stream.into()).or_insert_with(|| Track::new(cursor.acked, self.hold));
    }

    /// The agent is no longer in a stream.
    pub(crate) fn leave(&mut self, stream: &str) {
        self.tracks.remove(stream);
    }

    /// Keeps only these streams.
    pub(crate) fn keep(&mut self, is_left: impl Fn(&str) -> bool) {
        self.tracks.retain(|stream, _| is_left(stream));
    }

    /// A position is void: what was handed over and not acknowledged will be handed over again.
    pub(crate) fn resync(&mut self, stream: &str, epoch: &str, cursor: Cursor) {
        epoch.clone_into(&mut self.epoch);
        if let Some(track) = self.tracks.remove(stream) {
            for (_, token) in track.outstanding {
                self.tokens.remove(&token);
            }
        }
        self.join(stream, cursor);
    }

    /// An entry was told. `is_mine`: its publisher is this agent, who did not ask for its own.
    pub(crate) fn notify(&mut self, entry: &Notification, is_mine: bool) -> Verdict {
        let Some(track) = self.tracks.get_mut(&entry.stream) else { return Verdict::MovePast };
        if entry.seq <= track.position {
            return Verdict::MovePast;
        }
        if entry.seq > track.position + 1 {
            return Verdict::Gap;
        }
        track.position = entry.seq;
        if is_mine {
            return Verdict::MovePast;
        }
        let token: Box<str> = entry.token.as_str().into();
        match self.tokens.get_mut(&token) {
            Some(known) if known.is_outstanding => {
                known.has_copies = true;
                track.outstanding.push_back((entry.seq, token));
            }
            Some(_) => {}
            None => {
                track.outstanding.push_back((entry.seq, token.clone()));
                self.remember(token);
                return Verdict::HandOver;
            }
        }
        Verdict::MovePast
    }

    /// A range has nothing left to give.
    pub(crate) fn skip(&mut self, stream: &str, from: i64, to: i64) -> Verdict {
        match self.tracks.get_mut(stream) {
            Some(track) if from > track.position + 1 => Verdict::Gap,
            Some(track) => {
                track.position = track.position.max(to);
                Verdict::MovePast
            }
            None => Verdict::MovePast,
        }
    }

    /// The caller is done with everything up to `seq` in `stream`.
    pub(crate) fn done(&mut self, stream: &str, seq: i64) {
        let mut done = Vec::new();
        if let Some(track) = self.tracks.get_mut(stream) {
            track.is_held = false;
            while let Some((_, token)) = track.outstanding.pop_front_if(|(number, _)| *number <= seq) {
                done.push(token);
            }
        }
        for token in done {
            let Some(known) = self.tokens.get_mut(&token) else { continue };
            known.is_outstanding = false;
            if known.has_copies {
                for track in self.tracks.values_mut() {
                    track.outstanding.retain(|(_, other)| *other != token);
                }
            }
        }
    }

    /// What the hub may be told now, by stream.
    pub(crate) fn to_ack(&self) -> Vec<(String, i64)> {
        self.tracks.iter().filter_map(|(stream, track)| Some((stream.clone(), track.to_ack()?))).collect()
    }

    /// The hub has it on disk.
    pub(crate) fn acked(&mut self, stream: &str, seq: i64) {
        if let Some(track) = self.tracks.get_mut(stream) {
            track.acked = track.acked.max(seq);
        }
    }

    fn remember(&mut self, token: Box<str>) {
        self.order.push_back(token.clone());
        self.tokens.insert(token, HandedOver { is_outstanding: true, has_copies: false });
        if self.order.len() > TOKENS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.tokens.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use agent_hub_protocol::time::Timestamp;

    use super::*;

    fn entry(stream: &str, seq: i64, token: &str) -> Notification {
        Notification {
            stream: stream.into(),
            seq,
            token: token.into(),
            from: "alice".into(),
            name: "n".into(),
            size: 1,
            ttl: 60,
            created_at: Timestamp(0),
            reply_to: None,
            one_time: false,
            data: None,
        }
    }

    fn tracks() -> Tracks {
        let streams = [("bob", 0), ("#team", 5)].map(|(name, acked)| (name.to_owned(), Cursor { acked, head: acked }));
        let mut tracks = Tracks::default();
        tracks.welcome("e", &BTreeMap::from(streams));
        tracks
    }

    #[test]
    fn an_entry_is_handed_over_once_and_in_order() {
        let mut tracks = tracks();
        assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::HandOver);
        assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::MovePast);
        assert_eq!(tracks.notify(&entry("bob", 3, "c"), false), Verdict::Gap);
        assert_eq!(tracks.skip("bob", 2, 2), Verdict::MovePast);
        assert_eq!(tracks.notify(&entry("bob", 3, "c"), false), Verdict::HandOver);
        assert_eq!(tracks.to_ack(), []);
    }

    #[test]
    fn what_was_moved_past_is_acknowledged_only_when_nothing_before_it_is_outstanding() {
        let mut tracks = tracks();
        tracks.notify(&entry("#team", 6, "mine"), true);
        assert_eq!(tracks.to_ack(), [("#team".to_owned(), 6)]);
        tracks.notify(&entry("#team", 7, "x"), false);
        tracks.notify(&entry("#team", 8, "mine too"), true);
        assert_eq!(tracks.to_ack(), [("#team".to_owned(), 6)]);
        tracks.done("#team", 7);
        assert_eq!(tracks.to_ack(), [("#team".to_owned(), 8)]);
        tracks.acked("#team", 8);
        assert_eq!(tracks.to_ack(), []);
    }

    #[test]
    fn a_copy_in_another_stream_waits_for_the_first() {
        let mut tracks = tracks();
        assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::HandOver);
        assert_eq!(tracks.notify(&entry("#team", 6, "a"), false), Verdict::MovePast);
        assert_eq!(tracks.to_ack(), []);
        tracks.done("bob", 1);
        assert_eq!(tracks.to_ack(), [("#team".to_owned(), 6), ("bob".to_owned(), 1)]);
    }

    #[test]
    fn with_positions_of_its_own_nothing_is_acknowledged_before_the_caller_does() {
        let positions = Positions { epoch: "e".into(), after: BTreeMap::from([("bob".to_owned(), 10)]) };
        let mut tracks = Tracks::starting_at(positions, false);
        tracks.welcome("e", &BTreeMap::from([("bob".to_owned(), Cursor { acked: 5, head: 12 })]));
        tracks.notify(&entry("bob", 11, "mine"), true);
        assert_eq!(tracks.to_ack(), []);
        tracks.notify(&entry("bob", 12, "a"), false);
        tracks.done("bob", 12);
        assert_eq!(tracks.to_ack(), [("bob".to_owned(), 12)]);
    }

    #[test]
    fn after_a_resync_what_was_not_acknowledged_comes_again() {
        let mut tracks = tracks();
        tracks.notify(&entry("bob", 1, "a"), false);
        tracks.done("bob", 1);
        tracks.notify(&entry("bob", 2, "b"), false);
        tracks.resync("bob", "f", Cursor { acked: 0, head: 2 });
        assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::MovePast);
        assert_eq!(tracks.notify(&entry("bob", 2, "b"), false), Verdict::HandOver);
    }
}
