//! How the command line treats people who mistype, read half of what it prints, or think again.

use std::process::Stdio;

use crate::{
    command_line::{have, ok},
    harness::*,
};

on_one![
    a_group_without_a_verb_shows_its_verbs,
    what_could_be_meant_is_said,
    who_reads_no_further_ends_a_command_quietly,
    a_stream_that_is_not_the_agents_is_refused_before_anything_is_shown,
    a_channel_without_its_mark_is_recognised,
    what_was_sent_can_be_taken_back,
];

async fn a_group_without_a_verb_shows_its_verbs(db: Database) {
    let hub = TestHub::start(db).await;
    for (group, verb) in [("keys", "verify"), ("channel", "join"), ("agent", "rotate"), ("audit", "verify")] {
        let shown = hub.cli(&[group]).await;
        assert!(shown.code == Some(2) && shown.stderr.contains(verb) && shown.stderr.contains("Usage"), "{shown:?}");
    }
}

async fn what_could_be_meant_is_said(db: Database) {
    let hub = TestHub::start(db).await;
    for (args, told) in [
        (&["inbx", "--as", "bob"][..], "'inbox'"),
        (&["inbox", "--ass", "bob"], "agent-hub inbox --help"),
        (&["get", "--as", "bob"], "'#channel/42'"),
        (&["send", "--as", "bob"], "quote it"),
        (&["channel", "join", "--as", "bob"], "quote it"),
        (&["--as", "bob", "inbox"], "`agent-hub inbox --as bob`"),
        (&["keys", "--as", "bob", "show"], "behind the command"),
        (&["serve", "--listen", "3000"], "such as 127.0.0.1:3000"),
        (&["serve", "--listen", "8080"], "such as 127.0.0.1:8080"),
    ] {
        let refused = hub.cli(args).await;
        assert_eq!((refused.code, refused.stderr.lines().count()), (Some(2), 1), "{refused:?}");
        assert!(refused.stderr.contains(told), "{refused:?}");
    }
}

async fn who_reads_no_further_ends_a_command_quietly(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["send", "--as", "alice", "alice", "x"]).await;
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_agent-hub"));
    command.args(["inbox", "--as", "alice"]).env_clear().env("AGENT_HUB_DATA_DIR", hub.data_dir());
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().expect("a command");
    let output = child.wait_with_output().await.expect("its end");
    assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(141), true), "{output:?}");
}

async fn a_stream_that_is_not_the_agents_is_refused_before_anything_is_shown(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["send", "--as", "alice", "alice", "x"]).await;
    for command in ["inbox", "wait"] {
        let refused = hub.cli(&[command, "--as", "alice", "--in", "#nope"]).await;
        assert!(refused.code == Some(2) && refused.stderr.contains("alice is not in #nope"), "{refused:?}");
    }
    assert!(ok(&hub, &["wait", "--as", "alice"]).await.starts_with("1 alice message "));
}

async fn a_channel_without_its_mark_is_recognised(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice"]).await;
    ok(&hub, &["channel", "make", "--as", "alice", "team"]).await;
    ok(&hub, &["send", "--as", "alice", "#team", "x"]).await;
    let unmarked = hub.cli(&["get", "--as", "alice", "team/1"]).await;
    assert!(unmarked.code == Some(1) && unmarked.stderr.contains("'#team/1'"), "{unmarked:?}");
    let foreign = hub.cli(&["get", "--as", "alice", "#other/1"]).await;
    assert!(foreign.code == Some(1) && foreign.stderr.contains("alice is not in #other"), "{foreign:?}");
}

async fn what_was_sent_can_be_taken_back(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    ok(&hub, &["keys", "init", "--as", "carol"]).await;
    assert_eq!(ok(&hub, &["send", "--as", "alice", "bob, carol", "x"]).await, "sent bob/1 carol/1\n");
    assert_eq!(ok(&hub, &["withdraw", "--as", "alice", "bob/1"]).await, "withdrew bob/1\n");
    assert_eq!(ok(&hub, &["status", "--as", "alice", "bob/1"]).await, "bob/1 withdrawn\ncarol/1 withdrawn\n");
    assert_eq!(ok(&hub, &["inbox", "--as", "bob"]).await, "1 gone\n");
}
