//! Values that no honest client sends, and honest ones that look odd. Rows C01–C05, C11–C14 (`body` has the rest).

use std::time::{Duration, Instant};

use crate::harness::*;

on_both![
    a_ttl_is_an_integer_from_one_to_the_maximum,
    an_item_name_that_hides_or_reorders_text_is_refused,
    any_honest_text_comes_back_byte_for_byte,
    sql_is_text_like_any_other,
    the_number_of_addresses_is_bounded_and_duplicates_are_folded,
    one_bad_address_refuses_the_whole,
    an_address_has_one_spelling,
    a_misspelt_field_is_refused_by_name,
    a_value_of_another_type_is_refused_by_its_field,
];

/// Publishes a body as it is.
async fn publish_raw(agent: &TestAgent, body: impl Into<Vec<u8>>) -> Response {
    agent.send(Request::post("/secure/agent/publish").header("content-type", "application/json").body(body)).await
}

// C01
async fn a_ttl_is_an_integer_from_one_to_the_maximum(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let digits = "9".repeat(400);
    let bad = [
        "0",
        "-1",
        "1.5",
        "\"60\"",
        "true",
        "null",
        "[]",
        "{}",
        "2147483648",
        "4294967296",
        "4294967357",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775808",
        "1e3000",
        "1e2",
        "31536001",
        "60.0",
        "0x10",
        &digits,
    ];
    for ttl in bad {
        let body = format!(r#"{{"name":"n","data":"d","to":["bob"],"ttl":{ttl}}}"#);
        let answer = publish_raw(&alice, body).await;
        assert!(matches!(answer.status, 400 | 422), "{ttl}: {} {}", answer.status, answer.text());
    }
    assert_eq!(hub.count("items").await, 0);
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 0);
    for ttl in [1, 31_536_000] {
        let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob"], "ttl": ttl})).await;
        assert_eq!(alice.retrieve(&token).await.ok()["ttl"], ttl);
    }
}

// C02
async fn an_item_name_that_hides_or_reorders_text_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let long = "é".repeat(101);
    for name in
        ["", &long, "a\0", "a\r\nb", "a\nb", "\x1b[2J", "a\u{202E}b", "a\u{200B}b", "\u{FEFF}a", "a\u{7f}", "a\u{85}"]
    {
        alice.try_publish(&json!({"name": name, "data": "d"})).await.refused(422, "invalid");
    }
    for raw in [
        &br#"{"name":"a\ud800","data":"d"}"#[..],
        br#"{"name":"a\udc00b","data":"d"}"#,
        br#"{"name":"a","data":"\ud83d"}"#,
        b"{\"name\":\"a\xc0\xaf\",\"data\":\"d\"}",
        b"{\"name\":\"a\xed\xa0\x80\",\"data\":\"d\"}",
        b"{\"name\":\"a\",\"data\":\"\xff\"}",
        b"{\"name\":\"a\nb\",\"data\":\"d\"}",
    ] {
        let answer = publish_raw(&alice, raw).await;
        assert!(matches!(answer.status, 400 | 422), "{}: {}", String::from_utf8_lossy(raw), answer.text());
    }
    assert_eq!(hub.count("items").await, 0);
}

// C03
async fn any_honest_text_comes_back_byte_for_byte(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let (emoji, accents) = ("\u{1F600}".repeat(100), "é".repeat(100));
    let names = [
        emoji.as_str(),
        &accents,
        "日本語",
        "שלום עולם",
        "مرحبا",
        "e\u{301} is not é",
        "👩‍💻 می‌خواهم",
        "\"quoted\" 'twice'",
        "<script>alert(1)</script>",
        "a\\b",
        "  spaces  ",
        "ﬁ ﬀ ½",
        "=cmd()",
        "null",
        "\u{10FFFF}",
    ];
    for (seq, name) in (1..).zip(names) {
        let token = alice.publish(&json!({"name": name, "data": name, "to": ["bob"]})).await;
        let item = bob.retrieve(&token).await.ok();
        assert_eq!((&item["name"], &item["data"]), (&json!(name), &json!(name)));
        assert_eq!(bob.inbox("").await["entries"][seq - 1]["name"], json!(name));
    }
}

// C04
async fn sql_is_text_like_any_other(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let before = hub.count("agents").await;
    let sql = [
        "' OR '1'='1",
        "\" OR \"\"=\"",
        "'; DROP TABLE items; --",
        "%",
        "_",
        "bob'--",
        "0x00",
        "\\'",
        "1 UNION SELECT 1",
        "' AND SLEEP(5)-- ",
        "(SELECT randomblob(100000000))",
        "${jndi:x}",
        "{{7*7}}",
    ];
    for text in sql {
        let begin = Instant::now();
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let token = alice.publish(&json!({"name": text, "data": text, "to": ["bob"]})).await;
        let item = bob.retrieve(&token).await.ok();
        assert_eq!((&item["name"], &item["data"]), (&json!(text), &json!(text)));
        alice.try_publish(&json!({"name": "n", "data": "d", "to": [text]})).await.refused(422, "unknown_address");
        assert_eq!(hub.send(&login_request(text, &alice.api_key)).await.status, 401);
        // Guessing one name's key is slowed after the tenth failure.
        assert!(matches!(hub.send(&login_request("alice", text)).await.status, 401 | 429));
        assert_eq!(bob.retrieve(&encoded).await.status, 404);
        assert!(matches!(bob.try_inbox(&format!("stream={encoded}")).await.status, 404 | 422));
        assert!(matches!(bob.get(&format!("/secure/agents/{encoded}")).await.status, 404 | 422));
        assert!(matches!(bob.try_join(&encoded).await.status, 404 | 422));
        let list = bob.get(&format!("/secure/agents?after={encoded}")).await;
        assert!(matches!(list.status, 200 | 422), "{}", list.text());
        let answer = alice.try_publish_with_key(&json!({"name": "n", "data": "d"}), text).await;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
        assert!(begin.elapsed() < Duration::from_millis(2_500), "{text} took {:?}", begin.elapsed());
    }
    assert_eq!(hub.count("agents").await, before);
}

// C11
async fn the_number_of_addresses_is_bounded_and_duplicates_are_folded(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let operator = hub.operator().await;
    let names: Vec<_> = (0..65).map(|n| format!("a{n}")).collect();
    for name in &names {
        operator.send(Request::post("/admin/agents").json(&json!({"name": name}))).await.ok();
    }
    let to = |to: &[String]| json!({"name": "n", "data": "d", "to": to});
    alice.try_publish(&to(&names)).await.refused(422, "invalid");
    let begin = Instant::now();
    let million = alice.try_publish(&to(&vec!["bob".to_owned(); 1_000_000])).await;
    assert!(matches!(million.status, 413 | 422), "{}", million.text());
    let many = alice.try_publish(&to(&(0..100_000).map(|n| format!("x{n}")).collect::<Vec<_>>())).await;
    assert!(matches!(many.status, 413 | 422), "{}", many.text());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(hub.count("items").await, 0);
    let token = alice.publish(&to(&names[..64])).await;
    assert_eq!(hub.count("entries").await, 64);
    assert_eq!(alice.status(&token).await["to"].as_array().unwrap().len(), 64);
    let doubled = alice.publish(&to(&["bob".into(), "bob".into(), "bob".into()])).await;
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 1);
    assert_eq!(bob.retrieve(&doubled).await.ok()["to"], json!(["bob"]));
}

// C12
async fn one_bad_address_refuses_the_whole(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let long = "b".repeat(65);
    for bad in ["nobody", "", "*", "#", "##x", "me", "bob bob", "bob,carol", "all", "@bob", &long, "#nowhere"] {
        for to in [["bob", bad], [bad, "bob"]] {
            let answer = alice.try_publish(&json!({"name": "n", "data": "d", "to": to})).await;
            answer.refused(422, "unknown_address");
        }
    }
    for bad in [json!([7]), json!(["bob", null]), json!("bob"), json!({"bob": 1}), json!([["bob"]]), json!(true)] {
        alice.try_publish(&json!({"name": "n", "data": "d", "to": bad})).await.refused(422, "invalid");
    }
    assert_eq!(hub.count("items").await, 0);
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 0);
}

// C13
async fn an_address_has_one_spelling(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    bob.make_channel("team", false).await;
    for other in
        ["Bob", "BOB", "bob ", " bob", "bob\0", "ｂｏｂ", "bo\u{301}b", "b\u{043E}b", "#Team", "#team ", "# team"]
    {
        let answer = alice.try_publish(&json!({"name": "n", "data": "d", "to": [other]})).await;
        answer.refused(422, "unknown_address");
    }
    assert_eq!(hub.count("entries").await, 0);
    let operator = hub.operator().await;
    for name in ["Bob", "bob ", "ｂｏｂ", "me", "", "a/b", "a b", "-a", "é", &"a".repeat(65)] {
        operator.send(Request::post("/admin/agents").json(&json!({"name": name}))).await.refused(422, "invalid");
    }
}

// C14
async fn a_misspelt_field_is_refused_by_name(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    for field in ["tll", "too", "To", "onetime", "replyto", "TTL", "id", "type"] {
        let mut body = json!({"name": "n", "data": "d"});
        body[field] = json!(1);
        let problem = alice.try_publish(&body).await.refused(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    alice.try_ack(&json!({"seq": 0, "steam": "alice"})).await.refused(422, "invalid");
    alice
        .send(Request::post("/secure/channels").json(&json!({"name": "c", "close": true})))
        .await
        .refused(422, "invalid");
    let twice = publish_raw(&alice, r#"{"name":"n","data":"d","data":"e"}"#).await;
    assert!(matches!(twice.status, 400 | 422), "a field given twice: {}", twice.text());
    let mut socket = alice.connect().await;
    socket.send(&json!({"type": "publish", "id": "p", "name": "n", "data": "d", "too": ["bob"]})).await;
    let refusal = socket.expect_error("bad_frame").await;
    assert_eq!(refusal["id"], "p");
    assert!(refusal["detail"].as_str().unwrap().contains("too"), "{refusal}");
    socket.expect_closed(4400).await;
    assert_eq!((hub.count("items").await, hub.count("channels").await), (0, 0));
}

// C07
async fn a_value_of_another_type_is_refused_by_its_field(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    for (field, bad) in [
        ("name", json!(1)),
        ("name", Value::Null),
        ("data", json!({"a": 1})),
        ("data", Value::Null),
        ("data", json!(["d"])),
        ("ttl", json!("60")),
        ("ttl", Value::Null),
        ("one_time", json!("true")),
        ("one_time", json!(1)),
        ("one_time", Value::Null),
        ("to", Value::Null),
        ("reply_to", Value::Null),
    ] {
        let mut body = json!({"name": "n", "data": "d"});
        body[field] = bad;
        let problem = alice.try_publish(&body).await.refused(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    for missing in [json!({"data": "d"}), json!({"name": "n"}), json!({})] {
        alice.try_publish(&missing).await.refused(422, "invalid");
    }
    assert_eq!(hub.count("items").await, 0);
}
