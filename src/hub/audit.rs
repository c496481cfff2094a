//! What the audit log is told of the data path: logins and reads are written behind, in batches, since no request waits for
//! them. (Publishes and withdrawals are written by the transaction that stores them, changes by their own.)

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use agent_hub_protocol::name::AgentName;

use super::{Hub, traffic::item_name};
use crate::{
    clock,
    config::AuditScope,
    store::{
        ItemId,
        audit::{NewLine, Note},
    },
};

/// Lines that wait; beyond it they are lost, and counted.
const WAITING_MAX: usize = 20_000;
/// Lines in one transaction.
const AT_ONCE: usize = 500;
/// Refused logins that get a line of their own, in a second: a flood of guesses must not fill the disk.
const REFUSED_PER_SECOND: u32 = 20;
const LOSS_TOLD_EVERY_MS: i64 = 60_000;

/// What waits to be written.
#[derive(Debug)]
pub struct AuditQueue {
    scope: AuditScope,
    lines: Mutex<Vec<NewLine>>,
    refused: Mutex<Refused>,
    /// When a loss was last told in the log, in milliseconds since the epoch.
    loss_told_at: AtomicI64,
}

/// Refused logins of the current second, and those that are still to be told of as one.
#[derive(Debug, Default)]
struct Refused {
    second: i64,
    count: u32,
    /// Beyond those that get a line, of seconds that are over.
    untold: u32,
}

impl Refused {
    /// What is beyond the second's share, once the second is over.
    fn end_second(&mut self) {
        self.untold = self.untold.saturating_add(self.count.saturating_sub(REFUSED_PER_SECOND));
        self.count = 0;
    }
}

impl AuditQueue {
    pub(super) fn new(scope: AuditScope) -> Self {
        Self { scope, lines: Mutex::default(), refused: Mutex::default(), loss_told_at: AtomicI64::new(0) }
    }

    /// Up to so many lines as one transaction takes, and whether more wait.
    pub(super) fn take(&self) -> (Vec<NewLine>, bool) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let end = lines.len().min(AT_ONCE);
        let rest = lines.split_off(end);
        let more = !rest.is_empty();
        (std::mem::replace(&mut *lines, rest), more)
    }

    /// Puts lines back that could not be handed over, before those that came since.
    pub(super) fn put_back(&self, mut taken: Vec<NewLine>) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        taken.append(&mut lines);
        *lines = taken;
    }

    /// `false`: it did not fit.
    fn add(&self, line: NewLine) -> bool {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = lines.len() < WAITING_MAX;
        if fits {
            lines.push(line);
        }
        fits
    }

    /// Whether one more refused login gets a line in this second.
    fn admit_refused(&self, now: i64) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.second != now / 1000 {
            refused.end_second();
            refused.second = now / 1000;
        }
        refused.count = refused.count.saturating_add(1);
        refused.count <= REFUSED_PER_SECOND
    }

    /// How many refused logins of seconds that are over got no line, since this was last asked. At the stop every second is over.
    fn take_untold(&self, now: i64, is_stopping: bool) -> u32 {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.second != now / 1000 || is_stopping {
            refused.end_second();
        }
        std::mem::take(&mut refused.untold)
    }
}

impl Hub {
    /// For an item's line, where what agents do with items is logged.
    pub(super) fn audit_note(&self, actor: &str, detail: impl FnOnce() -> String) -> Option<Note> {
        (self.audit.scope == AuditScope::All).then(|| Note { actor: actor.to_owned(), detail: detail() })
    }

    pub(super) fn audit_login(&self, name: &str, from: std::net::IpAddr) {
        self.audit_later(name, "login", name.to_owned(), from.to_string());
    }

    pub(super) fn audit_refused_login(&self, name: &str, from: std::net::IpAddr) {
        if self.audit.admit_refused(clock::now_ms()) {
            // What is no name may be anything, a key too.
            let name = if AgentName::parse(name).is_ok() { name } else { "" };
            self.audit_later("", "login.refused", name.to_owned(), from.to_string());
        }
    }

    /// The refused logins that got no line of their own, as one.
    pub(super) fn audit_untold(&self, is_stopping: bool) {
        let untold = self.audit.take_untold(clock::now_ms(), is_stopping);
        if untold > 0 {
            self.audit_later("", "login.refused", String::new(), format!("and {untold} more"));
        }
    }

    pub(super) fn audit_read(&self, name: &str, item: &ItemId) {
        self.audit_later(name, "item.read", item_name(item), String::new());
    }

    fn audit_later(&self, actor: &str, action: &'static str, subject: String, detail: String) {
        if self.audit.scope == AuditScope::Administration {
            return;
        }
        if !self.audit.add(NewLine { at: clock::now_ms(), actor: actor.to_owned(), action, subject, detail }) {
            self.lose_line();
        }
    }

    /// A line that is not written: counted, and told once a minute.
    fn lose_line(&self) {
        let lost = self.metrics.audit_lost.inc() + 1;
        let (now, told) = (clock::now_ms(), self.audit.loss_told_at.load(Ordering::Relaxed));
        let is_due = now.saturating_sub(told) >= LOSS_TOLD_EVERY_MS;
        if is_due && self.audit.loss_told_at.compare_exchange(told, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::error!(lost, "the audit log has a hole: the database does not take its lines in time");
        }
    }
}
