//! What a client says on a live socket, and what it is answered.

use std::time::{Duration, Instant};

use crate::harness::{Database, Event, RawSocket, Request, TestAgent, TestHub, TestSocket, Value, json};

on_both! {
    an_ack_moves_the_durable_cursor_and_never_back,
    a_socket_publishes_and_retrieves_as_rest_does,
    an_idempotency_key_in_a_frame_and_in_a_header_is_the_same,
    joining_and_leaving_is_told_to_every_session,
    pipelined_frames_are_answered_in_their_order,
    a_refusal_leaves_the_socket_open,
    data_too_large_for_the_socket_goes_by_rest,
}
on_one! {
    a_jwt_that_ends_ends_its_session_unless_it_is_refreshed,
    a_bad_refresh_closes_4401,
    watching_is_for_operators_alone,
    the_hub_pings_and_closes_who_stays_silent,
    no_frame_carries_a_secret,
}

fn refusal(answer: &Value) -> (&str, &str) {
    (answer["type"].as_str().unwrap_or_default(), answer["code"].as_str().unwrap_or_default())
}

// Invariant 8, B11
async fn an_ack_moves_the_durable_cursor_and_never_back(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for data in ["1", "2", "3"] {
        alice.tell("bob", data).await;
    }
    let acked = async || bob.inbox("").await["streams"]["bob"]["acked"].clone();
    let mut socket = bob.connect().await;
    socket.ask_ok(json!({"type": "ack", "seq": 2})).await;
    assert_eq!(acked().await, 2, "after its ok an ack is on disk");
    socket.ask_ok(json!({"type": "ack", "seq": 1, "stream": "bob"})).await;
    socket.ask_ok(json!({"type": "ack", "seq": 0})).await;
    assert_eq!(acked().await, 2);
    let beyond = socket.ask(json!({"type": "ack", "seq": 4})).await;
    assert_eq!(refusal(&beyond), ("error", "beyond_head"));
    let others = socket.ask(json!({"type": "ack", "seq": 1, "stream": "alice"})).await;
    assert_eq!(refusal(&others), ("error", "not_found"));
    assert_eq!(acked().await, 2);
    assert_eq!(alice.inbox("").await["streams"]["alice"]["acked"], 0);
}

// The design, section 7.
async fn a_socket_publishes_and_retrieves_as_rest_does(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut hers = alice.connect().await;
    let mut his = bob.connect().await;
    let publish = json!({"type": "publish", "id": "p", "name": "n", "data": "döta\u{0}", "to": ["bob"], "ttl": 60});
    let published = hers.ask(publish).await;
    assert_eq!((&published["type"], &published["id"]), (&json!("published"), &json!("p")), "{published}");
    let token = published["token"].as_str().expect("a token");
    assert_eq!(his.expect_notify("bob", 1).await["token"], token);
    let data = his.ask(json!({"type": "retrieve", "id": "r", "token": token})).await;
    let mut by_rest = bob.retrieve(token).await.ok();
    by_rest["type"] = json!("data");
    by_rest["id"] = json!("r");
    assert_eq!(data, by_rest);
    let reply = json!({"type": "publish", "name": "re", "data": "", "to": ["alice"], "reply_to": token});
    his.ask(reply).await;
    assert_eq!(hers.expect_notify("alice", 1).await["reply_to"], token);
    let to_nobody = hers.ask(json!({"type": "publish", "name": "bob", "data": "as in the prototype"})).await;
    assert_eq!(his.expect_notify("bob", 2).await["token"], to_nobody["token"]);
}

// C15, B16
async fn an_idempotency_key_in_a_frame_and_in_a_header_is_the_same(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = alice.connect().await;
    let body = json!({"name": "n", "data": "d", "to": ["bob"], "one_time": true});
    let first = alice.try_publish_with_key(&body, "k").await.ok()["token"].clone();
    let mut frame = body.clone();
    frame["type"] = json!("publish");
    frame["idempotency_key"] = json!("k");
    assert_eq!(socket.ask(frame.clone()).await["token"], first);
    frame["data"] = json!("other");
    assert_eq!(refusal(&socket.ask(frame).await), ("error", "idempotency_mismatch"));
    assert_eq!(hub.count("items").await, 1);

    let mut his = bob.connect().await;
    let retrieve = |key: &str| json!({"type": "retrieve", "token": first, "idempotency_key": key});
    assert_eq!(his.ask(retrieve("r")).await["data"], "d");
    assert_eq!(his.ask(retrieve("r")).await["data"], "d", "a lost answer is given again");
    assert_eq!(bob.retrieve_with_key(first.as_str().expect("a token"), "r").await.ok()["data"], "d");
    assert_eq!(refusal(&his.ask(retrieve("s")).await), ("error", "consumed"));
}

/// The next frame without an `id`, which must be this one.
async fn expect_told(socket: &mut TestSocket, expected: Value) {
    assert_eq!(socket.frame().await, expected);
}

// The design, section 7: joined and left.
async fn joining_and_leaving_is_told_to_every_session(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    let mut first = bob.connect().await;
    let mut second = bob.connect().await;
    let joined = json!({"type": "joined", "stream": "#team", "acked": 0, "head": 0});
    let left = json!({"type": "left", "stream": "#team"});

    let mut answer = joined.clone();
    answer["id"] = json!("j");
    assert_eq!(first.ask(json!({"type": "join", "id": "j", "channel": "#team"})).await, answer);
    expect_told(&mut second, joined.clone()).await;
    alice.tell("#team", "to all").await;
    first.expect_notify("#team", 1).await;
    second.expect_notify("#team", 1).await;

    bob.leave("team").await.ok();
    expect_told(&mut first, left.clone()).await;
    expect_told(&mut second, left.clone()).await;
    alice.tell("#team", "to whom it may concern").await;
    bob.join("team").await;
    let joined = json!({"type": "joined", "stream": "#team", "acked": 2, "head": 2});
    expect_told(&mut first, joined.clone()).await;
    expect_told(&mut second, joined).await;

    let mut answer = left.clone();
    answer["id"] = json!("l");
    assert_eq!(second.ask(json!({"type": "leave", "id": "l", "channel": "team"})).await, answer);
    expect_told(&mut first, left).await;
    first.expect_quiet().await;
    second.expect_quiet().await;
}

// The contract of the socket: answers come in the order of what they answer.
async fn pipelined_frames_are_answered_in_their_order(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = bob.tell("alice", "x").await;
    let mut socket = alice.connect().await;
    socket.expect_notify("alice", 1).await;
    for n in 0..60 {
        let id = n.to_string();
        let frame = match n % 4 {
            0 => json!({"type": "publish", "id": id, "name": format!("n{n}"), "data": "d", "to": ["bob"]}),
            1 => json!({"type": "ping", "id": id}),
            2 => json!({"type": "retrieve", "id": id, "token": token}),
            _ => json!({"type": "ack", "id": id, "seq": 1}),
        };
        socket.send(&frame).await;
    }
    for n in 0..60 {
        let answer = socket.frame().await;
        let expected = ["published", "pong", "data", "ok"][n % 4];
        assert_eq!((&answer["id"], &answer["type"]), (&json!(n.to_string()), &json!(expected)), "{answer}");
    }
    let mut his = bob.connect().await;
    for (seq, n) in (1..).zip((0..60).step_by(4)) {
        assert_eq!(his.expect_notify("bob", seq).await["name"], format!("n{n}"), "published in order");
    }
}

// The contract of the socket: what is well formed and cannot be done.
async fn a_refusal_leaves_the_socket_open(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("closed", true).await;
    let foreign = alice.tell("alice", "not for bob").await;
    let mut socket = bob.connect().await;
    let publish = |field: &str, value: Value| {
        let mut frame = json!({"type": "publish", "name": "n", "data": "d", "to": ["bob"]});
        frame[field] = value;
        frame
    };
    for (frame, code) in [
        (json!({"type": "retrieve", "token": foreign}), "not_found"),
        (json!({"type": "retrieve", "token": "no token"}), "not_found"),
        (publish("ttl", json!(0)), "invalid"),
        (publish("ttl", json!(i64::MAX)), "invalid"),
        (publish("name", json!("")), "invalid"),
        (publish("name", json!("a\u{1b}[2J")), "invalid"),
        (publish("to", json!([])), "invalid"),
        (publish("to", json!(["nobody"])), "unknown_address"),
        (publish("to", json!(["bob", "*"])), "unknown_address"),
        (publish("to", json!(["#closed"])), "not_member"),
        (json!({"type": "join", "channel": "closed"}), "not_member"),
        (json!({"type": "join", "channel": "none"}), "not_found"),
        (json!({"type": "ack", "seq": 1}), "beyond_head"),
    ] {
        let answer = socket.ask(frame.clone()).await;
        assert_eq!(refusal(&answer), ("error", code), "{frame}: {answer}");
    }
    socket.expect_quiet().await;
    assert_eq!(hub.count("items").await, 1, "a refused publish was stored");
}

// The design, section 7: size.
async fn data_too_large_for_the_socket_goes_by_rest(database: Database) {
    const LIMIT: usize = 128 * 1024;
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let mut socket = alice.connect().await;
    let publish = |size: usize| json!({"type": "publish", "name": "n", "data": "x".repeat(size), "to": ["alice"]});
    let exact = socket.ask(publish(LIMIT)).await;
    assert_eq!(exact["type"], "published", "exactly 128 KiB is taken");
    assert_eq!(refusal(&socket.ask(publish(LIMIT + 1)).await), ("error", "too_large_for_socket"));
    assert_eq!(hub.count("items").await, 1);
    let read = socket.ask(json!({"type": "retrieve", "token": exact["token"]})).await;
    assert_eq!(read["data"].as_str().map(str::len), Some(LIMIT));
    let large =
        alice.publish(&json!({"name": "n", "data": "x".repeat(LIMIT + 1), "one_time": true, "to": ["alice"]})).await;
    let read = socket.ask(json!({"type": "retrieve", "token": large})).await;
    assert_eq!(refusal(&read), ("error", "too_large_for_socket"));
    assert_eq!(
        alice.retrieve(&large).await.ok()["data"].as_str().map(str::len),
        Some(LIMIT + 1),
        "nothing is lost by it"
    );
}

// A19
async fn a_jwt_that_ends_ends_its_session_unless_it_is_refreshed(database: Database) {
    let hub = TestHub::builder(database).flag("--jwt-ttl", 3).start().await;
    let mut alice = hub.add_agent("alice").await;
    let mut by_header = alice.connect().await;
    let mut by_frame = alice.connect_as_browser().await;
    let mut refreshed = alice.connect().await;
    let begin = Instant::now();
    let ended = loop {
        alice.login_again().await;
        refreshed.ask_ok(json!({"type": "refresh", "token": alice.jwt})).await;
        if let Some(event) = by_header.next_within(Duration::from_millis(500)).await {
            break event;
        }
        assert!(begin.elapsed() < Duration::from_secs(9), "a session outlived its JWT");
    };
    assert_eq!(ended, Event::Closed(Some(4401)));
    assert!(begin.elapsed() > Duration::from_secs(1), "it ended long before its JWT");
    by_frame.expect_closed(4401).await;
    refreshed.expect_quiet().await;
    refreshed.expect_closed(4401).await;
}

// A06, A11, A19
async fn a_bad_refresh_closes_4401(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let cut = &alice.jwt[..alice.jwt.len() - 4];
    for token in [bob.jwt.as_str(), "a.b.c", "", cut] {
        let mut socket = alice.connect().await;
        socket.send(&json!({"type": "refresh", "token": token})).await;
        let (frames, code) = socket.until_closed().await;
        assert_eq!((frames, code), (vec![], Some(4401)));
    }
}

// B12, B13
async fn watching_is_for_operators_alone(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let operator = hub.operator().await;
    let mut hers = alice.connect().await;
    hers.send(&json!({"type": "watch"})).await;
    hers.expect_error("forbidden").await;
    hers.expect_closed(4403).await;

    let mut watching = operator.connect().await;
    watching.ask_ok(json!({"type": "watch"})).await;
    let token = alice.publish(&json!({"name": "n", "data": "seen by nobody", "to": ["bob", "alice"]})).await;
    let traffic = watching.expect("traffic").await;
    assert_eq!((&traffic["from"], &traffic["name"], &traffic["size"]), (&json!("alice"), &json!("n"), &json!(14)));
    let mut to: Vec<_> = traffic["to"].as_array().expect("addresses").iter().filter_map(Value::as_str).collect();
    to.sort_unstable();
    assert_eq!(to, ["alice", "bob"]);
    let told = traffic.to_string();
    assert!(!told.contains("seen by nobody") && !told.contains(&token), "{told}");
    operator.retrieve(&token).await.refused(404, "not_found");
    drop(bob);
}

// E25
async fn the_hub_pings_and_closes_who_stays_silent(database: Database) {
    let hub = TestHub::builder(database).flag("--ping-interval", 1).flag("--sessions-per-agent", 2).start().await;
    let alice = hub.add_agent("alice").await;
    let mut answering = alice.connect().await;
    assert_eq!(answering.welcome["ping_interval_s"], 1);
    let (_, silent) = RawSocket::upgrade(hub.address(), &alice.signed(RawSocket::request())).await;
    let mut silent = silent.expect("an upgrade");
    silent.send(&RawSocket::text(r#"{"type":"hello"}"#)).await;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        assert_eq!(answering.next_within(Duration::from_millis(250)).await, None, "whoever answers stays");
    }
    assert!(answering.pings >= 3, "pinged {} times in 5 s", answering.pings);
    assert_eq!(silent.close_code(Duration::from_secs(1)).await, Some(4408));
    let mut third = alice.connect().await;
    third.expect_quiet().await;
}

async fn everything_said(agents: &[&TestAgent]) -> Vec<String> {
    let [alice, bob] = agents else { panic!("two agents") };
    let mut socket = bob.connect_as_browser().await;
    let mut said = vec![socket.welcome.to_string()];
    alice.tell("bob", "the-data").await;
    said.push(socket.frame().await.to_string());
    for frame in [
        json!({"type": "ping"}),
        json!({"type": "ack", "seq": 1}),
        json!({"type": "retrieve", "token": bob.api_key}),
        json!({"type": "publish", "name": "n", "data": "d", "to": ["none"]}),
        json!({"type": "refresh", "token": bob.jwt}),
    ] {
        said.push(socket.ask(frame).await.to_string());
    }
    socket.send_text(format!(r#"{{"type":"{}"}}"#, bob.api_key)).await;
    let (frames, _) = socket.until_closed().await;
    said.extend(frames.iter().map(Value::to_string));
    said
}

// E21
async fn no_frame_carries_a_secret(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let said = everything_said(&[&alice, &bob]).await;
    for secret in [&alice.api_key, &alice.jwt, &bob.api_key, &bob.jwt, "the-data"] {
        assert!(!said.iter().any(|frame| frame.contains(secret)), "{secret} was said");
        assert!(!hub.log_text().contains(secret), "{secret} was logged");
    }
    assert_eq!(hub.send(&Request::get("/health")).await.status, 200);
}
