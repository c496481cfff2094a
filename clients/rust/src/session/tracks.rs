//! Where the agent is in each of its streams, and what may be acknowledged: the rules of `docs/clients.md`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use agent_hub_protocol::body::{Cursor, Notification};

/// Items that are remembered to tell their copies in other streams.
const ITEMS_MAX: usize = 65_536;

/// Entries of a stream that are outstanding one by one; those before them only as a range, so that a caller that never acknowledges
/// costs no memory.
const OUTSTANDING_MAX: usize = 65_536;

/// From where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions {
    /// The epoch that the numbers belong to.
    pub epoch: String,
    /// By stream, the last number that is not wanted again.
    pub after: BTreeMap<String, i64>,
}

/// An item that the caller was handed, in whatever stream; its copies share this.
#[derive(Debug, Default)]
struct Item {
    /// The caller is done with it.
    is_done: AtomicBool,
    /// Its number became void: it is handed over again when it is told again.
    is_void: AtomicBool,
    /// The life of the track that has it in its range, 0 where none has; and its number there.
    in_range_of: AtomicU64,
    ranged_as: AtomicI64,
}

/// An entry that is not acknowledged.
#[derive(Debug)]
struct Outstanding {
    seq: i64,
    item: Arc<Item>,
    /// The caller was handed the item from another stream.
    is_copy: bool,
}

/// One stream of the agent, as long as its numbers mean the same.
#[derive(Debug)]
struct Track {
    /// Tells it from the tracks of the same stream before and after it.
    life: u64,
    /// What was last handed over or moved past.
    position: i64,
    /// Up to here a session may begin behind the position: the membership is newer than that. 0 after the first entry.
    floor: i64,
    /// What the hub was told.
    acked: i64,
    /// Ascending.
    outstanding: VecDeque<Outstanding>,
    /// What is outstanding before those: the first and the last.
    range: Option<(i64, i64)>,
    /// Nothing is acknowledged before the caller acknowledges something: what is before the position is not known to be done with.
    is_held: bool,
}

impl Track {
    fn new(life: u64, position: i64, is_held: bool) -> Self {
        Self { life, position, floor: 0, acked: position, outstanding: VecDeque::new(), range: None, is_held }
    }

    /// Whether `seq`, which is beyond the position, may come now.
    fn is_next(&self, seq: i64) -> bool {
        seq - 1 <= self.position.max(self.floor)
    }

    /// Everything up to `seq` was told.
    fn move_to(&mut self, seq: i64) {
        (self.position, self.floor) = (seq, 0);
    }

    /// Waits for the caller to be done with an entry.
    fn wait_for(&mut self, entry: Outstanding) {
        self.outstanding.push_back(entry);
        if self.outstanding.len() > OUTSTANDING_MAX
            && let Some(oldest) = self.outstanding.pop_front()
        {
            self.range = Some((self.range.map_or(oldest.seq, |(first, _)| first), oldest.seq));
            if !oldest.is_copy {
                oldest.item.in_range_of.store(self.life, Relaxed);
                oldest.item.ranged_as.store(oldest.seq, Relaxed);
            }
        }
    }

    /// Whether it handed the item over, and waits for it as one of a range.
    fn has_in_range(&self, item: &Item) -> bool {
        let is_in = |(first, _)| item.in_range_of.load(Relaxed) == self.life && item.ranged_as.load(Relaxed) >= first;
        self.range.is_some_and(is_in)
    }

    /// The caller is done with everything up to `seq`.
    fn done(&mut self, seq: i64) {
        self.range = self.range.map(|(first, last)| (first.max(seq + 1), last)).filter(|(first, last)| first <= last);
        while let Some(entry) = self.outstanding.pop_front_if(|entry| entry.seq <= seq) {
            // Behind a copy, it is still waited for where it was handed over.
            if !entry.is_copy {
                entry.item.is_done.store(true, Relaxed);
            }
        }
    }

    /// What may be told to the hub, if that is news.
    fn due(&mut self) -> Option<i64> {
        while self.outstanding.pop_front_if(|entry| entry.item.is_done.load(Relaxed)).is_some() {}
        let first = self.range.map(|(first, _)| first).or_else(|| self.outstanding.front().map(|entry| entry.seq));
        let up_to = first.map_or(self.position, |first| first - 1);
        (up_to > self.acked && !self.is_held).then_some(up_to)
    }
}

/// What to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the caller's; the life of its track.
    HandOver(u64),
    /// It was seen before, or is none of the caller's business.
    MovePast,
    /// Something is missing before it: come back and read on.
    Gap,
}

/// All streams of an agent.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    tracks: BTreeMap<String, Track>,
    /// The epoch that positions belong to.
    epoch: String,
    /// New streams are held.
    hold: bool,
    /// Lives begun.
    lives: u64,
    /// Those that a `resync` ended.
    void: BTreeSet<u64>,
    /// Items handed over, by token.
    items: HashMap<Box<str>, Arc<Item>>,
    /// Their tokens, oldest first.
    order: VecDeque<Box<str>>,
}

impl Tracks {
    /// Before the first session. With positions of the caller's own, nothing in those streams is acknowledged before the caller does;
    /// `hold`: in no stream.
    pub(crate) fn starting_at(positions: Positions, hold: bool) -> Self {
        let mut tracks = Self { epoch: positions.epoch, hold, ..Self::default() };
        for (stream, position) in positions.after {
            tracks.begin(&stream, position, true);
        }
        tracks
    }

    /// For `hello`.
    pub(crate) fn positions(&self) -> Positions {
        let after = self.tracks.iter().map(|(stream, track)| (stream.clone(), track.position)).collect();
        Positions { epoch: self.epoch.clone(), after }
    }

    /// The epoch that positions belong to.
    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether what was told in this life of a stream will be told again, under numbers that mean something.
    pub(crate) fn is_void(&self, life: u64) -> bool {
        self.void.contains(&life)
    }

    /// A session stands: streams that are gone are left, positions of another epoch are void, new streams begin at their cursor.
    pub(crate) fn welcome(&mut self, epoch: &str, streams: &BTreeMap<String, Cursor>) {
        let is_same = self.epoch == epoch;
        epoch.clone_into(&mut self.epoch);
        self.tracks.retain(|stream, _| streams.contains_key(stream));
        for (stream, cursor) in streams {
            match self.tracks.get_mut(stream) {
                Some(track) if is_same => {
                    track.floor = cursor.acked;
                    // Another session, or process, may have acknowledged more.
                    track.acked = track.acked.max(cursor.acked);
                }
                _ => self.resync(stream, cursor.acked),
            }
        }
    }

    /// The agent is in a stream now, and goes on behind its cursor.
    pub(crate) fn join(&mut self, stream: &str, acked: i64) {
        self.begin(stream, acked, self.hold);
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
    pub(crate) fn resync(&mut self, stream: &str, acked: i64) {
        let void = self.tracks.remove(stream);
        let is_held = void.as_ref().map_or(self.hold, |track| track.is_held);
        self.void.extend(void.as_ref().map(|track| track.life));
        if let Some(void) = void {
            // Whoever has a range has as many items: this is rare, and not quick.
            let ranged = self.items.values().filter(|item| void.has_in_range(item));
            let single = void.outstanding.iter().filter(|entry| !entry.is_copy).map(|entry| &entry.item);
            single.chain(ranged).for_each(|item| item.is_void.store(true, Relaxed));
        }
        self.begin(stream, acked, is_held);
    }

    /// An entry was told. `is_mine`: its publisher is this agent, who did not ask for its own.
    pub(crate) fn notify(&mut self, entry: &Notification, is_mine: bool) -> Verdict {
        let Some(track) = self.tracks.get_mut(&entry.stream) else { return Verdict::MovePast };
        if entry.seq <= track.position {
            return Verdict::MovePast;
        }
        if !track.is_next(entry.seq) {
            return Verdict::Gap;
        }
        track.move_to(entry.seq);
        if is_mine {
            return Verdict::MovePast;
        }
        let known = self.items.get(entry.token.as_str()).cloned();
        let (item, is_new) = match known {
            Some(item) => {
                let is_wanted = item.is_void.swap(false, Relaxed) && !item.is_done.load(Relaxed);
                (item, is_wanted)
            }
            None => (Arc::default(), true),
        };
        let life = track.life;
        if !item.is_done.load(Relaxed) {
            track.wait_for(Outstanding { seq: entry.seq, item: item.clone(), is_copy: !is_new });
        }
        self.remember(&entry.token, item);
        if is_new { Verdict::HandOver(life) } else { Verdict::MovePast }
    }

    /// The entries `from` to `to` have nothing left to give.
    pub(crate) fn skip(&mut self, stream: &str, from: i64, to: i64) -> Verdict {
        match self.tracks.get_mut(stream) {
            Some(track) if to > track.position && !track.is_next(from) => Verdict::Gap,
            Some(track) if to > track.position => {
                track.move_to(to);
                Verdict::MovePast
            }
            _ => Verdict::MovePast,
        }
    }

    /// The caller is done with everything up to `seq` in this life of a stream; if that is over, with this one item.
    pub(crate) fn done(&mut self, stream: &str, life: u64, seq: i64, token: &str) {
        if let Some(item) = self.items.get(token) {
            item.is_done.store(true, Relaxed);
        }
        let Some(track) = self.tracks.get_mut(stream) else { return };
        track.is_held = false;
        if track.life == life {
            track.done(seq);
        }
    }

    /// What the hub may be told now: stream, its life, and the number.
    pub(crate) fn due(&mut self) -> Vec<(String, u64, i64)> {
        let due = |(stream, track): (&String, &mut Track)| Some((stream.clone(), track.life, track.due()?));
        self.tracks.iter_mut().filter_map(due).collect()
    }

    /// The hub has it on disk.
    pub(crate) fn acked(&mut self, stream: &str, life: u64, seq: i64) {
        if let Some(track) = self.tracks.get_mut(stream).filter(|track| track.life == life) {
            track.acked = track.acked.max(seq);
        }
    }

    fn begin(&mut self, stream: &str, position: i64, is_held: bool) {
        self.lives += 1;
        self.tracks.insert(stream.into(), Track::new(self.lives, position, is_held));
    }

    fn remember(&mut self, token: &str, item: Arc<Item>) {
        if self.items.insert(token.into(), item).is_none() {
            self.order.push_back(token.into());
        }
        if self.order.len() > ITEMS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.items.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
