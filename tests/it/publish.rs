//! Publishing: what is stored, who is told, and what the answer means.

use crate::harness::*;

on_both![
    what_is_left_out_has_its_documented_value,
    an_item_to_several_addresses_is_one_item_with_an_entry_in_each,
    an_unknown_address_is_named_and_nothing_is_stored,
    a_disabled_address_is_refused_and_named,
    the_numbers_of_a_stream_have_no_holes_under_concurrent_publishers,
    what_was_acknowledged_first_comes_first_in_every_common_stream,
    an_agent_may_publish_to_itself,
    a_reply_names_the_item_that_it_answers,
    the_size_told_is_in_bytes_of_utf8,
    an_acknowledged_publish_is_in_the_inbox_at_once,
];

async fn what_is_left_out_has_its_documented_value(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&json!({"name": "n", "data": "", "to": ["bob"]})).await;
    let item = bob.retrieve(&token).await.ok();
    assert_eq!(item["ttl"], 86_400);
    assert_eq!(item["data"], "", "empty data is data");
    assert_eq!(item["from"], "alice");
    assert_eq!(item["to"], json!(["bob"]));
    assert!(item.get("reply_to").is_none(), "{item}");
    assert!(item.get("one_time").is_none_or(|flag| flag == false), "{item}");
}

async fn an_item_to_several_addresses_is_one_item_with_an_entry_in_each(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    carol.make_channel("team", false).await;
    let token = alice.publish(&json!({"name": "n", "data": "d", "to": ["bob", "carol", "#team"]})).await;
    assert_eq!(hub.count("items").await, 1);
    assert_eq!(hub.count("entries").await, 3);
    assert_eq!(bob.inbox("").await["entries"][0]["token"], json!(token));
    let told = carol.inbox("").await;
    let streams: Vec<_> = told["entries"].as_array().unwrap().iter().map(|e| (&e["stream"], &e["token"])).collect();
    assert_eq!(streams, [(&json!("carol"), &json!(token)), (&json!("#team"), &json!(token))]);
}

async fn an_unknown_address_is_named_and_nothing_is_stored(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for unknown in ["nobody", "#nowhere"] {
        let answer = alice.try_publish(&json!({"name": "n", "data": "d", "to": ["bob", unknown]})).await;
        let problem = answer.refused(422, "unknown_address");
        assert!(problem["detail"].as_str().unwrap().contains(unknown), "{problem}");
    }
    assert_eq!(hub.count("items").await, 0);
    assert_eq!(bob.inbox("").await["streams"]["bob"], json!({"acked": 0, "head": 0}));
}

async fn a_disabled_address_is_refused_and_named(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    hub.operator().await.send(Request::post("/admin/agents/bob/disable")).await.ok();
    let answer = alice.try_publish(&json!({"name": "n", "data": "d", "to": ["bob"]})).await;
    let problem = answer.refused(422, "address_disabled");
    assert!(problem["detail"].as_str().unwrap().contains("bob"), "{problem}");
    assert_eq!(hub.count("items").await, 0);
}

async fn the_numbers_of_a_stream_have_no_holes_under_concurrent_publishers(db: Database) {
    let hub = TestHub::start(db).await;
    let [bob] = hub.agents(["bob"]).await;
    let senders = hub.add_agents(&["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"]).await;
    let work = senders.iter().map(|sender| async move {
        for n in 0..10 {
            sender.tell("bob", &n.to_string()).await;
        }
    });
    futures::future::join_all(work).await;
    let inbox = bob.inbox("limit=1000").await;
    let seqs: Vec<_> = inbox["entries"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=80).collect::<Vec<_>>());
    let mut by_sender = std::collections::HashMap::<_, Vec<_>>::new();
    for entry in inbox["entries"].as_array().unwrap() {
        by_sender.entry(entry["from"].to_string()).or_default().push(entry["token"].to_string());
    }
    assert!(by_sender.values().all(|tokens| tokens.len() == 10));
}

async fn what_was_acknowledged_first_comes_first_in_every_common_stream(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let mut tokens = Vec::new();
    for n in 0..10 {
        // Alternating senders, alternating order of the addresses.
        let (sender, to) = if n % 2 == 0 { (&alice, ["bob", "carol"]) } else { (&bob, ["carol", "bob"]) };
        tokens.push(json!(sender.publish(&json!({"name": "n", "data": "d", "to": to})).await));
    }
    for reader in [&bob, &carol] {
        let inbox = reader.inbox("").await;
        let got: Vec<_> = inbox["entries"].as_array().unwrap().iter().map(|e| e["token"].clone()).collect();
        assert_eq!(got, tokens);
    }
}

async fn an_agent_may_publish_to_itself(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let mut socket = alice.connect().await;
    let token = alice.tell("alice", "a note to myself").await;
    assert_eq!(socket.expect_notify("alice", 1).await["token"], json!(token));
    assert_eq!(alice.retrieve(&token).await.ok()["data"], "a note to myself");
}

async fn a_reply_names_the_item_that_it_answers(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let question = alice.tell("bob", "?").await;
    let body = json!({"name": "re", "data": "!", "to": ["alice"], "reply_to": question});
    let answer = bob.publish(&body).await;
    assert_eq!(alice.inbox("").await["entries"][0]["reply_to"], json!(question));
    assert_eq!(alice.retrieve(&answer).await.ok()["reply_to"], json!(question));
    for bad in [json!("not a token"), json!(""), json!(7), Value::Null] {
        let answer = bob.try_publish(&json!({"name": "re", "data": "!", "to": ["alice"], "reply_to": bad})).await;
        assert!(matches!(answer.status, 404 | 422), "{bad}: {}", answer.text());
    }
    assert_eq!(hub.count("items").await, 2);
}

async fn the_size_told_is_in_bytes_of_utf8(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let data = "é日\u{1F600}";
    alice.tell("bob", data).await;
    assert_eq!(bob.inbox("").await["entries"][0]["size"], json!(data.len()));
}

async fn an_acknowledged_publish_is_in_the_inbox_at_once(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for n in 1..=20 {
        let token = alice.tell("bob", "d").await;
        let entries = bob.inbox("").await["entries"].clone();
        assert_eq!(entries.as_array().unwrap().len(), n);
        assert_eq!(entries[n - 1]["token"], json!(token));
    }
}
