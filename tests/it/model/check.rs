//! What is judged when a run is over and everybody has read everything.

use std::collections::BTreeMap;

use super::history::{Publish, Record};

/// A stream that an agent was subscribed to all the time, and where its subscription began.
pub struct Subscription {
    /// The agent.
    pub agent: String,
    /// The stream.
    pub stream: String,
    /// What comes after this is the agent's.
    pub since: i64,
    /// The head at the end.
    pub head: i64,
}

/// All that must hold at the end. Returns what does not.
pub fn judge(record: &Record, subscriptions: &[Subscription]) -> Vec<String> {
    let mut wrong = record.violations.clone();
    for subscription in subscriptions {
        without_a_hole(record, subscription, &mut wrong);
    }
    for publish in record.publishes.values() {
        delivered(record, publish, subscriptions, &mut wrong);
        all_or_nothing(record, publish, subscriptions, &mut wrong);
    }
    in_order(record, &mut wrong);
    wrong
}

/// Invariant 2: every number was told, as an entry or as skipped, and none beyond the head or before `since`.
fn without_a_hole(record: &Record, subscription: &Subscription, wrong: &mut Vec<String>) {
    let Subscription { agent, stream, since, head } = subscription;
    let told = record.told.get(&(agent.clone(), stream.clone())).cloned().unwrap_or_default();
    let all: Vec<i64> = told.entries.union(&told.skipped).copied().collect();
    let expected: Vec<i64> = (since + 1..=*head).collect();
    if all != expected {
        let missing: Vec<_> = expected.iter().filter(|seq| !all.contains(seq)).collect();
        let beyond: Vec<_> = all.iter().filter(|seq| !expected.contains(seq)).collect();
        wrong
            .push(format!("{agent}: {stream} after {since} to {head}: never told {missing:?}, told beyond {beyond:?}"));
    }
}

/// Invariant 1: an acknowledged publish stands in every stream that it was sent to, and was told to everybody there.
fn delivered(record: &Record, publish: &Publish, subscriptions: &[Subscription], wrong: &mut Vec<String>) {
    if publish.token.is_none() {
        return;
    }
    for to in &publish.to {
        let Some(seq) = publish.stands.get(to) else {
            wrong.push(format!("{} was acknowledged and does not stand in {to}", publish.name));
            continue;
        };
        if record.entries.get(&(to.clone(), *seq)).is_some_and(|(_, name)| *name != publish.name) {
            wrong.push(format!("{} stands at {to}/{seq}, which was told as another", publish.name));
        }
        for subscription in subscriptions.iter().filter(|s| s.stream == *to && s.since < *seq) {
            let told = record.told.get(&(subscription.agent.clone(), to.clone()));
            if publish.lasts() && !told.is_some_and(|told| told.entries.contains(seq)) {
                wrong.push(format!("{} was never told of {} at {to}/{seq}", subscription.agent, publish.name));
            }
        }
    }
}

/// Invariant 6: a publish whose outcome nobody knows is in all its streams or in none (as far as somebody reads them).
fn all_or_nothing(record: &Record, publish: &Publish, subscriptions: &[Subscription], wrong: &mut Vec<String>) {
    if publish.token.is_some() || !publish.lasts() {
        return;
    }
    let read: Vec<_> = publish.to.iter().filter(|to| subscriptions.iter().any(|s| s.stream == **to)).collect();
    let stands = read.iter().filter(|to| record.places.contains_key(&(publish.name.clone(), (**to).clone()))).count();
    if stands != 0 && stands != read.len() {
        wrong.push(format!("half of {} is stored: {stands} of {read:?}", publish.name));
    }
}

/// Invariant 5: what was acknowledged before another publish began comes before it in every stream that both are in.
fn in_order(record: &Record, wrong: &mut Vec<String>) {
    let mut streams: BTreeMap<&str, Vec<(i64, &Publish)>> = BTreeMap::new();
    for publish in record.publishes.values() {
        for (stream, seq) in &publish.stands {
            streams.entry(stream).or_default().push((*seq, publish));
        }
    }
    for (stream, mut publishes) in streams {
        publishes.sort_by_key(|(seq, _)| *seq);
        // From the last to the first: none may begin after one that stands behind it had ended.
        let mut earliest: Option<(u64, &str)> = None;
        for (seq, publish) in publishes.into_iter().rev() {
            if let Some((ended, later)) = earliest.filter(|(ended, _)| *ended < publish.began) {
                wrong.push(format!(
                    "{stream}/{seq} {} began after {later} had ended ({ended}), and precedes it",
                    publish.name
                ));
            }
            if let Some(ended) = publish.ended.filter(|ended| earliest.is_none_or(|(least, _)| *ended < least)) {
                earliest = Some((ended, &publish.name));
            }
        }
    }
}
