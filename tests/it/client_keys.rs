//! The Rust client: keys made, pinned, rotated, verified, and refused.

use agent_hub_client::{
    Hub, Profile,
    seal::{Keyring, Suite, system_random},
};

use crate::harness::*;

on_both![
    keys_are_made_once_and_published,
    two_processes_that_start_at_once_make_one_set_of_keys,
    a_rotation_is_followed_and_what_was_under_way_is_read,
    changed_keys_are_refused_until_their_words_are_verified,
    keys_made_elsewhere_are_not_overwritten,
    a_copy_under_another_token_is_refused_also_after_a_restart,
    both_suites_are_read,
];

fn profile(hub: &TestHub, agent: &TestAgent) -> Profile {
    Profile::new(hub.data_dir().into(), &agent.name, &agent.api_key, &format!("http://{}", hub.address()))
}

async fn keys_are_made_once_and_published(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.add_agent("bob").await;
    let first = hub.client_of(&bob).open().await.unwrap().keys().words().unwrap();
    let again = hub.client_of(&bob).open().await.unwrap();
    assert_eq!(again.keys().words().unwrap(), first);
    let alice = hub.client("alice").await;
    assert_eq!(alice.keys().of("bob").await.unwrap().words("bob"), first);
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(profile(&hub, &bob).file("+keys.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

async fn two_processes_that_start_at_once_make_one_set_of_keys(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.add_agent("bob").await;
    let opened = futures::future::join_all((0..8).map(|_| hub.client_of(&bob).open())).await;
    let words: Vec<_> = opened.into_iter().map(|hub| hub.unwrap().keys().words().unwrap()).collect();
    assert!(words.iter().all(|other| *other == words[0]), "{words:?}");
}

async fn a_rotation_is_followed_and_what_was_under_way_is_read(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let before = alice.send("bob", "before").await.unwrap();
    assert_eq!(bob.read(&before.token).await.unwrap().text(), "before");
    let under_way = alice.send("bob", "under way").await.unwrap();
    alice.keys().rotate(Suite::X25519).await.unwrap();
    bob.keys().rotate(Suite::XWing).await.unwrap();
    let after = alice.send("bob", "after").await.unwrap();
    assert_eq!(bob.read(&under_way.token).await.unwrap().text(), "under way");
    assert_eq!(bob.read(&after.token).await.unwrap().text(), "after");
    assert_eq!(bob.read(&under_way.token).await.unwrap().text(), "under way");
    assert_eq!(bob.keys().of("alice").await.unwrap().version, 2);
}

async fn changed_keys_are_refused_until_their_words_are_verified(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let first = alice.send("bob", "x").await.unwrap();
    bob.read(&first.token).await.unwrap();
    alice.keys().replace(Suite::X25519).await.unwrap();
    let forged = alice.send("bob", "is it me?").await.unwrap();
    assert_eq!(bob.read(&forged.token).await.unwrap_err().code(), "key_changed");
    assert_eq!(bob.send("alice", "y").await.unwrap_err().code(), "key_changed");
    let words = alice.keys().words().unwrap();
    assert_eq!(bob.keys().verify("alice", "lusab babad gutih tugad mudof sakat").await.unwrap_err().code(), "invalid");
    assert_eq!(bob.read(&forged.token).await.unwrap_err().code(), "key_changed");
    assert!(bob.keys().verify("alice", &words).await.unwrap().verified);
    assert_eq!(bob.read(&forged.token).await.unwrap().text(), "is it me?");
}

async fn keys_made_elsewhere_are_not_overwritten(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.add_agent("bob").await;
    hub.client_of(&bob).open().await.unwrap();
    let elsewhere = hub.client_of(&bob).keys_in_memory().open().await.unwrap_err();
    assert_eq!(elsewhere.code(), "key_conflict");
    // A rotation that was cut off before the directory heard of it is mended by the next start.
    let file = profile(&hub, &bob).file("+keys.json");
    let keys = Keyring::read(&std::fs::read_to_string(&file).unwrap(), "bob").unwrap();
    std::fs::write(&file, keys.rotate(Suite::X25519, &mut system_random()).unwrap().to_json()).unwrap();
    let mended = hub.client_of(&bob).open().await.unwrap();
    assert_eq!(mended.keys().of("bob").await.unwrap().version, 2);
}

async fn a_copy_under_another_token_is_refused_also_after_a_restart(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice_agent, bob_agent] = hub.agents(["alice", "bob"]).await;
    let open = async || -> Hub { hub.client_of(&bob_agent).open().await.unwrap() };
    let bob = open().await;
    let alice = hub.client_of(&alice_agent).open().await.unwrap();
    let sent = alice.send("bob", "pay 5").await.unwrap();
    bob.read(&sent.token).await.unwrap();
    let data = bob.retrieve(&sent.token).await.unwrap().data;
    let copy = alice_agent.publish(&json!({"name": "message", "data": data, "to": ["bob"]})).await;
    assert_eq!(bob.read(&copy).await.unwrap_err().code(), "replayed");
    let restarted = open().await;
    assert_eq!(restarted.read(&copy).await.unwrap_err().code(), "replayed");
    assert_eq!(restarted.read(&sent.token).await.unwrap().text(), "pay 5");
}

async fn both_suites_are_read(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let alice = hub.client_of(&alice).suite(Suite::XWing).open().await.unwrap();
    let bob = hub.client_of(&bob).open().await.unwrap();
    let carol = hub.client_of(&carol).suite(Suite::XWing).open().await.unwrap();
    let sent = alice.send(["bob", "carol", "alice"], "to all").await.unwrap();
    for reader in [&alice, &bob, &carol] {
        assert_eq!(reader.read(&sent.token).await.unwrap().text(), "to all");
    }
}
