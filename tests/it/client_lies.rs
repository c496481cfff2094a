//! What a hub that lies gets from the Rust client: an error, and nothing believed.

use agent_hub_client::{Hub, InboxQuery};
use std::time::Duration;

use crate::harness::*;

on_one![
    anothers_keys_in_the_place_of_a_peers_are_refused,
    another_item_in_the_place_of_the_one_asked_for_is_refused,
    a_note_that_was_told_of_somebody_else_is_not_read_as_his,
    a_token_that_is_none_is_not_taken,
    a_list_without_an_end_ends,
    a_sender_whose_keys_are_kept_back_is_unknown,
];

/// Bob behind a liar, and alice beside him.
async fn stage(db: Database) -> (TestHub, Liar, Hub, Hub, Hub) {
    let hub = TestHub::start(db).await;
    let liar = Liar::before(hub.address()).await;
    let [alice, mallory, bob] = hub.agents(["alice", "mallory", "bob"]).await;
    let alice = hub.client_of(&alice).open().await.unwrap();
    let mallory = hub.client_of(&mallory).open().await.unwrap();
    let bob = hub.client_through(&bob, &liar.address()).patience(Duration::from_secs(2)).open().await.unwrap();
    (hub, liar, alice, mallory, bob)
}

async fn anothers_keys_in_the_place_of_a_peers_are_refused(db: Database) {
    let (_hub, liar, alice, mallory, bob) = stage(db).await;
    let words = alice.keys().words().unwrap();
    bob.keys().verify("alice", &words).await.unwrap();
    let theirs = serde_json::to_value(mallory.peer("mallory").await.unwrap()).unwrap();
    liar.lie(move |path, answer| {
        if path == "/secure/agents/alice" {
            *answer = theirs.clone();
        }
    });
    bob.send("alice", "for alice alone").await.unwrap_err();
    bob.keys().of("alice").await.unwrap_err();
    bob.keys().verify("alice", &mallory.keys().words().unwrap()).await.unwrap_err();
    assert!(alice.inbox(&InboxQuery::default()).await.unwrap().entries.is_empty());
}

async fn another_item_in_the_place_of_the_one_asked_for_is_refused(db: Database) {
    let (_hub, liar, alice, _, bob) = stage(db).await;
    let first = alice.send("bob", "pay 100").await.unwrap();
    let second = alice.send("bob", "thanks").await.unwrap();
    bob.read(&first.token).await.unwrap();
    let mut old = serde_json::to_value(bob.retrieve(&first.token).await.unwrap()).unwrap();
    let asked = format!("/secure/retrieve/{}", second.token);
    for token in [first.token.clone(), second.token.clone()] {
        old["token"] = token.into();
        let (old, asked) = (old.clone(), asked.clone());
        liar.lie(move |path, answer| {
            if path == asked {
                *answer = old.clone();
            }
        });
        let refused = bob.read(&second.token).await.unwrap_err();
        assert!(matches!(refused.code(), "unreachable" | "replayed"), "{refused:?}");
    }
}

async fn a_note_that_was_told_of_somebody_else_is_not_read_as_his(db: Database) {
    let (_hub, liar, _, mallory, bob) = stage(db).await;
    mallory.send("bob", "pay mallory").name("invoice").await.unwrap();
    for (field, value, code) in [("from", "alice", "wrong_from"), ("name", "greeting", "wrong_name")] {
        liar.lie(move |path, answer| {
            if path.starts_with("/secure/inbox") {
                answer["entries"][0][field] = value.into();
            }
        });
        let inbox = bob.inbox(&InboxQuery::default()).await.unwrap();
        assert_eq!(bob.read_entry(&inbox.entries[0]).await.unwrap_err().code(), code);
    }
}

async fn a_token_that_is_none_is_not_taken(db: Database) {
    let (_hub, liar, alice, _, bob) = stage(db).await;
    alice.send("bob", "x").await.unwrap();
    for token in ["", "one x", "three\nfrom id tok 9", "AAAAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAAAAAA"] {
        liar.lie(move |path, answer| {
            if path.starts_with("/secure/inbox") {
                answer["entries"][0]["token"] = token.into();
            }
        });
        assert_eq!(bob.inbox(&InboxQuery::default()).await.unwrap_err().code(), "unreachable", "{token:?}");
    }
}

async fn a_list_without_an_end_ends(db: Database) {
    let (_hub, liar, _, _, bob) = stage(db).await;
    liar.lie(|path, answer| {
        if path.starts_with("/secure/agents?") {
            *answer =
                json!({"agents": [{"name": "alice", "online": true}, {"name": "bob", "online": true}], "more": true});
        }
    });
    assert_eq!(bob.peers().await.unwrap().len(), 4);
}

async fn a_sender_whose_keys_are_kept_back_is_unknown(db: Database) {
    let (_hub, liar, alice, _, bob) = stage(db).await;
    let sent = alice.send("bob", "x").await.unwrap();
    liar.lie(|path, answer| {
        if path == "/secure/agents/alice" {
            drop(answer.as_object_mut().unwrap().remove("keys"));
        }
    });
    assert_eq!(bob.read(&sent.token).await.unwrap_err().code(), "unknown_sender");
    assert_eq!(bob.send("alice", "x").await.unwrap_err().code(), "no_keys");
    liar.lie(|_, _| {});
    assert_eq!(bob.read(&sent.token).await.unwrap().text(), "x");
}
