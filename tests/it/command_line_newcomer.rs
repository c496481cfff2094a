//! What the command line says to whoever has just come: which agents are made on the way, and what is wrong, by its name.

use std::process::Stdio;

use tokio::process::Command;

use crate::{
    command_line::{have, ok, piped},
    harness::*,
};

on_one![
    only_the_commands_that_an_agent_begins_with_make_it,
    a_name_like_one_that_is_there_is_pointed_at,
    what_is_gone_says_why,
    senders_are_told_that_they_cannot_open_what_they_sealed,
    a_disabled_addressee_is_named,
    what_is_not_there_is_named,
    who_is_unknown_can_be_made_or_meant,
    a_dotenv_that_is_not_read_is_told_of_where_nothing_is_found,
    every_answer_has_a_form_for_programs,
    a_key_is_tried_before_it_goes_into_a_profile,
    a_sender_that_nobody_knows_is_told_of_and_waited_for,
    what_is_too_large_is_told_what_fits,
    changed_keys_are_told_of_once_with_what_to_say_next,
];

#[track_caller]
fn assert_refused(output: &Output, code: i32, told: &str) {
    assert_eq!((output.code, output.stderr.lines().count()), (Some(code), 1), "{output:?}");
    assert!(output.stderr.contains(told), "{told}: {output:?}");
}

async fn only_the_commands_that_an_agent_begins_with_make_it(db: Database) {
    let hub = TestHub::start(db).await;
    for args in [
        &["inbox"][..],
        &["get", "1"],
        &["ack", "1"],
        &["withdraw", "bob/1"],
        &["status"],
        &["peers"],
        &["keys", "show"],
        &["keys", "verify", "bob"],
        &["keys", "rotate"],
        &["channel", "list"],
        &["channel", "make", "team"],
    ] {
        let refused = hub.cli(&[args, &["--as", "carol"]].concat()).await;
        assert_refused(&refused, 2, "`agent-hub wait --as carol`");
    }
    assert_eq!(hub.count("agents").await, 1);
    ok(&hub, &["keys", "init", "--as", "carol"]).await;
    ok(&hub, &["send", "--as", "dave", "carol", "x"]).await;
    assert_eq!(hub.cli(&["wait", "--as", "erin", "--timeout", "1"]).await.code, Some(3));
    assert_eq!(hub.count("agents").await, 4);
}

async fn a_name_like_one_that_is_there_is_pointed_at(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "worker-1"]).await;
    assert_refused(&hub.cli(&["inbox", "--as", "alcie"]).await, 2, "(did you mean alice?)");
    let made = hub.cli(&["send", "--as", "alcie", "alice", "x"]).await;
    assert!(made.code == Some(0) && made.stderr.contains("made agent alcie (there is also alice): "), "{made:?}");
    let another = hub.cli(&["keys", "init", "--as", "worker-2"]).await;
    assert!(!another.stderr.contains("also"), "{another:?}");
}

async fn what_is_gone_says_why(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x", "--once"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "y"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "z", "--ttl", "1"]).await;
    ok(&hub, &["inbox", "--as", "bob"]).await;
    ok(&hub, &["get", "--as", "bob", "1"]).await;
    ok(&hub, &["withdraw", "--as", "alice", "bob/2"]).await;
    assert_refused(&hub.cli(&["get", "--as", "bob", "1"]).await, 1, "1 is gone: read already (one-time)");
    assert_refused(&hub.cli(&["get", "--as", "bob", "2"]).await, 1, "2 is gone: withdrawn by its sender");
    eventually("it has expired", WAIT, async || {
        hub.cli(&["get", "--as", "bob", "3"]).await.stderr == "agent-hub: 3 is gone: expired\n"
    })
    .await;
    assert_refused(&hub.cli(&["withdraw", "--as", "alice", "bob/1"]).await, 1, "bob/1 is gone: read already");
    for args in [["get", "--as", "bob", "7"], ["ack", "--as", "bob", "7"]] {
        assert_refused(&hub.cli(&args).await, 1, "agent-hub: there is no entry 7; the last is 3");
    }
}

async fn senders_are_told_that_they_cannot_open_what_they_sealed(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    let own = hub.cli(&["get", "--as", "alice", "bob/1"]).await;
    assert_refused(&own, 1, "bob/1 is sealed for others: senders cannot open it again");
}

async fn a_disabled_addressee_is_named(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob", "carol"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    ok(&hub, &["send", "--as", "bob", "alice,carol", "y"]).await;
    ok(&hub, &["agent", "disable", "bob"]).await;
    for plain in [&[][..], &["--plain"]] {
        eventually("it is told", WAIT, async || {
            let refused = hub.cli(&[&["send", "--as", "alice", "bob", "x"], plain].concat()).await;
            refused.code == Some(1) && refused.stderr == "agent-hub: bob is disabled\n"
        })
        .await;
    }
    // What it sent before is read as ever, by whoever knows its keys; to whoever does not, that is what is wrong.
    assert_eq!(ok(&hub, &["get", "--as", "alice", "1"]).await, "y");
    let stranger = hub.cli(&["get", "--as", "carol", "1"]).await;
    assert_refused(&stranger, 1, "bob: the sender has published no keys");
}

async fn what_is_not_there_is_named(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    ok(&hub, &["channel", "make", "--as", "bob", "team"]).await;
    for (args, told) in [
        (
            &["channel", "join", "nope"][..],
            "there is no channel #nope; `agent-hub channel list` lists them, `agent-hub channel make nope`",
        ),
        (&["channel", "leave", "#nope"], "there is no channel #nope"),
        (&["channel", "members", "nope"], "there is no channel #nope"),
        (&["channel", "add", "nope", "bob"], "there is no channel #nope;"),
        (&["channel", "add", "team", "zzz"], "there is no agent zzz;"),
        (&["channel", "remove", "team", "zzz"], "there is no agent zzz;"),
        (&["channel", "make", "team"], "there is a channel #team already; `agent-hub channel join team`"),
        (&["get", "#nope/1"], "#nope/1 was not sent from here, and bob is not in #nope"),
        (&["send", "alice", "x", "--ttl", "900d"], "--ttl: at most 365d at this hub"),
        (&["keys", "verify", "nobody"], "there is no agent nobody"),
        (&["status", "1"], "1 was not sent by bob"),
        (&["withdraw", "1"], "1 was not sent by bob"),
        (&["ack", "#nope/1"], "bob is not in #nope"),
        (&["ack", "alice/1"], "alice/1 is in no stream of bob"),
        (&["inbox", "--after", "#nope/1"], "bob is not in #nope"),
    ] {
        assert_refused(&hub.cli(&[args, &["--as", "bob"]].concat()).await, 1, told);
    }
}

async fn who_is_unknown_can_be_made_or_meant(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice"]).await;
    ok(&hub, &["channel", "make", "--as", "alice", "research"]).await;
    for (to, told) in [
        ("nobody", "`agent-hub wait --as nobody` or `agent-hub agent add nobody` makes it"),
        ("alice, research", "for the channel say '#research'"),
        ("#reserach", "`agent-hub channel list` lists them, `agent-hub channel make reserach` makes it"),
    ] {
        assert_refused(&hub.cli(&["send", "--as", "alice", to, "x"]).await, 1, told);
    }
}

async fn a_dotenv_that_is_not_read_is_told_of_where_nothing_is_found(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob"]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "OTHER=1\nAGENT_HUB_DATA_DIR=./hub\n").unwrap();
    let run = async |args: &[&str], variable: (&str, &std::ffi::OsStr)| {
        let mut command = Command::from(hub.command());
        command.args(args).current_dir(folder.path()).env("HOME", folder.path());
        let output = command.env_remove("AGENT_HUB_DATA_DIR").env(variable.0, variable.1).output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told) = run(&["inbox", "--as", "bob"], ("OTHER", "".as_ref())).await;
    assert!(code == Some(2) && told.contains("; .env here names AGENT_HUB_DATA_DIR, but"), "{told}");
    let elsewhere = ["inbox", "--as", "bob", "--hub", "http://127.0.0.1:1"];
    let (code, told) = run(&elsewhere, ("AGENT_HUB_API_KEY", "ahub_x".as_ref())).await;
    assert!(code == Some(1) && told.contains("; .env here names AGENT_HUB_DATA_DIR, but"), "{told}");
    // Whoever says where it is need not be told.
    let said = ("AGENT_HUB_DATA_DIR", folder.path().as_os_str());
    let (code, told) = run(&["inbox", "--as", "bob"], said).await;
    assert!(code == Some(2) && !told.contains(".env"), "{told}");
    let found = ("AGENT_HUB_DATA_DIR", hub.data_dir().as_os_str());
    assert_eq!(run(&["inbox", "--as", "bob"], found).await, (Some(0), String::new()));
}

async fn every_answer_has_a_form_for_programs(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["alice", "bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "y"]).await;
    let words = ok(&hub, &["keys", "show", "--as", "bob"]).await.trim().rsplit(": ").next().unwrap().to_owned();
    for (agent, args, told) in [
        ("bob", "ack 1", json!({"acked": "1", "not_shown": 1})),
        ("alice", "withdraw bob/2", json!({"withdrew": "bob/2"})),
        ("bob", "keys show", json!({"agent": "bob", "version": 1, "suite": "x25519", "words": words})),
        ("alice", "keys verify bob", json!({"agent": "bob", "version": 1, "verified": false, "words": words})),
        ("alice", "channel make t", json!({"name": "#t", "closed": false, "owner": "alice", "member": true})),
        ("bob", "channel join t", json!({"channel": "#t", "agent": "bob", "member": true, "from": 1})),
        ("bob", "channel leave t", json!({"channel": "#t", "agent": "bob", "member": false})),
        ("alice", "channel add t bob", json!({"channel": "#t", "agent": "bob", "member": true})),
        ("alice", "channel remove t bob", json!({"channel": "#t", "agent": "bob", "member": false})),
    ] {
        let args: Vec<_> = args.split(' ').chain(["--json", "--as", agent]).collect();
        let printed: Value = serde_json::from_str(&ok(&hub, &args).await).unwrap();
        assert_eq!(printed, told, "{args:?}");
    }
    ok(&hub, &["keys", "verify", "--as", "alice", "bob", &words]).await;
    ok(&hub, &["agent", "add", "carol"]).await;
    have(&hub, &["dave"]).await;
    let peers = ok(&hub, &["peers", "--as", "alice", "--json"]).await;
    let keys: Vec<_> = peers.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["keys"].clone()).collect();
    // bob, carol, dave, the operator; alice is no peer of her own.
    assert_eq!(json!(keys), json!(["verified", "none", "new", "none"]), "{peers}");
    let members = ok(&hub, &["channel", "members", "--as", "alice", "t"]).await;
    assert_eq!(members, "alice you\n");
}

async fn a_key_is_tried_before_it_goes_into_a_profile(db: Database) {
    let hub = TestHub::start(db).await;
    let key = hub.add_by_command_line("carol").await;
    hub.add_by_command_line("dave").await;
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().to_str().unwrap();
    let profile = async |agent: &str, url: &str| {
        piped(&hub, &["profile", agent, "--hub", url, "--data-dir", folder], key.as_bytes()).await
    };
    let here = format!("http://{}", hub.address());
    assert_refused(&profile("dave", &here).await, 1, "does not take this as the key of dave; nothing was written");
    assert!(!elsewhere.path().join("profiles/dave.json").exists());
    let written = profile("carol", &here).await;
    assert!(written.code == Some(0) && written.stderr.starts_with("wrote "), "{written:?}");
    let help = ok(&hub, &["profile", "--help"]).await;
    assert!(help.contains("--replace") && !help.contains("--as "), "{help}");
    let later = profile("erin", "http://127.0.0.1:1").await;
    assert!(later.code == Some(0) && later.stderr.starts_with("the key is not checked: "), "{later:?}");
}

async fn a_sender_that_nobody_knows_is_told_of_and_waited_for(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob"]).await;
    let mut waiting = Command::from(hub.command());
    waiting.args(["wait", "--as", "bob", "--from", "alice"]).kill_on_drop(true);
    let waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let operator = hub.operator().await;
    eventually("bob is online", WAIT, async || operator.get("/secure/agents/bob").await.ok()["online"] == true).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    let output = tokio::time::timeout(WAIT, waiting.wait_with_output()).await.expect("in time").unwrap();
    assert!(output.stdout.starts_with(b"1 alice message "), "{output:?}");
    assert_eq!(output.stderr, b"there is no agent alice yet; waiting\n", "{output:?}");
}

async fn what_is_too_large_is_told_what_fits(db: Database) {
    let hub = TestHub::builder(db).env("AGENT_HUB_DATA_MAX_BYTES", "4000").start().await;
    have(&hub, &["alice", "bob"]).await;
    let fits = async |plain: &[&str], bytes: usize| {
        let body = "x".repeat(bytes);
        hub.cli(&[&["send", "--as", "alice", "bob", &body], plain].concat()).await
    };
    for plain in [&[][..], &["--plain"]] {
        let refused = fits(plain, 5000).await;
        let told = refused.stderr.split("up to ").nth(1).unwrap_or_else(|| panic!("{refused:?}"));
        let most: usize = told.split(' ').next().unwrap().parse().unwrap();
        let sent = fits(plain, most - 8).await;
        assert_eq!(sent.code, Some(0), "{most}: {sent:?}");
        assert_eq!(fits(plain, most + 20).await.code, Some(1), "{most}");
    }
}

async fn changed_keys_are_told_of_once_with_what_to_say_next(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    ok(&hub, &["keys", "init", "--as", "bob", "--replace"]).await;
    let refused = hub.cli(&["send", "--as", "alice", "bob", "y"]).await;
    assert_refused(&refused, 1, "`agent-hub keys verify bob WORDS --as alice`");
    assert_eq!(refused.stderr.matches("words").count(), 1, "{refused:?}");
}
