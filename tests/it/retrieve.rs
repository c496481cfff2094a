//! Retrieving: who may, for how long, and what everybody else is told.

use std::time::Duration;

use crate::harness::*;

on_both![
    a_reusable_item_is_read_by_each_addressee_as_often_as_it_likes,
    data_comes_back_byte_for_byte,
    after_its_ttl_an_item_is_410_for_those_it_was_for_and_404_for_others,
    expiry_is_decided_at_read_time_and_not_by_the_sweeper,
    a_tombstone_becomes_404_when_its_time_is_over,
    an_item_survives_a_kill_of_the_hub,
    nobody_addressed_means_any_agent_with_the_token,
    head_is_not_allowed,
];

const GONE_SOON: Duration = Duration::from_secs(10);

async fn a_reusable_item_is_read_by_each_addressee_as_often_as_it_likes(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob", "carol"]})).await;
    let first = bob.retrieve(&token).await;
    assert_eq!(first.header("cache-control"), Some("no-store"));
    for reader in [&bob, &carol, &alice, &bob] {
        assert_eq!(reader.retrieve(&token).await.body, first.body);
    }
}

async fn data_comes_back_byte_for_byte(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let long = "x".repeat(300_000);
    for data in [
        "",
        " ",
        "\0",
        "a\r\n\tb",
        "\u{FEFF}bom",
        "e\u{301} é",
        "👩‍💻 𝒳 \u{10FFFF}",
        r#"{"json":"\\\""}"#,
        "'; --",
        &long,
    ] {
        let token = alice.tell("bob", data).await;
        assert_eq!(bob.retrieve(&token).await.ok()["data"], json!(data));
    }
}

async fn after_its_ttl_an_item_is_410_for_those_it_was_for_and_404_for_others(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "ttl": 1})).await;
    eventually("the item expires", GONE_SOON, async || bob.retrieve(&token).await.status != 200).await;
    bob.retrieve(&token).await.refused(410, "expired");
    alice.retrieve(&token).await.refused(410, "expired");
    carol.retrieve(&token).await.refused(404, "not_found");
}

async fn expiry_is_decided_at_read_time_and_not_by_the_sweeper(db: Database) {
    let hub = TestHub::builder(db).flag("--sweep-interval", "1h").start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let begin = std::time::Instant::now();
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "ttl": 1})).await;
    eventually("the item expires", GONE_SOON, async || bob.retrieve(&token).await.status == 410).await;
    let took = begin.elapsed();
    assert!(took > Duration::from_millis(900) && took < Duration::from_secs(3), "ttl 1 ended after {took:?}");
    // The inbox knows as well, without any sweep.
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["entries"], json!([]));
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 1, "to": 1}]));
}

async fn a_tombstone_becomes_404_when_its_time_is_over(db: Database) {
    let hub = TestHub::builder(db).flag("--tombstones-for", 2).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "ttl": 1})).await;
    eventually("the item expires", GONE_SOON, async || bob.retrieve(&token).await.status == 410).await;
    eventually("the tombstone goes", Duration::from_secs(20), async || bob.retrieve(&token).await.status == 404).await;
    assert_eq!((hub.count("items").await, hub.count("entries").await), (0, 0));
    // Its number is never given again, and the hole is told.
    alice.tell("bob", "next").await;
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["entries"][0]["seq"], 2);
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 1, "to": 1}]));
}

async fn an_item_survives_a_kill_of_the_hub(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "lasting").await;
    hub.sigkill();
    hub.restart().await;
    assert_eq!(bob.retrieve(&token).await.ok()["data"], "lasting", "the JWT and the token hold across a restart");
}

async fn nobody_addressed_means_any_agent_with_the_token(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&json!({"name": "not an agent", "data": "d"})).await;
    for reader in [&bob, &carol] {
        let item = reader.retrieve(&token).await.ok();
        assert_eq!(item["data"], "d");
        assert!(item.get("to").is_none(), "{item}");
        assert_eq!(reader.inbox("").await["entries"], json!([]));
    }
}

async fn head_is_not_allowed(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "d").await;
    let answer = bob.send(Request::new("HEAD", &format!("/secure/retrieve/{token}"))).await;
    assert_eq!(answer.status, 405);
}
