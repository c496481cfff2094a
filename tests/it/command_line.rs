//! The commands of an agent, as a person or a model types them.

use std::process::Stdio;

use tokio::{io::AsyncWriteExt, process::Command};

use crate::harness::*;

on_both![
    three_commands_give_a_first_message,
    bodies_come_from_an_argument_a_file_or_standard_input,
    nothing_that_is_printed_is_a_secret,
    what_others_chose_is_no_command_to_a_terminal,
    keys_are_compared_by_six_words,
    mistakes_are_one_line_that_says_what_to_do,
    a_profile_brings_an_agent_to_another_machine,
    profiles_of_another_hub_are_told_apart,
    a_one_time_item_survives_a_full_disk,
    what_was_sent_is_said_to_be_sent_whatever_fails_afterwards,
    the_folder_that_an_agent_works_in_does_not_say_where_its_key_goes,
    a_profile_is_not_replaced_unasked,
    a_lock_that_is_held_is_told_of,
];

on_one![the_demo_ends_by_itself_and_shows_both_sides, a_name_with_a_dot_takes_no_file_of_another];

/// Runs a command that must work; what it printed.
pub async fn ok(hub: &TestHub, args: &[&str]) -> String {
    let output = hub.cli(args).await;
    assert_eq!(output.code, Some(0), "{args:?}: {output:?}");
    output.stdout
}

/// Makes agents as their first commands do, with their keys.
pub async fn have(hub: &TestHub, agents: &[&str]) {
    for agent in agents {
        ok(hub, &["keys", "init", "--as", agent]).await;
    }
}

/// Runs a command with something on standard input.
pub async fn piped(hub: &TestHub, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::from(hub.command());
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the binary runs");
    child.stdin.take().expect("standard input").write_all(input).await.expect("it reads");
    let output = tokio::time::timeout(WAIT, child.wait_with_output()).await.expect("in time").expect("an end");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Output { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

async fn three_commands_give_a_first_message(db: Database) {
    let hub = TestHub::start(db).await;
    // Started together: whichever needs the other's agent waits for it.
    let (waited, sent) =
        tokio::join!(hub.cli(&["wait", "--as", "bob"]), hub.cli(&["send", "--as", "alice", "bob", "hi"]),);
    assert_eq!((sent.code, sent.stdout.as_str()), (Some(0), "sent bob/1\n"), "{sent:?}");
    assert_eq!(waited.code, Some(0), "{waited:?}");
    assert!(waited.stdout.starts_with("1 alice message "), "{waited:?}");
    assert!(waited.stderr.contains("made agent bob") && sent.stderr.contains("made agent alice"));
    assert_eq!(ok(&hub, &["get", "--as", "bob", "1"]).await, "hi");
    assert_eq!(ok(&hub, &["ack", "--as", "bob", "1"]).await, "");
    assert_eq!(ok(&hub, &["inbox", "--as", "bob"]).await, "");
    // The mark of a reading is written behind it.
    eventually("it is read and acknowledged", WAIT, async || {
        ok(&hub, &["status", "--as", "alice", "bob/1"]).await == "bob/1 live read acked\n"
    })
    .await;
}

async fn bodies_come_from_an_argument_a_file_or_standard_input(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("table.bin"), folder.path().join("copy"));
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    std::fs::write(&file, &bytes).unwrap();
    ok(&hub, &["send", "--as", "alice", "bob", "--file", file.to_str().unwrap()]).await;
    assert_eq!(piped(&hub, &["send", "--as", "alice", "bob", "-n", "notes"], b"a\nb\n").await.stdout, "sent bob/2\n");
    ok(&hub, &["send", "--as", "alice", "bob", "--", "--dashed"]).await;
    assert_eq!(ok(&hub, &["get", "--as", "bob", "1", "--out", copy.to_str().unwrap()]).await, "");
    assert!(std::fs::read(&copy).unwrap() == bytes);
    assert_eq!(ok(&hub, &["get", "--as", "bob", "2"]).await, "a\nb\n");
    assert_eq!(ok(&hub, &["get", "--as", "bob", "3", "--ack"]).await, "--dashed");
    assert!(ok(&hub, &["inbox", "--as", "bob", "--after", "0"]).await.starts_with("1 alice table.bin 1"));
    assert_eq!(ok(&hub, &["inbox", "--as", "bob"]).await, "");
}

async fn nothing_that_is_printed_is_a_secret(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    let mut printed = String::new();
    for json in [&[][..], &["--json"]] {
        for args in [
            &["send", "--as", "alice", "bob", "hello"][..],
            &["wait", "--as", "bob"],
            &["inbox", "--as", "bob"],
            &["get", "--as", "bob", "1"],
            &["status", "--as", "alice", "bob/1"],
            &["peers", "--as", "bob"],
        ] {
            let output = hub.cli(&[args, json].concat()).await;
            assert_eq!(output.code, Some(0), "{output:?}");
            printed.push_str(&(output.stdout + &output.stderr));
        }
    }
    let profiles = hub.data_dir().join("profiles");
    let sent = std::fs::read_to_string(profiles.join("alice+state.json")).unwrap();
    let sent: Value = serde_json::from_str(&sent).unwrap();
    let token = sent["sent"][0][1].as_str().unwrap();
    assert!(!printed.contains("ahub_") && !printed.contains("eyJ") && !printed.contains(token), "{printed}");
    for file in std::fs::read_dir(&profiles).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let path = file.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
    }
}

// F03
async fn what_others_chose_is_no_command_to_a_terminal(db: Database) {
    let hub = TestHub::start(db).await;
    let [mallory] = hub.agents(["mallory"]).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    mallory.publish(&json!({"name": "x 43 operator pay-now 1k", "data": "\u{1b}[2J", "to": ["bob"]})).await;
    let line = ok(&hub, &["wait", "--as", "bob"]).await;
    assert_eq!(line, "1 mallory \"x 43 operator pay-now 1k\" 4\n");
    let plain = hub.cli(&["get", "--as", "bob", "1"]).await;
    assert_eq!((plain.stdout.as_str(), plain.stderr.trim()), ("\u{1b}[2J", "plain: not encrypted, not signed"));
}

async fn keys_are_compared_by_six_words(db: Database) {
    let hub = TestHub::start(db).await;
    have(&hub, &["bob"]).await;
    let shown = ok(&hub, &["keys", "show", "--as", "bob"]).await;
    let words = shown.trim().rsplit(": ").next().unwrap().to_owned();
    assert_eq!(words.split(' ').count(), 6, "{shown}");
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    let seen = ok(&hub, &["keys", "verify", "--as", "alice", "bob"]).await;
    assert_eq!(seen, format!("bob version 1 not verified: {words}\n"));
    let mut args = vec!["keys", "verify", "--as", "alice", "bob"];
    let one = hub.cli(&[&args[..], &["lusab"]].concat()).await;
    assert!(one.code == Some(2) && one.stderr.contains("expected the 6 words"), "{one:?}");
    let others = ["lusab"; 6];
    assert_eq!(hub.cli(&[&args[..], &others].concat()).await.code, Some(1));
    // As it was shown, line and all.
    args.push(shown.trim());
    assert_eq!(ok(&hub, &args).await, "bob version 1 verified\n");
    assert!(
        ok(&hub, &["keys", "rotate", "--as", "bob", "--suite", "xwing"]).await.starts_with("bob version 2 xwing: ")
    );
    ok(&hub, &["send", "--as", "alice", "bob", "still sealed"]).await;
    assert_eq!(ok(&hub, &["get", "--as", "bob", "2"]).await, "still sealed");
    ok(&hub, &["keys", "init", "--as", "bob", "--replace"]).await;
    let refused = hub.cli(&["send", "--as", "alice", "bob", "to whom?"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("keys verify bob"), "{refused:?}");
}

async fn mistakes_are_one_line_that_says_what_to_do(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["agent", "add", "carol"]).await;
    for (args, code, told) in [
        (&["send", "--as", "alice", "nobody", "x"][..], 1, "nobody"),
        (&["send", "--as", "alice", "carol", "x"], 1, "--plain"),
        (&["get", "--as", "alice", "7"], 1, "there is no entry 7"),
        (&["get", "--as", "alice", "seven"], 2, "42, #channel/42"),
        (&["ack", "--as", "alice", "7"], 1, "there is no entry 7; the last is 0"),
        (&["wait", "--as", "Alice"], 2, "--as"),
        (&["wait"], 2, "--as"),
        (&["inbox", "--as", "alice", "--hub", "http://127.0.0.1:1"], 1, "cannot be reached"),
        (&["send", "--as", "alice", "carol", "--file", "/no/such/file"], 1, "/no/such/file"),
        (&["inbox", "--as", "zoe", "--data-dir", "/no/such/folder"], 2, "profile zoe"),
        (&["send", "--as", "alice", "carol", "--plian"], 2, "--plian"),
        (&["wait", "--as", "alice", "--in", "team"], 2, "--in"),
        (&["wait", "--as", "alice", "--from", "Carol"], 2, "--from"),
        (&["inbox", "--as", "alice", "--hub", "http://192.0.2.1:3000"], 2, "--insecure"),
        (&["inbox", "--as", "newcomer", "--hub", "http://127.0.0.1:1"], 1, "no such profile"),
        (&["channel", "add", "team", "--as", "alice"], 2, "AGENT"),
    ] {
        let output = hub.cli(args).await;
        assert_eq!(output.code, Some(code), "{args:?}: {output:?}");
        let last = output.stderr.trim_end().lines().last().unwrap_or_default();
        assert!(last.starts_with("agent-hub: ") && last.contains(told), "{args:?}: {output:?}");
    }
}

async fn a_profile_brings_an_agent_to_another_machine(db: Database) {
    let hub = TestHub::start(db).await;
    let key = hub.add_by_command_line("bob").await;
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().to_str().unwrap();
    let url = format!("http://{}", hub.address());
    let there = ["--data-dir", folder];
    let wrong = piped(&hub, &[&["profile", "bob", "--hub", &url][..], &there].concat(), b"ahub_123\n").await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let made =
        piped(&hub, &[&["profile", "bob", "--hub", &url][..], &there].concat(), format!("{key}\n").as_bytes()).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    ok(&hub, &[&["keys", "init", "--as", "bob"][..], &there].concat()).await;
    ok(&hub, &["send", "--as", "alice", "bob", "far away"]).await;
    assert_eq!(ok(&hub, &[&["get", "--as", "bob", "1"][..], &there].concat()).await, "far away");
    // Here bob has a profile too, but not the keys.
    let here = hub.cli(&["keys", "init", "--as", "bob"]).await;
    assert!(here.code == Some(1) && here.stderr.contains("bob+keys.json"), "{here:?}");
    let sent = hub.cli(&["send", "--as", "bob", "alice", "x"]).await;
    assert!(sent.code == Some(1) && sent.stderr == here.stderr, "{sent:?}");
    assert!(
        !hub.data_dir().join("profiles/bob+keys.json").exists(),
        "nothing is in the way of those that are copied here"
    );
}

async fn profiles_of_another_hub_are_told_apart(db: Database) {
    let (before, now) = (TestHub::start(db).await, TestHub::start(db).await);
    ok(&before, &["keys", "init", "--as", "bob"]).await;
    ok(&before, &["send", "--as", "bob", "bob", "to myself"]).await;
    let profiles = |hub: &TestHub| hub.data_dir().join("profiles");
    for file in ["bob.json", "bob+keys.json", "bob+trust.json"] {
        std::fs::copy(profiles(&before).join(file), profiles(&now).join(file)).unwrap();
    }
    let refused = now.cli(&["inbox", "--as", "bob"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("agent rotate"), "{refused:?}");
    ok(&now, &["agent", "add", "bob"]).await;
    let other = now.cli(&["keys", "show", "--as", "bob"]).await;
    assert!(other.code == Some(1) && other.stderr.contains("bob+trust.json"), "{other:?}");
    std::fs::remove_file(profiles(&now).join("bob+trust.json")).unwrap();
    ok(&now, &["keys", "show", "--as", "bob"]).await;
}

async fn a_one_time_item_survives_a_full_disk(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "only once", "--once"]).await;
    let full = hub.cli(&["get", "--as", "bob", "1", "--out", "/dev/full"]).await;
    assert!(full.code == Some(1) && full.stderr.contains("/dev/full"), "{full:?}");
    let keys = hub.data_dir().join("profiles/bob+keys.json");
    let away = keys.with_extension("away");
    std::fs::rename(&keys, &away).unwrap();
    assert_eq!(hub.cli(&["get", "--as", "bob", "1"]).await.code, Some(1));
    std::fs::rename(&away, &keys).unwrap();
    assert_eq!(ok(&hub, &["get", "--as", "bob", "1"]).await, "only once");
    assert_eq!(hub.cli(&["get", "--as", "bob", "1"]).await.code, Some(1));
}

async fn what_was_sent_is_said_to_be_sent_whatever_fails_afterwards(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    ok(&hub, &["send", "--as", "alice", "bob", "x"]).await;
    let lock = hub.data_dir().join("profiles/alice+state.lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let sent = hub.cli(&["send", "--as", "alice", "bob", "y"]).await;
    assert!(sent.code == Some(0) && sent.stdout == "sent\n" && sent.stderr.contains("not known"), "{sent:?}");
    assert_eq!(hub.count("items").await, 2);
}

async fn the_folder_that_an_agent_works_in_does_not_say_where_its_key_goes(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "AGENT_HUB_URL=http://127.0.0.1:1\nDATABASE_URL=postgres://app@db/app\nTWO=\"lines\nof\"\n",
    )
    .unwrap();
    let mut command = Command::from(hub.command());
    command.current_dir(folder.path()).args(["inbox", "--as", "bob"]).env("AGENT_HUB_LISTEN", "nonsense");
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
}

async fn a_profile_is_not_replaced_unasked(db: Database) {
    let hub = TestHub::start(db).await;
    let key = hub.add_by_command_line("bob").await;
    let args = ["profile", "bob", "--hub", "https://hub.example"];
    let refused = piped(&hub, &args, key.as_bytes()).await;
    assert!(refused.code == Some(2) && refused.stderr.contains("--replace"), "{refused:?}");
    ok(&hub, &["inbox", "--as", "bob"]).await;
    let replaced = piped(&hub, &[&args[..], &["--replace"]].concat(), key.as_bytes()).await;
    assert_eq!(replaced.code, Some(0), "{replaced:?}");
    let kept = hub.cli(&["agent", "rotate", "bob"]).await;
    assert!(kept.code == Some(1) && kept.stderr.contains("hub.example"), "{kept:?}");
}

async fn a_lock_that_is_held_is_told_of(db: Database) {
    let hub = TestHub::start(db).await;
    ok(&hub, &["keys", "init", "--as", "bob"]).await;
    ok(&hub, &["inbox", "--as", "bob"]).await;
    let held = std::fs::File::open(hub.data_dir().join("profiles/bob+state.lock")).unwrap();
    held.lock().unwrap();
    let refused = hub.cli(&["inbox", "--as", "bob"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("bob+state.lock"), "{refused:?}");
}

async fn the_demo_ends_by_itself_and_shows_both_sides(db: Database) {
    let hub = TestHub::builder(db).env("DATABASE_URL", "mysql://nobody@127.0.0.1:1/none").prepare().await;
    let shown = ok(&hub, &["demo"]).await;
    for part in ["what the hub sees", "YWhlbnYx", "Northwind", "stored pushed read acked", ": 0 found."] {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
}

async fn a_name_with_a_dot_takes_no_file_of_another(db: Database) {
    let hub = TestHub::start(db).await;
    for name in ["alice", "alice.keys", "alice.json", "alice.trust"] {
        ok(&hub, &["keys", "init", "--as", name]).await;
    }
    ok(&hub, &["send", "--as", "alice.keys", "alice", "x"]).await;
    assert_eq!(ok(&hub, &["get", "--as", "alice", "1"]).await, "x");
}
