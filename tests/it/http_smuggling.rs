//! Requests whose end two parsers could see in different places: never a second answer, and the connection is closed.

use std::time::Duration;

use crate::harness::{Database, Request, TestAgent, TestHub, json, raw_exchange};

on_one! {
    a_request_of_doubtful_length_is_refused_and_the_connection_closed,
    a_length_beside_an_encoding_is_refused_and_the_connection_closed,
    broken_chunks_are_refused_and_nothing_behind_them_is_a_request,
    a_chunked_body_is_read_and_its_connection_closed_after_the_answer,
    two_requests_in_one_packet_are_two_requests,
}

const LIMIT: Duration = Duration::from_secs(15);

/// What an attacker hopes to have taken for a request of its own.
const SMUGGLED: &str = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";

/// The status of every answer in what came.
fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    let heads = text.split("HTTP/1.1 ").skip(1);
    heads.map(|head| head.get(..3).and_then(|code| code.parse().ok()).expect("a status")).collect()
}

/// A publish with good credentials, these headers, and then these bytes.
fn publish(agent: &TestAgent, headers: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "POST /secure/agent/publish HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n\
         x-api-key: {}\r\nAuthorization: Bearer {}\r\n{headers}\r\n\r\n",
        agent.api_key, agent.jwt
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

async fn assert_refused_and_closed(agent: &TestAgent, headers: &str, body: &str) {
    let (answer, closed) = raw_exchange(agent.address, &publish(agent, headers, body), LIMIT).await;
    let statuses = statuses(&answer);
    assert!(closed, "{headers:?}: the connection was left open after {statuses:?}");
    assert!(statuses.len() <= 1, "{headers:?}: more than one answer: {statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 400 | 411 | 413 | 501)), "{headers:?}: {statuses:?}");
}

// D01
async fn a_request_of_doubtful_length_is_refused_and_the_connection_closed(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let body = r#"{"name":"n","data":"d"}"#;
    let length = body.len();
    let whole = format!("{body}{SMUGGLED}");
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n{SMUGGLED}");
    for headers in [
        format!("Content-Length: {length}\r\nContent-Length: 0"),
        format!("Content-Length: 0\r\nContent-Length: {length}"),
        "Content-Length: -1".to_owned(),
        format!("Content-Length: +{length}"),
        format!("Content-Length: {length}, 5"),
        format!("Content-Length: 0x{length:x}"),
        "Content-Length: 18446744073709551617".to_owned(),
        "Transfer-Encoding: gzip".to_owned(),
        format!("Content-Length : {length}"),
    ] {
        assert_refused_and_closed(&agent, &headers, &whole).await;
    }
    for headers in [
        "Transfer-Encoding: chunked, identity".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
        "Transfer-Encoding: chunked, gzip".to_owned(),
        "Transfer-Encoding:\u{b}chunked".to_owned(),
    ] {
        assert_refused_and_closed(&agent, &headers, &chunked).await;
    }
    assert_eq!(hub.count("items").await, 0, "something was stored");
}

// D01
async fn a_length_beside_an_encoding_is_refused_and_the_connection_closed(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let body = r#"{"name":"n","data":"d"}"#;
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n{SMUGGLED}");
    for headers in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
        format!("Content-Length: {}\r\nTransfer-Encoding: chunked", chunked.len()),
        format!("transfer-encoding:\tChunked\r\nX-Between: x\r\ncontent-length:{length}"),
        "Content-Length: 4\r\nTransfer-Encoding: chunked".to_owned(),
    ] {
        assert_refused_and_closed(&agent, &headers, &chunked).await;
    }
    assert_eq!(hub.count("items").await, 0, "something was stored");
}

// D01
async fn broken_chunks_are_refused_and_nothing_behind_them_is_a_request(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    for chunks in
        ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n", "fffffffffffffffff\r\n{}", "2\r\n{}xx\r\n0\r\n\r\n"]
    {
        assert_refused_and_closed(&agent, "Transfer-Encoding: chunked", &format!("{chunks}{SMUGGLED}")).await;
    }
    assert_eq!(hub.count("items").await, 0, "something was stored");
}

// D01, C10
async fn a_chunked_body_is_read_and_its_connection_closed_after_the_answer(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let body = r#"{"name":"n","data":"d"}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let bytes = publish(&agent, "Transfer-Encoding: chunked", &chunked);
    let (answer, closed) = raw_exchange(hub.address(), &bytes, LIMIT).await;
    assert_eq!(statuses(&answer), [200], "{}", String::from_utf8_lossy(&answer));
    assert!(closed, "a chunked request's connection is not used again");
    assert_eq!(hub.count("items").await, 1);
}

// D01, the other way round: what is not doubtful works.
async fn two_requests_in_one_packet_are_two_requests(database: Database) {
    let hub = TestHub::start(database).await;
    let agent = hub.add_agent("alice").await;
    let host = hub.address().to_string();
    let body = json!({"name": "n", "data": "d"});
    let first = agent.signed(Request::post("/secure/agent/publish").json(&body)).encode(&host, true);
    let second = Request::get("/health").encode(&host, false);
    let (answer, closed) = raw_exchange(hub.address(), &[first, second].concat(), LIMIT).await;
    assert!(closed, "the second request asked to close");
    assert_eq!(statuses(&answer), [200, 200]);
}
