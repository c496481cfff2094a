//! The Rust client: sending, reading, channels, the directory.

use std::future::IntoFuture;

use agent_hub_client::InboxQuery;
use agent_hub_protocol::body::PublishBody;

use crate::harness::*;

on_both![
    what_is_sent_is_read_and_the_hub_had_only_ciphertext,
    a_body_may_be_any_bytes_and_as_large_as_the_hub_takes,
    to_several_and_to_a_channel_it_is_sealed_for_each,
    plain_is_marked,
    who_has_no_keys_is_sent_nothing,
    an_unknown_addressee_is_named,
    what_became_of_it_is_told,
    a_lost_answer_stores_nothing_twice,
    a_lost_answer_does_not_lose_a_one_time_item,
    limits_are_checked_before_sending,
    refusals_have_the_hubs_codes,
    wait_holds_until_there_is_something,
];

async fn what_is_sent_is_read_and_the_hub_had_only_ciphertext(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let sent = alice.send("bob", "the canary sings").name("report").ttl(60).await.unwrap();
    let stored = bob.retrieve(&sent.token).await.unwrap();
    assert!(stored.data.starts_with("YWhlbnYx") && !stored.data.contains("canary"), "{}", stored.data);
    let message = bob.read(&sent.token).await.unwrap();
    assert_eq!((message.text().as_ref(), message.sealed, message.from.as_str()), ("the canary sings", true, "alice"));
    assert!(message.sent_at.is_some());
    // Its sender is none of its recipients.
    assert_eq!(alice.read(&sent.token).await.unwrap_err().code(), "not_for_me");
}

async fn a_body_may_be_any_bytes_and_as_large_as_the_hub_takes(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(780_000).collect();
    let sent = alice.send("bob", bytes.clone()).await.unwrap();
    assert!(bob.read(&sent.token).await.unwrap().body == bytes);
    for size in [800_000, 8_000_000] {
        let refused = alice.send("bob", vec![7; size]).await.unwrap_err();
        assert_eq!(refused.code(), "too_large", "{size}: {refused}");
    }
    assert_eq!(hub.count("items").await, 1);
}

async fn to_several_and_to_a_channel_it_is_sealed_for_each(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol, dave] = hub.clients(["alice", "bob", "carol", "dave"]).await;
    alice.create_channel("team", false).await.unwrap();
    bob.join("team").await.unwrap();
    let sent = alice.send(["#team", "carol"], "for you").await.unwrap();
    for reader in [&bob, &carol] {
        assert_eq!(reader.read(&sent.token).await.unwrap().text(), "for you");
    }
    // Who joins later is no addressee.
    dave.join("team").await.unwrap();
    assert_eq!(dave.read(&sent.token).await.unwrap_err().code(), "not_found");
    let members: Vec<_> = alice.members("team").await.unwrap().into_iter().map(|member| member.name).collect();
    assert_eq!(members.len(), 3);
    dave.leave("#team").await.unwrap();
    assert!(!dave.channels().await.unwrap()[0].member);
}

async fn plain_is_marked(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let sent = alice.send("bob", "in the open").plain().await.unwrap();
    let message = bob.read(&sent.token).await.unwrap();
    assert_eq!((message.text().as_ref(), message.sealed), ("in the open", false));
    assert_eq!(alice.send("bob", vec![0xff]).plain().await.unwrap_err().code(), "invalid");
}

async fn who_has_no_keys_is_sent_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.client("alice").await;
    hub.add_agent("bob").await;
    let refused = alice.send("bob", "x").await.unwrap_err();
    assert_eq!(refused.code(), "no_keys");
    assert!(refused.to_string().contains("bob"), "{refused}");
    assert_eq!(hub.count("items").await, 0);
}

async fn an_unknown_addressee_is_named(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.clients(["alice", "bob"]).await;
    let refused = alice.send(["bob", "nobody"], "x").await.unwrap_err();
    assert_eq!(refused.code(), "unknown_address");
    assert!(refused.to_string().contains("nobody"), "{refused}");
    assert_eq!(hub.count("items").await, 0);
}

async fn what_became_of_it_is_told(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let sent = alice.send("bob", "x").await.unwrap();
    bob.ack(1).await.unwrap();
    let status = alice.status(&sent.token).await.unwrap();
    assert!(status.to[0].recipient.as_ref().unwrap().acked);
    alice.withdraw(&sent.token).await.unwrap();
    assert_eq!(bob.read(&sent.token).await.unwrap_err().code(), "withdrawn");
    let names: Vec<_> = alice.peers().await.unwrap().into_iter().map(|peer| peer.name).collect();
    assert_eq!(names, ["alice", "bob", "operator"]);
}

async fn a_lost_answer_stores_nothing_twice(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let alice = hub.client_through(&alice, &proxy.address()).without_keys().open().await.unwrap();
    proxy.set(Mode::Mute);
    let sending = tokio::spawn(alice.send("bob", "once").plain().into_future());
    eventually("it is stored", WAIT, async || hub.count("items").await == 1).await;
    proxy.set(Mode::Cut);
    proxy.set(Mode::Pass);
    let sent = sending.await.unwrap().unwrap();
    assert_eq!(hub.count("items").await, 1);
    assert_eq!(bob.inbox("").await["entries"][0]["token"], sent.token.as_str());
}

async fn a_lost_answer_does_not_lose_a_one_time_item(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&json!({"name": "job", "data": "work", "to": ["bob"], "one_time": true})).await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let bob = hub.client_through(&bob, &proxy.address()).without_keys().open().await.unwrap();
    proxy.set(Mode::Mute);
    let reading = tokio::spawn(async move { bob.read(&token).await });
    eventually("it is taken", WAIT, async || hub.count("item_reads").await == 1).await;
    proxy.set(Mode::Cut);
    proxy.set(Mode::Pass);
    assert_eq!(reading.await.unwrap().unwrap().text(), "work");
}

async fn limits_are_checked_before_sending(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.client("alice").await;
    hub.client("bob").await;
    let many: Vec<String> = (0..65).map(|n| format!("a{n}")).collect();
    for refused in [
        alice.send("bob", "x").name("").await,
        alice.send("bob", "x").name("n".repeat(101)).await,
        alice.send("bob", "x").name("a\nb").await,
        alice.send("bob", "x").ttl(0).await,
        alice.send("Bob", "x").await,
        alice.send("#", "x").await,
        alice.send(Vec::<String>::new(), "x").plain().await,
        alice.send(many, "x").plain().await,
    ] {
        assert_eq!(refused.unwrap_err().code(), "invalid");
    }
    assert_eq!(hub.count("items").await, 0);
}

async fn refusals_have_the_hubs_codes(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    assert_eq!(alice.read("AAAAAAAAAAAAAAAAAAAAAA").await.unwrap_err().code(), "not_found");
    assert_eq!(alice.read("../../health").await.unwrap_err().code(), "not_found");
    assert_eq!(bob.ack(5).await.unwrap_err().code(), "beyond_head");
    assert_eq!(alice.create_agent("carol").await.unwrap_err().code(), "forbidden");
    let body = PublishBody {
        name: "n".into(),
        data: "a".into(),
        ttl: None,
        to: Some(vec!["bob".into()]),
        one_time: None,
        reply_to: None,
    };
    let first = alice.publish(&body, Some("the-key")).await.unwrap();
    assert_eq!(alice.publish(&body, Some("the-key")).await.unwrap(), first);
    let other = PublishBody { data: "b".into(), ..body };
    assert_eq!(alice.publish(&other, Some("the-key")).await.unwrap_err().code(), "idempotency_mismatch");
}

async fn wait_holds_until_there_is_something(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let nothing = bob.wait(&InboxQuery::default(), std::time::Duration::from_millis(300)).await.unwrap();
    assert!(nothing.is_none());
    let waiting = tokio::spawn(async move { bob.wait(&InboxQuery::default(), WAIT).await });
    alice.send("bob", "x").name("news").await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().unwrap().entries[0].name, "news");
}
