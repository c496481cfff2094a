//! WebSocket frames that no honest client sends: refused with the right close code, or the connection is dropped.

use std::time::{Duration, Instant};

use crate::harness::{Database, RawSocket, TestAgent, TestHub, TestSocket, json};

on_one! {
    an_unmasked_frame_breaks_the_socket,
    no_compression_is_negotiated_and_reserved_bits_break_the_socket,
    a_declared_giant_breaks_the_socket_and_takes_no_memory,
    a_message_beyond_1_mib_is_closed_1009,
    a_message_beyond_1_mib_in_fragments_is_closed_1009,
    reserved_opcodes_and_stray_fragments_break_the_socket,
    a_binary_frame_is_closed_4400,
    text_that_is_no_utf8_is_closed_1007,
    malformed_frames_are_answered_and_closed_4400,
    a_broken_peer_hears_the_close_code_before_the_end,
    five_thousand_pings_harm_nobody,
}

const SOON: Duration = Duration::from_secs(5);
const MIB: usize = 1024 * 1024;

/// A socket that has been welcomed, without a client behind it.
async fn raw(agent: &TestAgent) -> RawSocket {
    let (response, socket) = RawSocket::upgrade(agent.address, &agent.signed(RawSocket::request())).await;
    let mut socket = socket.unwrap_or_else(|| panic!("no upgrade: {} {}", response.status, response.text()));
    socket.send(&RawSocket::text(r#"{"type":"hello"}"#)).await;
    let (_, welcome) = socket.read_frame(SOON).await.expect("a welcome");
    assert!(welcome.starts_with(br#"{"type":"welcome""#), "{}", String::from_utf8_lossy(&welcome));
    socket
}

/// The head of a masked frame that claims `length` bytes.
fn claim(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | 127];
    bytes.extend(length.to_be_bytes());
    bytes.extend([1, 2, 3, 4]);
    bytes
}

/// These bytes end the socket at once, with this code or none, before and after hello; another agent does not notice.
async fn assert_ends(agent: &TestAgent, witness: &mut TestSocket, what: &str, bytes: &[u8], code: u16) {
    let mut strangers = RawSocket::open(agent.address).await;
    let mut own = raw(agent).await;
    for socket in [&mut strangers, &mut own] {
        let begin = Instant::now();
        socket.send(bytes).await;
        let got = socket.close_code(SOON).await;
        assert!(got.is_none() || got == Some(code), "{what}: closed with {got:?}, not {code}");
        assert!(begin.elapsed() < Duration::from_secs(3), "{what}: ended only after {:?}", begin.elapsed());
    }
    witness.expect_quiet().await;
}

async fn assert_all_end(database: Database, cases: Vec<(&str, Vec<u8>)>, code: u16) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut witness = bob.connect().await;
    for (what, bytes) in cases {
        assert_ends(&alice, &mut witness, what, &bytes, code).await;
    }
}

// E06
async fn an_unmasked_frame_breaks_the_socket(database: Database) {
    let ping = RawSocket::frame(0x81, br#"{"type":"ping"}"#, true);
    assert_all_end(database, vec![("unmasked text", ping), ("unmasked ping", RawSocket::frame(0x89, b"", true))], 1002)
        .await;
}

// E07
async fn no_compression_is_negotiated_and_reserved_bits_break_the_socket(database: Database) {
    let hub = TestHub::start(database).await;
    let offer = "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame";
    let request = RawSocket::request().header("sec-websocket-extensions", offer);
    let (response, _) = RawSocket::upgrade(hub.address(), &request).await;
    assert_eq!((response.status, response.header("sec-websocket-extensions")), (101, None));
    let text = br#"{"type":"ping"}"#;
    let cases = [0xc1, 0xa1, 0x91, 0xf1].map(|first| ("a reserved bit", RawSocket::frame(first, text, false)));
    assert_all_end(database, cases.into(), 1002).await;
}

fn resident_kib(hub: &TestHub) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", hub.pid())).expect("the hub's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

// E09
async fn a_declared_giant_breaks_the_socket_and_takes_no_memory(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut witness = bob.connect().await;
    let before = resident_kib(&hub);
    for length in [1 << 63, u64::MAX, 64 * MIB as u64, MIB as u64 + 1] {
        for _ in 0..4 {
            assert_ends(&alice, &mut witness, &format!("a claim of {length}"), &claim(0x81, length), 1009).await;
        }
    }
    let grown = resident_kib(&hub).saturating_sub(before);
    assert!(grown < 32 * 1024, "claims alone took {grown} KiB");
}

// E09
async fn a_message_beyond_1_mib_is_closed_1009(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let frame = |size: usize| {
        let frame = json!({"type": "ping", "id": "1"}).to_string();
        format!("{frame}{}", " ".repeat(size - frame.len()))
    };
    let mut socket = alice.connect().await;
    socket.send_text(frame(MIB)).await;
    assert_eq!(socket.frame().await, json!({"type": "pong", "id": "1"}), "exactly 1 MiB is taken");
    socket.send_text(frame(MIB + 1)).await;
    let (_, code) = socket.until_closed().await;
    assert!(matches!(code, Some(1009) | None), "{code:?}");
}

// E10
async fn a_message_beyond_1_mib_in_fragments_is_closed_1009(database: Database) {
    let fragment = vec![b' '; 64 * 1024];
    let mut bytes = RawSocket::frame(0x01, &fragment, false);
    for _ in 0..17 {
        bytes.extend(RawSocket::frame(0x00, &fragment, false));
    }
    assert_all_end(database, vec![("18 fragments of 64 KiB", bytes)], 1009).await;
}

// E13
async fn reserved_opcodes_and_stray_fragments_break_the_socket(database: Database) {
    let mut cases: Vec<(&str, Vec<u8>)> = Vec::new();
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        cases.push(("a reserved opcode", RawSocket::frame(0x80 | opcode, b"{}", false)));
    }
    cases.push(("a continuation of nothing", RawSocket::frame(0x80, b"{}", false)));
    let nested = [RawSocket::frame(0x01, b"{", false), RawSocket::frame(0x81, b"{}", false)].concat();
    cases.push(("a text within a text", nested));
    cases.push(("a ping in fragments", RawSocket::frame(0x09, b"", false)));
    cases.push(("a ping of 126 bytes", RawSocket::frame(0x89, &[b'x'; 126], false)));
    cases.push(("a close of one byte", RawSocket::frame(0x88, b"x", false)));
    assert_all_end(database, cases, 1002).await;
}

// E14
async fn a_binary_frame_is_closed_4400(database: Database) {
    let binary = RawSocket::frame(0x82, br#"{"type":"ping"}"#, false);
    assert_all_end(database, vec![("binary", binary)], 4400).await;
}

// C02
async fn text_that_is_no_utf8_is_closed_1007(database: Database) {
    let cases = [&b"\xff"[..], b"{\"type\":\"ping\",\"id\":\"\xc0\xaf\"}", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"];
    let cases = cases.map(|text| ("bad UTF-8", RawSocket::frame(0x81, text, false)));
    assert_all_end(database, cases.into(), 1007).await;
}

// C05, C07, C14
async fn malformed_frames_are_answered_and_closed_4400(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let deep = format!(r#"{{"type":"ping","id":{}"#, "[".repeat(200_000));
    for text in [
        "",
        "{",
        "null",
        "[]",
        "\"ping\"",
        "{}",
        r#"{"type":1}"#,
        r#"{"type":"notify"}"#,
        r#"{"type":"Ping"}"#,
        r#"{"type":"ping","x":1}"#,
        r#"{"type":"ping"} {"type":"ping"}"#,
        r#"{"type":"ack"}"#,
        r#"{"type":"ack","seq":"1"}"#,
        r#"{"type":"ack","seq":-1}"#,
        r#"{"type":"publish","name":"n","data":"d","too":["bob"]}"#,
        r#"{"type":"publish","name":"n","data":"d","ttl":null}"#,
        r#"{"type":"publish","name":"n","data":1}"#,
        r#"{"type":"ping","id":7}"#,
        "\u{feff}{\"type\":\"ping\"}",
        &deep,
    ] {
        let mut socket = alice.connect().await;
        socket.send_text(text).await;
        let shown = &text[..text.len().min(60)];
        let error = socket.frame().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("bad_frame")), "{shown}");
        assert!(error["detail"].as_str().is_some_and(|detail| detail.len() < 300), "{error}");
        socket.expect_closed(4400).await;
    }
    assert_eq!(hub.count("items").await, 0);
}

// E27
async fn a_broken_peer_hears_the_close_code_before_the_end(database: Database) {
    let hub = TestHub::start(database).await;
    let alice = hub.add_agent("alice").await;
    let giant = claim(0x81, 64 * MIB as u64);
    for (bytes, code) in [
        (RawSocket::frame(0x83, b"{}", false), 1002),
        (RawSocket::frame(0x81, b"\xff", false), 1007),
        ([giant, vec![b'x'; 256 * 1024]].concat(), 1009),
    ] {
        let mut heard = 0;
        for _ in 0..10 {
            let mut socket = raw(&alice).await;
            socket.send(&bytes).await;
            heard += usize::from(socket.close_code(SOON).await == Some(code));
        }
        assert!(heard >= 9, "{code} was heard {heard} times of 10");
    }
}

// E16
async fn five_thousand_pings_harm_nobody(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut noisy = raw(&alice).await;
    let mut quiet = bob.connect().await;
    for _ in 0..10 {
        noisy.send(&RawSocket::frame(0x89, b"x", false).repeat(500)).await;
    }
    let begin = Instant::now();
    bob.tell("bob", "hello").await;
    quiet.expect_notify("bob", 1).await;
    assert!(begin.elapsed() < Duration::from_secs(3), "the others waited {:?}", begin.elapsed());
    noisy.send(&RawSocket::text(r#"{"type":"ping","id":"last"}"#)).await;
    let begin = Instant::now();
    while let Some((first, payload)) = noisy.read_frame(SOON).await {
        assert!(begin.elapsed() < Duration::from_secs(20), "neither an answer nor an end");
        match first {
            0x8a => {}
            0x81 => {
                assert_eq!(payload, br#"{"type":"pong","id":"last"}"#);
                break;
            }
            0x88 => {
                assert_eq!(payload.get(..2), Some(&4429_u16.to_be_bytes()[..]), "throttled");
                break;
            }
            other => panic!("a frame {other:#x}"),
        }
    }
}
