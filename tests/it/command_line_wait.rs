//! `agent-hub wait`: how an idle agent is woken.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::Command;

use crate::{command_line::ok, harness::*};

on_both![
    wait_is_shown_each_entry_once_and_acknowledges_nothing,
    a_filter_loses_nothing,
    wait_gives_up_with_exit_code_three,
    wait_outlives_a_restart_of_the_hub,
    wait_says_once_that_the_hub_is_away_and_finds_it_at_another_address,
];

async fn wait_is_shown_each_entry_once_and_acknowledges_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    for name in ["one", "two"] {
        ok(&hub, &["send", "--as", "alice", "bob", "x", "--name", name]).await;
    }
    assert!(ok(&hub, &["wait", "--as", "bob"]).await.starts_with("1 alice one "));
    assert!(ok(&hub, &["wait", "--as", "bob"]).await.starts_with("2 alice two "));
    assert_eq!(hub.cli(&["wait", "--as", "bob", "--timeout", "1"]).await.code, Some(3));
    assert_eq!(ok(&hub, &["inbox", "--as", "bob"]).await.lines().count(), 2);
    assert_eq!(ok(&hub, &["status", "--as", "bob"]).await.lines().last(), Some("bob acked 0 of 2"));
}

async fn a_filter_loses_nothing(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    for (from, name) in [("carol", "noise"), ("carol", "chatter"), ("alice", "report-7")] {
        ok(&hub, &["send", "--as", from, "bob", "x", "--name", name]).await;
    }
    let wanted = ok(&hub, &["wait", "--as", "bob", "--from", "alice", "--name", "report-*"]).await;
    assert!(wanted.starts_with("3 alice report-7 "), "{wanted}");
    // The next without a filter begins with what was left out.
    assert!(ok(&hub, &["wait", "--as", "bob"]).await.starts_with("1 carol noise "));
    let acked = hub.cli(&["ack", "--as", "bob", "3"]).await;
    assert_eq!((acked.code, acked.stderr.trim()), (Some(0), "passed over 1 not shown: inbox --after 1"));
    let missed = ok(&hub, &["inbox", "--as", "bob", "--after", "1"]).await;
    assert!(missed.starts_with("2 carol chatter "), "{missed}");
}

async fn wait_gives_up_with_exit_code_three(db: Database) {
    let hub = TestHub::start(db).await;
    let begun = Instant::now();
    let output = hub.cli(&["wait", "--as", "bob", "--timeout", "1s"]).await;
    assert_eq!((output.code, output.stdout.as_str()), (Some(3), ""));
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

async fn wait_outlives_a_restart_of_the_hub(db: Database) {
    let mut hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    ok(&hub, &["keys", "init", "--as", "alice"]).await;
    let mut waiting = Command::from(hub.command());
    let waiting = waiting.args(["wait", "--as", "bob"]).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let operator = hub.operator().await;
    eventually("bob is online", WAIT, async || operator.get("/secure/agents/bob").await.ok()["online"] == true).await;
    hub.restart().await;
    ok(&hub, &["send", "--as", "alice", "bob", "after the restart"]).await;
    let output = tokio::time::timeout(WAIT, waiting.wait_with_output()).await.expect("in time").unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"1 alice message "), "{output:?}");
}

async fn wait_says_once_that_the_hub_is_away_and_finds_it_at_another_address(db: Database) {
    let mut hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    ok(&hub, &["keys", "init", "--as", "alice"]).await;
    let said = hub.data_dir().join("said");
    let stderr = std::fs::File::create(&said).unwrap();
    let mut waiting = Command::from(hub.command());
    waiting.args(["wait", "--as", "bob"]).stdout(Stdio::piped()).stderr(stderr).kill_on_drop(true);
    let waiting = waiting.spawn().unwrap();
    let operator = hub.operator().await;
    eventually("bob is online", WAIT, async || operator.get("/secure/agents/bob").await.ok()["online"] == true).await;
    let before = hub.address();
    hub.sigkill();
    let away = format!("the hub at http://{before} does not answer; waiting\n");
    let text = async || std::fs::read_to_string(&said).unwrap();
    eventually("it says that the hub is away", WAIT, async || text().await == away).await;
    hub.restart_elsewhere().await;
    ok(&hub, &["send", "--as", "alice", "bob", "moved"]).await;
    let output = tokio::time::timeout(WAIT, waiting.wait_with_output()).await.expect("in time").unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"1 alice message "), "{output:?}");
    assert_eq!(text().await, format!("{away}the hub at http://{} is back\n", hub.address()));
}
