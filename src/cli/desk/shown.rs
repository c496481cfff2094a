//! What was shown of one stream.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Entries before the last shown one that are remembered as not shown; beyond that they count as shown.
const UNSHOWN_MAX: usize = 1_000;

/// Everything up to a number, with exceptions that a filter left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    upto: i64,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    except: BTreeSet<i64>,
}

impl Shown {
    /// Up to where there is nothing that was not shown.
    pub fn position(&self) -> i64 {
        self.except.first().map_or(self.upto, |first| first - 1)
    }

    /// Whether an entry was shown.
    pub fn has(&self, seq: i64) -> bool {
        seq <= self.upto && !self.except.contains(&seq)
    }

    /// An entry was shown, or passed over by a filter.
    pub fn pass(&mut self, seq: i64, is_shown: bool) {
        if is_shown {
            self.except.remove(&seq);
        } else if seq > self.upto {
            self.except.insert(seq);
        }
        self.upto = self.upto.max(seq);
        while self.except.len() > UNSHOWN_MAX {
            self.except.pop_first();
        }
    }

    /// An entry was shown by a look at some place of the stream: nothing is said of what is before it.
    pub fn pass_again(&mut self, seq: i64) {
        self.except.remove(&seq);
    }

    /// Everything from behind `acked` up to `seq` is acknowledged; the first of it that was never shown, and how many there are. (What
    /// is beyond the last that was shown counts, whatever it is.)
    pub fn acked(&mut self, acked: i64, seq: i64) -> Option<(i64, i64)> {
        let left = self.except.split_off(&(seq + 1));
        let passed: Vec<i64> = std::mem::replace(&mut self.except, left).into_iter().filter(|n| *n > acked).collect();
        let beyond = acked.max(self.upto);
        self.upto = self.upto.max(seq);
        let count = i64::try_from(passed.len()).unwrap_or(i64::MAX) + (seq - beyond).max(0);
        (count > 0).then(|| (passed.first().copied().unwrap_or(beyond + 1), count))
    }
}
