//! The directory: who is there, and with which public keys.

use std::time::Duration;

use crate::harness::*;

on_both![
    agents_are_listed_by_name_in_pages,
    one_agent_is_shown_by_name_or_as_me,
    public_keys_are_kept_as_they_were_written,
    keys_are_one_json_object_of_bounded_size,
    an_agent_is_online_while_it_holds_a_socket,
    the_directory_shows_no_secret,
    an_operator_manages_agents,
    the_command_line_manages_agents_while_the_hub_runs,
    the_command_line_manages_agents_while_the_hub_does_not_run,
];

const SOON: Duration = Duration::from_secs(10);
/// One second, and a half for a machine that runs other tests at the same time.
const A_SECOND: Duration = Duration::from_millis(1_500);

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap()).collect()
}

async fn agents_are_listed_by_name_in_pages(db: Database) {
    let hub = TestHub::start(db).await;
    let [_carol, _alice, bob] = hub.agents(["carol", "alice", "bob"]).await;
    let all = bob.get("/secure/agents").await.ok();
    assert_eq!((names(&all["agents"]), &all["more"]), (vec!["alice", "bob", "carol", "operator"], &json!(false)));
    let page = bob.get("/secure/agents?limit=2").await.ok();
    assert_eq!((names(&page["agents"]), &page["more"]), (vec!["alice", "bob"], &json!(true)));
    let page = bob.get("/secure/agents?limit=2&after=bob").await.ok();
    assert_eq!((names(&page["agents"]), &page["more"]), (vec!["carol", "operator"], &json!(false)));
    for query in ["limit=0", "limit=1001", "limit=x", "lim=1"] {
        bob.get(&format!("/secure/agents?{query}")).await.refused(422, "invalid");
    }
}

async fn one_agent_is_shown_by_name_or_as_me(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    assert_eq!(bob.get("/secure/agents/alice").await.ok()["name"], "alice");
    assert_eq!(bob.get("/secure/agents/me").await.ok()["name"], "bob");
    for unknown in ["nobody", "Alice", "%23x", "a%20b"] {
        alice.get(&format!("/secure/agents/{unknown}")).await.refused(404, "not_found");
    }
}

async fn public_keys_are_kept_as_they_were_written(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    assert!(bob.get("/secure/agents/alice").await.ok().get("keys").is_none());
    // Key order and number forms are signed over by clients: not a byte may change.
    let keys = r#"{"z":1,"agent":"alice","version":1.0,"sign":"éA==","a":{"y":[],"x":null}}"#;
    let request = Request::put("/secure/agents/me/keys").header("content-type", "application/json").body(keys);
    assert_eq!(alice.send(request).await.ok(), json!({"status": "ok"}));
    let shown = bob.get("/secure/agents/alice").await;
    assert!(shown.text().contains(keys), "{}", shown.text());
    let newer = r#"{"version":2}"#;
    alice.send(Request::put("/secure/agents/me/keys").json(&json!({"version": 2}))).await.ok();
    let shown = bob.get("/secure/agents/alice").await.text();
    assert!(shown.contains(newer) && !shown.contains("sign"), "{shown}");
}

async fn keys_are_one_json_object_of_bounded_size(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let put = async |body: String| {
        alice.send(Request::put("/secure/agents/me/keys").header("content-type", "application/json").body(body)).await
    };
    for bad in ["[]", "1", "\"x\"", "null", "true"] {
        put(bad.into()).await.refused(422, "invalid");
    }
    put("{".into()).await.refused(400, "bad_request");
    let sized = |bytes: usize| format!(r#"{{"k":"{}"}}"#, "x".repeat(bytes - 8));
    put(sized(16 * 1024)).await.ok();
    let over = put(sized(16 * 1024 + 1)).await;
    assert!(matches!(over.status, 413 | 422), "{}", over.text());
    let elsewhere = alice.send(Request::put("/secure/agents/operator/keys").json(&json!({}))).await;
    assert!(matches!(elsewhere.status, 403..=405), "{}", elsewhere.text());
}

async fn an_agent_is_online_while_it_holds_a_socket(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    assert_eq!(alice.get("/secure/agents/bob").await.ok()["online"], false);
    let socket = bob.connect().await;
    assert_eq!(alice.get("/secure/agents/bob").await.ok()["online"], true);
    socket.close().await;
    let offline = async || alice.get("/secure/agents/bob").await.ok()["online"] == false;
    eventually("bob is offline", SOON, offline).await;
    let seen = async || alice.get("/secure/agents/bob").await.ok()["last_seen"].is_string();
    eventually("bob was seen", SOON, seen).await;
}

async fn the_directory_shows_no_secret(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let operator = hub.operator().await;
    for text in [
        bob.get("/secure/agents").await.text(),
        bob.get("/secure/agents/alice").await.text(),
        operator.get("/admin/agents").await.text(),
    ] {
        assert!(!text.contains("ahub_") && !text.contains(&alice.jwt) && !text.contains("hash"), "{text}");
    }
}

async fn an_operator_manages_agents(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let made =
        operator.send(Request::post("/admin/agents").json(&json!({"name": "boss", "role": "operator"}))).await.ok();
    assert_eq!(made["name"], "boss");
    let boss = TestAgent::login(hub.address(), "boss", made["api_key"].as_str().unwrap()).await;
    boss.send(Request::post("/admin/agents").json(&json!({"name": "alice"}))).await.ok();
    boss.send(Request::post("/admin/agents/alice/disable")).await.ok();
    let list = operator.get("/admin/agents").await.ok();
    let lines: Vec<_> =
        list["agents"].as_array().unwrap().iter().map(|a| (&a["name"], &a["role"], &a["disabled"])).collect();
    let expected = [("alice", "agent", true), ("boss", "operator", false), ("operator", "operator", false)];
    assert_eq!(
        lines,
        expected.map(|(n, r, d)| (json!(n), json!(r), json!(d))).iter().map(|(n, r, d)| (n, r, d)).collect::<Vec<_>>()
    );
    for bad in [
        json!({"name": "x", "role": "king"}),
        json!({"name": "Me"}),
        json!({"name": "me"}),
        json!({"name": "x", "rule": "agent"}),
    ] {
        operator.send(Request::post("/admin/agents").json(&bad)).await.refused(422, "invalid");
    }
    operator.send(Request::post("/admin/agents/nobody/disable")).await.refused(404, "not_found");
}

async fn the_command_line_manages_agents_while_the_hub_runs(db: Database) {
    let hub = TestHub::start(db).await;
    let key = hub.add_by_command_line("alice").await;
    assert!(key.starts_with("ahub_") && !key.contains(char::is_whitespace), "the key alone on standard output");
    let alice = TestAgent::login(hub.address(), "alice", &key).await;
    let again = hub.cli(&["agent", "add", "alice"]).await;
    assert_ne!(again.code, Some(0));
    assert!(again.stdout.is_empty() && again.stderr.starts_with("agent-hub: "), "{again:?}");
    let list = hub.cli(&["agent", "list"]).await;
    assert!(list.stdout.contains("alice") && !list.stdout.contains("ahub_"), "{list:?}");
    let refused = async || alice.get("/secure/inbox").await.status == 401;
    assert_eq!(hub.cli(&["agent", "disable", "alice"]).await.code, Some(0));
    eventually("alice is disabled", A_SECOND, refused).await;
    assert_eq!(alice.try_login().await.status, 401);
    // Whoever wants to seal something for her hears the same as whoever publishes to her.
    let told = hub.operator().await.get("/secure/agents/alice").await.refused(422, "address_disabled");
    assert_eq!(told["detail"], "alice is disabled");
    assert_eq!(hub.cli(&["agent", "enable", "alice"]).await.code, Some(0));
    eventually("alice is enabled", A_SECOND, async || alice.try_login().await.status == 200).await;
    let rotated = hub.cli(&["agent", "rotate", "alice"]).await;
    TestAgent::login(hub.address(), "alice", rotated.stdout.trim_end()).await;
    // Asking so often is guessing, and slowed down: 429 is as good a refusal as 401.
    eventually("the old key has ended", A_SECOND, async || alice.try_login().await.status != 200).await;
}

async fn the_command_line_manages_agents_while_the_hub_does_not_run(db: Database) {
    let mut hub = TestHub::builder(db).prepare().await;
    let key = hub.add_by_command_line("alice").await;
    hub.launch().await;
    TestAgent::login(hub.address(), "alice", &key).await;
    // The operator is made all the same.
    hub.operator().await;
    hub.sigkill();
    let operator = hub.cli(&["agent", "add", "boss", "--role", "operator"]).await;
    hub.launch().await;
    let boss = TestAgent::login(hub.address(), "boss", operator.stdout.trim_end()).await;
    boss.get("/admin/agents").await.ok();
}
