//! How a socket begins: the upgrade, the first frame, and who is turned away.

use std::time::{Duration, Instant};

use crate::harness::{Database, Event, RawSocket, Request, TestAgent, TestHub, TestSocket, json};

on_one! {
    the_welcome_says_who_where_and_what_the_hub_takes,
    a_browser_says_who_it_is_in_its_first_frame,
    bad_credentials_in_a_hello_close_4401_and_nothing_else_is_said,
    bad_credentials_in_a_header_are_refused_before_the_upgrade,
    a_page_of_another_origin_gets_no_socket,
    the_hubs_own_page_and_listed_origins_get_a_socket,
    a_socket_that_says_no_hello_is_closed_though_it_pings,
    credentials_in_the_query_string_count_for_nothing,
    credentials_smuggled_as_a_subprotocol_count_for_nothing,
    only_a_proper_upgrade_becomes_a_socket,
    a_second_hello_is_refused_whoever_it_names,
    the_first_frame_must_be_a_hello,
    a_malformed_hello_is_closed_4400,
    a_name_has_so_many_sessions_and_no_more,
}

fn bearer(agent: &TestAgent) -> String {
    format!("Bearer {}", agent.jwt)
}

// The design, section 7.
async fn the_welcome_says_who_where_and_what_the_hub_takes(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "1").await;
    alice.tell("bob", "2").await;
    bob.ack(1).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    let first = bob.connect().await.welcome;
    let second = bob.connect().await.welcome;
    assert_eq!(
        (&first["agent"], &first["protocol"], &first["ping_interval_s"]),
        (&json!("bob"), &json!(1), &json!(25))
    );
    assert_eq!(first["streams"], json!({"bob": {"acked": 1, "head": 2}, "#team": {"acked": 0, "head": 0}}));
    assert_eq!(first["limits"]["data_max_bytes"], 1_048_576);
    assert_eq!(first["limits"]["socket_data_max_bytes"], 131_072);
    assert_eq!(first["limits"]["message_max_bytes"], 1_048_576);
    assert_eq!(first["limits"]["to_max"], 64);
    assert_eq!((&first["hub"], &first["epoch"]), (&second["hub"], &second["epoch"]));
    assert_ne!(first["session"], second["session"]);
    assert_eq!(bob.inbox("").await["epoch"], first["epoch"]);
}

// The design, section 7.
async fn a_browser_says_who_it_is_in_its_first_frame(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect_as_browser().await;
    assert_eq!(socket.welcome["agent"], "bob");
    alice.tell("bob", "hi").await;
    socket.expect_notify("bob", 1).await;
}

// E01, A06
async fn bad_credentials_in_a_hello_close_4401_and_nothing_else_is_said(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for hello in [
        json!({"type": "hello"}),
        json!({"type": "hello", "api_key": alice.api_key}),
        json!({"type": "hello", "token": alice.jwt}),
        json!({"type": "hello", "api_key": alice.api_key, "token": bob.jwt}),
        json!({"type": "hello", "api_key": bob.api_key, "token": alice.jwt, "id": "1"}),
        json!({"type": "hello", "api_key": "", "token": ""}),
        json!({"type": "hello", "api_key": alice.api_key, "token": "a.b.c"}),
        json!({"type": "hello", "api_key": alice.api_key.to_uppercase(), "token": alice.jwt}),
    ] {
        let mut socket = TestSocket::open(hub.address(), &[]).await;
        socket.send(&hello).await;
        socket.expect_closed(4401).await;
    }
}

// E02, A05
async fn bad_credentials_in_a_header_are_refused_before_the_upgrade(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let (alices, bobs) = (bearer(&alice), bearer(&bob));
    for headers in [
        vec![("x-api-key", "ahub_wrong"), ("authorization", &alices)],
        vec![("x-api-key", &alice.api_key), ("authorization", &bobs)],
        vec![("x-api-key", alice.api_key.as_str())],
        vec![("authorization", alices.as_str())],
        vec![("x-api-key", &alice.api_key), ("authorization", &alice.jwt)],
        vec![("x-api-key", ""), ("authorization", "")],
    ] {
        let (status, body) = TestSocket::try_open(hub.address(), &headers).await.err().expect("no upgrade");
        assert_eq!(status, 401, "{body}");
    }
}

// E03
async fn a_page_of_another_origin_gets_no_socket(database: Database) {
    let hub = TestHub::builder(database).flag("--allow-origin", "https://good.example").start().await;
    let alice = hub.add_agent("alice").await;
    let bearer = bearer(&alice);
    let port = hub.address().port();
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        String::new(),
        "http://good.example".to_owned(),
        "https://good.example.evil.example".to_owned(),
        "https://good.example:444".to_owned(),
        "https://sub.good.example".to_owned(),
        "https://good.example/".to_owned(),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("http://127.0.0.1.evil.example:{port}"),
        format!("https://127.0.0.1:{port}"),
    ] {
        let credentials = [("x-api-key", alice.api_key.as_str()), ("authorization", &bearer), ("origin", &origin)];
        for headers in [&credentials[..], &credentials[2..]] {
            let refusal = TestSocket::try_open(hub.address(), headers).await.err();
            let (status, body) = refusal.unwrap_or_else(|| panic!("the origin {origin:?} got a socket"));
            assert_eq!(status, 403, "{origin:?}: {body}");
            assert!(body.contains("origin_refused"), "{body}");
        }
    }
}

// E03, the other way round.
async fn the_hubs_own_page_and_listed_origins_get_a_socket(database: Database) {
    let hub = TestHub::builder(database).flag("--allow-origin", "https://good.example").start().await;
    let alice = hub.add_agent("alice").await;
    for origin in [format!("http://{}", hub.address()), "https://good.example".to_owned()] {
        let mut socket = TestSocket::open(hub.address(), &[("origin", &origin)]).await;
        socket.send(&alice.hello_frame()).await;
        socket.expect_welcome().await;
    }
}

// E04
async fn a_socket_that_says_no_hello_is_closed_though_it_pings(database: Database) {
    let hub = TestHub::builder(database).flag("--hello-timeout", 1).start().await;
    let alice = hub.add_agent("alice").await;
    let mut silent = TestSocket::open(hub.address(), &[]).await;
    let mut known = alice.open().await;
    let mut pinging = RawSocket::open(hub.address()).await;
    let begin = Instant::now();
    let mut code = None;
    while code.is_none() && begin.elapsed() < Duration::from_secs(5) {
        pinging.send(&RawSocket::frame(0x89, b"ping", false)).await;
        let (first, payload) = pinging.read_frame(Duration::from_secs(5)).await.expect("a pong, or a close frame");
        code = (first == 0x88).then(|| u16::from_be_bytes([payload[0], payload[1]]));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(code, Some(4408));
    assert!(begin.elapsed() < Duration::from_secs(3), "closed only after {:?}", begin.elapsed());
    silent.expect_closed(4408).await;
    known.expect_closed(4408).await;
}

// A12
async fn credentials_in_the_query_string_count_for_nothing(database: Database) {
    let hub = TestHub::builder(database).flag("--hello-timeout", 1).start().await;
    let alice = hub.add_agent("alice").await;
    let query = format!("x-api-key={0}&api_key={0}&token={1}&authorization=Bearer%20{1}", alice.api_key, alice.jwt);
    match TestSocket::try_open_at(hub.address(), &format!("/secure/ws?{query}"), &[]).await {
        Err((status, body)) => assert!(matches!(status, 400 | 401), "{status} {body}"),
        Ok(mut socket) => {
            socket.send(&json!({"type": "hello"})).await;
            socket.expect_closed(4401).await;
        }
    }
    let rest = hub.send(&Request::get(&format!("/secure/inbox?{query}"))).await;
    rest.refused(401, "unauthenticated");
    assert!(!hub.log_text().contains(&alice.jwt), "a query string was logged");
}

// E26
async fn credentials_smuggled_as_a_subprotocol_count_for_nothing(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let request = RawSocket::request().header("sec-websocket-protocol", &format!("bearer, {}", alice.jwt));
    let (response, socket) = RawSocket::upgrade(hub.address(), &request).await;
    assert_eq!(response.header("sec-websocket-protocol"), None, "no subprotocol is spoken");
    if let Some(mut socket) = socket {
        socket.send(&RawSocket::text(r#"{"type":"hello"}"#)).await;
        assert_eq!(socket.close_code(Duration::from_secs(5)).await, Some(4401));
    }
    assert!(!hub.log_text().contains(&alice.jwt), "a subprotocol was logged");
}

// E22
async fn only_a_proper_upgrade_becomes_a_socket(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let upgrade = |method: &str, path: &str, version: &str, key: &str| {
        let mut request = Request::new(method, path).header("connection", "Upgrade").header("upgrade", "websocket");
        for (name, value) in [("sec-websocket-version", version), ("sec-websocket-key", key)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        alice.signed(request)
    };
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    for request in [
        upgrade("GET", "/secure/ws", "8", key),
        upgrade("GET", "/secure/ws", "", key),
        upgrade("GET", "/secure/ws", "13", ""),
        upgrade("POST", "/secure/ws", "13", key),
        upgrade("GET", "/secure/wss", "13", key),
        upgrade("GET", "/ws", "13", key),
        alice.signed(Request::get("/secure/ws")),
    ] {
        let answer = hub.send(&request).await;
        assert!((400..500).contains(&answer.status), "{request:?}: {} {}", answer.status, answer.text());
    }
    let plain = alice.send(Request::get("/secure/ws")).await;
    plain.refused(426, "upgrade_required");
}

// B09
async fn a_second_hello_is_refused_whoever_it_names(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "for bob alone").await;
    for hello in [json!({"type": "hello"}), bob.hello_frame(), alice.hello_frame()] {
        let mut socket = alice.connect_as_browser().await;
        socket.send(&hello).await;
        let (frames, code) = socket.until_closed().await;
        assert_eq!(code, Some(4400));
        assert!(frames.iter().all(|frame| frame["type"] == "error"), "{frames:?}");
    }
    let mut twice = alice.open().await;
    twice.send(&bob.hello_frame()).await;
    let (frames, code) = twice.until_closed().await;
    assert_eq!(code, Some(4400), "credentials in a header and in a frame");
    assert!(frames.iter().all(|frame| frame["type"] == "error"), "{frames:?}");
}

// The design, section 7.
async fn the_first_frame_must_be_a_hello(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    for first in [
        json!({"type": "ping"}),
        json!({"type": "ack", "seq": 1}),
        json!({"type": "publish", "name": "n", "data": "d", "to": ["alice"]}),
        json!({"type": "watch"}),
    ] {
        let mut socket = alice.open().await;
        socket.send(&first).await;
        let (frames, code) = socket.until_closed().await;
        assert_eq!(code, Some(4400), "{first}");
        assert!(frames.iter().all(|frame| frame["type"] == "error"), "{frames:?}");
    }
    assert_eq!(hub.count("items").await, 0);
}

// B08, C14
async fn a_malformed_hello_is_closed_4400(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let epoch = alice.inbox("").await["epoch"].clone();
    for (hello, code) in [
        (json!({"type": "hello", "after": {"alice": 0}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"alice": -1}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"alice": 1.5}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"alice": "1"}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"alice": true}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"alice": u64::MAX}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"alice": null}}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": ["alice"]}), "bad_frame"),
        (json!({"type": "hello", "epoch": epoch, "after": {"bob": 0}}), "not_found"),
        (json!({"type": "hello", "inline_max_bytes": -1}), "bad_frame"),
        (json!({"type": "hello", "protocol": "1"}), "bad_frame"),
        (json!({"type": "hello", "api_key": null}), "bad_frame"),
        (json!({"type": "hello", "colour": "blue"}), "bad_frame"),
        (json!({"type": "hello", "id": "x".repeat(65)}), "bad_frame"),
    ] {
        let mut socket = alice.open().await;
        socket.send(&hello).await;
        let error = socket.expect_error(code).await;
        assert!(error["detail"].is_string(), "{hello}: {error}");
        socket.expect_closed(4400).await;
    }
}

// E18
async fn a_name_has_so_many_sessions_and_no_more(database: Database) {
    let hub = TestHub::builder(database).flag("--sessions-per-agent", 3).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut held = vec![alice.connect().await, alice.connect().await, alice.connect().await];
    let mut fourth = alice.open().await;
    fourth.send(&json!({"type": "hello"})).await;
    let (frames, code) = fourth.until_closed().await;
    assert_eq!(code, Some(4429), "{frames:?}");
    assert!(frames.iter().all(|frame| frame["type"] == "error"), "{frames:?}");
    bob.connect().await;
    held.pop().expect("a socket").cut();
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let mut again = alice.open().await;
        again.send(&json!({"type": "hello"})).await;
        if matches!(again.next().await, Event::Frame(frame) if frame["type"] == "welcome") {
            break;
        }
        assert!(Instant::now() < deadline, "the slot of a socket that is gone was not freed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for socket in &mut held {
        socket.expect_quiet().await;
    }
}
