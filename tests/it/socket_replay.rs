//! The log is the truth, a push is a hint: what a session is told, from where, and in which order.

use std::time::{Duration, Instant};

use crate::harness::{Database, Event, TestAgent, TestHub, TestSocket, Value, json};

on_both! {
    a_connected_agent_is_told_at_once,
    replay_starts_behind_the_durable_cursor,
    a_position_of_the_clients_own_overrides_the_durable_cursor,
    replay_and_live_entries_follow_each_other_without_a_gap,
    every_session_of_an_agent_gets_everything,
    an_entry_with_nothing_left_to_give_is_told_as_skipped,
    a_position_beyond_the_head_or_of_another_epoch_is_answered_with_resync,
    small_data_comes_inline_where_it_was_asked_for,
    one_time_data_never_comes_inline,
    a_member_is_told_from_its_joining_on,
    an_expired_item_is_gone_at_once,
}

async fn publish(agent: &TestAgent, to: &str, name: &str) -> String {
    agent.publish(&json!({"name": name, "data": format!("data of {name}"), "to": [to]})).await
}

async fn publish_many(agent: &TestAgent, to: &str, numbers: std::ops::RangeInclusive<usize>) {
    for n in numbers {
        publish(agent, to, &format!("n{n}")).await;
    }
}

/// Entries `from` to `to` of the own stream, each once and in order.
async fn expect_run(socket: &mut TestSocket, stream: &str, from: i64, to: i64) {
    for seq in from..=to {
        socket.expect_notify(stream, seq).await;
    }
}

fn after(epoch: &Value, positions: Value) -> Value {
    json!({"type": "hello", "epoch": epoch, "after": positions})
}

// The design, section 5: pushing.
async fn a_connected_agent_is_told_at_once(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect().await;
    let begin = Instant::now();
    let body = json!({"name": "report", "data": "0123456789", "to": ["bob"], "ttl": 60});
    let token = alice.publish(&body).await;
    let told = socket.expect_notify("bob", 1).await;
    assert!(begin.elapsed() < Duration::from_secs(1), "told only after {:?}", begin.elapsed());
    let expected = json!({"token": token, "from": "alice", "name": "report", "size": 10, "ttl": 60});
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&told[field], value, "{told}");
    }
    for absent in ["data", "id", "reply_to", "one_time"] {
        assert!(told.get(absent).is_none(), "{told}");
    }
    assert!(told["created_at"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')), "{told}");
    socket.expect_quiet().await;
}

// The design, section 7; invariant 8.
async fn replay_starts_behind_the_durable_cursor(database: Database) {
    let mut hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    publish_many(&alice, "bob", 1..=5).await;
    let mut socket = bob.connect().await;
    expect_run(&mut socket, "bob", 1, 5).await;
    socket.ask_ok(json!({"type": "ack", "seq": 3})).await;
    hub.restart().await;
    let mut socket = bob.connect().await;
    assert_eq!(socket.welcome["streams"]["bob"], json!({"acked": 3, "head": 5}));
    expect_run(&mut socket, "bob", 4, 5).await;
    socket.expect_quiet().await;
}

// Invariant 3
async fn a_position_of_the_clients_own_overrides_the_durable_cursor(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    publish_many(&alice, "bob", 1..=6).await;
    bob.ack(4).await;
    let epoch = bob.inbox("").await["epoch"].clone();
    for start in [0, 2, 5, 6] {
        let mut socket = bob.connect_saying(after(&epoch, json!({"bob": start}))).await;
        assert_eq!(socket.welcome["streams"]["bob"]["acked"], 4, "the durable cursor does not move");
        expect_run(&mut socket, "bob", start + 1, 6).await;
        socket.expect_quiet().await;
    }
}

// Invariant 3: the hand-over from replay to live, while others publish.
async fn replay_and_live_entries_follow_each_other_without_a_gap(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    publish_many(&alice, "bob", 1..=50).await;
    let publishing = tokio::spawn(async move { publish_many(&alice, "bob", 51..=150).await });
    for _ in 0..5 {
        let mut socket = bob.connect().await;
        expect_run(&mut socket, "bob", 1, 60).await;
        socket.cut();
    }
    let mut last = bob.connect().await;
    expect_run(&mut last, "bob", 1, 150).await;
    publishing.await.expect("the publisher");
    last.expect_quiet().await;
}

// The design, section 7: several sessions of one agent.
async fn every_session_of_an_agent_gets_everything(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut first = bob.connect().await;
    let mut second = bob.connect().await;
    publish_many(&alice, "bob", 1..=3).await;
    first.ask_ok(json!({"type": "ack", "seq": 2})).await;
    publish_many(&alice, "bob", 4..=5).await;
    expect_run(&mut first, "bob", 1, 5).await;
    expect_run(&mut second, "bob", 1, 5).await;
    assert_eq!(bob.inbox("").await["streams"]["bob"]["acked"], 2, "acked belongs to the agent");
    let mut third = bob.connect().await;
    expect_run(&mut third, "bob", 3, 5).await;
    for mut socket in [first, second, third] {
        socket.expect_quiet().await;
    }
}

// Invariant 2, R26
async fn an_entry_with_nothing_left_to_give_is_told_as_skipped(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    publish(&alice, "bob", "stays").await;
    let withdrawn = publish(&alice, "bob", "withdrawn").await;
    let job = alice.publish(&json!({"name": "job", "data": "d", "to": ["bob", "carol"], "one_time": true})).await;
    alice.publish(&json!({"name": "short", "data": "d", "to": ["bob"], "ttl": 1})).await;
    publish(&alice, "bob", "stays too").await;
    alice.withdraw(&withdrawn).await.ok();
    carol.retrieve(&job).await.ok();
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    let mut socket = bob.connect().await;
    socket.expect_notify("bob", 1).await;
    let skipped = socket.expect("skipped").await;
    assert_eq!(skipped, json!({"type": "skipped", "stream": "bob", "from": 2, "to": 4}));
    socket.expect_notify("bob", 5).await;
    socket.expect_quiet().await;
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 2, "to": 4}]));
    assert_eq!(inbox["entries"].as_array().map(Vec::len), Some(2));
}

// B08, R20
async fn a_position_beyond_the_head_or_of_another_epoch_is_answered_with_resync(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    publish_many(&alice, "bob", 1..=3).await;
    bob.ack(1).await;
    let epoch = bob.inbox("").await["epoch"].clone();
    for (its_epoch, start) in
        [(&epoch, 4), (&epoch, 9_007_199_254_740_991_i64), (&json!("another"), 2), (&json!(""), 0)]
    {
        let mut socket = bob.open().await;
        socket.send(&after(its_epoch, json!({"bob": start}))).await;
        socket.expect_welcome().await;
        let resync = socket.expect("resync").await;
        assert_eq!(resync, json!({"type": "resync", "stream": "bob", "epoch": epoch, "acked": 1, "head": 3}));
        expect_run(&mut socket, "bob", 2, 3).await;
        socket.expect_quiet().await;
    }
}

// The design, section 7: inline data.
async fn small_data_comes_inline_where_it_was_asked_for(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut asking = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 10})).await;
    let mut capped = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 1_000_000})).await;
    let mut plain = bob.connect().await;
    let datas = ["", "0123456789", "0123456789a", "äöüß€", "ääääää"].map(str::to_owned);
    let datas = datas.into_iter().chain(["x".repeat(16 * 1024), "x".repeat(16 * 1024 + 1)]);
    for (seq, data) in (1..).zip(datas) {
        alice.tell("bob", &data).await;
        let told = asking.expect_notify("bob", seq).await;
        let inline = (data.len() <= 10).then_some(data.as_str());
        assert_eq!(told.get("data").and_then(Value::as_str), inline, "{told}");
        let told = capped.expect_notify("bob", seq).await;
        assert_eq!(told.get("data").is_some(), data.len() <= 16 * 1024, "the cap is 16 KiB");
        assert!(plain.expect_notify("bob", seq).await.get("data").is_none());
    }
    let mut replayed = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 10})).await;
    replayed.expect_notify("bob", 1).await;
    assert_eq!(replayed.expect_notify("bob", 2).await["data"], "0123456789", "replay inlines too");
}

// B17
async fn one_time_data_never_comes_inline(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 100})).await;
    let body = json!({"name": "job", "data": "secret", "to": ["bob"], "one_time": true});
    let token = alice.publish(&body).await;
    let mut later = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 100})).await;
    for told in [socket.expect_notify("bob", 1).await, later.expect_notify("bob", 1).await] {
        assert_eq!((told.get("data"), &told["one_time"]), (None, &json!(true)), "{told}");
    }
    let data = socket.ask(json!({"type": "retrieve", "token": token})).await;
    assert_eq!((&data["type"], &data["data"], &data["one_time"]), (&json!("data"), &json!("secret"), &json!(true)));
    let mut last = bob.connect().await;
    assert_eq!(last.expect("skipped").await, json!({"type": "skipped", "stream": "bob", "from": 1, "to": 1}));
}

// B18; the design, section 3: `since`.
async fn a_member_is_told_from_its_joining_on(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    publish_many(&alice, "#team", 1..=2).await;
    let mut socket = bob.connect().await;
    let joined = socket.ask(json!({"type": "join", "channel": "team"})).await;
    assert_eq!((&joined["type"], &joined["acked"], &joined["head"]), (&json!("joined"), &json!(2), &json!(2)));
    publish_many(&alice, "#team", 3..=4).await;
    expect_run(&mut socket, "#team", 3, 4).await;
    let epoch = socket.welcome["epoch"].clone();
    let mut below = bob.connect_saying(after(&epoch, json!({"#team": 0}))).await;
    expect_run(&mut below, "#team", 3, 4).await;
    below.expect_quiet().await;

    socket.ask(json!({"type": "leave", "channel": "#team"})).await;
    publish_many(&alice, "#team", 5..=6).await;
    socket.ask(json!({"type": "join", "channel": "#team"})).await;
    publish(&alice, "#team", "n7").await;
    let mut again = bob.connect_saying(after(&epoch, json!({"#team": 0}))).await;
    again.expect_notify("#team", 7).await;
    again.expect_quiet().await;
}

// E24
async fn an_expired_item_is_gone_at_once(database: Database) {
    let hub = TestHub::builder(database).flag("--sweep-interval", 3600).start().await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let mut socket = bob.connect().await;
    let token = alice.publish(&json!({"name": "short", "data": "d", "to": ["bob"], "ttl": 1})).await;
    socket.expect_notify("bob", 1).await;
    bob.retrieve(&token).await.ok();
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    bob.retrieve(&token).await.refused(410, "expired");
    carol.retrieve(&token).await.refused(404, "not_found");
    let answer = socket.ask(json!({"type": "retrieve", "token": token})).await;
    assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("expired")));
    let mut later = bob.connect().await;
    let next = later.next().await;
    let skipped = json!({"type": "skipped", "stream": "bob", "from": 1, "to": 1});
    assert_eq!(next, Event::Frame(skipped), "before the sweeper comes, too");
}
