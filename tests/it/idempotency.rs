//! `Idempotency-Key`: a publish whose answer was lost can be repeated without being stored twice. Row C15.

use crate::harness::*;

on_both![
    the_same_request_with_the_same_key_is_stored_once,
    another_request_with_the_same_key_is_refused,
    the_order_of_fields_is_not_another_request,
    keys_of_different_agents_are_independent,
    concurrent_repeats_get_one_token,
    the_first_token_is_given_also_when_the_item_is_gone,
    a_repeat_after_a_kill_gets_the_same_token,
    many_agents_with_the_same_keys_do_not_block_each_other,
    a_malformed_key_is_a_bad_request,
    the_key_of_a_frame_and_of_a_header_are_the_same,
    a_refused_request_does_not_use_up_its_key,
];

fn to_bob() -> Value {
    json!({"name": "n", "data": "d", "to": ["bob"]})
}

fn token(answer: &Response) -> String {
    answer.ok()["token"].as_str().unwrap().to_owned()
}

// C15
async fn the_same_request_with_the_same_key_is_stored_once(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let first = alice.try_publish_with_key(&to_bob(), "k").await;
    for _ in 0..3 {
        assert_eq!(token(&alice.try_publish_with_key(&to_bob(), "k").await), token(&first));
    }
    assert_ne!(token(&alice.try_publish_with_key(&to_bob(), "K").await), token(&first), "keys are case-sensitive");
    assert_eq!(hub.count("items").await, 2);
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 2);
}

// C15
async fn another_request_with_the_same_key_is_refused(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, _carol] = hub.agents(["alice", "bob", "carol"]).await;
    token(&alice.try_publish_with_key(&to_bob(), "k").await);
    for (field, value) in [
        ("data", json!("other")),
        ("name", json!("other")),
        ("to", json!(["carol"])),
        ("ttl", json!(5)),
        ("one_time", json!(true)),
    ] {
        let mut other = to_bob();
        other[field] = value;
        alice.try_publish_with_key(&other, "k").await.refused(409, "idempotency_mismatch");
    }
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 1);
    assert_eq!(hub.count("items").await, 1);
}

async fn the_order_of_fields_is_not_another_request(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let send = async |body: &str| {
        let request = Request::post("/secure/agent/publish").header("idempotency-key", "k");
        token(&alice.send(request.header("content-type", "application/json").body(body)).await)
    };
    let first = send(r#"{"name":"n","data":"d","to":["bob"]}"#).await;
    assert_eq!(send(r#"{ "to": ["bob"], "data": "\u0064", "name": "n" }"#).await, first);
}

// C15
async fn keys_of_different_agents_are_independent(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let one = token(&alice.try_publish_with_key(&to_bob(), "k").await);
    let two = token(&bob.try_publish_with_key(&to_bob(), "k").await);
    assert_ne!(one, two);
    assert_eq!(hub.count("items").await, 2);
}

// C15
async fn concurrent_repeats_get_one_token(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for key in ["k1", "k2", "k3"] {
        let body = to_bob();
        let answers = futures::future::join_all((0..16).map(|_| alice.try_publish_with_key(&body, key))).await;
        let tokens: std::collections::HashSet<_> = answers.iter().map(token).collect();
        assert_eq!(tokens.len(), 1);
    }
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 3);
    assert_eq!(hub.count("idempotency").await, 3);
}

// C15
async fn the_first_token_is_given_also_when_the_item_is_gone(db: Database) {
    let hub = TestHub::builder(db).flag("--tombstones-for", 1).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let first = token(&alice.try_publish_with_key(&to_bob(), "k").await);
    alice.withdraw(&first).await.ok();
    assert_eq!(token(&alice.try_publish_with_key(&to_bob(), "k").await), first);
    let gone = async || bob.retrieve(&first).await.status == 404;
    eventually("the tombstone goes", std::time::Duration::from_secs(20), gone).await;
    assert_eq!(token(&alice.try_publish_with_key(&to_bob(), "k").await), first);
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 1);
}

async fn a_repeat_after_a_kill_gets_the_same_token(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let first = token(&alice.try_publish_with_key(&to_bob(), "k").await);
    hub.sigkill();
    hub.restart().await;
    assert_eq!(token(&alice.try_publish_with_key(&to_bob(), "k").await), first);
    assert_eq!(bob.inbox("").await["streams"]["bob"]["head"], 1);
}

async fn many_agents_with_the_same_keys_do_not_block_each_other(db: Database) {
    let hub = TestHub::start(db).await;
    let [_bob] = hub.agents(["bob"]).await;
    let agents = hub.add_agents(&["a1", "a2", "a3", "a4"]).await;
    let keys: Vec<_> = (0..20).map(|n| format!("key-{n}")).collect();
    let body = to_bob();
    // Half of them forwards, half backwards: without a global order of the rows this deadlocks.
    let work = agents.iter().enumerate().flat_map(|(n, agent)| {
        let mut keys: Vec<_> = keys.iter().collect();
        if n % 2 == 1 {
            keys.reverse();
        }
        let body = &body;
        [keys.clone(), keys].map(|keys| async move {
            for key in keys {
                token(&agent.try_publish_with_key(body, key).await);
            }
        })
    });
    futures::future::join_all(work).await;
    assert_eq!(hub.count("items").await, 80);
}

// C15
async fn a_malformed_key_is_a_bad_request(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    token(&alice.try_publish_with_key(&to_bob(), &"x".repeat(128)).await);
    for bad in ["", &"x".repeat(129), "a b", "é", "a\tb"] {
        alice.try_publish_with_key(&to_bob(), bad).await.refused(400, "bad_request");
        let token = "AAAAAAAAAAAAAAAAAAAAAA";
        alice.retrieve_with_key(token, bad).await.refused(400, "bad_request");
    }
    let twice = Request::post("/secure/agent/publish").header("idempotency-key", "a").header("idempotency-key", "b");
    alice.send(twice.json(&to_bob())).await.refused(400, "bad_request");
    assert_eq!(hub.count("items").await, 1);
}

async fn the_key_of_a_frame_and_of_a_header_are_the_same(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let first = token(&alice.try_publish_with_key(&to_bob(), "k").await);
    let mut socket = alice.connect().await;
    let mut frame = to_bob();
    frame["type"] = json!("publish");
    frame["idempotency_key"] = json!("k");
    assert_eq!(socket.ask(frame.clone()).await["token"], json!(first));
    frame["data"] = json!("other");
    assert_eq!(socket.ask(frame).await["code"], "idempotency_mismatch");
    socket.expect_quiet().await;
}

async fn a_refused_request_does_not_use_up_its_key(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let misspelt = json!({"name": "n", "data": "d", "to": ["bbo"]});
    alice.try_publish_with_key(&misspelt, "k").await.refused(422, "unknown_address");
    token(&alice.try_publish_with_key(&to_bob(), "k").await);
}
