//! Faults of the hub's own process and of its clients: killed at any point, asked to end, hung up on.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::harness::{Database, Event, Request, TestAgent, TestHub, Value, eventually, json, try_send};

on_both! {
    limit = 120;
    a_killed_hub_has_stored_each_publish_whole_or_not_at_all,
    what_was_acknowledged_before_a_kill_is_told_after_it,
    a_replay_cut_off_by_a_kill_goes_on_where_the_client_was,
    a_publisher_that_hangs_up_changes_nothing_for_the_addressee,
    the_same_key_gets_the_same_token_at_once_and_after_a_restart,
    a_hub_asked_to_end_under_load_keeps_what_it_acknowledged,
}

fn publish_request(agent: &TestAgent, name: &str, to: &[&str]) -> Request {
    let body = json!({"name": name, "data": "d", "to": to});
    agent.signed(Request::post("/secure/agent/publish").header("idempotency-key", name).json(&body))
}

/// What the publishers know: the token of each name that was acknowledged, and `None` for those of unknown outcome.
type Outcomes = BTreeMap<String, Option<Value>>;

/// Publishes to bob and carol, one after the other, until an answer fails to come or is a refusal.
async fn publish_until_the_end(agent: TestAgent, prefix: String) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for n in 0..100_000 {
        let name = format!("{prefix}-{n}");
        let answer = try_send(agent.address, &publish_request(&agent, &name, &["bob", "carol"])).await;
        let token = answer.filter(|answer| answer.status == 200).map(|answer| answer.json()["token"].clone());
        let over = token.is_none();
        outcomes.insert(name, token);
        if over {
            break;
        }
    }
    outcomes
}

/// Eight publishers at once, for as long as they are answered.
fn publish_under_load(alice: &TestAgent, round: usize) -> tokio::task::JoinSet<Outcomes> {
    let mut publishers = tokio::task::JoinSet::new();
    for n in 0..8 {
        publishers.spawn(publish_until_the_end(alice.clone(), format!("r{round}-p{n}")));
    }
    publishers
}

/// Name and token of everything in the inbox; the numbers must be 1, 2, 3 …
async fn everything_in(agent: &TestAgent) -> Vec<(String, Value)> {
    let epoch = agent.inbox("limit=1").await["epoch"].as_str().expect("an epoch").to_owned();
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let query = format!("stream={}&epoch={epoch}&after={after}&limit=1000", agent.name);
        let page = agent.inbox(&query).await;
        for entry in page["entries"].as_array().expect("entries") {
            after += 1;
            assert_eq!(entry["seq"], after, "{entry}");
            let name = entry["name"].as_str().expect("a name").to_owned();
            all.push((name, entry["token"].clone()));
        }
        if page["more"] == false {
            return all;
        }
    }
}

/// All that was acknowledged is there once, in both inboxes; what is unknown is there once in both, or in neither.
async fn assert_all_or_nothing(bob: &TestAgent, carol: &TestAgent, outcomes: &Outcomes) {
    let (bobs, carols) = (everything_in(bob).await, everything_in(carol).await);
    let count = (bobs.len(), carols.len());
    let bobs: BTreeMap<_, _> = bobs.into_iter().collect();
    let carols: BTreeMap<_, _> = carols.into_iter().collect();
    assert_eq!(count, (bobs.len(), carols.len()), "a name stands twice in an inbox");
    assert_eq!(bobs, carols, "a publish to two is in one of them");
    for (name, token) in outcomes {
        if let Some(token) = token {
            assert_eq!(bobs.get(name), Some(token), "{name} was acknowledged");
        }
    }
}

// R01
async fn a_killed_hub_has_stored_each_publish_whole_or_not_at_all(database: Database) {
    let mut hub = TestHub::start(database).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let mut outcomes = Outcomes::new();
    for round in 0..5 {
        let publishers = publish_under_load(&alice, round);
        tokio::time::sleep(Duration::from_millis(150 + 70 * round as u64)).await;
        hub.sigkill();
        for of_one in publishers.join_all().await {
            outcomes.extend(of_one);
        }
        hub.restart().await;
        assert_all_or_nothing(&bob, &carol, &outcomes).await;
    }
    let acknowledged = outcomes.values().flatten().count();
    assert!(acknowledged > 40, "only {acknowledged} were acknowledged: this test tests nothing");
    for (name, token) in &outcomes {
        let answer = hub.send(&publish_request(&alice, name, &["bob", "carol"])).await.ok();
        assert!(token.as_ref().is_none_or(|token| *token == answer["token"]), "{name}: another token");
    }
    assert_eq!(everything_in(&bob).await.len(), outcomes.len(), "a retry stored what was stored");
}

// R02
async fn what_was_acknowledged_before_a_kill_is_told_after_it(database: Database) {
    let mut hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut seen = 0;
    for round in 1..=10 {
        let mut socket = bob.connect().await;
        let epoch = socket.welcome["epoch"].clone();
        let token = alice.tell("bob", &format!("round {round}")).await;
        hub.sigkill();
        while let Event::Frame(frame) = socket.next().await {
            seen = frame["seq"].as_i64().expect("a number");
        }
        hub.restart().await;
        let hello = json!({"type": "hello", "epoch": epoch, "after": {"bob": seen}});
        let mut socket = bob.connect_saying(hello).await;
        assert_eq!(socket.welcome["epoch"], epoch, "a kill is no restore");
        if seen < round {
            assert_eq!(socket.expect_notify("bob", round).await["token"], json!(token));
        }
        socket.expect_quiet().await;
        seen = round;
    }
}

// R03
async fn a_replay_cut_off_by_a_kill_goes_on_where_the_client_was(database: Database) {
    const COUNT: i64 = 1_500;
    let mut hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut publishing = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let alice = alice.clone();
        publishing.spawn(async move {
            for _ in 0..COUNT / 10 {
                alice.tell("bob", "d").await;
            }
        });
    }
    publishing.join_all().await;
    let epoch = bob.inbox("limit=1").await["epoch"].clone();
    let mut seen = 0;
    let mut kills = 0;
    while seen < COUNT {
        let hello = json!({"type": "hello", "epoch": epoch, "after": {"bob": seen}});
        let mut socket = bob.connect_saying(hello).await;
        let pause = seen + 300;
        while seen < COUNT.min(pause) {
            socket.expect_notify("bob", seen + 1).await;
            seen += 1;
        }
        hub.restart().await;
        kills += 1;
    }
    assert_eq!(kills, 5);
    let inbox = bob.inbox("limit=1").await;
    assert_eq!(inbox["streams"]["bob"], json!({"acked": 0, "head": COUNT}), "nobody acknowledged anything");
}

// R04: the client is gone at every moment from before the commit to after the push.
async fn a_publisher_that_hangs_up_changes_nothing_for_the_addressee(database: Database) {
    let hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect().await;
    let mut sent = BTreeMap::new();
    let mut told = 0;
    for n in 0..150 {
        let name = format!("n{n}");
        let request = publish_request(&alice, &name, &["bob"]).encode(&hub.address().to_string(), true);
        let mut stream = TcpStream::connect(hub.address()).await.expect("the hub listens");
        stream.write_all(&request).await.expect("sent");
        sent.insert(name, Instant::now());
        tokio::time::sleep(Duration::from_micros(100 * (n % 20))).await;
        drop(stream);
        // Nothing comes when it was dropped before it was handed on: then nothing may be stored either.
        let patience = Duration::from_millis(if n == 149 { 1_500 } else { 200 });
        while let Some(event) = socket.next_within(patience).await {
            let Event::Frame(frame) = event else { panic!("bob's socket ended: {event:?}") };
            told += 1;
            assert_eq!(frame["seq"], told, "{frame}");
            let after = sent[frame["name"].as_str().expect("a name")].elapsed();
            assert!(after < Duration::from_secs(1), "pushed only {after:?} after it was published: {frame}");
            if frame["name"] == format!("n{n}") {
                break;
            }
        }
    }
    let head = bob.inbox("limit=1").await["streams"]["bob"]["head"].clone();
    assert_eq!(head, told, "some were stored and never pushed");
    assert!(told > 50, "only {told} of 150 were stored: this test tests nothing");
}

/// The one token that all these answers give.
fn the_token(answers: impl IntoIterator<Item = Value>) -> Value {
    let mut tokens: Vec<Value> = answers.into_iter().map(|answer| answer["token"].clone()).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    tokens.remove(0)
}

// R16
async fn the_same_key_gets_the_same_token_at_once_and_after_a_restart(database: Database) {
    let mut hub = TestHub::start(database).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let body = json!({"name": "n", "data": "d", "to": ["bob"]});
    let at_once = (0..16).map(|_| alice.try_publish_with_key(&body, "k"));
    let token = the_token(futures::future::join_all(at_once).await.iter().map(crate::harness::Response::ok));
    hub.restart().await;
    assert_eq!(alice.try_publish_with_key(&body, "k").await.ok()["token"], token);
    let token_text = token.as_str().expect("a token");
    alice.withdraw(token_text).await.ok();
    assert_eq!(alice.try_publish_with_key(&body, "k").await.ok()["token"], token, "also when the item is gone");
    let other = json!({"name": "n", "data": "other", "to": ["bob"]});
    alice.try_publish_with_key(&other, "k").await.refused(409, "idempotency_mismatch");
    assert_ne!(bob.try_publish_with_key(&body, "k").await.ok()["token"], token, "another agent's key is another key");
    assert_eq!(hub.count("items").await, 2);
}

// R17, invariant 9
async fn a_hub_asked_to_end_under_load_keeps_what_it_acknowledged(database: Database) {
    let mut hub = TestHub::builder(database).flag("--drain-time", 2).start().await;
    let [alice, bob, carol, dave] = hub.agents(["alice", "bob", "carol", "dave"]).await;
    let mut watchers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut socket = dave.connect().await;
        watchers.spawn(async move { socket.until_closed().await });
    }
    let publishers = publish_under_load(&alice, 0);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let (status, took) = hub.sigterm().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "it took {took:?} to end");
    for (frames, code) in watchers.join_all().await {
        assert_eq!((frames, code), (vec![], Some(1012)));
    }
    let mut outcomes = Outcomes::new();
    for of_one in publishers.join_all().await {
        outcomes.extend(of_one);
    }
    assert!(outcomes.values().flatten().count() > 20, "too little was acknowledged: this test tests nothing");
    assert!(TcpStream::connect(hub.address()).await.is_err(), "it still listens");
    hub.restart().await;
    assert_all_or_nothing(&bob, &carol, &outcomes).await;
    eventually("it serves again", Duration::from_secs(5), || async {
        hub.send(&Request::get("/ready")).await.status == 200
    })
    .await;
}
