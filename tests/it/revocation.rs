//! What ends: keys, JWTs, agents, and the sockets that lived by them. Rows A17–A20.

use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

use crate::harness::*;

on_both![
    a_disabled_agent_loses_its_sockets_and_its_rest_at_once,
    the_command_line_cuts_live_sockets_within_a_second,
    a_rotated_key_ends_the_old_one_and_keeps_the_inbox,
    with_overlap_both_keys_work_each_with_its_own_jwts,
    an_overlap_that_ends_cuts_the_sockets_of_the_old_key,
    an_inbox_request_that_waits_ends_with_its_key,
    a_jwt_that_ends_closes_its_session_unless_refreshed,
    a_refresh_with_a_bad_jwt_closes_the_session,
    a_name_is_never_given_again,
    who_is_revoked_between_the_upgrade_and_hello_gets_no_session,
    who_is_revoked_while_its_body_arrives_does_nothing,
];

/// One second, and a half for a machine that runs other tests at the same time.
const WITHIN_A_SECOND: Duration = Duration::from_millis(1_500);

/// Waits for the close and tells how long it took since `begin`.
async fn cut(socket: &mut TestSocket, begin: Instant) -> Duration {
    socket.expect_closed(4401).await;
    begin.elapsed()
}

// A17
async fn a_disabled_agent_loses_its_sockets_and_its_rest_at_once(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let (mut header, mut frame) = (alice.connect().await, alice.connect_as_browser().await);
    let mut other = bob.connect().await;
    hub.operator().await.send(Request::post("/admin/agents/alice/disable")).await.ok();
    let begin = Instant::now();
    alice.get("/secure/inbox").await.refused(401, "unauthenticated");
    assert!(cut(&mut header, begin).await < WITHIN_A_SECOND);
    assert!(cut(&mut frame, begin).await < WITHIN_A_SECOND);
    other.expect_quiet().await;
    hub.operator().await.send(Request::post("/admin/agents/alice/enable")).await.ok();
    TestAgent::login(hub.address(), "alice", &alice.api_key).await.connect().await.expect_quiet().await;
}

// A17
async fn the_command_line_cuts_live_sockets_within_a_second(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let (mut disabled, mut rotated, mut other) = (alice.connect().await, bob.connect().await, carol.connect().await);
    assert_eq!(hub.cli(&["agent", "disable", "alice"]).await.code, Some(0));
    let begin = Instant::now();
    assert!(cut(&mut disabled, begin).await < WITHIN_A_SECOND);
    alice.get("/secure/inbox").await.refused(401, "unauthenticated");
    assert_eq!(hub.cli(&["agent", "rotate", "bob"]).await.code, Some(0));
    let begin = Instant::now();
    assert!(cut(&mut rotated, begin).await < WITHIN_A_SECOND);
    bob.get("/secure/inbox").await.refused(401, "unauthenticated");
    other.expect_quiet().await;
}

/// Rotates and tells the new key.
async fn rotate(hub: &TestHub, name: &str, body: &Value) -> String {
    let request = Request::post(&format!("/admin/agents/{name}/rotate")).json(body);
    hub.operator().await.send(request).await.ok()["api_key"].as_str().unwrap().to_owned()
}

// A18
async fn a_rotated_key_ends_the_old_one_and_keeps_the_inbox(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..3 {
        alice.tell("bob", "d").await;
    }
    bob.ack(1).await;
    let mut socket = bob.connect().await;
    let begin = Instant::now();
    let key = rotate(&hub, "bob", &json!({})).await;
    socket.expect_notify("bob", 2).await;
    socket.expect_notify("bob", 3).await;
    assert!(cut(&mut socket, begin).await < WITHIN_A_SECOND);
    assert_eq!(bob.try_login().await.status, 401);
    bob.get("/secure/inbox").await.refused(401, "unauthenticated");
    let old_jwt = TestAgent { api_key: key.clone(), ..bob.clone() };
    old_jwt.get("/secure/inbox").await.refused(401, "unauthenticated");
    let renewed = TestAgent::login(hub.address(), "bob", &key).await;
    let old_key = TestAgent { jwt: renewed.jwt.clone(), ..bob };
    old_key.get("/secure/inbox").await.refused(401, "unauthenticated");
    alice.tell("bob", "d").await;
    let inbox = renewed.inbox("").await;
    assert_eq!(inbox["streams"]["bob"], json!({"acked": 1, "head": 4}));
}

// A18
async fn with_overlap_both_keys_work_each_with_its_own_jwts(db: Database) {
    let hub = TestHub::start(db).await;
    let old = hub.add_agent("bob").await;
    let output = hub.cli(&["agent", "rotate", "bob", "--overlap", "1h"]).await;
    let key = output.stdout.trim_end();
    let new = TestAgent::login(hub.address(), "bob", key).await;
    let old_again = TestAgent::login(hub.address(), "bob", &old.api_key).await;
    for good in [&old, &old_again, &new] {
        good.inbox("").await;
    }
    for mixed in [
        TestAgent { jwt: new.jwt.clone(), ..old.clone() },
        TestAgent { jwt: old.jwt.clone(), ..new.clone() },
        TestAgent { jwt: old_again.jwt.clone(), ..new.clone() },
    ] {
        mixed.get("/secure/inbox").await.refused(401, "unauthenticated");
    }
}

// A18
async fn an_overlap_that_ends_cuts_the_sockets_of_the_old_key(db: Database) {
    let hub = TestHub::start(db).await;
    let old = hub.add_agent("bob").await;
    let begin = Instant::now();
    let key = rotate(&hub, "bob", &json!({"overlap_s": 3})).await;
    let new = TestAgent::login(hub.address(), "bob", &key).await;
    let (mut old_socket, mut new_socket) = (old.connect().await, new.connect().await);
    let took = cut(&mut old_socket, begin).await;
    assert!(took > Duration::from_millis(2_900) && took < Duration::from_secs(3) + WITHIN_A_SECOND, "{took:?}");
    old.get("/secure/inbox").await.refused(401, "unauthenticated");
    assert_eq!(old.try_login().await.status, 401);
    new_socket.expect_quiet().await;
    for bad in [json!({"overlap_s": -1}), json!({"overlap": 3}), json!({"overlap_s": "3"})] {
        let request = Request::post("/admin/agents/bob/rotate").json(&bad);
        hub.operator().await.send(request).await.refused(422, "invalid");
    }
}

// A18
async fn an_inbox_request_that_waits_ends_with_its_key(db: Database) {
    let hub = TestHub::start(db).await;
    let [old, alice] = hub.agents(["bob", "alice"]).await;
    let waiting = tokio::spawn({
        let old = old.clone();
        async move { (old.try_inbox("wait=20").await, Instant::now()) }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begin = Instant::now();
    rotate(&hub, "bob", &json!({"overlap_s": 2})).await;
    let (answer, at) = waiting.await.expect("an answer");
    let took = at - begin;
    assert!(took > Duration::from_millis(1_800) && took < Duration::from_secs(2) + WITHIN_A_SECOND, "{took:?}");
    alice.tell("bob", "too late").await;
    assert!(answer.status == 401 || answer.json()["entries"] == json!([]), "{answer:?}");
}

// A19
async fn a_jwt_that_ends_closes_its_session_unless_refreshed(db: Database) {
    let hub = TestHub::builder(db).flag("--jwt-ttl", 3).start().await;
    let mut alice = hub.add_agent("alice").await;
    let begin = Instant::now();
    let (mut header, mut frame) = (alice.connect().await, alice.connect_as_browser().await);
    let mut refreshed = alice.connect().await;
    let old = alice.jwt.clone();
    // A JWT counts whole seconds: log in until there is a later one.
    while alice.jwt == old || begin.elapsed() < Duration::from_millis(1_500) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        alice.login_again().await;
    }
    refreshed.ask_ok(json!({"type": "refresh", "token": alice.jwt})).await;
    for socket in [&mut header, &mut frame] {
        let took = cut(socket, begin).await;
        assert!(took > Duration::from_millis(1_500) && took < Duration::from_secs(8), "{took:?}");
    }
    refreshed.expect_quiet().await;
    // And the new one ends as well.
    refreshed.expect_closed(4401).await;
    let refused = async || alice.get("/secure/inbox").await.status == 401;
    eventually("REST ends with the last second of the JWT", Duration::from_secs(2), refused).await;
}

// A19
async fn a_refresh_with_a_bad_jwt_closes_the_session(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for bad in [bob.jwt.as_str(), "garbage", ""] {
        let mut socket = alice.connect().await;
        socket.send(&json!({"type": "refresh", "token": bad, "id": "r"})).await;
        let (frames, code) = socket.until_closed().await;
        assert_eq!(code, Some(4401), "{frames:?}");
        assert!(frames.iter().all(|frame| frame["type"] == "error"), "{frames:?}");
    }
}

// A20
async fn a_name_is_never_given_again(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let operator = hub.operator().await;
    let again = async || operator.send(Request::post("/admin/agents").json(&json!({"name": "alice"}))).await;
    again().await.refused(409, "name_taken");
    operator.send(Request::post("/admin/agents/alice/disable")).await.ok();
    again().await.refused(409, "name_taken");
    assert_ne!(hub.cli(&["agent", "add", "alice"]).await.code, Some(0));
    let gone = operator.send(Request::delete("/admin/agents/alice")).await;
    assert!(matches!(gone.status, 404 | 405), "{}", gone.text());
    assert_eq!(alice.try_login().await.status, 401);
}

// A17, B13
async fn who_is_revoked_between_the_upgrade_and_hello_gets_no_session(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice] = hub.agents(["alice"]).await;
    let mut socket = alice.open().await;
    operator.send(Request::post("/admin/agents/alice/disable")).await.ok();
    socket.send(&json!({"type": "hello"})).await;
    socket.expect_closed(4401).await;
}

// A17, B04
async fn who_is_revoked_while_its_body_arrives_does_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let made = Request::post("/admin/agents").json(&json!({"name": "eve", "role": "operator"}));
    let key = operator.send(made).await.ok()["api_key"].as_str().expect("a key").to_owned();
    let eve = TestAgent::login(hub.address(), "eve", &key).await;
    for (change, status, code) in [("role", 403, "forbidden"), ("disable", 401, "unauthenticated")] {
        let request = Request::post("/admin/agents").json(&json!({"name": "mallory", "role": "operator"}));
        let bytes = eve.signed(request).encode("hub", true);
        let (head, rest) = bytes.split_at(bytes.len() - 5);
        let mut connection = hub.connection().await;
        connection.stream.write_all(head).await.expect("the hub reads");
        // Until the hub has read the head, and asks for the rest.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let body = if change == "role" { json!({"role": "agent"}) } else { json!({}) };
        let changed = Request::post(&format!("/admin/agents/eve/{change}"));
        operator.send(if change == "role" { changed.json(&body) } else { changed }).await.ok();
        connection.stream.write_all(rest).await.expect("the hub reads");
        connection.read_response(false).await.refused(status, code);
        operator.send(Request::post("/admin/agents/eve/role").json(&json!({"role": "operator"}))).await.ok();
    }
    operator.get("/admin/agents/mallory").await.refused(404, "not_found");
}
