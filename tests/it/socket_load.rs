//! Crowds, floods and readers that do not read: bounded, and never at the cost of anybody else, or of data.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{Database, Event, RawSocket, Request, TestAgent, TestHub, TestSocket, json};

on_both! {
    limit = 120;
    a_slow_reader_costs_nobody_else_and_loses_nothing,
}
on_one! {
    limit = 120;
    readers_that_never_read_cost_the_hub_no_memory,
    two_hundred_sockets_without_a_hello_slow_nobody_down,
    only_so_many_sockets_wait_for_their_hello,
    a_flood_of_frames_is_closed_4429_and_a_burst_is_not,
    connections_that_are_reset_leave_no_slot_taken,
}

/// A connection that takes in no more than a few KiB unless it is read.
async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(address).await.expect("the hub listens")
}

/// A welcomed session on a narrow connection, with inline data.
async fn narrow_session(agent: &TestAgent, hello: serde_json::Value) -> TestSocket {
    let bearer = format!("Bearer {}", agent.jwt);
    let headers = [("x-api-key", agent.api_key.as_str()), ("authorization", &bearer)];
    let upgraded = TestSocket::upgrade(narrow(agent.address).await, "/secure/ws", &headers).await;
    let mut socket = upgraded.unwrap_or_else(|(status, body)| panic!("no upgrade: {status} {body}"));
    socket.send(&hello).await;
    socket.expect_welcome().await;
    socket
}

/// Publishes `count` items of `size` bytes on eight connections at once.
async fn publish_many(agent: &TestAgent, to: &'static str, count: usize, size: usize) {
    let mut publishers = Vec::new();
    for _ in 0..8 {
        let agent = agent.clone();
        publishers.push(tokio::spawn(async move {
            let mut connection = crate::harness::Connection::open(agent.address).await;
            let body = json!({"name": "n", "data": "x".repeat(size), "to": [to]});
            let request = agent.signed(Request::post("/secure/agent/publish").json(&body));
            for _ in 0..count / 8 {
                connection.send(&request).await.ok();
            }
        }));
    }
    for publisher in publishers {
        publisher.await.expect("a publisher");
    }
}

/// Reads on from `seen`, in order; tells how far it came before the socket ended or `head` was reached.
async fn read_on(socket: &mut TestSocket, mut seen: i64, head: i64) -> i64 {
    while seen < head {
        match socket.next().await {
            Event::Frame(frame) => {
                assert_eq!((&frame["type"], &frame["seq"]), (&json!("notify"), &json!(seen + 1)));
                seen += 1;
            }
            Event::Closed(code) => {
                assert!(matches!(code, Some(1013 | 4408) | None), "a slow reader was closed with {code:?}");
                return seen;
            }
        }
    }
    seen
}

// E17, R15
async fn a_slow_reader_costs_nobody_else_and_loses_nothing(database: Database) {
    const COUNT: i64 = 1_000;
    let hub = TestHub::start(database).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let hello = json!({"type": "hello", "inline_max_bytes": 16_384});
    let mut slow = narrow_session(&bob, hello).await;
    let mut quick = bob.connect().await;
    let mut witness = carol.connect().await;
    let epoch = slow.welcome["epoch"].clone();
    let publishing = tokio::spawn(async move { publish_many(&alice, "bob", 1_000, 8_000).await });
    for seq in 1..=5 {
        let begin = Instant::now();
        carol.tell("carol", "hello").await;
        witness.expect_notify("carol", seq).await;
        assert!(begin.elapsed() < Duration::from_secs(3), "another agent waited {:?}", begin.elapsed());
    }
    assert_eq!(read_on(&mut quick, 0, COUNT).await, COUNT, "another session of the same agent");
    publishing.await.expect("the publishers");
    let mut seen = read_on(&mut slow, 0, COUNT).await;
    for _ in 0..5 {
        if seen < COUNT {
            let hello = json!({"type": "hello", "epoch": epoch, "after": {"bob": seen}});
            seen = read_on(&mut bob.connect_saying(hello).await, seen, COUNT).await;
        }
    }
    assert_eq!(seen, COUNT);
}

fn resident_kib(hub: &TestHub) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", hub.pid())).expect("the hub's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

// E17: a queue without a limit would hold all of the 48 MB here.
async fn readers_that_never_read_cost_the_hub_no_memory(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let hello = json!({"type": "hello", "inline_max_bytes": 16_384});
    let mut never = Vec::new();
    for _ in 0..10 {
        never.push(narrow_session(&bob, hello.clone()).await);
    }
    publish_many(&alice, "bob", 400, 16_000).await;
    let warm = resident_kib(&hub);
    publish_many(&alice, "bob", 3_000, 16_000).await;
    let grown = resident_kib(&hub).saturating_sub(warm);
    assert!(grown < 32 * 1024, "ten readers that never read cost {grown} KiB");
    let mut socket = bob.connect().await;
    assert_eq!(read_on(&mut socket, 0, 3_400).await, 3_400);
    drop(never);
}

// E23
async fn two_hundred_sockets_without_a_hello_slow_nobody_down(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut strangers = Vec::new();
    for _ in 0..200 {
        strangers.push(RawSocket::open(hub.address()).await);
    }
    let begin = Instant::now();
    let mut socket = bob.connect().await;
    alice.tell("bob", "hello").await;
    socket.expect_notify("bob", 1).await;
    assert!(begin.elapsed() < Duration::from_secs(3), "it took {:?}", begin.elapsed());
    drop(strangers);
}

/// Whether a stranger's upgrade is answered with a socket.
async fn is_let_in(hub: &TestHub) -> Option<RawSocket> {
    let request = RawSocket::request();
    let upgrade = RawSocket::try_upgrade(hub.address(), &request);
    let (response, socket) = tokio::time::timeout(Duration::from_secs(1), upgrade).await.ok()??;
    assert!(matches!(response.status, 101 | 429 | 503), "{} {}", response.status, response.text());
    socket
}

// E23
async fn only_so_many_sockets_wait_for_their_hello(database: Database) {
    let hub = TestHub::builder(database).flag("--max-unauthenticated", 10).start().await;
    let alice = hub.add_agent("alice").await;
    let mut waiting = Vec::new();
    for _ in 0..10 {
        waiting.push(is_let_in(&hub).await.expect("below the cap"));
    }
    assert!(is_let_in(&hub).await.is_none(), "one more than the cap was let in");
    alice.tell("alice", "REST goes on").await;
    drop(waiting);
    let deadline = Instant::now() + Duration::from_secs(5);
    while is_let_in(&hub).await.is_none() {
        assert!(Instant::now() < deadline, "the places of those who left were not freed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut socket = alice.connect().await;
    socket.expect_notify("alice", 1).await;
}

// E20
async fn a_flood_of_frames_is_closed_4429_and_a_burst_is_not(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let ping = RawSocket::text(r#"{"type":"ping"}"#);
    for (frames, allowed) in [(5_000, true), (40_000, false)] {
        let (_, socket) = RawSocket::upgrade(hub.address(), &alice.signed(RawSocket::request())).await;
        let mut socket = socket.expect("an upgrade");
        socket.send(&RawSocket::text(r#"{"type":"hello"}"#)).await;
        socket.read_frame(Duration::from_secs(5)).await.expect("a welcome");
        let begin = Instant::now();
        socket.send(&ping.repeat(frames)).await;
        let (mut pongs, mut code) = (0, None);
        while code.is_none() && pongs < frames {
            let (first, payload) =
                socket.read_frame(Duration::from_secs(20)).await.expect("an answer, or a close frame");
            match first {
                0x81 => pongs += 1,
                0x88 => code = Some(u16::from_be_bytes([payload[0], payload[1]])),
                other => panic!("a frame {other:#x}"),
            }
        }
        assert_eq!(code, (!allowed).then_some(4429), "{frames} frames, {pongs} answered in {:?}", begin.elapsed());
    }
    bob.connect().await.expect_quiet().await;
}

// E25
async fn connections_that_are_reset_leave_no_slot_taken(database: Database) {
    let hub = TestHub::builder(database).flag("--max-connections", 40).flag("--sessions-per-agent", 5).start().await;
    let alice = hub.add_agent("alice").await;
    for _ in 0..40 {
        let stream = TcpStream::connect(hub.address()).await.expect("the hub listens");
        // Dropped with unread bytes and no linger: the peer gets a RST in the middle of its hello.
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("linger");
        let bearer = format!("Bearer {}", alice.jwt);
        let headers = [("x-api-key", alice.api_key.as_str()), ("authorization", bearer.as_str())];
        if let Ok(mut socket) = TestSocket::upgrade(stream, "/secure/ws", &headers).await {
            socket.send(&json!({"type": "hello"})).await;
            socket.cut();
        }
    }
    let bearer = format!("Bearer {}", alice.jwt);
    let headers = [("x-api-key", alice.api_key.as_str()), ("authorization", bearer.as_str())];
    crate::harness::eventually("the slots are free again", Duration::from_secs(5), || async {
        let Ok(mut socket) = TestSocket::try_open(hub.address(), &headers).await else { return false };
        socket.send(&json!({"type": "hello"})).await;
        matches!(socket.next().await, Event::Frame(frame) if frame["type"] == "welcome")
    })
    .await;
}
