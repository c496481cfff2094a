//! One-time items: read by exactly one of those they are for, and never by accident.

use crate::harness::*;

on_both![
    a_one_time_item_is_read_once,
    of_many_simultaneous_readers_exactly_one_gets_it,
    a_job_in_a_channel_goes_to_exactly_one_worker,
    foreign_reads_do_not_consume,
    the_publishers_own_reading_does_not_consume,
    head_does_not_consume,
    the_same_reader_with_the_same_key_gets_the_same_answer_again,
    the_same_key_in_another_hand_is_another_key,
    a_one_time_item_is_never_inlined_and_says_what_it_is,
    a_taken_item_is_skipped_in_inbox_and_replay,
    the_publisher_sees_who_took_it,
    a_claim_survives_a_kill_of_the_hub,
    an_expired_one_time_item_is_expired_and_not_consumed,
];

fn one_time(to: &str) -> Value {
    json!({"name": "job", "data": "the work", "to": [to], "one_time": true})
}

async fn a_one_time_item_is_read_once(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&one_time("bob")).await;
    let item = bob.retrieve(&token).await.ok();
    assert_eq!((&item["data"], &item["one_time"]), (&json!("the work"), &json!(true)));
    bob.retrieve(&token).await.refused(410, "consumed");
    alice.retrieve(&token).await.refused(410, "consumed");
    carol.retrieve(&token).await.refused(404, "not_found");
}

// B03
async fn of_many_simultaneous_readers_exactly_one_gets_it(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..5 {
        let token = alice.publish(&one_time("bob")).await;
        let answers = futures::future::join_all((0..24).map(|_| bob.retrieve(&token))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        lost.iter().for_each(|answer| drop(answer.refused(410, "consumed")));
    }
}

async fn a_job_in_a_channel_goes_to_exactly_one_worker(db: Database) {
    let hub = TestHub::start(db).await;
    let boss = hub.add_agent("boss").await;
    let workers = hub.add_agents(&["w1", "w2", "w3", "w4", "w5", "w6"]).await;
    boss.make_channel("jobs", false).await;
    for worker in &workers {
        worker.join("jobs").await;
    }
    for _ in 0..5 {
        let token = boss.publish(&one_time("#jobs")).await;
        let readers = workers.iter().chain(&workers).map(|worker| worker.retrieve(&token));
        let answers = futures::future::join_all(readers).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 11);
    }
}

// B02
async fn foreign_reads_do_not_consume(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&one_time("bob")).await;
    for _ in 0..3 {
        carol.retrieve(&token).await.refused(404, "not_found");
        hub.operator().await.retrieve(&token).await.refused(404, "not_found");
    }
    bob.retrieve(&token).await.ok();
}

// B14
async fn the_publishers_own_reading_does_not_consume(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&one_time("bob")).await;
    for _ in 0..3 {
        assert_eq!(alice.retrieve(&token).await.ok()["data"], "the work");
    }
    // Also when the publisher is an addressee itself, and with an idempotency key.
    let own = alice.publish(&json!({"name": "n", "data": "d", "to": ["alice", "bob"], "one_time": true})).await;
    alice.retrieve_with_key(&own, "k").await.ok();
    bob.retrieve(&token).await.ok();
    bob.retrieve(&own).await.ok();
}

// B16
async fn head_does_not_consume(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&one_time("bob")).await;
    let answer = bob.send(Request::new("HEAD", &format!("/secure/retrieve/{token}"))).await;
    assert_eq!(answer.status, 405);
    assert_eq!(bob.retrieve(&token).await.header("cache-control"), Some("no-store"));
    bob.retrieve(&token).await.refused(410, "consumed");
}

// B16
async fn the_same_reader_with_the_same_key_gets_the_same_answer_again(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&one_time("bob")).await;
    let first = bob.retrieve_with_key(&token, "read-1").await;
    first.ok();
    assert_eq!(bob.retrieve_with_key(&token, "read-1").await.body, first.body);
    bob.retrieve_with_key(&token, "read-2").await.refused(410, "consumed");
    bob.retrieve(&token).await.refused(410, "consumed");
    // The answer may have been lost because the hub was killed.
    hub.restart().await;
    assert_eq!(bob.retrieve_with_key(&token, "read-1").await.body, first.body);
    // A key that comes only after a reading without one gives nothing back.
    let other = alice.publish(&one_time("bob")).await;
    bob.retrieve(&other).await.ok();
    bob.retrieve_with_key(&other, "read-1").await.refused(410, "consumed");
}

// B16
async fn the_same_key_in_another_hand_is_another_key(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob", "carol"], "one_time": true})).await;
    bob.retrieve_with_key(&token, "same").await.ok();
    carol.retrieve_with_key(&token, "same").await.refused(410, "consumed");
    let mut socket = bob.connect().await;
    let again = socket.ask(json!({"type": "retrieve", "token": token, "idempotency_key": "same"})).await;
    assert_eq!((&again["type"], &again["data"]), (&json!("data"), &json!("d")), "the key holds over socket and REST");
}

// B17
async fn a_one_time_item_is_never_inlined_and_says_what_it_is(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 1000})).await;
    alice.publish(&one_time("bob")).await;
    alice.tell("bob", "small").await;
    let told = socket.expect_notify("bob", 1).await;
    assert_eq!(told["one_time"], true);
    assert!(told.get("data").is_none(), "{told}");
    // The control: inlining works at all.
    assert_eq!(socket.expect_notify("bob", 2).await["data"], "small");
    assert_eq!(bob.inbox("").await["entries"][0]["one_time"], true);
    let mut replayed = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 1000})).await;
    assert!(replayed.expect_notify("bob", 1).await.get("data").is_none());
}

// B17
async fn a_taken_item_is_skipped_in_inbox_and_replay(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&one_time("bob")).await;
    alice.tell("bob", "after it").await;
    bob.retrieve(&token).await.ok();
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 1, "to": 1}]));
    assert_eq!(inbox["entries"][0]["seq"], 2);
    let mut socket = bob.connect().await;
    let skipped = socket.expect("skipped").await;
    assert_eq!((&skipped["stream"], &skipped["from"], &skipped["to"]), (&json!("bob"), &json!(1), &json!(1)));
    socket.expect_notify("bob", 2).await;
}

async fn the_publisher_sees_who_took_it(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["alice", "bob"], "one_time": true})).await;
    let before = alice.status(&token).await;
    assert_eq!(before["state"], "live");
    assert!(before.get("taken_by").is_none(), "{before}");
    bob.retrieve(&token).await.ok();
    let after = alice.status(&token).await;
    assert_eq!((&after["state"], &after["taken_by"]), (&json!("consumed"), &json!("bob")));
}

async fn a_claim_survives_a_kill_of_the_hub(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&one_time("bob")).await;
    bob.retrieve(&token).await.ok();
    hub.sigkill();
    hub.restart().await;
    bob.retrieve(&token).await.refused(410, "consumed");
}

async fn an_expired_one_time_item_is_expired_and_not_consumed(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let body = json!({"name": "job", "data": "d", "to": ["bob"], "one_time": true, "ttl": 1});
    let token = alice.publish(&body).await;
    let limit = std::time::Duration::from_secs(10);
    eventually("the item expires", limit, async || alice.retrieve(&token).await.status == 410).await;
    bob.retrieve(&token).await.refused(410, "expired");
    assert!(alice.status(&token).await.get("taken_by").is_none());
}
