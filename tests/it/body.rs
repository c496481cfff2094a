//! Bodies that are not what they claim, too deep, too large, or never end. Rows C05, C07, C09, C10, C16.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;

use crate::harness::*;

on_both![
    a_body_that_is_no_json_object_is_refused,
    deep_nesting_is_refused_at_once,
    the_media_type_is_json_or_left_out,
    a_length_beyond_the_limit_is_refused_before_reading,
    an_endless_body_is_refused_on_count,
    a_chunked_body_is_taken,
    data_of_exactly_the_limit_is_taken_and_one_byte_more_is_not,
    the_data_limit_counts_what_is_stored_and_not_its_escapes,
    a_hub_may_be_set_to_take_less,
];

const PUBLISH: &str = "/secure/agent/publish";
const MIB: usize = 1024 * 1024;
const BODY_LIMIT: usize = 2 * MIB + 64 * 1024;

async fn publish_raw(agent: &TestAgent, body: impl Into<Vec<u8>>) -> Response {
    agent.send(Request::post(PUBLISH).header("content-type", "application/json").body(body)).await
}

/// The head of a publish with this framing header, as bytes.
fn head(agent: &TestAgent, framing: &str) -> Vec<u8> {
    let request = agent.signed(Request::post(PUBLISH).header("content-type", "application/json"));
    let mut bytes = request.encode("hub", true);
    bytes.truncate(bytes.len() - 2);
    bytes.extend(format!("{framing}\r\n\r\n").bytes());
    bytes
}

// C07
async fn a_body_that_is_no_json_object_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let good = r#"{"name":"n","data":"d"}"#;
    let syntax = [
        String::new(),
        " ".into(),
        "{".into(),
        r#"{"name":"n""#.into(),
        r#"{"name":"n","data":"d",}"#.into(),
        r#"{'name':'n','data':'d'}"#.into(),
        r#"{name:"n",data:"d"}"#.into(),
        r#"{"name":"n","data":NaN}"#.into(),
        r#"{"name":"n","data":"d","ttl":Infinity}"#.into(),
        r#"{"name":"n","data":"d","ttl":01}"#.into(),
        r#"{"name":"n","data":"d"} // so"#.into(),
        format!("\u{FEFF}{good}"),
        format!("{good}x"),
        format!("{good}{good}"),
        format!("{good}\0"),
        "name=n&data=d".into(),
        "<name>n</name>".into(),
    ];
    for body in syntax {
        publish_raw(&alice, body).await.refused(400, "bad_request");
    }
    for body in ["[]", r#"["n","d"]"#, "null", "true", "1", r#""n""#, "[{}]"] {
        publish_raw(&alice, body).await.refused(422, "invalid");
    }
    // UTF-16, and gzip that does not say so.
    for other in [&b"\xff\xfe{\0}\0"[..], b"\0{\0}", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\x56\x02\0"] {
        publish_raw(&alice, other).await.refused(400, "bad_request");
    }
    assert_eq!(hub.count("items").await, 0);
    publish_raw(&alice, format!(" \r\n\t{good}\n ")).await.ok();
}

// C05
async fn deep_nesting_is_refused_at_once(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    for depth in [1_000, 10_000, 200_000] {
        let (lists, objects) = ("[".repeat(depth), r#"{"a":"#.repeat(depth));
        let closed = format!("{lists}{}", "]".repeat(depth));
        for body in [
            format!(r#"{{"name":"n","data":{lists}"#),
            format!(r#"{{"name":"n","data":{closed}}}"#),
            format!(r#"{{"x":{objects}"#),
            lists.clone(),
            objects.clone(),
        ] {
            let begin = Instant::now();
            let answer = publish_raw(&alice, body).await;
            assert!(matches!(answer.status, 400 | 422), "{depth}: {}", answer.text());
            assert!(begin.elapsed() < Duration::from_secs(2), "{depth} took {:?}", begin.elapsed());
        }
    }
    let keys = Request::put("/secure/agents/me/keys").header("content-type", "application/json");
    let deep = alice.send(keys.body(r#"{"a":"#.repeat(3_000))).await;
    assert!(matches!(deep.status, 400 | 413 | 422), "{}", deep.text());
    alice.publish(&json!({"name": "n", "data": "the hub lives"})).await;
}

// C09
async fn the_media_type_is_json_or_left_out(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let body = r#"{"name":"n","data":"d"}"#;
    alice.send(Request::post(PUBLISH).body(body)).await.ok();
    for good in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        alice.send(Request::post(PUBLISH).header("content-type", good).body(body)).await.ok();
    }
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonx",
        "application/xml",
        "garbage",
        "*/*",
    ] {
        let answer = alice.send(Request::post(PUBLISH).header("content-type", bad).body(body)).await;
        answer.refused(415, "unsupported_media_type");
    }
    assert_eq!(hub.count("items").await, 4);
    // What a web page can send without being asked has no key with it.
    let simple = hub.send(&Request::post(PUBLISH).header("content-type", "text/plain").body(body)).await;
    simple.refused(401, "unauthenticated");
}

// C10
async fn a_length_beyond_the_limit_is_refused_before_reading(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    for length in [(BODY_LIMIT + 1).to_string(), "9223372036854775808".into(), "18446744073709551617".into()] {
        let mut connection = hub.connection().await;
        let begin = Instant::now();
        connection.stream.write_all(&head(&alice, &format!("content-length: {length}"))).await.unwrap();
        let answer = connection.read_response(false).await;
        assert!(answer.status == 413 || (length.len() > 18 && answer.status == 400), "{length}: {}", answer.status);
        assert!(begin.elapsed() < Duration::from_secs(2), "answered without waiting for the body");
    }
    // The control: a body of exactly the limit is read, and found to hold too much data.
    let frame = r#"{"name":"n","data":""}"#;
    let body = frame.replace(r#""""#, &format!("\"{}\"", "x".repeat(BODY_LIMIT - frame.len())));
    assert_eq!(body.len(), BODY_LIMIT);
    publish_raw(&alice, body).await.refused(413, "too_large");
}

// C10
async fn an_endless_body_is_refused_on_count(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let mut connection = hub.connection().await;
    connection.stream.write_all(&head(&alice, "transfer-encoding: chunked")).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut sent = 0;
    while sent < 64 * MIB && connection.stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 0x10000;
    }
    assert!(sent < 64 * MIB, "the hub went on reading");
    if let Some(answer) = connection.try_read_response(false).await {
        answer.refused(413, "too_large");
    }
    alice.publish(&json!({"name": "n", "data": "the hub lives"})).await;
    assert_eq!(hub.count("items").await, 1);
}

async fn a_chunked_body_is_taken(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let mut connection = hub.connection().await;
    let mut bytes = head(&alice, "transfer-encoding: chunked");
    for part in [r#"{"name":"n","#, r#""data":"#, r#""in parts"}"#] {
        bytes.extend(format!("{:x}\r\n{part}\r\n", part.len()).bytes());
    }
    bytes.extend(b"0\r\n\r\n");
    connection.stream.write_all(&bytes).await.unwrap();
    let answer = connection.read_response(false).await.ok();
    let item = alice.retrieve(answer["token"].as_str().unwrap()).await.ok();
    assert_eq!(item["data"], "in parts");
}

// C16
async fn data_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let most = "x".repeat(MIB);
    let token = alice.tell("bob", &most).await;
    assert!(bob.retrieve(&token).await.ok()["data"] == json!(most), "the data came back changed");
    let more = json!({"name": "n", "data": format!("{most}x"), "to": ["bob"]});
    alice.try_publish(&more).await.refused(413, "too_large");
    // Bytes are counted, not characters.
    let wide = "é".repeat(MIB / 2);
    let token = alice.tell("bob", &wide).await;
    assert!(bob.retrieve(&token).await.ok()["data"] == json!(wide), "the data came back changed");
    let more = json!({"name": "n", "data": format!("{wide}x"), "to": ["bob"]});
    alice.try_publish(&more).await.refused(413, "too_large");
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 2);
    assert_eq!(bob.inbox("").await["entries"][0]["size"], json!(MIB));
}

async fn the_data_limit_counts_what_is_stored_and_not_its_escapes(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    // A line feed takes two bytes in JSON: within the body limit, and under the data limit once decoded.
    let lines = "\n".repeat(MIB - 1);
    let token = alice.publish(&json!({"name": "n", "data": lines})).await;
    assert!(alice.retrieve(&token).await.ok()["data"] == json!(lines), "the data came back changed");
}

async fn a_hub_may_be_set_to_take_less(db: Database) {
    let hub = TestHub::builder(db).flag("--data-max-bytes", 1_000).flag("--ttl-max", "1h").start().await;
    let alice = hub.add_agent("alice").await;
    let socket = alice.connect().await;
    assert_eq!(socket.welcome["limits"]["data_max_bytes"], 1_000);
    assert_eq!(socket.welcome["limits"]["ttl_max_s"], 3_600);
    alice.publish(&json!({"name": "n", "data": "x".repeat(1_000), "ttl": 3_600})).await;
    alice.try_publish(&json!({"name": "n", "data": "x".repeat(1_001), "ttl": 1})).await.refused(413, "too_large");
    alice.try_publish(&json!({"name": "n", "data": "x", "ttl": 3_601})).await.refused(422, "invalid");
}
