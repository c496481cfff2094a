//! Who is asking: an API key and a JWT, both, of the same agent. Rows A05–A09, A11, A12, A21–A23.

use jsonwebtoken::Algorithm;

use crate::harness::{jwt, *};

on_both![
    both_credentials_are_needed_everywhere,
    a_key_and_a_jwt_of_two_agents_do_not_match,
    an_unsigned_jwt_is_refused,
    an_altered_jwt_is_refused,
    a_guessed_secret_is_refused,
    a_weak_secret_refuses_to_start,
    without_a_secret_only_the_embedded_database_makes_one,
    a_wrong_claim_is_refused,
    credentials_in_the_query_are_ignored,
    the_jwt_of_another_hub_is_refused,
    an_old_secret_verifies_while_it_is_being_rotated,
    a_jwt_from_a_clock_five_seconds_ahead_is_good_at_once,
];

const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAA";

fn routes() -> Vec<Request> {
    let body = json!({"name": "n", "data": "d"});
    vec![
        Request::post("/secure/agent/publish").json(&body),
        Request::get(&format!("/secure/retrieve/{TOKEN}")),
        Request::delete(&format!("/secure/retrieve/{TOKEN}")),
        Request::get(&format!("/secure/status/{TOKEN}")),
        Request::get("/secure/inbox"),
        Request::post("/secure/inbox/ack").json(&json!({"seq": 0})),
        Request::get("/secure/agents"),
        Request::get("/secure/agents/me"),
        Request::put("/secure/agents/me/keys").json(&json!({})),
        Request::get("/secure/channels"),
        Request::post("/secure/channels").json(&json!({"name": "c"})),
        Request::put("/secure/channels/c/membership"),
        Request::get("/secure/channels/c/members"),
        Request::get("/admin/agents"),
        Request::post("/admin/agents").json(&json!({"name": "x"})),
    ]
}

fn with(request: Request, key: Option<&str>, bearer: Option<&str>) -> Request {
    let request = key.into_iter().fold(request, |request, key| request.header("x-api-key", key));
    bearer.into_iter().fold(request, |request, bearer| request.header("authorization", bearer))
}

/// A JWT in Alice's hands, tried over REST, at the upgrade and in a hello: all three must refuse it.
async fn assert_refused(alice: &TestAgent, forged: &str, what: &str) {
    let forger = TestAgent { jwt: forged.to_owned(), ..alice.clone() };
    let answer = forger.get("/secure/inbox").await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    let bearer = format!("Bearer {forged}");
    let upgrade =
        TestSocket::try_open(alice.address, &[("x-api-key", &alice.api_key), ("authorization", &bearer)]).await;
    assert_eq!(upgrade.map(drop).unwrap_err().0, 401, "{what}");
    let mut socket = TestSocket::open(alice.address, &[]).await;
    socket.send(&forger.hello_frame()).await;
    socket.expect_closed(4401).await;
}

// A05
async fn both_credentials_are_needed_everywhere(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.operator().await;
    let (key, good) = (alice.api_key.as_str(), format!("Bearer {}", alice.jwt));
    let pairs = [
        (None, None),
        (Some(key), None),
        (None, Some(good.as_str())),
        (Some(""), Some(good.as_str())),
        (Some("garbage"), Some(good.as_str())),
        (Some(key), Some("")),
        (Some(key), Some("Bearer")),
        (Some(key), Some("Bearer ")),
        (Some(key), Some("Bearer garbage")),
        (Some(key), Some("Basic YWxpY2U6cGFzcw==")),
        (Some(key), Some(alice.jwt.as_str())),
    ];
    let first = hub.send(&Request::get("/secure/inbox")).await;
    first.refused(401, "unauthenticated");
    for (key, bearer) in pairs {
        for route in routes() {
            let answer = hub.send(&with(route.clone(), key, bearer)).await;
            assert_eq!((answer.status, &answer.body), (401, &first.body), "{route:?} with {key:?} and {bearer:?}");
        }
        let headers: Vec<_> =
            key.map(|k| ("x-api-key", k)).into_iter().chain(bearer.map(|b| ("authorization", b))).collect();
        if !headers.is_empty() {
            let refusal = TestSocket::try_open(hub.address(), &headers).await.map(drop);
            assert_eq!(refusal.unwrap_err().0, 401, "an upgrade with {key:?} and {bearer:?}");
        }
    }
    assert_eq!((hub.count("items").await, hub.count("channels").await, hub.count("agents").await), (0, 0, 1));
}

// A06
async fn a_key_and_a_jwt_of_two_agents_do_not_match(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    assert_refused(&alice, &bob.jwt, "the JWT of another agent").await;
    assert_refused(&bob, &alice.jwt, "the JWT of another agent").await;
}

// A07
async fn an_unsigned_jwt_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let claims = jwt::claims(&alice.jwt);
    let signature = alice.jwt.rsplit('.').next().unwrap();
    for algorithm in [json!("none"), json!("None"), json!("NONE"), json!("nOnE"), json!(""), Value::Null] {
        for signature in ["", signature] {
            let forged = jwt::assemble(&json!({"alg": algorithm, "typ": "JWT"}), &claims, signature);
            assert_refused(&alice, &forged, &format!("alg {algorithm}")).await;
        }
    }
}

// A08
async fn an_altered_jwt_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let parts: Vec<_> = alice.jwt.split('.').collect();
    let (header, body, signature) = (parts[0], parts[1], parts[2]);
    let foreign = bob.jwt.rsplit('.').next().unwrap();
    let mut longer = jwt::claims(&alice.jwt);
    longer["exp"] = json!(longer["exp"].as_i64().unwrap() + 1);
    let altered = jwt::assemble(&json!({"alg": "HS256", "typ": "JWT"}), &longer, signature);
    let cut = &signature[..signature.len() - 2];
    for forged in [
        altered,
        format!("{header}.{body}.{foreign}"),
        format!("{header}.{body}.{cut}"),
        format!("{header}.{body}."),
        format!("{header}.{body}"),
        format!("{header}.{body}.{signature}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{}.{body}.{signature}", "A".repeat(5_000)),
        "x".repeat(5_000),
        "..".to_owned(),
    ] {
        assert_refused(&alice, &forged, &forged[..forged.len().min(80)]).await;
    }
}

// A09
async fn a_guessed_secret_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let claims = jwt::claims(&alice.jwt);
    let common = ["secret", "changeme", "your-256-bit-secret", "super_secret_key_123", "alice", "agent-hub"];
    for secret in common.into_iter().chain([alice.api_key.as_str(), "0"]) {
        assert_refused(&alice, &jwt::sign(&claims, secret, Algorithm::HS256), secret).await;
    }
    // The control: whoever knows the secret is believed, so the claims above were not the reason.
    let mut known = alice.clone();
    known.jwt = jwt::sign(&claims, &hub.jwt_secret(), Algorithm::HS256);
    known.inbox("").await;
}

// A09
async fn a_weak_secret_refuses_to_start(db: Database) {
    // Too short, the prototype's, and the example of a well-known JWT page.
    let known = ["super_secret_key_123", "a-string-secret-at-least-256-bits-long"];
    for secret in ["hunter2", &"x".repeat(31)].into_iter().chain(known) {
        let hub = TestHub::builder(db).env("JWT_SECRET", secret).prepare().await;
        let output = hub.cli(&["serve", "--listen", "127.0.0.1:0"]).await;
        assert_eq!(output.code, Some(2), "{secret:?}: {output:?}");
        assert!(output.stderr.starts_with("agent-hub: "), "{output:?}");
        assert_eq!(output.stderr.trim_end().lines().count(), 1, "one line: {output:?}");
        assert!(!output.stderr.contains(secret), "the secret is repeated: {output:?}");
    }
}

async fn without_a_secret_only_the_embedded_database_makes_one(db: Database) {
    let hub = TestHub::builder(db).without("JWT_SECRET").prepare().await;
    match db {
        Database::Sqlite => {
            use std::os::unix::fs::PermissionsExt as _;
            let mut hub = hub;
            hub.launch().await;
            let file = std::fs::metadata(hub.data_dir().join("hub.db.jwt-secret")).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
            assert!(hub.jwt_secret().len() >= 32);
        }
        Database::MariaDb => {
            let output = hub.cli(&["serve", "--listen", "127.0.0.1:0"]).await;
            assert_eq!(output.code, Some(2), "{output:?}");
            let good =
                output.stderr.split(|c: char| c.is_whitespace() || "`'\"=".contains(c)).any(|word| word.len() >= 32);
            assert!(good, "the refusal shows a secret that would do: {output:?}");
        }
    }
}

// A11
async fn a_wrong_claim_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let (good, secret, now) = (jwt::claims(&alice.jwt), hub.jwt_secret(), jwt::now_s());
    let mut forged = Vec::new();
    for wrong in
        [json!(now - 10), json!(0), json!(-1), json!("9999999999"), Value::Null, json!([now + 60]), json!(true)]
    {
        forged.push(("exp", wrong));
    }
    let other = jwt::claims(&bob.jwt)["sub"].clone();
    for wrong in [json!("999999"), Value::Null, other, json!(""), json!(["1"]), json!(true), json!("alice ")] {
        forged.push(("sub", wrong));
    }
    for claim in ["iss", "aud"] {
        for wrong in [json!("another"), Value::Null, json!(7), json!("")] {
            forged.push((claim, wrong));
        }
    }
    for wrong in [json!(999), Value::Null, json!("1"), json!(-1)] {
        forged.push(("kv", wrong));
    }
    for (claim, wrong) in forged {
        let mut claims = good.clone();
        claims[claim] = wrong;
        let what = format!("{claim} {}", claims[claim]);
        assert_refused(&alice, &jwt::sign(&claims, &secret, Algorithm::HS256), &what).await;
    }
    for claim in ["exp", "sub", "iss", "aud", "kv"] {
        let mut claims = good.clone();
        assert!(claims.as_object_mut().unwrap().remove(claim).is_some(), "a JWT has {claim}");
        assert_refused(&alice, &jwt::sign(&claims, &secret, Algorithm::HS256), &format!("no {claim}")).await;
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        assert_refused(&alice, &jwt::sign(&good, &secret, algorithm), &format!("{algorithm:?}")).await;
    }
}

// A12
async fn credentials_in_the_query_are_ignored(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let (key, jwt) = (&alice.api_key, &alice.jwt);
    for query in [
        format!("x-api-key={key}&authorization=Bearer%20{jwt}"),
        format!("api_key={key}&token={jwt}"),
        format!("access_token={jwt}&key={key}"),
    ] {
        let answer = hub.send(&Request::get(&format!("/secure/inbox?{query}"))).await;
        answer.refused(401, "unauthenticated");
        let login = hub.send(&Request::post(&format!("/login?{query}&username=alice"))).await;
        assert_eq!(login.status, 400, "{}", login.text());
        // The upgrade may go ahead, but nobody is known by it: a bare hello is refused.
        let path = format!("/secure/ws?{query}");
        match TestSocket::try_open_at(hub.address(), &path, &[]).await {
            Ok(mut socket) => {
                socket.send(&json!({"type": "hello"})).await;
                socket.expect_closed(4401).await;
            }
            Err((status, body)) => assert_eq!(status, 401, "{body}"),
        }
    }
    let log = hub.log_text();
    assert!(!log.contains(key.as_str()) && !log.contains(jwt.as_str()), "a query must not be logged");
}

// A21
async fn the_jwt_of_another_hub_is_refused(db: Database) {
    let secret = "one-secret-carelessly-used-for-two-hubs-0123456789";
    let staging = TestHub::builder(db).env("JWT_SECRET", secret).start().await;
    let production = TestHub::builder(db).env("JWT_SECRET", secret).start().await;
    let foreign = staging.add_agent("alice").await;
    let alice = production.add_agent("alice").await;
    assert_refused(&alice, &foreign.jwt, "the JWT of another hub").await;
    alice.inbox("").await;
}

// A22
async fn an_old_secret_verifies_while_it_is_being_rotated(db: Database) {
    let (old, new) = ("the-old-secret-0123456789-0123456789", "the-new-secret-0123456789-0123456789");
    let mut hub = TestHub::builder(db).env("JWT_SECRET", old).start().await;
    let before = hub.add_agent("alice").await;
    hub.restart_with_env("JWT_SECRET_PREVIOUS", old).await;
    hub.restart_with_env("JWT_SECRET", new).await;
    before.inbox("").await;
    before.connect().await.expect_quiet().await;
    let after = TestAgent::login(hub.address(), "alice", &before.api_key).await;
    after.inbox("").await;
    hub.restart_with_env("JWT_SECRET_PREVIOUS", "something-else-entirely-0123456789-0123").await;
    after.inbox("").await;
    assert_refused(&before, &before.jwt, "a JWT of the old secret").await;
}

// A23
async fn a_jwt_from_a_clock_five_seconds_ahead_is_good_at_once(db: Database) {
    let hub = TestHub::start(db).await;
    let mut alice = hub.add_agent("alice").await;
    let mut claims = jwt::claims(&alice.jwt);
    claims["iat"] = json!(jwt::now_s() + 5);
    claims["exp"] = json!(jwt::now_s() + 600);
    alice.jwt = jwt::sign(&claims, &hub.jwt_secret(), Algorithm::HS256);
    alice.inbox("").await;
    alice.connect().await.expect_quiet().await;
}
