//! Running a hub: health, the headers of every answer, and a log that can be read and tells no secret.

use std::collections::HashSet;

use crate::harness::*;

on_both![
    health_and_readiness_are_told_to_anybody,
    every_answer_has_its_request_id_and_is_not_cached,
    an_unknown_route_or_method_is_a_problem,
    the_log_is_json_lines_and_holds_no_secret,
];

async fn health_and_readiness_are_told_to_anybody(db: Database) {
    let hub = TestHub::start(db).await;
    assert_eq!(hub.send(&Request::get("/health")).await.ok(), json!({"status": "ok"}));
    assert_eq!(hub.send(&Request::get("/ready")).await.ok(), json!({"status": "ready"}));
}

async fn every_answer_has_its_request_id_and_is_not_cached(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let mut ids = HashSet::new();
    let requests = [
        Request::get("/health"),
        Request::get("/secure/inbox"),
        Request::get("/nowhere"),
        Request::new("PATCH", "/secure/inbox"),
        Request::post("/secure/agent/publish").body("{"),
        Request::post("/login"),
        Request::get("/secure/retrieve/x"),
        Request::get("/secure/ws"),
    ];
    for request in requests.iter().chain(&requests) {
        let answer = alice.send(request.clone()).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{request:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{request:?}");
        let id = answer.header("x-request-id").expect("a request id").to_owned();
        assert!(!answer.text().contains(&id), "the id is in the header alone: {}", answer.text());
        assert!(ids.insert(id), "a request id came twice");
    }
    let chosen = alice.send(Request::get("/health").header("x-request-id", "chosen-by-the-client")).await;
    assert_ne!(chosen.header("x-request-id"), Some("chosen-by-the-client"), "nobody writes into the log from outside");
}

async fn an_unknown_route_or_method_is_a_problem(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    for path in ["/nowhere", "/secure", "/secure/nowhere", "/secure/agent", "/LOGIN", "/secure/inbox/", "//login"] {
        alice.get(path).await.refused(404, "not_found");
    }
    for (method, path) in [
        ("GET", "/secure/agent/publish"),
        ("PUT", "/secure/inbox"),
        ("DELETE", "/login"),
        ("PATCH", "/secure/retrieve/x"),
        ("POST", "/health"),
    ] {
        alice.send(Request::new(method, path)).await.refused(405, "method_not_allowed");
    }
}

// F01
async fn the_log_is_json_lines_and_holds_no_secret(db: Database) {
    let mut hub = TestHub::builder(db).flag("--log-level", "debug").start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect_as_browser().await;
    let data = "the-data-that-nobody-else-may-see";
    let body = json!({"name": "na\u{2019}me", "data": data, "to": ["bob"], "one_time": true});
    let token =
        alice.try_publish_with_key(&body, "the-idempotency-key").await.ok()["token"].as_str().unwrap().to_owned();
    socket.expect_notify("bob", 1).await;
    let read = socket.ask(json!({"type": "retrieve", "token": token})).await;
    assert_eq!(read["data"], data);
    bob.retrieve(&token).await.refused(410, "consumed");
    alice.get("/secure/retrieve/%0a%1b[31mforged").await.refused(404, "not_found");
    hub.send(&login_request("alice", &format!("{}x", alice.api_key))).await.refused(401, "unauthenticated");
    socket.send_text(format!(r#"{{"type":"nonsense","data":"{data}"}}"#)).await;
    socket.expect_error("bad_frame").await;
    let secret = hub.jwt_secret();
    let (status, _) = hub.sigterm().await;
    assert!(status.success());
    let log = hub.log_text();
    assert!(log.lines().count() > 1, "a log at level debug says something");
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()), "not a JSON object: {line}");
    }
    // What a refusal is looked up by: `x-request-id` is the id of its span.
    let answered = log.lines().filter(|line| line.contains("\"answered\"")).map(serde_json::from_str::<Value>);
    let consumed = answered.flatten().find(|line| line["code"] == "consumed").expect("a line of the refusal");
    assert_eq!((&consumed["agent"], &consumed["status"]), (&json!("bob"), &json!(410)), "{consumed}");
    assert_eq!(consumed["route"], "/secure/retrieve/{token}", "{consumed}");
    assert!(consumed.to_string().contains("\"id\":"), "{consumed}");
    for (what, secret) in [
        ("an API key", &alice.api_key),
        ("a JWT", &bob.jwt),
        ("a token", &token),
        ("data", &data.to_owned()),
        ("the secret", &secret),
    ] {
        assert!(!log.contains(secret.as_str()), "{what} is in the log");
    }
}
