//! Logging in, and what stands in the way of guessing. Rows A01–A04, A15, A16.

use std::time::{Duration, Instant};

use crate::harness::*;

on_both![
    a_login_is_answered_with_a_jwt_and_never_cached,
    every_wrong_login_gets_the_same_401,
    a_missing_header_is_a_bad_request,
    a_disabled_agent_is_told_what_an_unknown_one_is,
    a_key_or_name_that_is_nearly_right_is_wrong,
    guessing_is_slowed_and_the_right_key_always_passes,
    a_victim_cannot_be_locked_out_from_another_address,
    the_time_of_an_answer_does_not_tell_whether_the_name_is_known,
];

const UNAUTHENTICATED: &str = "unauthenticated";

async fn login(hub: &TestHub, name: &str, key: &str) -> Response {
    hub.send(&login_request(name, key)).await
}

// A01
async fn a_login_is_answered_with_a_jwt_and_never_cached(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let answer = login(&hub, "alice", &alice.api_key).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let jwt = answer.ok()["token"].as_str().unwrap().to_owned();
    TestAgent { jwt, ..alice }.inbox("").await;
}

// A02
async fn every_wrong_login_gets_the_same_401(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let first = login(&hub, "alice", "ahub_wrong").await;
    first.refused(401, UNAUTHENTICATED);
    for (name, key) in [
        ("nobody", alice.api_key.as_str()),
        ("alice", &bob.api_key),
        ("bob", &alice.api_key),
        ("alice", ""),
        ("", &alice.api_key),
        ("", ""),
        ("alice", "alice"),
        ("me", &alice.api_key),
        ("#alice", &alice.api_key),
        ("alice", &"x".repeat(5_000)),
    ] {
        let answer = login(&hub, name, key).await;
        assert_eq!((answer.status, &answer.body), (401, &first.body), "{name} with {} bytes of key", key.len());
        assert_eq!(answer.header_names(), first.header_names());
    }
}

// A02
async fn a_missing_header_is_a_bad_request(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    hub.send(&Request::post("/login")).await.refused(400, "bad_request");
    hub.send(&Request::post("/login").header("username", "alice")).await.refused(400, "bad_request");
    hub.send(&Request::post("/login").header("x-api-key", &alice.api_key)).await.refused(400, "bad_request");
    hub.send(&Request::get("/login")).await.refused(405, "method_not_allowed");
}

// A03
async fn a_disabled_agent_is_told_what_an_unknown_one_is(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    hub.operator().await.send(Request::post("/admin/agents/alice/disable")).await.ok();
    let disabled = login(&hub, "alice", &alice.api_key).await;
    let unknown = login(&hub, "nobody", &alice.api_key).await;
    disabled.refused(401, UNAUTHENTICATED);
    assert_eq!((&disabled.body, disabled.header_names()), (&unknown.body, unknown.header_names()));
}

// A04
async fn a_key_or_name_that_is_nearly_right_is_wrong(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _percent] = hub.agents(["alice", "a_ice"]).await;
    let key = &alice.api_key;
    let swapped = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let keys = [
        key.chars().map(swapped).collect(),
        key.to_ascii_uppercase(),
        key[..key.len() - 1].to_owned(),
        key[1..].to_owned(),
        format!("{key}x"),
        format!("{key}="),
        format!("{key}%"),
        format!("x{key}"),
        "%".to_owned(),
        "_".repeat(key.len()),
        key.trim_start_matches("ahub_").to_owned(),
        format!("ahub_{}", "%"),
        format!("{key}%00"),
        format!("{key}, {key}"),
    ];
    for wrong in keys.iter().filter(|wrong| *wrong != key) {
        // Some of these come after the tenth failure; then the answer is 429, never a 200.
        let answer = login(&hub, "alice", wrong).await;
        assert!(matches!(answer.status, 401 | 429), "{wrong:?}: {}", answer.text());
    }
    for name in ["Alice", "ALICE", "alice%", "a%", "a_ice", "alice%20", "alice\u{a0}", "álice", "alice\u{200b}"] {
        assert_eq!(login(&hub, name, key).await.status, 401, "{name:?}");
    }
    // The control.
    login(&hub, "alice", key).await.ok();
}

// A15
async fn guessing_is_slowed_and_the_right_key_always_passes(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut connection = hub.connection().await;
    let mut refused = 0;
    for n in 0..300 {
        let answer = connection.send(&login_request("alice", &format!("ahub_guess{n}"))).await;
        if answer.status == 429 {
            answer.refused(429, "too_many_requests");
            let after: u64 = answer.header("retry-after").expect("Retry-After").parse().expect("seconds");
            assert!((1..=600).contains(&after));
            refused += 1;
        } else {
            answer.refused(401, UNAUTHENTICATED);
        }
    }
    assert!(refused > 200, "of 300 guesses only {refused} were slowed down");
    login(&hub, "alice", &alice.api_key).await.ok();
    login(&hub, "bob", &bob.api_key).await.ok();
    login(&hub, "bob", "ahub_wrong").await.refused(401, UNAUTHENTICATED);
}

// A15, D13
async fn a_victim_cannot_be_locked_out_from_another_address(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let mut attacker = Connection::open_from([127, 0, 0, 2], hub.address()).await;
    let wrong = login_request("alice", "ahub_wrong").header("x-forwarded-for", "127.0.0.1");
    let mut last = 0;
    for _ in 0..30 {
        last = attacker.send(&wrong).await.status;
    }
    assert_eq!(last, 429, "the attacker is slowed down, whatever it says in X-Forwarded-For");
    // The victim mistypes its key once, and is told so; then it gets in.
    login(&hub, "alice", "ahub_mistyped").await.refused(401, UNAUTHENTICATED);
    login(&hub, "alice", &alice.api_key).await.ok();
}

/// The median time of wrong logins for each of two names, asked by turns from many addresses (few enough from each not
/// to be slowed down).
async fn medians(hub: &TestHub, names: [&str; 2]) -> [Duration; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for host in 2..42 {
        let mut connection = Connection::open_from([127, 0, 0, host], hub.address()).await;
        for n in 0..8 {
            for (name, times) in names.iter().zip(&mut times) {
                let request = login_request(name, &format!("ahub_{}", "x".repeat(40 + n % 2)));
                let begin = Instant::now();
                let answer = connection.send(&request).await;
                times.push(begin.elapsed());
                assert_eq!(answer.status, 401);
            }
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}

// A16
async fn the_time_of_an_answer_does_not_tell_whether_the_name_is_known(db: Database) {
    let hub = TestHub::start(db).await;
    let _alice = hub.add_agent("alice").await;
    let [known, unknown] = medians(&hub, ["alice", "nobody"]).await;
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.6..1.7).contains(&ratio), "known {known:?}, unknown {unknown:?}");
}
