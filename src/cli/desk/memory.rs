//! What an agent was shown on this machine, and what it has sent, so that the next command goes on from there: the file
//! `NAME+state.json` of its profile. Losing it loses nothing but that.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
};

use agent_hub_client::{Profile, profile::write_private};
use agent_hub_protocol::body::Notification;
use serde::{Deserialize, Serialize};

use crate::cli::Failure;

/// Sent items that are remembered.
const SENT_MAX: usize = 1_000;
/// Entries before the last shown one that are remembered as not shown, in each stream; beyond that they count as shown.
const UNSHOWN_MAX: usize = 1_000;

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
}

/// What was shown of a stream: everything up to a number, with exceptions that a filter left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    upto: i64,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    except: BTreeSet<i64>,
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

    /// Forgets the numbers of another epoch.
    pub fn hold_to(&mut self, epoch: &str) {
        if self.epoch != epoch {
            self.shown.clear();
            self.sent.clear();
            epoch.clone_into(&mut self.epoch);
        }
    }

    /// From which number on a stream has something that was not shown, given the durable cursor.
    pub fn position(&self, stream: &str, acked: i64) -> i64 {
        let Some(shown) = self.shown.get(stream) else { return acked };
        let first = shown.except.first().map_or(shown.upto, |first| first - 1);
        first.max(acked)
    }

    /// Whether an entry was shown.
    pub fn was_shown(&self, stream: &str, seq: i64) -> bool {
        self.shown.get(stream).is_some_and(|shown| seq <= shown.upto && !shown.except.contains(&seq))
    }

    /// An entry was shown, or passed over by a filter.
    pub fn pass(&mut self, entry: &Notification, is_shown: bool) {
        let shown = self.shown.entry(entry.stream.clone()).or_default();
        if is_shown {
            shown.except.remove(&entry.seq);
        } else if entry.seq > shown.upto {
            shown.except.insert(entry.seq);
        }
        shown.upto = shown.upto.max(entry.seq);
        while shown.except.len() > UNSHOWN_MAX {
            shown.except.pop_first();
        }
    }

    /// An entry was shown, or not, by a look at some place of the stream.
    pub fn pass_again(&mut self, entry: &Notification, is_shown: bool) {
        if let Some(shown) = self.shown.get_mut(&entry.stream).filter(|_| is_shown) {
            shown.except.remove(&entry.seq);
        }
    }

    /// Everything up to `seq` is acknowledged; the entries of these that were never shown.
    pub fn acked(&mut self, stream: &str, seq: i64) -> Vec<i64> {
        let Some(shown) = self.shown.get_mut(stream) else { return Vec::new() };
        let left = shown.except.split_off(&(seq + 1));
        std::mem::replace(&mut shown.except, left).into_iter().collect()
    }

    /// Remembers what was sent.
    pub fn note_sent(&mut self, reference: String, token: &str) {
        self.sent.push((reference, token.into()));
        let surplus = self.sent.len().saturating_sub(SENT_MAX);
        self.sent.drain(..surplus);
    }

    /// The token of what was sent as `reference`.
    pub fn token_of(&self, reference: &str) -> Option<&str> {
        self.sent.iter().rev().find(|(sent, _)| sent == reference).map(|(_, token)| token.as_str())
    }

    /// What an item was sent as.
    pub fn sent_as(&self, token: &str) -> Option<&str> {
        self.sent.iter().find(|(_, sent)| sent == token).map(|(reference, _)| reference.as_str())
    }
}

/// The turn among the commands of this agent.
pub(in crate::cli) fn turn(profile: &Profile) -> Result<File, Failure> {
    let path = profile.file("+state.lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::at(folder, &error))?;
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    file.and_then(|file| file.lock().map(|()| file)).map_err(|error| Failure::at(&path, &error))
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
        assert_eq!(memory.acked("bob", 2), [2]);
        assert_eq!(memory.position("bob", 2), 2);
        memory.pass(&entry(3), true);
        assert_eq!(memory.position("bob", 2), 4);
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
        assert_eq!((memory.position("bob", 0), memory.token_of("carol/1")), (0, None));
    }
}
