//! That the judge sees: a sound history passes, and each invariant that is broken on purpose is found.

use std::collections::BTreeMap;

use agent_hub_protocol::{
    body::{ItemAnswer, Notification},
    time::Timestamp,
};

use super::{
    check::{Subscription, judge},
    history::{LONG_TTL, Publish, Reading, Record, now_ms},
};

fn publish(record: &mut Record, name: &str, (began, ended): (u64, u64), stands: &[(&str, i64)]) {
    let publish = Publish {
        from: "ann".into(),
        name: name.into(),
        data: "d".into(),
        to: stands.iter().map(|(to, _)| (*to).to_owned()).collect(),
        ttl: LONG_TTL,
        one_time: false,
        key: name.into(),
        began,
        began_ms: 0,
        ended: Some(ended),
        ended_ms: 0,
        token: Some(format!("token of {name}")),
        withdrawn: false,
        stands: stands.iter().map(|(to, seq)| ((*to).to_owned(), *seq)).collect(),
    };
    record.publishes.insert(name.into(), publish);
}

fn tell(record: &mut Record, agent: &str, stream: &str, seq: i64, name: &str) {
    let told = Notification {
        stream: stream.into(),
        seq,
        token: format!("token of {name}"),
        from: "ann".into(),
        name: name.into(),
        size: 1,
        ttl: LONG_TTL,
        created_at: Timestamp(0),
        reply_to: None,
        one_time: false,
        traceparent: None,
        data: None,
    };
    record.told_entry(agent, &told);
}

/// Two publishes to ben and cho, one after the other, told to both.
fn sound() -> Record {
    let mut record = Record::default();
    publish(&mut record, "p1", (0, 1), &[("ben", 1), ("cho", 1)]);
    publish(&mut record, "p2", (2, 3), &[("ben", 2), ("cho", 2)]);
    for agent in ["ben", "cho"] {
        tell(&mut record, agent, agent, 1, "p1");
        tell(&mut record, agent, agent, 2, "p2");
    }
    record
}

fn verdict(record: &Record) -> Vec<String> {
    let subscriptions =
        ["ben", "cho"].map(|agent| Subscription { agent: agent.into(), stream: agent.into(), since: 0, head: 2 });
    judge(record, &subscriptions)
}

fn assert_found(record: &Record, what: &str) {
    let wrong = verdict(record);
    assert!(wrong.iter().any(|wrong| wrong.contains(what)), "{what:?} was not found: {wrong:?}");
}

#[test]
fn a_sound_history_passes() {
    assert_eq!(verdict(&sound()), Vec::<String>::new());
}

#[test]
fn a_hole_is_found() {
    let mut record = sound();
    record.told.get_mut(&("ben".into(), "ben".into())).unwrap().entries.remove(&1);
    assert_found(&record, "never told [1]");
    assert_found(&record, "never told of p1");
}

#[test]
fn a_skipped_entry_that_had_something_to_give_is_found() {
    let mut record = sound();
    let told = record.told.get_mut(&("ben".into(), "ben".into())).unwrap();
    told.entries.remove(&1);
    record.told_skipped("ben", "ben", 1, 1);
    assert_found(&record, "never told of p1");
}

#[test]
fn a_wrong_order_is_found() {
    let mut record = sound();
    for (name, seq) in [("p1", 2), ("p2", 1)] {
        record.publishes.get_mut(name).unwrap().stands = BTreeMap::from([("ben".to_owned(), seq)]);
    }
    assert_found(&record, "began after");
}

#[test]
fn half_a_publish_is_found() {
    let mut record = sound();
    record.publishes.get_mut("p2").unwrap().token = None;
    record.places.remove(&("p2".into(), "cho".into()));
    assert_found(&record, "half of p2");
}

#[test]
fn an_acknowledged_publish_that_is_not_there_is_found() {
    let mut record = sound();
    record.publishes.get_mut("p2").unwrap().stands.clear();
    assert_found(&record, "does not stand in ben");
}

#[test]
fn two_items_under_one_number_and_one_item_under_two_are_found() {
    let mut record = sound();
    tell(&mut record, "ben", "ben", 1, "p2");
    assert_found(&record, "ben/1 was");
    assert_found(&record, "p2 stands twice in ben");
}

#[test]
fn a_cursor_that_falls_or_overtakes_the_head_is_found() {
    let mut record = sound();
    record.acked("ben", "ben", 2);
    record.cursor("ben", "ben", 1, 2);
    record.cursor("cho", "cho", 3, 2);
    assert_found(&record, "the cursor of ben is 1, was 2");
    assert_found(&record, "the cursor of cho is 3");
}

#[test]
fn a_second_token_and_a_stranger_who_is_told_are_found() {
    let mut record = sound();
    record.named("p1", "another");
    tell(&mut record, "dee", "ben", 1, "p1");
    assert_found(&record, "p1 has two tokens");
    assert_found(&record, "dee was told");
}

fn read(record: &mut Record, agent: &str, began_ms: i64) {
    let item = ItemAnswer {
        token: "token of p1".into(),
        name: "p1".into(),
        data: "d".into(),
        ttl: LONG_TTL,
        created_at: Timestamp(0),
        from: "ann".into(),
        to: Vec::new(),
        reply_to: None,
        one_time: false,
    };
    let by = Reading { agent, key: agent, token: "token of p1", began_ms };
    record.read(&by, &item, |_| false);
}

#[test]
fn a_one_time_item_read_twice_is_found() {
    let mut record = sound();
    record.publishes.get_mut("p1").unwrap().one_time = true;
    read(&mut record, "ann", 0);
    read(&mut record, "ben", 0);
    read(&mut record, "ben", 0);
    assert_eq!(record.violations, Vec::<String>::new(), "the publisher's reading counts for nothing, a repeat neither");
    read(&mut record, "cho", 0);
    assert_found(&record, "read more than once");
}

#[test]
fn a_reading_by_a_stranger_or_past_the_expiry_is_found() {
    let mut record = sound();
    read(&mut record, "dee", 0);
    assert_found(&record, "dee read what is not so or not for it");
    read(&mut record, "ben", LONG_TTL * 1000 + 1);
    assert_found(&record, "past its expiry");
}

#[test]
fn an_item_that_is_gone_without_a_reason_is_found() {
    for code in ["expired", "withdrawn", "consumed", "not_found"] {
        let mut record = sound();
        record.publishes.get_mut("p1").unwrap().began_ms = now_ms();
        record.gone("ben", "p1", code);
        assert_found(&record, &format!("p1 is {code}"));
    }
}
