//! What an agent was shown on this machine, and what it has sent, so that the next command goes on from there: the file
//! `NAME+state.json` of its profile. Losing it loses nothing but that.

use std::{collections::BTreeMap, fs::File};

use agent_hub_client::{
    Profile,
    profile::{lock, write_private},
};
use agent_hub_protocol::body::Notification;
use serde::{Deserialize, Serialize};

use super::{Reference, shown::Shown};
use crate::cli::Failure;

/// Sent items, and entries that were told, that are remembered.
const ITEMS_MAX: usize = 1_000;

/// The file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::cli) struct Memory {
    /// The epoch that the numbers belong to.
    #[serde(default)]
    epoch: String,
    /// By stream.
    #[serde(default)]
    shown: BTreeMap<String, Shown>,
    /// What was sent: (`bob/17`, token), oldest first.
    #[serde(default)]
    sent: Vec<(String, String)>,
    /// The same, of the epochs before: a copy that was restored may still have it, under the same token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sent_before: Vec<(String, String)>,
    /// What was told, oldest first: a hub that tells it otherwise later is not believed.
    #[serde(default)]
    told: Vec<Told>,
    /// Readings that were cut off after the hub had answered, with their keys.
    #[serde(default)]
    readings: Vec<(Notification, String)>,
}

/// An entry as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    stream: String,
    seq: i64,
    token: String,
    from: String,
    name: String,
}

/// How an entry goes with what was told before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Story {
    /// Nothing of it was told before, or the same.
    Holds,
    /// The item came to another stream of this agent too.
    AlsoIn(Reference),
    /// The item was told under another number of this stream: a copy, which no hub makes.
    CopyOf(Reference),
    /// Under this number something else was told.
    Changed,
}

impl Memory {
    /// Reads it; a file that cannot be read is as good as none.
    pub fn read(profile: &Profile) -> Self {
        let text = std::fs::read_to_string(profile.file("+state.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Changes it, among other commands of this agent that may do the same just now.
    pub fn change<T>(profile: &Profile, change: impl FnOnce(&mut Self) -> T) -> Result<T, Failure> {
        let _turn = turn(profile)?;
        let mut memory = Self::read(profile);
        let done = change(&mut memory);
        let json = serde_json::to_string(&memory).unwrap_or_default();
        write_private(&profile.file("+state.json"), &(json + "\n"))?;
        Ok(done)
    }

    /// The epoch that the numbers belong to.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Forgets the numbers of another epoch.
    pub fn hold_to(&mut self, epoch: &str) {
        if self.epoch != epoch {
            self.shown.clear();
            self.sent_before.append(&mut self.sent);
            let surplus = self.sent_before.len().saturating_sub(ITEMS_MAX);
            self.sent_before.drain(..surplus);
            self.told.clear();
            epoch.clone_into(&mut self.epoch);
        }
    }

    /// From which number on a stream has something that was not shown, given the durable cursor.
    pub fn position(&self, stream: &str, acked: i64) -> i64 {
        self.shown.get(stream).map_or(acked, |shown| shown.position().max(acked))
    }

    /// Whether an entry was shown.
    pub fn was_shown(&self, stream: &str, seq: i64) -> bool {
        self.shown.get(stream).is_some_and(|shown| shown.has(seq))
    }

    /// An entry was shown, or passed over by a filter.
    pub fn pass(&mut self, entry: &Notification, is_shown: bool) {
        if is_shown {
            self.note_told(entry);
        }
        self.shown.entry(entry.stream.clone()).or_default().pass(entry.seq, is_shown);
    }

    /// An entry was shown, or not, by a look at some place of the stream.
    pub fn pass_again(&mut self, entry: &Notification, is_shown: bool) {
        if let Some(shown) = self.shown.get_mut(&entry.stream).filter(|_| is_shown) {
            shown.pass_again(entry.seq);
        }
    }

    /// Everything from behind `acked` up to `seq` is acknowledged; the first of it that was never shown, and how many there are.
    pub fn acked(&mut self, stream: &str, acked: i64, seq: i64) -> Option<(i64, i64)> {
        self.shown.entry(stream.to_owned()).or_default().acked(acked, seq)
    }

    /// How an entry goes with what was told before.
    pub fn story(&self, me: &str, entry: &Notification) -> Story {
        let under_its_number = self.told.iter().find(|told| told.stream == entry.stream && told.seq == entry.seq);
        match under_its_number {
            Some(told) if (&told.token, &told.from, &told.name) == (&entry.token, &entry.from, &entry.name) => {
                Story::Holds
            }
            Some(_) => Story::Changed,
            None => match self.told.iter().find(|told| told.token == entry.token) {
                Some(told) if told.stream == entry.stream => Story::CopyOf(Reference::to(me, &told.stream, told.seq)),
                Some(told) => Story::AlsoIn(Reference::to(me, &told.stream, told.seq)),
                None => Story::Holds,
            },
        }
    }

    /// The token of an entry that was told.
    pub fn told_token(&self, stream: &str, seq: i64) -> Option<&str> {
        self.told.iter().find(|told| told.stream == stream && told.seq == seq).map(|told| told.token.as_str())
    }

    /// Remembers what was told of an entry.
    pub fn note_told(&mut self, entry: &Notification) {
        if self.told.iter().any(|told| told.stream == entry.stream && told.seq == entry.seq) {
            return;
        }
        let Notification { stream, seq, token, from, name, .. } = entry.clone();
        self.told.push(Told { stream, seq, token, from, name });
        let surplus = self.told.len().saturating_sub(ITEMS_MAX);
        self.told.drain(..surplus);
    }

    /// A reading that was cut off, of the entry with this number, and its key.
    pub fn reading(&self, stream: &str, seq: i64) -> Option<&(Notification, String)> {
        self.readings.iter().find(|(entry, _)| entry.stream == stream && entry.seq == seq)
    }

    /// A reading was cut off, and can be had again with its key; `None`: it is done.
    pub fn note_reading(&mut self, entry: &Notification, key: Option<&str>) {
        self.readings.retain(|(read, _)| read.token != entry.token);
        self.readings.extend(key.map(|key| (entry.clone(), key.to_owned())));
        let surplus = self.readings.len().saturating_sub(ITEMS_MAX);
        self.readings.drain(..surplus);
    }

    /// Remembers what was sent.
    pub fn note_sent(&mut self, reference: String, token: &str) {
        self.sent.push((reference, token.into()));
        let surplus = self.sent.len().saturating_sub(ITEMS_MAX);
        self.sent.drain(..surplus);
    }

    /// The token of what was sent as `reference`: in this epoch, else at last in one before.
    pub fn token_of(&self, reference: &str) -> Option<&str> {
        let sent = self.sent_before.iter().chain(&self.sent);
        sent.rev().find(|(sent, _)| sent == reference).map(|(_, token)| token.as_str())
    }

    /// Whether an entry of this epoch is what this agent sent, as far as is known here.
    pub fn is_own(&self, me: &str, epoch: &str, stream: &str, seq: i64) -> bool {
        let is_told = |told: &Told| told.seq == seq && told.stream == stream && told.from == me;
        let is_sent = |(sent, _): &(String, String)| {
            sent.rsplit_once('/').is_some_and(|(to, number)| to == stream && number.parse() == Ok(seq))
        };
        self.epoch == epoch && (self.sent.iter().any(is_sent) || self.told.iter().any(is_told))
    }

    /// What an item was sent as.
    pub fn sent_as(&self, token: &str) -> Option<&str> {
        self.sent_before
            .iter()
            .chain(&self.sent)
            .find(|(_, sent)| sent == token)
            .map(|(reference, _)| reference.as_str())
    }
}

/// The turn among the commands of this agent.
pub(in crate::cli) fn turn(profile: &Profile) -> Result<File, Failure> {
    Ok(lock(&profile.file("+state.lock"))?)
}

#[cfg(test)]
mod tests {
    use agent_hub_protocol::time::Timestamp;

    use super::*;

    fn entry(seq: i64) -> Notification {
        Notification {
            stream: "bob".into(),
            seq,
            token: "t".into(),
            from: "alice".into(),
            name: "n".into(),
            size: 1,
            ttl: 1,
            created_at: Timestamp(0),
            reply_to: None,
            one_time: false,
            traceparent: None,
            data: None,
        }
    }

    #[test]
    fn what_a_filter_left_out_is_shown_later() {
        let mut memory = Memory::default();
        for (seq, is_shown) in [(1, true), (2, false), (3, false), (4, true)] {
            memory.pass(&entry(seq), is_shown);
        }
        assert_eq!(memory.position("bob", 0), 1);
        assert!(!memory.was_shown("bob", 2) && memory.was_shown("bob", 4) && !memory.was_shown("bob", 5));
        assert_eq!(memory.acked("bob", 0, 2), Some((2, 1)));
        assert_eq!(memory.position("bob", 2), 2);
        memory.pass(&entry(3), true);
        assert_eq!(memory.position("bob", 2), 4);
        assert_eq!(memory.acked("bob", 2, 4), None);
        assert_eq!(memory.acked("bob", 4, 6), Some((5, 2)));
    }

    #[test]
    fn what_is_told_otherwise_than_before_is_noticed() {
        let mut memory = Memory::default();
        memory.pass(&entry(1), true);
        assert_eq!(memory.story("bob", &entry(1)), Story::Holds);
        assert_eq!(memory.story("bob", &Notification { from: "mallory".into(), ..entry(1) }), Story::Changed);
        let one = || Reference { stream: None, seq: 1 };
        assert_eq!(memory.story("bob", &entry(2)), Story::CopyOf(one()));
        assert_eq!(memory.story("bob", &Notification { stream: "#team".into(), ..entry(2) }), Story::AlsoIn(one()));
    }

    #[test]
    fn numbers_of_another_epoch_are_void() {
        let mut memory = Memory::default();
        memory.hold_to("e");
        memory.pass(&entry(4), true);
        memory.note_sent("carol/1".into(), "token");
        memory.hold_to("e");
        assert_eq!((memory.position("bob", 0), memory.token_of("carol/1")), (4, Some("token")));
        memory.hold_to("f");
        // What was sent has its token still, which no other item gets; its number may be somebody else's now.
        assert_eq!((memory.position("bob", 0), memory.token_of("carol/1")), (0, Some("token")));
        assert!(!memory.is_own("bob", "f", "carol", 1));
        memory.note_sent("carol/1".into(), "another");
        assert_eq!(memory.token_of("carol/1"), Some("another"));
        assert!(memory.is_own("bob", "f", "carol", 1) && !memory.is_own("bob", "e", "carol", 1));
    }
}
