//! The Rust client: sending, reading, channels, the directory.

use std::future::IntoFuture;

use agent_hub_client::{Hub, InboxQuery, Sent, seal::Suite};
use agent_hub_protocol::body::PublishBody;

use crate::harness::*;

on_both![
    what_is_sent_is_read_and_the_hub_had_only_ciphertext,
    a_body_may_be_any_bytes_and_as_large_as_the_hub_takes,
    to_several_and_to_a_channel_it_is_sealed_for_each,
    members_without_good_keys_are_left_out_and_named,
    without_anybody_else_left_nothing_is_sent,
    all_members_or_none_can_be_asked_for,
    a_member_whose_keys_are_none_stops_nobody,
    plain_is_marked,
    who_has_no_keys_is_sent_nothing,
    an_unknown_addressee_is_named,
    what_became_of_it_is_told,
    a_lost_answer_stores_nothing_twice,
    a_lost_answer_does_not_lose_a_one_time_item,
    a_channel_whose_making_was_not_answered_is_made_all_the_same,
    an_agent_whose_making_was_not_answered_is_told_of,
    limits_are_checked_before_sending,
    what_an_operator_turned_is_learned_where_it_matters,
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
    // Alice is a member too: her other devices can read what she wrote.
    assert_eq!((sent.sealed_for, sent.left_out), (vec!["alice".into(), "bob".into(), "carol".into()], vec![]));
    for reader in [&alice, &bob, &carol] {
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

/// Alice's channel with bob, who has keys, and carol, who has none.
async fn team(db: Database) -> (TestHub, Hub, Hub) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let carol = hub.add_agent("carol").await;
    let carol = hub.client_of(&carol).without_keys().open().await.unwrap();
    alice.create_channel("team", false).await.unwrap();
    bob.join("team").await.unwrap();
    carol.join("team").await.unwrap();
    (hub, alice, bob)
}

fn left_out(sent: &Sent) -> Vec<(&str, &str)> {
    sent.left_out.iter().map(|left| (left.agent.as_str(), left.code.as_str())).collect()
}

async fn members_without_good_keys_are_left_out_and_named(db: Database) {
    let (hub, alice, bob) = team(db).await;
    let [dave, erin] = hub.clients(["dave", "erin"]).await;
    dave.join("team").await.unwrap();
    erin.join("team").await.unwrap();
    let before = alice.send("#team", "to those who can").await.unwrap();
    assert_eq!(left_out(&before), [("carol", "no_keys")]);
    assert_eq!(before.sealed_for, ["alice", "bob", "dave", "erin"]);
    dave.keys().replace(Suite::X25519).await.unwrap();
    erin.keys().rotate(Suite::X25519).await.unwrap();
    let sent = alice.send("#team", "and now?").await.unwrap();
    assert_eq!(left_out(&sent), [("carol", "no_keys"), ("dave", "key_changed")]);
    for reader in [&bob, &erin] {
        assert_eq!(reader.read(&sent.token).await.unwrap().text(), "and now?");
    }
    assert_eq!(dave.read(&sent.token).await.unwrap_err().code(), "not_for_me");
    // Directly it is an error, also beside a channel.
    let refused = alice.send(["#team", "dave"], "x").await.unwrap_err();
    assert_eq!(refused.code(), "key_changed");
    alice.keys().verify("dave", &dave.keys().words().unwrap()).await.unwrap();
    assert_eq!(left_out(&alice.send("#team", "x").await.unwrap()), [("carol", "no_keys")]);
}

async fn without_anybody_else_left_nothing_is_sent(db: Database) {
    let (hub, alice, bob) = team(db).await;
    bob.leave("team").await.unwrap();
    let refused = alice.send("#team", "x").await.unwrap_err();
    assert_eq!(refused.code(), "no_keys");
    assert!(refused.to_string().contains("carol"), "{refused}");
    assert_eq!(hub.count("items").await, 0);
    // Alone from the beginning is no such case.
    alice.create_channel("diary", true).await.unwrap();
    let sent = alice.send("#diary", "dear diary").await.unwrap();
    assert_eq!(sent.sealed_for, ["alice"]);
    assert_eq!(alice.read(&sent.token).await.unwrap().text(), "dear diary");
}

async fn all_members_or_none_can_be_asked_for(db: Database) {
    let (hub, alice, bob) = team(db).await;
    let refused = alice.send("#team", "x").all_members().await.unwrap_err();
    assert_eq!(refused.code(), "no_keys");
    bob.keys().publish().await.unwrap();
    alice.send("bob", "pinned").await.unwrap();
    bob.keys().replace(Suite::X25519).await.unwrap();
    // What may be an attack is told of first.
    assert_eq!(alice.send("#team", "x").all_members().await.unwrap_err().code(), "key_changed");
    assert_eq!(hub.count("items").await, 1);
}

async fn a_member_whose_keys_are_none_stops_nobody(db: Database) {
    let (hub, alice, bob) = team(db).await;
    let mallory = hub.add_agent("mallory").await;
    mallory.send(Request::put("/secure/agents/me/keys").json(&json!({"v": 1, "agent": "mallory"}))).await.ok();
    mallory.join("team").await;
    let sent = alice.send("#team", "x").await.unwrap();
    assert_eq!(left_out(&sent), [("carol", "no_keys"), ("mallory", "bad_bundle")]);
    assert_eq!(bob.read(&sent.token).await.unwrap().text(), "x");
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
    for sending in [alice.send("#nowhere", "x"), alice.send("#nowhere", "x").plain()] {
        let refused = sending.await.unwrap_err();
        assert_eq!(refused.code(), "unknown_address");
        assert!(refused.to_string().contains("#nowhere"), "{refused}");
    }
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

async fn a_channel_whose_making_was_not_answered_is_made_all_the_same(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let maker = hub.client_through(&alice, &proxy.address()).without_keys().open().await.unwrap();
    let made = async || bob.get("/secure/channels").await.ok()["channels"].as_array().unwrap().len();
    proxy.set(Mode::Mute);
    let making = tokio::spawn(async move { (maker.create_channel("team", true).await, maker) });
    eventually("it is made", WAIT, async || made().await == 1).await;
    proxy.set(Mode::Cut);
    proxy.set(Mode::Pass);
    let (channel, maker) = making.await.unwrap();
    let channel = channel.unwrap();
    assert_eq!((channel.name.as_str(), channel.owner.as_str(), channel.member), ("#team", "alice", true));
    // Without a lost answer the name is taken.
    assert_eq!(maker.create_channel("team", true).await.unwrap_err().code(), "name_taken");
}

async fn an_agent_whose_making_was_not_answered_is_told_of(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let maker = hub.client_through(&operator, &proxy.address()).without_keys().open().await.unwrap();
    proxy.set(Mode::Mute);
    let making = tokio::spawn(async move { maker.create_agent("carol").await });
    eventually("it is made", WAIT, async || operator.get("/secure/agents/carol").await.status == 200).await;
    proxy.set(Mode::Cut);
    proxy.set(Mode::Pass);
    let refused = making.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), "name_taken");
    assert!(refused.to_string().contains("lost"), "{refused}");
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

async fn what_an_operator_turned_is_learned_where_it_matters(db: Database) {
    let hub = TestHub::builder(db).flag("--data-max-bytes", 2 * 1024 * 1024).flag("--ttl-max", "800d").start().await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let day = 24 * 3600;
    let sent = alice.send("bob", vec![7; 1_500_000]).ttl(700 * day).await.unwrap();
    assert_eq!(bob.read(&sent.token).await.unwrap().body.len(), 1_500_000);
    let refused = alice.send("bob", "x".repeat(2 * 1024 * 1024 + 1)).plain().await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("takes 2097152")), ("too_large", true), "{refused}");
    assert_eq!(alice.send("bob", "x").ttl(801 * day).await.unwrap_err().code(), "invalid");
    // Nothing of what is too large goes to the hub.
    let agent = hub.add_agent("carol").await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let carol = hub.client_through(&agent, &proxy.address()).open().await.unwrap();
    let mut notes = carol.notifications().await.unwrap();
    alice.send("carol", "so that a session stands").await.unwrap();
    told(&mut notes).await;
    proxy.set(Mode::Cut);
    let refused = carol.send("bob", vec![7; 2 * 1024 * 1024]).await.unwrap_err();
    assert_eq!(refused.code(), "too_large");
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
