//! Withdrawing, and what the publisher can see of an item.

use std::time::Duration;

use crate::harness::*;

on_both![
    a_withdrawn_item_is_410_for_those_it_was_for_and_404_for_others,
    withdrawing_twice_is_fine_and_only_the_publisher_may,
    what_is_consumed_or_expired_cannot_be_withdrawn,
    a_withdrawn_entry_is_skipped_and_its_data_erased,
    a_withdrawal_survives_a_kill_of_the_hub,
    status_tells_stored_pushed_acked_and_read_apart,
    inlined_is_not_read,
    status_of_a_channel_counts_its_members,
    status_of_a_channel_pages_its_members,
    only_the_publisher_sees_the_status,
    the_states_are_live_withdrawn_expired_and_consumed,
];

const SOON: Duration = Duration::from_secs(10);

async fn a_withdrawn_item_is_410_for_those_it_was_for_and_404_for_others(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.tell("bob", "regretted").await;
    assert_eq!(alice.withdraw(&token).await.ok(), json!({"status": "ok"}));
    bob.retrieve(&token).await.refused(410, "withdrawn");
    alice.retrieve(&token).await.refused(410, "withdrawn");
    carol.retrieve(&token).await.refused(404, "not_found");
}

async fn withdrawing_twice_is_fine_and_only_the_publisher_may(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.tell("bob", "d").await;
    for other in [&bob, &carol, &hub.operator().await] {
        other.withdraw(&token).await.refused(404, "not_found");
    }
    bob.retrieve(&token).await.ok();
    alice.withdraw(&token).await.ok();
    alice.withdraw(&token).await.ok();
    alice.withdraw("AAAAAAAAAAAAAAAAAAAAAA").await.refused(404, "not_found");
}

async fn what_is_consumed_or_expired_cannot_be_withdrawn(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let taken = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "one_time": true})).await;
    let short = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "ttl": 1})).await;
    bob.retrieve(&taken).await.ok();
    alice.withdraw(&taken).await.refused(410, "consumed");
    eventually("the item expires", SOON, async || bob.retrieve(&short).await.status == 410).await;
    alice.withdraw(&short).await.refused(410, "expired");
}

async fn a_withdrawn_entry_is_skipped_and_its_data_erased(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut tokens = Vec::new();
    for n in 0..5 {
        tokens.push(alice.tell("bob", &format!("plainly-visible-{n}")).await);
    }
    alice.withdraw(&tokens[1]).await.ok();
    alice.withdraw(&tokens[2]).await.ok();
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 2, "to": 3}]), "one range for neighbours");
    let seqs: Vec<_> = inbox["entries"].as_array().unwrap().iter().map(|e| e["seq"].clone()).collect();
    assert_eq!(seqs, [json!(1), json!(4), json!(5)]);
    let erased = async || hub.count("items WHERE LENGTH(data) > 0").await == 3;
    eventually("the data of the two is erased", SOON, erased).await;
}

async fn a_withdrawal_survives_a_kill_of_the_hub(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "d").await;
    alice.withdraw(&token).await.ok();
    hub.sigkill();
    hub.restart().await;
    bob.retrieve(&token).await.refused(410, "withdrawn");
}

async fn status_tells_stored_pushed_acked_and_read_apart(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "d").await;
    let stored = alice.status(&token).await["to"][0].clone();
    assert_eq!((&stored["address"], &stored["seq"]), (&json!("bob"), &json!(1)));
    assert_eq!((&stored["acked"], &stored["online"]), (&json!(false), &json!(false)));
    assert!(stored.get("read").is_none() && stored.get("pushed").is_none_or(|pushed| pushed == false), "{stored}");

    let mut socket = bob.connect().await;
    socket.expect_notify("bob", 1).await;
    eventually("pushed", SOON, async || alice.status(&token).await["to"][0]["pushed"] == true).await;
    let pushed = alice.status(&token).await["to"][0].clone();
    assert_eq!((&pushed["acked"], &pushed["online"]), (&json!(false), &json!(true)));
    assert!(pushed.get("read").is_none(), "{pushed}");

    socket.ask_ok(json!({"type": "ack", "seq": 1})).await;
    let acked = alice.status(&token).await["to"][0].clone();
    assert_eq!(acked["acked"], true);
    assert!(acked.get("read").is_none(), "acked is not read: {acked}");

    bob.retrieve(&token).await.ok();
    eventually("read", SOON, async || alice.status(&token).await["to"][0]["read"].is_string()).await;
    // The publisher's own reading is no reading.
    let own = alice.tell("bob", "d").await;
    alice.retrieve(&own).await.ok();
    bob.retrieve(&token).await.ok();
    assert!(alice.status(&own).await["to"][0].get("read").is_none());
}

async fn inlined_is_not_read(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect_saying(json!({"type": "hello", "inline_max_bytes": 100})).await;
    let inlined = alice.tell("bob", "small").await;
    assert_eq!(socket.expect_notify("bob", 1).await["data"], "small");
    let marker = alice.tell("bob", "other").await;
    bob.retrieve(&marker).await.ok();
    eventually("the marker is read", SOON, async || alice.status(&marker).await["to"][0]["read"].is_string()).await;
    assert!(alice.status(&inlined).await["to"][0].get("read").is_none());
}

async fn status_of_a_channel_counts_its_members(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["#team"]})).await;
    carol.join("team").await; // came later: it was not for her
    bob.try_ack(&json!({"stream": "#team", "seq": 1})).await.ok();
    bob.retrieve(&token).await.ok();
    let read = async || alice.status(&token).await["to"][0]["counts"]["read"] == 1;
    eventually("the reading is counted", SOON, read).await;
    let counts = alice.status(&token).await["to"][0]["counts"].clone();
    assert_eq!(counts, json!({"members": 2, "acked": 1, "read": 1}));
}

async fn status_of_a_channel_pages_its_members(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    carol.join("team").await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob", "#team"]})).await;
    let page = async |query: &str| {
        let status = alice.get(&format!("/secure/status/{token}?address=%23team&{query}")).await.ok();
        let team = status["to"].as_array().unwrap().iter().find(|to| to["address"] == "#team").unwrap().clone();
        let names: Vec<_> = team["members"].as_array().unwrap().iter().map(|m| m["agent"].clone()).collect();
        (names, team["more"].clone())
    };
    assert_eq!(page("limit=2").await, (vec![json!("alice"), json!("bob")], json!(true)));
    assert_eq!(page("limit=2&after=bob").await, (vec![json!("carol")], json!(false)));
    // Without asking, the members are not listed.
    let plain = alice.status(&token).await;
    assert!(plain["to"].as_array().unwrap().iter().all(|to| to.get("members").is_none()), "{plain}");
}

async fn only_the_publisher_sees_the_status(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.tell("bob", "d").await;
    let unknown = alice.try_status("AAAAAAAAAAAAAAAAAAAAAA").await;
    unknown.refused(404, "not_found");
    for other in [&bob, &carol, &hub.operator().await] {
        assert_eq!(other.try_status(&token).await.body, unknown.body);
    }
}

async fn the_states_are_live_withdrawn_expired_and_consumed(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let live = alice.tell("bob", "d").await;
    let withdrawn = alice.tell("bob", "d").await;
    let taken = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "one_time": true})).await;
    let short = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "ttl": 1})).await;
    alice.withdraw(&withdrawn).await.ok();
    bob.retrieve(&taken).await.ok();
    eventually("expired", SOON, async || alice.status(&short).await["state"] == "expired").await;
    for (token, state) in [(&live, "live"), (&withdrawn, "withdrawn"), (&taken, "consumed")] {
        let status = alice.status(token).await;
        assert_eq!((&status["token"], &status["state"]), (&json!(token), &json!(state)));
        assert!(status["created_at"].is_string() && status["expires_at"].is_string(), "{status}");
    }
}
