//! Watching: what an operator's socket is told of what happens, and what it costs those who do not watch.

use std::{collections::BTreeMap, time::Duration};

use crate::harness::*;

on_both![
    everything_that_happens_is_told_in_its_order,
    an_item_whose_time_is_over_is_told,
    a_flood_is_counted_where_it_is_not_told,
];
on_one![
    events_hold_no_data_and_no_token,
    refusals_are_told_with_their_code_and_route,
    watching_everything_is_for_operators,
    who_is_no_operator_any_more_watches_no_more,
];

/// A socket of the operator that watches everything.
async fn watch(hub: &TestHub) -> TestSocket {
    let mut socket = hub.operator().await.connect().await;
    assert_eq!(socket.ask(json!({"type": "watch", "events": true, "id": "w"})).await["type"], "ok");
    socket
}

/// Events until one satisfies `last`; that one is the last.
async fn events_until(socket: &mut TestSocket, last: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut seen = Vec::new();
    loop {
        let frame = socket.expect("events").await;
        for event in frame["events"].as_array().expect("a list") {
            seen.push(event.clone());
            if last(event) {
                return seen;
            }
        }
    }
}

async fn everything_that_happens_is_told_in_its_order(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut watcher = watch(&hub).await;
    let mut socket = bob.connect().await;
    let token = alice.publish(&json!({"name": "report", "data": "12345", "to": ["bob"]})).await;
    socket.expect("notify").await;
    bob.retrieve(&token).await.ok();
    bob.ack(1).await;
    alice.withdraw(&token).await.ok();
    drop(socket);
    let events = events_until(&mut watcher, |event| event["event"] == "gone").await;
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds, ["connected", "published", "pushed", "read", "acked", "withdrawn", "gone"], "{events:?}");
    let [connected, published, pushed, read, acked, withdrawn, gone] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&published["agent"], &published["to"]), (&json!("alice"), &json!(["bob"])));
    assert_eq!((&published["name"], &published["size"]), (&json!("report"), &json!(5)));
    assert_eq!((&pushed["stream"], &pushed["seq"], &pushed["agent"]), (&json!("bob"), &json!(1), &json!("bob")));
    assert_eq!((&acked["stream"], &acked["seq"]), (&json!("bob"), &json!(1)));
    for event in [pushed, read, withdrawn] {
        assert_eq!(event["item"], published["item"], "{event}");
    }
    assert_eq!((&connected["session"], &pushed["session"]), (&gone["session"], &gone["session"]));
    let times: Vec<i64> = events.iter().filter_map(|event| event["at_ms"].as_i64()).collect();
    assert!(times.is_sorted() && times.len() == events.len(), "{times:?}");
}

async fn an_item_whose_time_is_over_is_told(db: Database) {
    let hub = TestHub::builder(db).flag("--sweep-interval", "1s").start().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let mut watcher = watch(&hub).await;
    alice.publish(&json!({"name": "soon gone", "data": "x", "to": ["bob"], "ttl": 1})).await;
    let events = events_until(&mut watcher, |event| event["event"] == "expired").await;
    let [published, expired] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&expired["agent"], &expired["name"]), (&json!("alice"), &json!("soon gone")));
    assert_eq!(expired["item"], published["item"]);
}

async fn a_flood_is_counted_where_it_is_not_told(db: Database) {
    const PUBLISHES: u64 = 1_500;
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let mut watcher = watch(&hub).await;
    let mut socket = alice.connect().await;
    for number in 0..PUBLISHES {
        let frame = json!({"type": "publish", "name": format!("n{number}"), "data": "x", "to": ["bob"]});
        socket.send(&frame).await;
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let (mut told, mut left_out) = (0, 0);
    while told + left_out < PUBLISHES + 1 {
        let frame = watcher.expect("events").await;
        let events = frame["events"].as_array().expect("a list");
        assert!(events.len() <= 250);
        told += events.len() as u64;
        left_out += frame["left_out"].as_u64().unwrap_or(0);
        for event in events {
            *counts.entry(event["event"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    // Alice's session, and every publish: told or counted, each once.
    assert_eq!(told + left_out, PUBLISHES + 1, "{counts:?}");
    assert_eq!(counts["connected"], 1);
}

async fn events_hold_no_data_and_no_token(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut watcher = watch(&hub).await;
    let token = alice.tell("bob", "CANARY-of-the-data").await;
    alice.publish(&json!({"name": "answer", "data": "CANARY", "to": ["bob"], "reply_to": token})).await;
    bob.retrieve(&token).await.ok();
    let events = events_until(&mut watcher, |event| event["event"] == "read").await;
    let text = Value::from(events.clone()).to_string();
    for secret in ["CANARY", &token, &alice.api_key, &alice.jwt, &bob.api_key] {
        assert!(!text.contains(secret), "{text}");
    }
    // Nor does the id that names the item open anything.
    let item = events[0]["item"].as_str().expect("an id").to_owned();
    bob.retrieve(&item).await.refused(404, "not_found");
    assert_eq!(events[1]["reply_to"], item.as_str());
}

async fn refusals_are_told_with_their_code_and_route(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice] = hub.agents(["alice"]).await;
    let mut watcher = watch(&hub).await;
    alice.try_publish(&json!({"name": "n", "data": "d", "to": ["nobody"]})).await.refused(422, "unknown_address");
    alice.retrieve("AAAAAAAAAAAAAAAAAAAAAA").await.refused(404, "not_found");
    let mut socket = alice.connect().await;
    socket.ask(json!({"type": "ack", "seq": 7, "id": "a"})).await;
    socket.send(&json!({"type": "watch"})).await;
    let events = events_until(&mut watcher, |event| event["asked"] == "watch").await;
    let told: Vec<_> = events.iter().filter(|event| event["event"] == "refused").collect();
    let said: Vec<_> = told.iter().map(|event| (event["code"].as_str(), event["asked"].as_str())).collect();
    let expected = [
        (Some("unknown_address"), Some("POST /secure/agent/publish")),
        (Some("not_found"), Some("GET /secure/retrieve/{token}")),
        (Some("beyond_head"), Some("ack")),
        (Some("forbidden"), Some("watch")),
    ];
    assert_eq!(said, expected);
    assert!(told.iter().all(|event| event["agent"] == "alice"), "{told:?}");
}

async fn watching_everything_is_for_operators(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice] = hub.agents(["alice"]).await;
    let mut socket = alice.connect().await;
    socket.send(&json!({"type": "watch", "events": true})).await;
    socket.expect_error("forbidden").await;
    socket.expect_closed(4403).await;
}

async fn who_is_no_operator_any_more_watches_no_more(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let made =
        operator.send(Request::post("/admin/agents").json(&json!({"name": "eve", "role": "operator"}))).await.ok();
    let eve = TestAgent::login(hub.address(), "eve", made["api_key"].as_str().expect("a key")).await;
    let mut socket = eve.connect().await;
    socket.ask(json!({"type": "watch", "events": true, "id": "w"})).await;
    let role = |role| Request::post("/admin/agents/eve/role").json(&json!({ "role": role }));
    operator.send(role("agent")).await.ok();
    socket.expect_closed(4403).await;
    eve.get("/admin/hub").await.refused(403, "forbidden");
    operator.send(role("operator")).await.ok();
    eve.get("/admin/hub").await.ok();
    // Somebody has to be left who can.
    operator.send(role("agent")).await.ok();
    let own = Request::post("/admin/agents/operator/role").json(&json!({"role": "agent"}));
    operator.send(own.clone()).await.refused(409, "last_operator");
    operator.send(Request::post("/admin/agents/operator/disable")).await.refused(409, "last_operator");
    tokio::time::sleep(Duration::from_millis(10)).await;
    operator.get("/admin/hub").await.ok();
}
