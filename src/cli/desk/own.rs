//! What an agent said itself to a channel stands in the channel's stream like any other entry. It is moved past silently, and
//! acknowledged along where nothing else is outstanding before it: who only publishes would be behind for ever otherwise.

use std::collections::BTreeSet;

use agent_hub_protocol::body::{Cursor, InboxAnswer};

use super::{Memory, Seat};

impl Seat {
    /// Acknowledges, in each channel, what lies just behind the cursor and is this agent's own; whether there was such. The cursors of
    /// `inbox` are raised.
    pub async fn move_past_own(&self, inbox: &mut InboxAnswer, memory: &Memory) -> bool {
        let me = self.me();
        let own = inbox.entries.iter().filter(|entry| entry.from == me);
        let told: BTreeSet<_> = own.map(|entry| (entry.stream.as_str(), entry.seq)).collect();
        let mut is_moved = false;
        for (stream, cursor) in inbox.streams.iter_mut().filter(|(stream, _)| *stream != me) {
            let is_own = |seq| told.contains(&(stream, seq)) || memory.is_own(me, &inbox.epoch, stream, seq);
            let upto = past_own(*cursor, is_own);
            // Whatever is in the way now: the next command does it again.
            if upto > cursor.acked && self.hub.ack_in(stream, upto, Some(&inbox.epoch)).await.is_ok() {
                (cursor.acked, is_moved) = (upto, true);
            }
        }
        is_moved
    }
}

/// The last number behind the cursor up to which nothing is anybody else's.
pub(in crate::cli) fn past_own(cursor: Cursor, is_own: impl Fn(i64) -> bool) -> i64 {
    (cursor.acked + 1..=cursor.head).take_while(|seq| is_own(*seq)).last().unwrap_or(cursor.acked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_are_moved_past_and_none_that_is_behind_another() {
        for (acked, head, own, upto) in [
            (0, 3, &[1, 2, 3][..], 3),
            (0, 3, &[2, 3], 0),
            (1, 3, &[2], 2),
            (1, 3, &[2, 3, 4], 3),
            (3, 3, &[4], 3),
            (5, 3, &[4], 5),
        ] {
            assert_eq!(past_own(Cursor { acked, head }, |seq| own.contains(&seq)), upto, "{acked} {head} {own:?}");
        }
    }
}
