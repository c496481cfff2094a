//! What one agent knows: how far it has come in each stream, and what it was told there.

use std::collections::BTreeMap;

use agent_hub_protocol::body::{InboxAnswer, Notification, Skipped};

use super::world::{EVERYBODY, World};

/// An agent's memory, which outlives its sessions and the hub's runs.
pub struct Memory {
    /// The agent.
    pub name: String,
    /// The epoch of all positions.
    pub epoch: String,
    /// How far it has come, in the streams that it is subscribed to all the time.
    pub positions: BTreeMap<String, i64>,
    /// Token and name of all that it was told there.
    pub known: Vec<(String, String)>,
    /// Whether it is, or may be, a member of the channel that agents join and leave.
    pub on_shift: bool,
}

impl Memory {
    /// Of an agent that has read nothing.
    pub fn new(name: &str, epoch: &str, on_shift: bool) -> Self {
        let positions = BTreeMap::from([(name.to_owned(), 0), (EVERYBODY.to_owned(), 0)]);
        Self { name: name.into(), epoch: epoch.into(), positions, known: Vec::new(), on_shift }
    }

    /// Whether it may read what was sent to this channel.
    pub fn is_of(&self, channel: &str) -> bool {
        channel == EVERYBODY || (channel.starts_with('#') && self.on_shift)
    }

    fn reached(&mut self, stream: &str, seq: i64) {
        if let Some(position) = self.positions.get_mut(stream) {
            *position = seq.max(*position);
        }
    }

    /// It was told an entry.
    pub fn entry(&mut self, world: &World, told: &Notification) {
        world.history.lock().told_entry(&self.name, told);
        if self.positions.get(&told.stream).is_some_and(|position| told.seq > *position) {
            self.known.push((told.token.clone(), told.name.clone()));
            world.remember(&told.token, &told.name);
        }
        self.reached(&told.stream, told.seq);
    }

    /// It was told that these have nothing left to give.
    pub fn skipped(&mut self, world: &World, skipped: &Skipped) {
        world.history.lock().told_skipped(&self.name, &skipped.stream, skipped.from, skipped.to);
        self.reached(&skipped.stream, skipped.to);
    }

    /// An inbox answer: in each stream what was told follows `after` (or the durable cursor) without a gap.
    pub fn inbox(&mut self, world: &World, answer: &InboxAnswer, after: Option<i64>) {
        if answer.epoch != self.epoch {
            world.history.violation(format!("{}: the epoch changed in an inbox", self.name));
        }
        for (stream, cursor) in &answer.streams {
            world.history.lock().cursor(&self.name, stream, cursor.acked, cursor.head);
            let entries =
                answer.entries.iter().filter(|entry| entry.stream == *stream).map(|entry| (entry.seq, entry.seq));
            let skipped = answer.skipped.iter().filter(|skipped| skipped.stream == *stream);
            let mut ranges: Vec<_> = entries.clone().chain(skipped.map(|skipped| (skipped.from, skipped.to))).collect();
            ranges.sort_unstable();
            let mut position = after.unwrap_or(cursor.acked);
            for (from, to) in ranges {
                if from != position + 1 {
                    world
                        .history
                        .violation(format!("{}: inbox of {stream} after {position} goes on at {from}", self.name));
                }
                position = to;
            }
            if !entries.is_sorted() {
                world.history.violation(format!("{}: the inbox of {stream} is out of order", self.name));
            }
        }
        for told in &answer.entries {
            self.entry(world, told);
        }
        for skipped in &answer.skipped {
            self.skipped(world, skipped);
        }
    }
}
