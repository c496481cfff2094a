//! What time does: restores of an older copy, expiry and the sweeper against readers that were away.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::harness::{Database, TestAgent, TestHub, Value, eventually, json};

on_both! {
    limit = 90;
    a_new_epoch_makes_every_position_void_and_no_token,
    an_agent_that_was_away_is_told_what_went_as_skipped,
    the_sweeper_and_a_reader_never_leave_a_gap,
}
on_one! {
    limit = 90;
    a_restored_copy_that_was_filled_again_resyncs_its_clients,
}

async fn publish_many(agent: &TestAgent, numbers: std::ops::RangeInclusive<i64>, name: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for n in numbers {
        tokens.push(agent.publish(&json!({"name": format!("{name}{n}"), "data": "d", "to": ["bob"]})).await);
    }
    tokens
}

fn hello(epoch: &Value, after: i64) -> Value {
    json!({"type": "hello", "epoch": epoch, "after": {"bob": after}})
}

/// A position of an old epoch is void, in REST and on the socket, and reading goes on from what is durable.
async fn assert_resync(bob: &TestAgent, old: &Value, after: i64, acked: i64, head: i64) {
    let old_epoch = old.as_str().expect("an epoch");
    let refused = bob.try_inbox(&format!("stream=bob&after={after}&epoch={old_epoch}")).await.refused(409, "resync");
    let new = refused["epoch"].clone();
    assert_ne!(new, *old);
    assert_eq!((&refused["stream"], &refused["acked"], &refused["head"]), (&json!("bob"), &json!(acked), &json!(head)));
    let ack = bob.try_ack(&json!({"seq": after, "epoch": old_epoch})).await;
    ack.refused(409, "resync");

    let mut socket = bob.connect_saying(hello(old, after)).await;
    let resync = socket.expect("resync").await;
    assert_eq!(resync, json!({"type": "resync", "stream": "bob", "epoch": new, "acked": acked, "head": head}));
    for seq in acked + 1..=head {
        socket.expect_notify("bob", seq).await;
    }
    socket.expect_quiet().await;
    let mut socket = bob.connect_saying(hello(&new, head)).await;
    socket.expect_quiet().await;
}

// R20
async fn a_new_epoch_makes_every_position_void_and_no_token(database: Database) {
    let mut hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let tokens = publish_many(&alice, 1..=5, "n").await;
    bob.ack(2).await;
    let old = bob.inbox("").await["epoch"].clone();
    let (status, _) = hub.sigterm().await;
    assert!(status.success());
    let output = hub.cli(&["epoch", "--new"]).await;
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    hub.restart().await;
    assert_resync(&bob, &old, 5, 2, 5).await;
    for token in tokens {
        bob.retrieve(&token).await.ok();
    }
}

fn replace_database(hub: &TestHub, copy: &Path) {
    let database = hub.data_dir().join("hub.db");
    for suffix in ["-wal", "-shm"] {
        let mut beside = database.clone().into_os_string();
        beside.push(suffix);
        std::fs::remove_file(beside).ok();
    }
    std::fs::copy(copy, database).expect("the copy is put back");
}

// R20
async fn a_restored_copy_that_was_filled_again_resyncs_its_clients(database: Database) {
    let mut hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let before = publish_many(&alice, 1..=50, "old").await;
    bob.ack(40).await;
    let copy = hub.data_dir().join("copy.db");
    let output = hub.cli(&["backup", copy.to_str().expect("a path")]).await;
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let after = publish_many(&alice, 51..=100, "lost").await;
    let mut socket = bob.connect().await;
    let old = socket.welcome["epoch"].clone();
    for seq in 41..=100 {
        socket.expect_notify("bob", seq).await;
    }

    hub.sigkill();
    replace_database(&hub, &copy);
    hub.restart().await;
    publish_many(&alice, 51..=150, "new").await;
    assert_resync(&bob, &old, 100, 40, 150).await;
    bob.retrieve(&before[0]).await.ok();
    bob.retrieve(&after[0]).await.refused(404, "not_found");
    let epoch = bob.inbox("limit=1").await["epoch"].clone();
    hub.restart().await;
    assert_eq!(bob.inbox("limit=1").await["epoch"], epoch, "a marked copy draws a new epoch once");
}

// R26, invariant 2
async fn an_agent_that_was_away_is_told_what_went_as_skipped(database: Database) {
    let hub = TestHub::builder(database).flag("--tombstones-for", 1).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for n in 1..=30 {
        let ttl = if n % 10 == 0 { 3_600 } else { 1 };
        alice.publish(&json!({"name": format!("n{n}"), "data": "d", "to": ["bob"], "ttl": ttl})).await;
    }
    eventually("rows past their tombstone go", Duration::from_secs(20), || async { hub.count("items").await == 3 })
        .await;
    let mut socket = bob.connect().await;
    for tens in [0, 10, 20] {
        let skipped = socket.expect("skipped").await;
        assert_eq!(skipped, json!({"type": "skipped", "stream": "bob", "from": tens + 1, "to": tens + 9}));
        socket.expect_notify("bob", tens + 10).await;
    }
    socket.expect_quiet().await;
    let epoch = socket.welcome["epoch"].as_str().expect("an epoch").to_owned();
    let page = bob.inbox(&format!("stream=bob&after=5&epoch={epoch}")).await;
    let skipped = json!([{"stream": "bob", "from": 6, "to": 9}, {"stream": "bob", "from": 11, "to": 19},
                         {"stream": "bob", "from": 21, "to": 29}]);
    assert_eq!(page["skipped"], skipped);
    alice.tell("bob", "last").await;
    socket.expect_notify("bob", 31).await;
}

// R26, invariant 3
async fn the_sweeper_and_a_reader_never_leave_a_gap(database: Database) {
    let hub = TestHub::builder(database).flag("--tombstones-for", 1).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let publishing = tokio::spawn(async move {
        for n in 0..300 {
            alice.publish(&json!({"name": format!("n{n}"), "data": "d", "to": ["bob"], "ttl": 1 + n % 2})).await;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    });
    let begin = Instant::now();
    let (mut reads, mut told) = (0, 0);
    while !publishing.is_finished() || begin.elapsed() < Duration::from_secs(6) {
        assert!(begin.elapsed() < Duration::from_secs(60), "publishing takes too long");
        let mut socket = bob.connect().await;
        let head = socket.welcome["streams"]["bob"]["head"].as_i64().expect("a head");
        let mut position = 0;
        while position < head {
            let frame = socket.frame().await;
            let field = if frame["type"] == "skipped" { "from" } else { "seq" };
            assert_eq!(frame[field], position + 1, "{frame}");
            position = if field == "from" { frame["to"].as_i64().expect("a number") } else { position + 1 };
            told += 1;
        }
        reads += 1;
    }
    publishing.await.expect("the publisher");
    assert!(reads > 5 && told > 100, "{reads} reads, {told} frames: this test tests nothing");
}
