//! A W3C `traceparent` goes from whoever publishes to whoever is told, live and out of the log.

use crate::harness::*;

on_both![
    a_traceparent_reaches_whoever_is_told_live_and_later,
    a_frame_carries_it_too_and_a_malformed_one_stores_nothing,
    a_malformed_header_counts_as_none,
    a_repeat_may_be_another_span_of_the_trace,
    the_client_sends_it_and_hands_it_over,
];

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00";

fn publish_in(trace: &str, data: &str) -> Request {
    Request::post("/secure/agent/publish")
        .header("traceparent", trace)
        .json(&json!({"name": "n", "data": data, "to": ["bob"]}))
}

async fn a_traceparent_reaches_whoever_is_told_live_and_later(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut live = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 100})).await;
    alice.send(publish_in(TRACE, "first")).await.ok();
    let told = live.expect_notify("bob", 1).await;
    assert_eq!((&told["traceparent"], &told["data"]), (&json!(TRACE), &json!("first")));
    alice.tell("bob", "in no trace").await;
    assert!(live.expect_notify("bob", 2).await.get("traceparent").is_none());
    hub.restart().await;
    let mut later = bob.connect().await;
    assert_eq!(later.expect_notify("bob", 1).await["traceparent"], TRACE);
    assert!(later.expect_notify("bob", 2).await.get("traceparent").is_none());
    let entries = bob.inbox("").await["entries"].clone();
    assert_eq!(entries[0]["traceparent"], TRACE);
    assert!(entries[1].get("traceparent").is_none(), "{entries}");
}

async fn a_frame_carries_it_too_and_a_malformed_one_stores_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let (mut hers, mut his) = (alice.connect().await, bob.connect().await);
    let publish =
        |trace: &str| json!({"type": "publish", "name": "n", "data": "d", "to": ["bob"], "traceparent": trace});
    for bad in ["", "00", &TRACE.to_uppercase(), &format!("{TRACE}-more")] {
        let refused = hers.ask(publish(bad)).await;
        assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("invalid")), "{bad}");
        assert!(!refused["detail"].as_str().unwrap().contains("0af7"), "a detail repeats no value: {refused}");
    }
    assert_eq!(hub.count("items").await, 0);
    // A later version is handed on as the version that this hub knows.
    let later = format!("{}-what-the-future-brings", TRACE.replacen("00", "01", 1));
    assert_eq!(hers.ask(publish(&later)).await["type"], "published");
    assert_eq!(his.expect_notify("bob", 1).await["traceparent"], TRACE);
}

async fn a_malformed_header_counts_as_none(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for bad in ["", "nonsense", &TRACE.to_uppercase(), &TRACE.replace("b7ad6b7169203331", "0000000000000000")] {
        alice.send(publish_in(bad, "d")).await.ok();
    }
    alice.send(publish_in(TRACE, "d").header("traceparent", OTHER)).await.ok();
    let inbox = bob.inbox("").await;
    let entries = inbox["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 5);
    assert!(entries.iter().all(|entry| entry.get("traceparent").is_none()), "{inbox}");
}

async fn a_repeat_may_be_another_span_of_the_trace(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let first = alice.send(publish_in(TRACE, "d").header("idempotency-key", "k")).await.ok();
    let again = alice.send(publish_in(OTHER, "d").header("idempotency-key", "k")).await.ok();
    assert_eq!(first, again);
    let entries = bob.inbox("").await["entries"].clone();
    assert_eq!((entries.as_array().map(Vec::len), &entries[0]["traceparent"]), (Some(1), &json!(TRACE)));
}

async fn the_client_sends_it_and_hands_it_over(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let mut notes = bob.notifications().await.unwrap();
    alice.send("bob", "hello").traceparent(TRACE).await.unwrap();
    let note = told(&mut notes).await;
    assert_eq!(note.traceparent.as_deref(), Some(TRACE));
    assert_eq!(note.read().await.unwrap().text(), "hello");
    let refused = alice.send("bob", "hello").traceparent("nonsense").await.unwrap_err();
    assert_eq!(refused.code(), "invalid");
}
