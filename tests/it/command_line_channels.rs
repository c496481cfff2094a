//! The commands of an agent where there are channels.

use crate::{
    command_line::{have, ok},
    harness::*,
};

on_both![
    a_channel_and_an_answer_have_names_to_call_them_by,
    an_item_in_two_streams_wakes_once,
    members_are_added_and_removed,
    members_that_it_could_not_be_sealed_for_are_named,
    who_only_publishes_is_never_behind,
    what_it_said_itself_is_acknowledged_along_and_nothing_else,
];

async fn a_channel_and_an_answer_have_names_to_call_them_by(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    assert_eq!(ok(&hub, &["channel", "make", "--as", "alice", "team"]).await, "#team open, of alice, member\n");
    assert_eq!(ok(&hub, &["channel", "join", "--as", "bob", "team"]).await, "#team from 1\n");
    assert_eq!(ok(&hub, &["send", "--as", "alice", "#team", "who?"]).await, "sent #team/1\n");
    assert!(ok(&hub, &["wait", "--as", "bob"]).await.starts_with("#team/1 alice message "));
    assert_eq!(ok(&hub, &["get", "--as", "bob", "#team/1"]).await, "who?");
    assert_eq!(ok(&hub, &["send", "--as", "bob", "alice", "me", "--re", "#team/1"]).await, "sent alice/1\n");
    let line = ok(&hub, &["wait", "--as", "alice"]).await;
    assert!(line.starts_with("1 bob message ") && line.ends_with(" re #team/1\n"), "{line}");
    eventually("one has read it", WAIT, async || {
        ok(&hub, &["status", "--as", "alice", "#team/1"]).await == "#team/1 live members 2 read 1 acked 1\n"
    })
    .await;
    ok(&hub, &["ack", "--as", "bob", "#team/1"]).await;
    ok(&hub, &["channel", "leave", "--as", "bob", "#team"]).await;
    assert_eq!(ok(&hub, &["channel", "list", "--as", "bob"]).await, "#team open, of alice\n");
}

async fn an_item_in_two_streams_wakes_once(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    ok(&hub, &["channel", "make", "--as", "alice", "team"]).await;
    ok(&hub, &["channel", "join", "--as", "bob", "team"]).await;
    ok(&hub, &["send", "--as", "alice", "bob,#team", "twice"]).await;
    assert_eq!(hub.cli(&["wait", "--as", "bob", "--timeout", "5"]).await.code, Some(0));
    assert_eq!(hub.cli(&["wait", "--as", "bob", "--timeout", "1"]).await.code, Some(3));
    assert_eq!(ok(&hub, &["get", "--as", "bob", "#team/1"]).await, "twice");
    // To oneself is something to be told of.
    ok(&hub, &["send", "--as", "bob", "bob", "note to self"]).await;
    assert!(ok(&hub, &["wait", "--as", "bob"]).await.starts_with("2 bob message "));
}

async fn members_are_added_and_removed(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    ok(&hub, &["channel", "make", "--as", "alice", "board", "--closed"]).await;
    ok(&hub, &["channel", "add", "--as", "alice", "board", "bob"]).await;
    assert_eq!(ok(&hub, &["channel", "members", "--as", "bob", "board"]).await.lines().count(), 2);
    ok(&hub, &["channel", "remove", "--as", "alice", "board", "bob"]).await;
    assert_eq!(hub.cli(&["channel", "members", "--as", "bob", "board"]).await.code, Some(1));
}

async fn members_that_it_could_not_be_sealed_for_are_named(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    ok(&hub, &["channel", "make", "--as", "alice", "team"]).await;
    ok(&hub, &["channel", "join", "--as", "bob", "team"]).await;
    ok(&hub, &["agent", "add", "carol"]).await;
    ok(&hub, &["channel", "add", "--as", "alice", "team", "carol"]).await;
    let sent = hub.cli(&["send", "--as", "alice", "#team", "x"]).await;
    assert_eq!((sent.code, sent.stdout.as_str()), (Some(0), "sent #team/1\n"), "{sent:?}");
    assert_eq!(sent.stderr, "sealed for 2 of 3 members of #team; without keys: carol\n");
    assert_eq!(ok(&hub, &["get", "--as", "alice", "#team/1"]).await, "x");
    ok(&hub, &["keys", "verify", "--as", "alice", "bob"]).await;
    have(&hub, &["dave"]).await;
    ok(&hub, &["channel", "join", "--as", "dave", "team"]).await;
    ok(&hub, &["keys", "init", "--as", "bob", "--replace"]).await;
    let sent = hub.cli(&["send", "--as", "alice", "#team,alice", "x", "--json"]).await;
    assert_eq!(
        sent.stderr,
        "sealed for 2 of 4 that #team,alice reach; KEYS NOT BELIEVED, compare words with `keys verify`: bob (key_changed); \
         without keys: carol\n"
    );
    let told: Value = serde_json::from_str(&sent.stdout).unwrap();
    let left_out = json!([{"agent": "bob", "code": "key_changed"}, {"agent": "carol", "code": "no_keys"}]);
    assert_eq!(told["left_out"], left_out, "{told}");
    let refused = hub.cli(&["send", "--as", "alice", "#team", "x", "--all-members"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("keys verify bob"), "{refused:?}");
}

/// Where an agent is in the channel `#pubs`.
async fn place(hub: &TestHub, agent: &str) -> String {
    let told = ok(hub, &["status", "--as", agent]).await;
    told.lines().find(|line| line.starts_with("#pubs ")).expect("a member").to_owned()
}

/// What the hub itself knows of that, which no command of the agent has changed by asking.
async fn backlog(agent: &TestAgent) -> (i64, i64) {
    let streams = agent.inbox("stream=%23pubs&limit=1").await["streams"]["#pubs"].clone();
    (streams["acked"].as_i64().expect("a number"), streams["head"].as_i64().expect("a number"))
}

async fn who_only_publishes_is_never_behind(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["pubber"]).await;
    let profile = std::fs::read(hub.data_dir().join("profiles/pubber.json")).unwrap();
    let profile: Value = serde_json::from_slice(&profile).unwrap();
    let pubber = TestAgent::login(hub.address(), "pubber", profile["api_key"].as_str().unwrap()).await;
    ok(&hub, &["channel", "make", "--as", "pubber", "pubs"]).await;
    for n in 1..=3 {
        ok(&hub, &["send", "--as", "pubber", "#pubs", "--plain", "x"]).await;
        assert_eq!(backlog(&pubber).await, (n, n));
    }
    // What a program of the same agent said, and did not move past: each of these commands does, printing nothing of it.
    let by_program = async || {
        let said = json!({"name": "n", "data": "x", "to": ["#pubs"]});
        pubber.publish(&said).await;
        pubber.publish(&said).await;
    };
    by_program().await;
    assert_eq!(place(&hub, "pubber").await, "#pubs acked 5 of 5");
    by_program().await;
    assert_eq!(ok(&hub, &["inbox", "--as", "pubber"]).await, "");
    assert_eq!(backlog(&pubber).await, (7, 7));
    by_program().await;
    assert_eq!(hub.cli(&["wait", "--as", "pubber", "--timeout", "1"]).await.code, Some(3));
    assert_eq!(backlog(&pubber).await, (9, 9));
    // More of its own than a page holds hides nothing.
    by_program().await;
    ok(&hub, &["send", "--as", "pubber", "pubber", "note to self", "--plain"]).await;
    let shown = ok(&hub, &["inbox", "--as", "pubber", "--limit", "1"]).await;
    assert!(shown.starts_with("1 pubber message "), "{shown}");
}

async fn what_it_said_itself_is_acknowledged_along_and_nothing_else(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    ok(&hub, &["channel", "make", "--as", "alice", "pubs"]).await;
    ok(&hub, &["channel", "join", "--as", "bob", "pubs"]).await;
    for agent in ["bob", "alice", "bob", "bob", "alice"] {
        ok(&hub, &["send", "--as", agent, "#pubs", "x"]).await;
    }
    // Behind what alice said nothing is done with before that is.
    for command in ["wait", "wait", "inbox"] {
        ok(&hub, &[command, "--as", "bob"]).await;
        assert_eq!(place(&hub, "bob").await, "#pubs acked 1 of 5");
    }
    ok(&hub, &["get", "--as", "bob", "--ack", "#pubs/2"]).await;
    assert_eq!(place(&hub, "bob").await, "#pubs acked 4 of 5");
    let acked = hub.cli(&["ack", "--as", "bob", "#pubs/5"]).await;
    assert_eq!((acked.code, acked.stderr.as_str()), (Some(0), ""));
    assert_eq!(ok(&hub, &["inbox", "--as", "alice"]).await.lines().count(), 3);
}
