//! Two agents exchange data end to end: one holds a socket, the other uses REST alone and comes back later.

use std::time::{Duration, Instant};

use crate::harness::*;

on_both![two_agents_exchange_data_and_a_killed_hub_loses_nothing, an_agent_that_was_away_is_told_everything_in_order];

async fn two_agents_exchange_data_and_a_killed_hub_loses_nothing(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [long, mut short] = hub.agents(["long", "short"]).await;

    // The short-lived agent publishes; the other is pushed at once, reads, and answers over its socket.
    let mut socket = long.connect().await;
    let begin = Instant::now();
    let question = short.tell("long", "question").await;
    let told = socket.expect_notify("long", 1).await;
    assert!(begin.elapsed() < Duration::from_secs(1), "pushed only after {:?}", begin.elapsed());
    assert_eq!((&told["token"], &told["from"]), (&json!(question), &json!("short")));
    let read = socket.ask(json!({"type": "retrieve", "token": question})).await;
    assert_eq!(read["data"], "question");
    let reply = json!({"type": "publish", "name": "re", "data": "answer", "to": ["short"], "reply_to": question});
    let answer = socket.ask(reply).await["token"].as_str().unwrap().to_owned();
    socket.ask_ok(json!({"type": "ack", "seq": 1})).await;

    hub.sigkill();
    assert_eq!(socket.until_closed().await.0, Vec::<Value>::new());
    hub.restart().await;

    // The short-lived agent comes back and finds its inbox.
    short.login_again().await;
    let inbox = short.inbox("").await;
    assert_eq!(inbox["entries"].as_array().unwrap().len(), 1, "{inbox}");
    let entry = &inbox["entries"][0];
    assert_eq!((&entry["seq"], &entry["token"], &entry["reply_to"]), (&json!(1), &json!(answer), &json!(question)));
    assert_eq!(short.retrieve(&answer).await.ok()["data"], "answer");
    short.ack(1).await;
    assert_eq!(short.inbox("").await["entries"], json!([]));

    // The long-running agent comes back where it was: nothing again, nothing missing, numbers go on.
    let mut socket = long.connect().await;
    assert_eq!(socket.welcome["streams"]["long"], json!({"acked": 1, "head": 1}));
    short.tell("long", "next").await;
    socket.expect_notify("long", 2).await;
}

async fn an_agent_that_was_away_is_told_everything_in_order(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut tokens = Vec::new();
    for n in 0..20 {
        tokens.push(alice.tell("bob", &n.to_string()).await);
    }
    hub.sigkill();
    hub.restart().await;
    let mut socket = bob.connect().await;
    for (seq, token) in (1..).zip(&tokens) {
        assert_eq!(socket.expect_notify("bob", seq).await["token"], json!(token));
    }
    socket.expect_quiet().await;
}
