//! Who may do what: to items, inboxes, channels, and as an operator. Rows B01–B18 (one-time rows also in `one_time`).

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::harness::*;

on_both![
    a_token_in_the_wrong_hands_is_an_unknown_token,
    operator_routes_are_for_operators,
    a_token_that_is_nearly_right_is_unknown,
    a_token_tells_nothing,
    a_void_position_is_resynced_and_replay_goes_on_from_the_cursor,
    a_malformed_position_ends_the_socket,
    a_second_hello_has_no_effect_but_the_end,
    a_sender_cannot_name_another,
    an_ack_reaches_nobody_elses_inbox,
    an_operator_reads_only_what_is_addressed_to_it,
    watching_shows_metadata_only,
    watching_is_for_operators,
    without_to_the_name_may_address_an_agent,
    without_to_and_agent_nobody_is_told,
    who_left_or_came_later_is_no_addressee,
    positions_are_raised_to_the_moment_of_joining,
];

// B01
async fn a_token_in_the_wrong_hands_is_an_unknown_token(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.tell("bob", "d").await;
    let unknown = carol.retrieve("AAAAAAAAAAAAAAAAAAAAAA").await;
    unknown.refused(404, "not_found");
    for method in ["GET", "DELETE"] {
        let answer = carol.send(Request::new(method, &format!("/secure/retrieve/{token}"))).await;
        assert_eq!((answer.status, &answer.body), (404, &unknown.body));
        assert_eq!(answer.header_names(), unknown.header_names());
    }
    let mut socket = carol.connect().await;
    let foreign = socket.ask(json!({"type": "retrieve", "token": token, "id": "x"})).await;
    let forged = socket.ask(json!({"type": "retrieve", "token": "AAAAAAAAAAAAAAAAAAAAAA", "id": "x"})).await;
    assert_eq!(foreign, forged);
    assert_eq!(foreign["code"], "not_found");
}

// B04
async fn operator_routes_are_for_operators(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let routes = [
        Request::get("/admin/agents"),
        Request::post("/admin/agents").json(&json!({"name": "mallory", "role": "operator"})),
        Request::post("/admin/agents/bob/disable"),
        Request::post("/admin/agents/bob/enable"),
        Request::post("/admin/agents/bob/rotate").json(&json!({})),
        Request::post("/admin/agents/operator/rotate").json(&json!({})),
    ];
    for route in routes {
        hub.send(&route).await.refused(401, "unauthenticated");
        alice.send(route).await.refused(403, "forbidden");
    }
    assert_eq!(hub.count("agents").await, 3);
    bob.inbox("").await;
    TestAgent::login(hub.address(), "bob", &bob.api_key).await;
    hub.operator().await;
}

// B05
async fn a_token_that_is_nearly_right_is_unknown(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "d").await;
    let swapped = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let last = token.chars().last().unwrap();
    // Two bits of the last character count; another character with the same two must not do as well.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let others = alphabet.chars().filter(|c| *c != last).map(|c| format!("{}{c}", &token[..token.len() - 1]));
    let mut wrong: Vec<String> = others.collect();
    wrong.extend([
        token.chars().map(swapped).collect(),
        token.to_ascii_lowercase(),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}%00"),
        format!("%00{token}"),
        format!("{token}%20"),
        format!("{token}/"),
        format!("{token}%2F"),
        format!("../{token}"),
        format!("%2e%2e/{token}"),
        format!("./{token}"),
        "..".into(),
        token[1..].into(),
        "A".repeat(6_000),
        "%ff%fe".into(),
        "%".into(),
        "%zz".into(),
        String::new(),
    ]);
    for wrong in wrong.iter().filter(|wrong| **wrong != token) {
        let answer = bob.retrieve(wrong).await;
        assert!(matches!(answer.status, 400 | 404 | 414), "{wrong}: {} {}", answer.status, answer.text());
    }
    bob.retrieve(&token).await.ok();
}

// B06
async fn a_token_tells_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let mut ids = Vec::new();
    for _ in 0..50 {
        let token = alice.tell("bob", "d").await;
        assert_eq!(token.len(), 22, "{token}");
        let id = URL_SAFE_NO_PAD.decode(&token).expect("canonical base64url");
        assert_eq!(id.len(), 16);
        ids.push(id);
    }
    for byte in 0..16 {
        let values: HashSet<_> = ids.iter().map(|id| id[byte]).collect();
        assert!(values.len() > 25, "byte {byte} of 50 tokens has only {} values", values.len());
    }
    assert!(!ids.is_sorted(), "the order of publishing shows");
}

// B08
async fn a_void_position_is_resynced_and_replay_goes_on_from_the_cursor(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..3 {
        alice.tell("bob", "d").await;
    }
    bob.ack(1).await;
    let epoch = bob.inbox("").await["epoch"].clone();
    for (after, other) in [(4_i64, false), (9_007_199_254_740_991, false), (0, true)] {
        let told = if other { json!("another") } else { epoch.clone() };
        let hello = json!({"type": "hello", "epoch": told, "after": {"bob": after}});
        let mut socket = bob.connect_saying(hello).await;
        let resync = socket.expect("resync").await;
        let expected = json!({"type": "resync", "stream": "bob", "epoch": epoch, "acked": 1, "head": 3});
        assert_eq!(resync, expected);
        socket.expect_notify("bob", 2).await;
        socket.expect_notify("bob", 3).await;
        socket.expect_quiet().await;
    }
    // The control: a good position is taken.
    let hello = json!({"type": "hello", "epoch": epoch, "after": {"bob": 0}});
    let mut socket = bob.connect_saying(hello).await;
    for seq in 1..=3 {
        socket.expect_notify("bob", seq).await;
    }
}

// B08
async fn a_malformed_position_ends_the_socket(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "d").await;
    let epoch = bob.inbox("").await["epoch"].clone();
    let positions = ["-1", "1.5", "\"1\"", "18446744073709551616", "9007199254740992", "true", "null", "[1]", "1e3000"];
    let mut hellos: Vec<_> =
        positions.iter().map(|p| format!(r#"{{"type":"hello","epoch":{epoch},"after":{{"bob":{p}}}}}"#)).collect();
    hellos.push(r#"{"type":"hello","after":{"bob":0}}"#.into());
    hellos.push(format!(r#"{{"type":"hello","epoch":{epoch},"after":[0]}}"#));
    hellos.push(format!(r#"{{"type":"hello","epoch":{epoch},"after":null}}"#));
    for hello in hellos {
        let mut socket = bob.open().await;
        socket.send_text(hello.as_str()).await;
        let (frames, code) = socket.until_closed().await;
        assert_eq!(code, Some(4400), "{hello}");
        assert!(frames.iter().all(|frame| frame["type"] == "error"), "{hello}: {frames:?}");
    }
    let mut socket = bob.open().await;
    socket.send(&json!({"type": "hello", "epoch": epoch, "after": {"alice": 0}})).await;
    let (frames, code) = socket.until_closed().await;
    assert_eq!((code, &frames.last().unwrap()["code"]), (Some(4400), &json!("not_found")), "{frames:?}");
}

// B09
async fn a_second_hello_has_no_effect_but_the_end(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "for bob alone").await;
    let mut socket = alice.connect_as_browser().await;
    socket.send(&bob.hello_frame()).await;
    let (frames, code) = socket.until_closed().await;
    assert_eq!(code, Some(4400));
    assert!(frames.iter().all(|frame| frame["type"] == "error"), "{frames:?}");
}

// B10
async fn a_sender_cannot_name_another(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for field in ["from", "sender", "user_id", "publisher", "agent"] {
        let mut body = json!({"name": "n", "data": "d", "to": ["bob"]});
        body[field] = json!("operator");
        let problem = alice.try_publish(&body).await.refused(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    assert_eq!(hub.count("items").await, 0);
    alice.tell("bob", "d").await;
    assert_eq!(bob.inbox("").await["entries"][0]["from"], "alice");
}

// B11
async fn an_ack_reaches_nobody_elses_inbox(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..5 {
        alice.tell("bob", "d").await;
    }
    alice.try_ack(&json!({"seq": 5})).await.refused(409, "beyond_head");
    alice.try_ack(&json!({"seq": 5, "stream": "bob"})).await.refused(404, "not_found");
    let mut socket = alice.connect().await;
    let beyond = socket.ask(json!({"type": "ack", "seq": 5})).await;
    assert_eq!(beyond["code"], "beyond_head", "{beyond}");
    let foreign = socket.ask(json!({"type": "ack", "seq": 5, "stream": "bob"})).await;
    assert_eq!(foreign["code"], "not_found", "{foreign}");
    assert_eq!(bob.inbox("").await["streams"]["bob"], json!({"acked": 0, "head": 5}));
}

// B12
async fn an_operator_reads_only_what_is_addressed_to_it(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let operator = hub.operator().await;
    let private = alice.tell("bob", "private").await;
    operator.retrieve(&private).await.refused(404, "not_found");
    operator.try_inbox("stream=bob").await.refused(404, "not_found");
    let own = alice.tell("operator", "for the operator").await;
    operator.retrieve(&own).await.ok();
}

// B12
async fn watching_shows_metadata_only(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let mut watcher = hub.operator().await.connect().await;
    watcher.ask_ok(json!({"type": "watch"})).await;
    let token = alice.publish(&json!({"name": "plan", "data": "top secret", "to": ["bob"]})).await;
    let traffic = watcher.expect("traffic").await;
    for (field, value) in
        [("from", json!("alice")), ("to", json!(["bob"])), ("name", json!("plan")), ("size", json!(10))]
    {
        assert_eq!(traffic[field], value, "{traffic}");
    }
    let text = traffic.to_string();
    assert!(!text.contains("top secret") && !text.contains(&token), "{text}");
}

// B13
async fn watching_is_for_operators(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let mut socket = alice.connect().await;
    socket.send(&json!({"type": "watch", "id": "w"})).await;
    let refusal = socket.expect_error("forbidden").await;
    assert_eq!(refusal["id"], "w");
    socket.expect_closed(4403).await;
}

// B15
async fn without_to_the_name_may_address_an_agent(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let token = alice.publish(&json!({"name": "bob", "data": "d", "ttl": 60})).await;
    assert_eq!(bob.inbox("").await["entries"][0]["token"], json!(token));
    let status = alice.status(&token).await;
    assert_eq!(status["to"][0]["address"], "bob");
    // It never restricts who may retrieve it.
    for reader in [&bob, &carol, &alice] {
        assert_eq!(reader.retrieve(&token).await.ok()["data"], "d");
    }
    // Given `to`, the name is only a name.
    alice.publish(&json!({"name": "bob", "data": "d", "to": ["carol"]})).await;
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 1);
}

// B15
async fn without_to_and_agent_nobody_is_told(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, _carol] = hub.agents(["alice", "bob", "carol"]).await;
    hub.operator().await.send(Request::post("/admin/agents/carol/disable")).await.ok();
    for name in ["nobody in particular", "alice", "carol", "#bob", "Bob", "BOB"] {
        let token = alice.publish(&json!({"name": name, "data": "d"})).await;
        bob.retrieve(&token).await.ok();
    }
    assert_eq!(hub.count("entries").await, 0);
    alice.try_publish(&json!({"name": "n", "data": "d", "to": []})).await.refused(422, "invalid");
    assert_eq!(hub.count("items").await, 6);
}

// B18
async fn who_left_or_came_later_is_no_addressee(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, left, late] = hub.agents(["alice", "left", "late"]).await;
    alice.make_channel("team", false).await;
    left.join("team").await;
    let token = alice.tell("#team", "d").await;
    left.retrieve(&token).await.ok();
    left.leave("team").await.ok();
    late.join("team").await;
    for outsider in [&left, &late] {
        outsider.retrieve(&token).await.refused(404, "not_found");
    }
    // Coming back does not bring the past back.
    left.join("team").await;
    left.retrieve(&token).await.refused(404, "not_found");
    alice.retrieve(&token).await.ok();
}

// B18
async fn positions_are_raised_to_the_moment_of_joining(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    for _ in 0..3 {
        alice.tell("#team", "d").await;
    }
    bob.leave("team").await.ok();
    bob.join("team").await;
    alice.tell("#team", "mine").await;
    let epoch = bob.inbox("").await["epoch"].as_str().unwrap().to_owned();
    let inbox = bob.inbox(&format!("stream=%23team&after=0&epoch={epoch}")).await;
    assert_eq!((inbox["entries"].as_array().unwrap().len(), &inbox["entries"][0]["seq"]), (1, &json!(4)), "{inbox}");
    let hello = json!({"type": "hello", "epoch": epoch, "after": {"#team": 0}});
    let mut socket = bob.connect_saying(hello).await;
    socket.expect_notify("#team", 4).await;
    socket.expect_quiet().await;
}
