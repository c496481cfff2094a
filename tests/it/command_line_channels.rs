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
        ok(&hub, &["status", "--as", "alice", "#team/1"]).await == "#team/1 live members 2 read 1 acked 0\n"
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
