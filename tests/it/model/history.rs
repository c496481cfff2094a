//! What happened in a run, as its agents saw it. What can be judged at once is judged here; the rest in `check`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use agent_hub_protocol::body::{ItemAnswer, Notification};

/// Items that live shorter than this may be gone when a run is judged.
pub const LONG_TTL: i64 = 86_400;

/// One publish, from before its first try.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Who.
    pub from: String,
    /// Its name, which no other publish has.
    pub name: String,
    /// What was sent.
    pub data: String,
    /// To whom, each once.
    pub to: Vec<String>,
    /// Seconds.
    pub ttl: i64,
    /// Whether it can be read once.
    pub one_time: bool,
    /// Its idempotency key.
    pub key: String,
    /// When the first try began.
    pub began: u64,
    /// The same by the clock, milliseconds.
    pub began_ms: i64,
    /// When it was acknowledged.
    pub ended: Option<u64>,
    /// The same by the clock, milliseconds.
    pub ended_ms: i64,
    /// Its token, once acknowledged.
    pub token: Option<String>,
    /// Whether withdrawing it was ever tried.
    pub withdrawn: bool,
    /// What the hub says of it at the end: seq by address.
    pub stands: BTreeMap<String, i64>,
}

impl Publish {
    /// Whether nothing can have made its notification void: everybody must have been told.
    pub fn lasts(&self) -> bool {
        self.ttl == LONG_TTL && !self.one_time && !self.withdrawn
    }
}

/// What one agent was told of one stream, in all its sessions and inboxes.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Numbers told as entries.
    pub entries: BTreeSet<i64>,
    /// Numbers told as skipped.
    pub skipped: BTreeSet<i64>,
}

/// The record itself.
#[derive(Default)]
pub struct Record {
    /// Every publish, by name.
    pub publishes: BTreeMap<String, Publish>,
    /// What everybody was told, by (agent, stream).
    pub told: BTreeMap<(String, String), Told>,
    /// (token, name) by (stream, seq).
    pub entries: BTreeMap<(String, i64), (String, String)>,
    /// Token by name.
    pub tokens: HashMap<String, String>,
    /// Seq by (name, stream).
    pub places: HashMap<(String, String), i64>,
    /// Who read a one-time item with which key, by token.
    pub takers: HashMap<String, BTreeSet<(String, String)>>,
    /// The durable cursor that each agent last saw, by (agent, stream).
    pub cursors: HashMap<(String, String), i64>,
    /// What must not be.
    pub violations: Vec<String>,
    /// How much was done, by what it was: a run in which nothing happens proves nothing.
    pub counts: BTreeMap<&'static str, u64>,
}

/// The record, shared by the agents of a run.
#[derive(Default)]
pub struct History {
    clock: AtomicU64,
    record: Mutex<Record>,
}

/// Milliseconds of the wall clock.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl History {
    /// The record.
    pub fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A moment that comes after every moment drawn before.
    pub fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes what must not be.
    pub fn violation(&self, what: String) {
        self.lock().violations.push(what);
    }

    /// Counts what was done.
    pub fn count(&self, what: &'static str) {
        *self.lock().counts.entry(what).or_default() += 1;
    }
}

impl Record {
    /// Invariants 4 and 7, as far as one notification tells: it is of a publish that somebody began, to this stream, and the
    /// stream is one of the agent's; one number names one item, one item has one token and one number in a stream.
    pub fn told_entry(&mut self, agent: &str, told: &Notification) {
        let Notification { stream, seq, token, from, name, size, one_time, .. } = told;
        let Some(publish) = self.publishes.get(name) else {
            return self.violations.push(format!("{agent}: {stream}/{seq} is {name}, which nobody published"));
        };
        let honest = publish.from == *from
            && publish.to.contains(stream)
            && publish.one_time == *one_time
            && i64::try_from(publish.data.len()) == Ok(*size);
        let mine = stream == agent || stream.starts_with('#');
        if !honest || !mine {
            self.violations.push(format!("{agent} was told {told:?} of {publish:?}"));
        }
        let before = self.entries.entry((stream.clone(), *seq)).or_insert_with(|| (token.clone(), name.clone()));
        if *before != (token.clone(), name.clone()) {
            self.violations.push(format!("{stream}/{seq} was {before:?} and is {token}, {name}"));
        }
        self.named(name, token);
        let place = *self.places.entry((name.clone(), stream.clone())).or_insert(*seq);
        if place != *seq {
            self.violations.push(format!("{name} stands twice in {stream}: {place} and {seq}"));
        }
        self.told.entry((agent.to_owned(), stream.clone())).or_default().entries.insert(*seq);
    }

    /// Invariant 6: one publish has one token for ever.
    pub fn named(&mut self, name: &str, token: &str) {
        let before = self.tokens.entry(name.to_owned()).or_insert_with(|| token.to_owned());
        if before != token {
            self.violations.push(format!("{name} has two tokens: {before} and {token}"));
        }
    }

    /// Entries `from` to `to` were told as skipped.
    pub fn told_skipped(&mut self, agent: &str, stream: &str, from: i64, to: i64) {
        if from > to {
            self.violations.push(format!("{agent}: {stream} skipped from {from} to {to}"));
        }
        self.told.entry((agent.to_owned(), stream.to_owned())).or_default().skipped.extend(from..=to);
    }

    /// Invariant 8: a durable cursor, as an agent sees it, never falls, and is never beyond the head.
    pub fn cursor(&mut self, agent: &str, stream: &str, acked: i64, head: i64) {
        let last = self.cursors.entry((agent.to_owned(), stream.to_owned())).or_insert(acked);
        if acked < *last || acked > head {
            self.violations.push(format!("{agent}: the cursor of {stream} is {acked}, was {last}, head {head}"));
        }
        *last = acked.max(*last);
    }

    /// Invariant 8: an acknowledged ack stands.
    pub fn acked(&mut self, agent: &str, stream: &str, seq: i64) {
        let last = self.cursors.entry((agent.to_owned(), stream.to_owned())).or_default();
        *last = seq.max(*last);
    }

    /// Invariant 7: what a successful retrieve that began at `began_ms` may say. `of_channel` says whether the agent is, or may
    /// be, a member of that channel.
    pub fn read(&mut self, by: &Reading<'_>, answer: &ItemAnswer, of_channel: impl Fn(&str) -> bool) {
        let (agent, name) = (by.agent, &answer.name);
        let Some(publish) = self.publishes.get(name) else {
            return self.violations.push(format!("{agent} read {name}, which nobody published"));
        };
        let for_it = publish.from == agent || publish.to.iter().any(|to| to == agent || of_channel(to));
        if publish.data != answer.data || publish.from != answer.from || !for_it || answer.token != by.token {
            self.violations.push(format!("{agent} read what is not so or not for it: {answer:?} of {publish:?}"));
        }
        if publish.token.is_some() && by.began_ms > publish.ended_ms + publish.ttl * 1000 {
            self.violations.push(format!("{agent} read {name} past its expiry"));
        }
        if publish.one_time && publish.from != agent {
            let takers = self.takers.entry(answer.token.clone()).or_default();
            takers.insert((agent.to_owned(), by.key.to_owned()));
            if takers.len() > 1 {
                self.violations.push(format!("one-time {name} was read more than once: {takers:?}"));
            }
        }
        self.named(name, &answer.token);
    }

    /// What was told to an agent may be gone, but only for a reason that is true.
    pub fn gone(&mut self, agent: &str, name: &str, code: &str) {
        let Some(publish) = self.publishes.get(name) else { return };
        let lawful = match code {
            "expired" => now_ms() >= publish.began_ms + publish.ttl * 1000,
            "withdrawn" => publish.withdrawn,
            "consumed" => publish.one_time,
            _ => false,
        };
        if !lawful {
            self.violations.push(format!("{agent} was told that {name} is {code}: {publish:?}"));
        }
    }
}

/// Who reads what, and since when.
pub struct Reading<'a> {
    /// The agent.
    pub agent: &'a str,
    /// Its idempotency key.
    pub key: &'a str,
    /// The token.
    pub token: &'a str,
    /// Milliseconds of the wall clock.
    pub began_ms: i64,
}
