//! The edge of the hub's HTTP: sizes, slowness, crowds, and what never comes back.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::harness::{Connection, Database, Request, TestAgent, TestHub, eventually, json, raw_exchange, try_send};

on_one! {
    limit = 90;
    endless_heads_and_paths_are_refused,
    a_head_that_never_ends_is_closed_within_12_seconds,
    a_body_that_drips_is_refused_within_30_seconds,
    three_hundred_idle_connections_slow_nobody_down,
    connections_beyond_the_cap_wait_and_slots_come_back,
    no_page_of_another_origin_is_let_in,
    no_refusal_tells_a_secret_or_the_inside_of_the_hub,
    http2_is_not_spoken,
    a_spoofed_forwarding_header_is_ignored_unless_the_peer_is_trusted,
    the_host_header_is_never_reflected,
    a_compressed_body_is_refused,
}

fn status_of(answer: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

// D02
async fn endless_heads_and_paths_are_refused(database: Database) {
    let hub = TestHub::start(database).await;
    let many: String = (0..500).map(|n| format!("x-{n}: y\r\n")).collect();
    let large = format!("x-large: {}\r\n", "y".repeat(800 * 1024));
    let path = "p".repeat(100 * 1024);
    for request in [
        format!("GET /health HTTP/1.1\r\nHost: h\r\n{many}\r\n"),
        format!("GET /health HTTP/1.1\r\nHost: h\r\n{large}\r\n"),
        format!("GET /{path} HTTP/1.1\r\nHost: h\r\n\r\n"),
        format!("GET /secure/retrieve/{path} HTTP/1.1\r\nHost: h\r\n\r\n"),
        format!("GET /secure/inbox?stream={path} HTTP/1.1\r\nHost: h\r\n\r\n"),
    ] {
        let (answer, closed) = raw_exchange(hub.address(), request.as_bytes(), Duration::from_secs(5)).await;
        let status = status_of(&answer);
        assert!(matches!(status, Some(400 | 401 | 414 | 431) | None), "{status:?} to {}", &request[..30]);
        assert!(closed || status.is_some(), "neither an answer nor an end: {}", &request[..30]);
    }
    assert_eq!(hub.send(&Request::get("/health")).await.status, 200);
}

/// Sends `bytes` again and again, one at a time, and tells after how long the hub closed and what it had said.
async fn drip(address: std::net::SocketAddr, start: &str, every: Duration, limit: Duration) -> (Duration, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.expect("the hub listens");
    stream.write_all(start.as_bytes()).await.expect("the start is sent");
    let begin = Instant::now();
    let mut said = Vec::new();
    while begin.elapsed() < limit {
        if let Ok(read) = timeout(every, stream.read_buf(&mut said)).await {
            if !matches!(read, Ok(1..)) {
                return (begin.elapsed(), said);
            }
        } else {
            drop(stream.write_all(b"x").await);
        }
    }
    panic!("still open after {limit:?}, having said {}", String::from_utf8_lossy(&said));
}

// D03
async fn a_head_that_never_ends_is_closed_within_12_seconds(database: Database) {
    let hub = TestHub::start(database).await;
    let second = Duration::from_secs(1);
    let limit = Duration::from_secs(14);
    let dripping = drip(hub.address(), "GET /health HTTP/1.1\r\nx-drip: ", second, limit);
    let stopped = drip(hub.address(), "GET /health HTTP/1.1\r\nHost: h\r\n", limit, limit);
    let silent = drip(hub.address(), "", limit, limit);
    let (dripping, stopped, silent) = tokio::join!(dripping, stopped, silent);
    for (what, (after, said)) in [("dripping", dripping), ("stopped", stopped), ("silent", silent)] {
        assert!(after <= Duration::from_secs(12), "{what}: closed only after {after:?}");
        assert!(matches!(status_of(&said), None | Some(400 | 408)), "{what}: {}", String::from_utf8_lossy(&said));
    }
}

// D04
async fn a_body_that_drips_is_refused_within_30_seconds(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let start = format!(
        "POST /secure/agent/publish HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\
         x-api-key: {}\r\nAuthorization: Bearer {}\r\n\r\n{{",
        agent.api_key, agent.jwt
    );
    let (after, said) = drip(hub.address(), &start, Duration::from_secs(1), Duration::from_secs(40)).await;
    assert!(after <= Duration::from_secs(32), "closed only after {after:?}");
    assert!(matches!(status_of(&said), None | Some(408)), "{}", String::from_utf8_lossy(&said));
    assert_eq!(hub.count("items").await, 0);
}

// D05
async fn three_hundred_idle_connections_slow_nobody_down(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(TcpStream::connect(hub.address()).await.expect("a connection"));
    }
    let begin = Instant::now();
    agent.tell("alice", "still here").await;
    assert!(begin.elapsed() < Duration::from_secs(3), "a publish took {:?}", begin.elapsed());
    assert_eq!(idle.len(), 300);
}

// D05
async fn connections_beyond_the_cap_wait_and_slots_come_back(database: Database) {
    let hub = TestHub::builder(database).flag("--max-connections", 20).start().await;
    let mut held = Vec::new();
    for _ in 0..20 {
        let mut connection = hub.connection().await;
        assert_eq!(connection.send(&Request::get("/health")).await.status, 200);
        held.push(connection);
    }
    let health = Request::get("/health");
    let beyond = timeout(Duration::from_secs(1), try_send(hub.address(), &health)).await;
    let beyond = beyond.ok().flatten().map(|answer| answer.status);
    assert!(matches!(beyond, None | Some(503)), "the connection beyond the cap was answered {beyond:?}");
    drop(held);
    eventually("the slots come back", Duration::from_secs(5), || async {
        let answer = timeout(Duration::from_secs(1), try_send(hub.address(), &health)).await;
        answer.ok().flatten().is_some_and(|answer| answer.status == 200)
    })
    .await;
}

// D07
async fn no_page_of_another_origin_is_let_in(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let foreign = |request: Request| request.header("origin", "https://evil.example");
    let preflight = Request::new("OPTIONS", "/secure/agent/publish")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-api-key,authorization");
    let login = Request::post("/login").header("x-api-key", &agent.api_key).header("username", "alice");
    for request in [preflight, login, Request::get("/health"), agent.signed(Request::get("/secure/inbox"))] {
        let answer = hub.send(&foreign(request)).await;
        let let_in = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
        assert_eq!(let_in, None, "{} {}", answer.status, answer.text());
        assert!(!answer.text().contains("evil.example"));
    }
}

/// One request for each way of failing.
fn requests_that_fail(agent: &TestAgent) -> Vec<Request> {
    let publish = |body: &str| agent.signed(Request::post("/secure/agent/publish").json(&json!(null)).body(body));
    vec![
        Request::get("/secure/inbox"),
        Request::post("/login"),
        Request::post("/login").header("x-api-key", &agent.api_key).header("username", "nobody"),
        Request::get("/nowhere"),
        Request::new("PATCH", "/health"),
        publish("{"),
        publish(r#"{"name":"n","data":"d","tll":1}"#),
        publish(r#"{"name":"n","data":"d","to":["nobody"]}"#),
        publish(&format!(r#"{{"name":"n","data":"{}"}}"#, "x".repeat(1024 * 1024 + 1))),
        publish(r#"{"name":"'; DROP TABLE items --","data":"d","to":["a' OR '1'='1"]}"#),
        agent.signed(Request::get("/secure/retrieve/AAAAAAAAAAAAAAAAAAAAAA")),
        agent.signed(Request::get("/secure/retrieve/%00%ff%27")),
        agent.signed(Request::get("/secure/inbox?after=x")),
        agent.signed(Request::get("/secure/inbox?after=1&stream=alice&epoch=other")),
        agent.signed(Request::get("/secure/channels/none/members")),
        agent.signed(Request::get("/admin/agents")),
        agent.signed(Request::get("/secure/ws")),
        agent.signed(Request::post("/secure/inbox/ack").json(&json!({"seq": 1_000_000}))),
    ]
}

// D08
async fn no_refusal_tells_a_secret_or_the_inside_of_the_hub(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let folder = hub.data_dir().display().to_string();
    let inside = ["sqlx", "axum", "hyper", "serde", "tokio", "panic", "src/", ".rs", "SELECT", "INSERT", "DROP TABLE"];
    for request in requests_that_fail(&agent) {
        let answer = hub.send(&request).await;
        let what = format!("{} {}: {} {}", request.method, request.path, answer.status, answer.text());
        assert!((400..500).contains(&answer.status), "{what}");
        let code = answer.json()["code"].as_str().map(str::to_owned).expect(&what);
        answer.refused(answer.status, &code);
        assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()), "no request id: {what}");
        let told = format!("{:?} {}", answer.headers, answer.text());
        let secrets = [agent.api_key.as_str(), agent.jwt.as_str(), folder.as_str()];
        for word in inside.iter().chain(&secrets) {
            assert!(!told.contains(word), "{word} is told: {what}");
        }
    }
}

// D12
async fn http2_is_not_spoken(database: Database) {
    let hub = TestHub::start(database).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let (answer, closed) = raw_exchange(hub.address(), preface, Duration::from_secs(5)).await;
    assert!(closed, "an HTTP/2 connection was left open");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{:?}", String::from_utf8_lossy(&answer));
    let upgrade = Request::get("/health").header("upgrade", "h2c").header("http2-settings", "AAMAAABkAAQAAP__");
    assert_eq!(hub.send(&upgrade).await.status, 200, "an offer of h2c is ignored");
}

/// Fails to log in 40 times, each time said to come from another address; how often the hub was patient.
async fn patient_with_forged_addresses(hub: &TestHub) -> usize {
    let mut patient = 0;
    let mut connection: Connection = hub.connection().await;
    for n in 0..40 {
        let login = Request::post("/login").header("x-api-key", "ahub_wrong").header("username", "alice");
        let answer = connection.send(&login.header("x-forwarded-for", &format!("203.0.113.{n}"))).await;
        match answer.status {
            401 => patient += 1,
            429 => assert!(answer.header("retry-after").is_some(), "a 429 says when to try again"),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    patient
}

// D13
async fn a_spoofed_forwarding_header_is_ignored_unless_the_peer_is_trusted(database: Database) {
    let hub = TestHub::start(database).await;
    hub.add_agent("alice").await;
    let patient = patient_with_forged_addresses(&hub).await;
    assert!(patient < 20, "a forged address got around the limit: {patient} of 40");

    let hub = TestHub::builder(database).flag("--trusted-proxy", "127.0.0.0/8").start().await;
    hub.add_agent("alice").await;
    let patient = patient_with_forged_addresses(&hub).await;
    assert_eq!(patient, 40, "a trusted proxy's clients are told apart");
}

// D14
async fn the_host_header_is_never_reflected(database: Database) {
    let hub = TestHub::start(database).await;
    for path in
        ["/", "/health", "/ready", "/login", "/secure/inbox", "/nowhere", "/secure/channels/", "//evil.example/.."]
    {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\
             Forwarded: host=evil.example\r\nConnection: close\r\n\r\n"
        );
        let (answer, _) = raw_exchange(hub.address(), request.as_bytes(), Duration::from_secs(5)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 "), "{path}: {answer}");
        assert!(!answer.contains("evil.example"), "{path}: {answer}");
    }
}

// D15
async fn a_compressed_body_is_refused(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    // {"name":"n","data":"d"}, compressed.
    const GZIP: [u8; 41] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 86, 202, 75, 204, 77, 85, 178, 82, 202, 83, 210, 81, 74, 73, 44, 73, 4,
        50, 83, 148, 106, 1, 47, 110, 124, 114, 23, 0, 0, 0,
    ];
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let publish = Request::post("/secure/agent/publish").header("content-type", "application/json");
        let answer = agent.send(publish.header("content-encoding", encoding).body(GZIP)).await;
        answer.refused(415, "unsupported_media_type");
    }
    assert_eq!(hub.count("items").await, 0);
}
