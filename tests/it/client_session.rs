//! The Rust client: being told, whatever happens to the connection.

use std::{collections::BTreeMap, time::Duration};

use agent_hub_client::{Hub, Notifications, protocol::error::ErrorCode};
use tokio::time::timeout;

use crate::harness::*;

on_both![
    what_waited_and_what_comes_is_told_in_order,
    what_was_not_acknowledged_comes_again_to_the_next_process,
    an_item_in_two_streams_is_told_once_and_acknowledged_in_both,
    ones_own_entries_are_passed_over_unless_asked_for,
    a_hub_that_was_killed_is_come_back_to,
    a_slow_caller_loses_nothing,
    the_jwt_is_renewed_while_the_session_lasts,
    a_revoked_key_ends_the_notifications,
    a_channel_left_while_away_does_not_end_the_session,
    a_membership_that_began_anew_while_away_leaves_no_gap,
    positions_are_those_of_what_was_handed_over,
    a_channel_joined_elsewhere_is_told,
    after_a_new_epoch_what_was_not_acknowledged_comes_again,
    positions_of_ones_own_acknowledge_nothing,
    a_connection_that_was_half_closed_is_replaced,
];

async fn silence(notes: &mut Notifications) {
    let told = timeout(Duration::from_millis(300), notes.next()).await;
    assert!(told.is_err(), "told although there is nothing: {told:?}");
}

async fn what_waited_and_what_comes_is_told_in_order(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    alice.send("bob", "1").name("first").await.unwrap();
    let mut notes = bob.notifications().await.unwrap();
    assert_eq!(told(&mut notes).await.name, "first");
    for n in 2..=300 {
        alice.send("bob", "x").plain().name(format!("n{n}")).await.unwrap();
    }
    for n in 2..=300 {
        let note = told(&mut notes).await;
        assert_eq!((note.seq, note.name.as_str()), (n, format!("n{n}").as_str()));
    }
}

async fn what_was_not_acknowledged_comes_again_to_the_next_process(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    for n in 1..=3 {
        alice.send("bob", format!("{n}")).await.unwrap();
    }
    let mut notes = bob.notifications().await.unwrap();
    told(&mut notes).await.ack().await.unwrap();
    told(&mut notes).await;
    drop(notes);
    let mut again = bob.notifications().await.unwrap();
    let note = told(&mut again).await;
    assert_eq!((note.seq, note.read().await.unwrap().text().as_ref()), (2, "2"));
    told(&mut again).await.ack().await.unwrap();
    assert_eq!(bob.inbox(&Default::default()).await.unwrap().streams["bob"].acked, 3);
}

async fn an_item_in_two_streams_is_told_once_and_acknowledged_in_both(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    alice.create_channel("team", false).await.unwrap();
    bob.join("team").await.unwrap();
    let mut notes = bob.notifications().await.unwrap();
    alice.send(["bob", "#team"], "twice").await.unwrap();
    alice.send("bob", "last").name("last").await.unwrap();
    let first = told(&mut notes).await;
    let last = told(&mut notes).await;
    assert_eq!(last.name, "last");
    silence(&mut notes).await;
    let cursors = async || bob.inbox(&Default::default()).await.unwrap().streams;
    assert_eq!((cursors().await["bob"].acked, cursors().await["#team"].acked), (0, 0));
    first.ack().await.unwrap();
    last.ack().await.unwrap();
    eventually("both are acknowledged", WAIT, async || {
        let cursors = cursors().await;
        (cursors["bob"].acked, cursors["#team"].acked) == (2, 1)
    })
    .await;
}

async fn ones_own_entries_are_passed_over_unless_asked_for(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.client("alice").await;
    alice.create_channel("diary", false).await.unwrap();
    let mut notes = alice.notifications().await.unwrap();
    let mut own = alice.notifications().own().await.unwrap();
    alice.send("#diary", "dear diary").await.unwrap();
    assert_eq!(told(&mut own).await.read().await.unwrap().text(), "dear diary");
    silence(&mut notes).await;
    eventually("what was passed over is acknowledged", WAIT, async || {
        alice.inbox(&Default::default()).await.unwrap().streams["#diary"].acked == 1
    })
    .await;
}

async fn a_hub_that_was_killed_is_come_back_to(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let mut notes = bob.notifications().await.unwrap();
    for round in 1..=3 {
        alice.send("bob", "x").await.unwrap();
        assert_eq!(told(&mut notes).await.seq, round);
        hub.restart().await;
    }
    alice.send("bob", "x").await.unwrap();
    let note = told(&mut notes).await;
    assert_eq!(note.seq, 4);
    note.ack().await.unwrap();
}

async fn a_slow_caller_loses_nothing(db: Database) {
    let hub = TestHub::builder(db).flag("--ping-interval", 1).start().await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let mut notes = bob.notifications().await.unwrap();
    let sends = (0..3_000).map(|_| alice.send("bob", "x".repeat(200)).plain().name("n".repeat(90)));
    let mut sends = futures::stream::iter(sends.map(std::future::IntoFuture::into_future));
    use futures::StreamExt;
    let sending = async {
        let mut buffered = (&mut sends).buffer_unordered(32);
        while let Some(sent) = buffered.next().await {
            sent.unwrap();
        }
    };
    sending.await;
    // Longer than the hub lets anybody be silent.
    tokio::time::sleep(Duration::from_secs(4)).await;
    for seq in 1..=3_000 {
        assert_eq!(told(&mut notes).await.seq, seq);
    }
}

async fn the_jwt_is_renewed_while_the_session_lasts(db: Database) {
    let hub = TestHub::builder(db).flag("--jwt-ttl", 4).start().await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let mut notes = bob.notifications().await.unwrap();
    for seq in 1..=10 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        alice.send("bob", "x").await.unwrap();
        assert_eq!(told(&mut notes).await.seq, seq);
    }
    let sessions = hub.log_text().matches("session opened").count();
    assert!(sessions <= 1, "the socket was replaced {sessions} times");
}

async fn a_revoked_key_ends_the_notifications(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.client("bob").await;
    let mut notes = bob.notifications().await.unwrap();
    silence(&mut notes).await;
    hub.cli(&["agent", "rotate", "bob"]).await;
    let ended = timeout(WAIT, notes.next()).await.expect("in time").unwrap_err();
    assert!(ended.is(ErrorCode::Unauthenticated), "{ended:?}");
    assert!(notes.next().await.unwrap().is_none());
}

async fn bob_behind_a_proxy_in_a_channel(db: Database) -> (TestHub, Proxy, Hub, TestAgent, Notifications) {
    let hub = TestHub::start(db).await;
    let [alice, bob_agent] = hub.agents(["alice", "bob"]).await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let alice = hub.client_of(&alice).open().await.unwrap();
    let bob = hub.client_through(&bob_agent, &proxy.address()).open().await.unwrap();
    alice.create_channel("team", false).await.unwrap();
    bob.join("team").await.unwrap();
    let notes = bob.notifications().await.unwrap();
    (hub, proxy, alice, bob_agent, notes)
}

async fn a_channel_left_while_away_does_not_end_the_session(db: Database) {
    let (_hub, proxy, alice, bob_agent, mut notes) = bob_behind_a_proxy_in_a_channel(db).await;
    alice.send("#team", "x").await.unwrap();
    assert_eq!(told(&mut notes).await.stream, "#team");
    proxy.set(Mode::Cut);
    bob_agent.leave("team").await.ok();
    alice.send("bob", "y").await.unwrap();
    proxy.set(Mode::Pass);
    assert_eq!(told(&mut notes).await.stream, "bob");
}

async fn a_membership_that_began_anew_while_away_leaves_no_gap(db: Database) {
    let (_hub, proxy, alice, bob_agent, mut notes) = bob_behind_a_proxy_in_a_channel(db).await;
    alice.send("#team", "x").await.unwrap();
    assert_eq!(told(&mut notes).await.seq, 1);
    proxy.set(Mode::Cut);
    bob_agent.leave("team").await.ok();
    alice.send("#team", "not for bob").await.unwrap();
    bob_agent.join("team").await;
    alice.send("#team", "y").await.unwrap();
    proxy.set(Mode::Pass);
    assert_eq!(told(&mut notes).await.seq, 3);
}

async fn positions_are_those_of_what_was_handed_over(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    for _ in 0..5 {
        alice.send("bob", "x").await.unwrap();
    }
    let mut notes = bob.notifications().await.unwrap();
    assert_eq!((told(&mut notes).await.seq, told(&mut notes).await.seq), (1, 2));
    // By then the session has taken all five from the hub.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let here = notes.positions();
    assert_eq!(here.after["bob"], 2);
    let mut next = bob.notifications().after(here.epoch, here.after).await.unwrap();
    assert_eq!(told(&mut next).await.seq, 3);
}

async fn a_channel_joined_elsewhere_is_told(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    alice.create_channel("team", true).await.unwrap();
    let mut notes = bob.notifications().await.unwrap();
    silence(&mut notes).await;
    alice.add_member("team", "bob").await.unwrap();
    alice.send("#team", "welcome").await.unwrap();
    let note = told(&mut notes).await;
    assert_eq!((note.stream.as_str(), note.read().await.unwrap().text().as_ref()), ("#team", "welcome"));
    alice.remove_member("team", "bob").await.unwrap();
    assert_eq!(note.read().await.unwrap_err().code(), "not_found");
}

async fn after_a_new_epoch_what_was_not_acknowledged_comes_again(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    let mut notes = bob.notifications().await.unwrap();
    for _ in 0..3 {
        alice.send("bob", "x").await.unwrap();
    }
    told(&mut notes).await.ack().await.unwrap();
    assert_eq!(told(&mut notes).await.seq, 2);
    assert_eq!(told(&mut notes).await.seq, 3);
    hub.sigterm().await;
    assert_eq!(hub.cli(&["epoch", "--new"]).await.code, Some(0));
    hub.launch().await;
    assert_eq!(told(&mut notes).await.seq, 2);
    let last = told(&mut notes).await;
    last.ack().await.unwrap();
    assert_eq!((last.seq, bob.inbox(&Default::default()).await.unwrap().streams["bob"].acked), (3, 3));
}

async fn positions_of_ones_own_acknowledge_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.clients(["alice", "bob"]).await;
    for _ in 0..3 {
        alice.send("bob", "x").await.unwrap();
    }
    let epoch = bob.inbox(&Default::default()).await.unwrap().epoch;
    let mut notes = bob.notifications().after(epoch, BTreeMap::from([("bob".to_owned(), 2)])).await.unwrap();
    assert_eq!(told(&mut notes).await.seq, 3);
    bob.send("bob", "to myself").await.unwrap();
    silence(&mut notes).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(bob.inbox(&Default::default()).await.unwrap().streams["bob"].acked, 0);
}

async fn a_connection_that_was_half_closed_is_replaced(db: Database) {
    let hub = TestHub::builder(db).flag("--ping-interval", 1).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let alice = hub.client_of(&alice).open().await.unwrap();
    let bob = hub.client_through(&bob, &proxy.address()).open().await.unwrap();
    let mut notes = bob.notifications().await.unwrap();
    for (seq, mode) in (1..).zip([Mode::HalfClosed, Mode::Mute, Mode::Hang, Mode::Cut]) {
        silence(&mut notes).await;
        proxy.set(mode);
        alice.send("bob", "x").await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        proxy.set(Mode::Pass);
        assert_eq!(told(&mut notes).await.seq, seq, "{mode:?}");
    }
}
