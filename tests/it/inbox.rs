//! The inbox of short-lived agents: what is after the durable cursors, and moving them.

use std::time::{Duration, Instant};

use crate::harness::*;

on_both![
    an_empty_inbox_says_so,
    what_has_gone_does_not_hide_what_is_there,
    an_inbox_lists_what_is_after_the_cursor_in_order,
    the_own_stream_comes_first_and_the_limit_holds,
    a_stream_is_paged_by_after_and_epoch,
    a_wait_ends_the_moment_something_is_there,
    a_wait_that_brings_nothing_ends_in_time,
    skipped_alone_does_not_end_a_wait,
    a_wait_watches_every_stream_of_the_agent,
    acking_below_the_cursor_changes_nothing,
    acking_beyond_the_head_is_refused_and_changes_nothing,
    a_cursor_survives_a_kill_of_the_hub,
    a_position_of_another_epoch_or_beyond_the_head_is_a_resync,
    malformed_parameters_are_refused,
    a_stream_of_somebody_else_is_not_found,
    an_ack_with_an_epoch_is_checked_against_it,
];

fn seqs(inbox: &Value) -> Vec<i64> {
    inbox["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

async fn an_empty_inbox_says_so(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.add_agent("bob").await;
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["streams"], json!({"bob": {"acked": 0, "head": 0}}));
    assert_eq!((&inbox["entries"], &inbox["skipped"], &inbox["more"]), (&json!([]), &json!([]), &json!(false)));
    assert!(inbox["epoch"].as_str().is_some_and(|epoch| !epoch.is_empty()));
}

async fn an_inbox_lists_what_is_after_the_cursor_in_order(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for n in 1..=5 {
        alice.tell("bob", &"x".repeat(n)).await;
    }
    bob.ack(2).await;
    let inbox = bob.inbox("").await;
    assert_eq!(seqs(&inbox), [3, 4, 5]);
    assert_eq!(inbox["streams"]["bob"], json!({"acked": 2, "head": 5}));
    let entry = &inbox["entries"][0];
    for (field, value) in
        [("stream", json!("bob")), ("from", json!("alice")), ("name", json!("note")), ("size", json!(3))]
    {
        assert_eq!(entry[field], value, "{entry}");
    }
    assert_eq!(entry["ttl"], 86_400);
    assert!(entry.get("data").is_none(), "an inbox never carries data: {entry}");
    assert_eq!(seqs(&bob.inbox("").await), [3, 4, 5], "reading acks nothing");
}

async fn the_own_stream_comes_first_and_the_limit_holds(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for channel in ["a", "b"] {
        bob.make_channel(channel, false).await;
    }
    for n in 0..3 {
        for to in ["#a", "#b", "bob"] {
            alice.tell(to, &n.to_string()).await;
        }
    }
    let all = bob.inbox("").await;
    let streams: Vec<_> = all["entries"].as_array().unwrap().iter().map(|e| e["stream"].as_str().unwrap()).collect();
    assert_eq!(streams.len(), 9);
    assert_eq!(streams[..3], ["bob"; 3]);
    for stream in ["bob", "#a", "#b"] {
        let of_it = all["entries"].as_array().unwrap().iter().filter(|e| e["stream"] == stream);
        assert_eq!(of_it.map(|e| e["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    }
    let some = bob.inbox("limit=5").await;
    assert_eq!((seqs(&some).len(), &some["more"]), (5, &json!(true)));
    assert_eq!(some["entries"].as_array().unwrap().iter().filter(|e| e["stream"] == "bob").count(), 3);
    assert_eq!(bob.inbox("limit=9").await["more"], false);
    assert_eq!(seqs(&bob.inbox("stream=%23a").await), [1, 2, 3]);
}

async fn a_stream_is_paged_by_after_and_epoch(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..5 {
        alice.tell("bob", "d").await;
    }
    let epoch = bob.inbox("").await["epoch"].as_str().unwrap().to_owned();
    let mut got = Vec::new();
    loop {
        let after = got.last().copied().unwrap_or(0);
        let page = bob.inbox(&format!("stream=bob&after={after}&epoch={epoch}&limit=2")).await;
        got.extend(seqs(&page));
        if page["more"] == false {
            break;
        }
        assert_eq!(seqs(&page).len(), 2);
    }
    assert_eq!(got, [1, 2, 3, 4, 5]);
    // `after` looks back as well: it overrides the cursor.
    bob.ack(5).await;
    assert_eq!(seqs(&bob.inbox(&format!("stream=bob&after=3&epoch={epoch}")).await), [4, 5]);
}

async fn a_wait_ends_the_moment_something_is_there(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let publish = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let token = alice.tell("bob", "d").await;
        (token, Instant::now())
    };
    let wait = async { (bob.inbox("wait=30").await, Instant::now()) };
    let ((token, published), (inbox, answered)) = futures::join!(publish, wait);
    assert_eq!(inbox["entries"][0]["token"], json!(token));
    let late = answered.saturating_duration_since(published);
    assert!(late < Duration::from_secs(1), "answered {late:?} after the publish");
    // What is there already ends it at once.
    let begin = Instant::now();
    assert_eq!(seqs(&bob.inbox("wait=30").await), [1]);
    assert!(begin.elapsed() < Duration::from_secs(5));
}

async fn a_wait_that_brings_nothing_ends_in_time(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.add_agent("bob").await;
    let begin = Instant::now();
    assert_eq!(bob.inbox("wait=1").await["entries"], json!([]));
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(950) && took < Duration::from_secs(4), "{took:?}");
}

async fn skipped_alone_does_not_end_a_wait(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let gone = alice.tell("bob", "d").await;
    alice.withdraw(&gone).await.ok();
    let publish = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        alice.tell("bob", "d").await
    };
    let (token, inbox) = futures::join!(publish, bob.inbox("wait=30"));
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 1, "to": 1}]));
    assert_eq!(inbox["entries"][0]["token"], json!(token));
}

async fn a_wait_watches_every_stream_of_the_agent(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    let publish = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        alice.tell("#team", "d").await
    };
    let (token, inbox) = futures::join!(publish, bob.inbox("wait=30"));
    assert_eq!((&inbox["entries"][0]["stream"], &inbox["entries"][0]["token"]), (&json!("#team"), &json!(token)));
}

async fn acking_below_the_cursor_changes_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..3 {
        alice.tell("bob", "d").await;
    }
    for seq in [3, 1, 0, 3] {
        bob.ack(seq).await;
    }
    assert_eq!(bob.inbox("").await["streams"]["bob"], json!({"acked": 3, "head": 3}));
}

async fn acking_beyond_the_head_is_refused_and_changes_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "d").await;
    bob.try_ack(&json!({"seq": 2})).await.refused(409, "beyond_head");
    bob.try_ack(&json!({"seq": 9_007_199_254_740_991_i64})).await.refused(409, "beyond_head");
    assert_eq!(bob.inbox("").await["streams"]["bob"], json!({"acked": 0, "head": 1}));
    for bad in ["-1", "1.5", "\"1\"", "true", "null", "9007199254740992", "18446744073709551616", "1e3000"] {
        let request = Request::post("/secure/inbox/ack").header("content-type", "application/json");
        let answer = bob.send(request.body(format!(r#"{{"seq":{bad}}}"#))).await;
        assert!(matches!(answer.status, 400 | 409 | 422), "{bad}: {}", answer.text());
    }
    assert_eq!(bob.inbox("").await["streams"]["bob"]["acked"], 0);
}

async fn a_cursor_survives_a_kill_of_the_hub(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..3 {
        alice.tell("bob", "d").await;
    }
    bob.ack(2).await;
    hub.sigkill();
    hub.restart().await;
    assert_eq!(seqs(&bob.inbox("").await), [3]);
}

// B08
async fn a_position_of_another_epoch_or_beyond_the_head_is_a_resync(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..3 {
        alice.tell("bob", "d").await;
    }
    bob.ack(1).await;
    let epoch = bob.inbox("").await["epoch"].as_str().unwrap().to_owned();
    for query in [format!("stream=bob&after=4&epoch={epoch}"), "stream=bob&after=1&epoch=another".to_owned()] {
        let problem = bob.try_inbox(&query).await.refused(409, "resync");
        assert_eq!((&problem["stream"], &problem["epoch"]), (&json!("bob"), &json!(epoch)), "{problem}");
        assert_eq!((&problem["acked"], &problem["head"]), (&json!(1), &json!(3)), "{problem}");
    }
    // The control: the head itself is a lawful position.
    assert_eq!(seqs(&bob.inbox(&format!("stream=bob&after=3&epoch={epoch}")).await), Vec::<i64>::new());
}

// B08
async fn malformed_parameters_are_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let bob = hub.add_agent("bob").await;
    let epoch = bob.inbox("").await["epoch"].as_str().unwrap().to_owned();
    for after in ["-1", "1.5", "%221%22", "true", "18446744073709551616", "", "9007199254740992"] {
        let answer = bob.try_inbox(&format!("stream=bob&after={after}&epoch={epoch}")).await;
        assert!(matches!(answer.status, 409 | 422), "{after}: {} {}", answer.status, answer.text());
        assert!(answer.status == 422 || after.len() == 16, "{after} is malformed: {}", answer.text());
    }
    let no_epoch = ["stream=bob&after=0".to_owned(), format!("after=0&epoch={epoch}")];
    let limits = ["limit=0", "limit=1001", "limit=-1", "limit=x", "wait=61", "wait=-1", "wait=1.5"].map(str::to_owned);
    let unknown = ["limt=1".to_owned()];
    for query in no_epoch.iter().chain(&limits).chain(&unknown) {
        bob.try_inbox(query).await.refused(422, "invalid");
    }
}

async fn a_stream_of_somebody_else_is_not_found(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    for stream in ["alice", "%23team", "nobody", "%23nowhere", "operator"] {
        bob.try_inbox(&format!("stream={stream}")).await.refused(404, "not_found");
    }
    for stream in ["alice", "#team", "nobody"] {
        bob.try_ack(&json!({"stream": stream, "seq": 0})).await.refused(404, "not_found");
    }
}

async fn an_ack_with_an_epoch_is_checked_against_it(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "d").await;
    bob.try_ack(&json!({"seq": 1, "epoch": "another"})).await.refused(409, "resync");
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["streams"]["bob"]["acked"], 0);
    bob.try_ack(&json!({"seq": 1, "epoch": inbox["epoch"], "stream": "bob"})).await.ok();
    assert_eq!(bob.inbox("").await["streams"]["bob"]["acked"], 1);
}

async fn what_has_gone_does_not_hide_what_is_there(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for n in 0..5 {
        let token = alice.publish(&json!({"name": format!("gone{n}"), "data": "d", "to": ["bob"]})).await;
        assert_eq!(alice.withdraw(&token).await.status, 200);
    }
    alice.publish(&json!({"name": "there", "data": "d", "to": ["bob"]})).await;
    let begin = Instant::now();
    let inbox = bob.inbox("limit=1&wait=10").await;
    assert!(begin.elapsed() < Duration::from_secs(5), "there was something to tell");
    assert_eq!(inbox["entries"][0]["name"], "there");
    assert_eq!(inbox["skipped"], json!([{"stream": "bob", "from": 1, "to": 5}]));
}
