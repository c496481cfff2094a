//! Peers that ask and do not read: they hold up nobody but themselves.

use std::time::{Duration, Instant};

use crate::harness::{Database, TestAgent, TestHub, json};

on_both! {
    limit = 120;
    sockets_that_ask_and_do_not_read_keep_no_connection_to_the_database,
    publishing_joining_and_leaving_at_once_holds_nobody_up,
}

/// An unrelated agent reads its inbox, again and again; none of it takes long.
async fn assert_quick(agent: &TestAgent, during: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < during {
        let asked = Instant::now();
        agent.inbox("").await;
        assert!(asked.elapsed() < Duration::from_secs(3), "an inbox took {:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

// E17, R15
async fn sockets_that_ask_and_do_not_read_keep_no_connection_to_the_database(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.tell("bob", &"x".repeat(120_000)).await;
    let mut deaf = Vec::new();
    for _ in 0..8 {
        let mut socket = bob.connect().await;
        for _ in 0..64 {
            // The hub stops reading at some point: that is as it should be.
            let frame = json!({"type": "retrieve", "token": token});
            if tokio::time::timeout(Duration::from_millis(200), socket.send(&frame)).await.is_err() {
                break;
            }
        }
        deaf.push(socket);
    }
    assert_quick(&carol, Duration::from_secs(3)).await;
}

async fn publishing_joining_and_leaving_at_once_holds_nobody_up(db: Database) {
    let hub = TestHub::start(db).await;
    let owner = hub.add_agent("owner").await;
    owner.make_channel("plaza", false).await;
    let names: Vec<String> = (0..12).map(|n| format!("agent{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut busy = tokio::task::JoinSet::new();
    for agent in hub.add_agents(&names).await {
        busy.spawn(async move {
            let mut socket = agent.connect().await;
            for round in 0..15 {
                for id in ["a", "b", "c"] {
                    socket
                        .send(&json!({"type": "publish", "id": id, "name": "n", "data": "d", "to": ["#plaza"]}))
                        .await;
                }
                let change = if round % 2 == 0 { "join" } else { "leave" };
                socket.send(&json!({"type": change, "id": "d", "channel": "plaza"})).await;
                while socket.frame().await["id"] != "d" {}
            }
        });
    }
    assert_quick(&owner, Duration::from_secs(3)).await;
    while let Some(done) = busy.join_next().await {
        done.expect("every agent got its answers");
    }
}
