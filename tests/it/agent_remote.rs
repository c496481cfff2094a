//! `agent-hub agent … --hub URL`: the agents of a hub elsewhere, from a machine that has no database of it.

use std::path::{Path, PathBuf};

use crate::harness::*;

on_both![
    agents_are_made_listed_and_changed_from_elsewhere_as_on_the_spot,
    a_new_key_goes_into_the_profile_of_that_hub,
    the_last_operator_stays_one_here_and_there,
    no_key_is_asked_for_where_its_profile_cannot_be_written,
    a_key_whose_profile_was_not_written_after_all_is_printed,
    only_an_operator_of_that_hub_gets_anywhere,
];
on_one![a_key_goes_to_no_other_hub_and_not_in_the_clear, a_profile_that_is_in_the_way_is_kept];

/// A folder on a machine elsewhere, with a profile of the hub's operator.
fn elsewhere(hub: &TestHub) -> PathBuf {
    let folder = hub.data_dir().join("elsewhere");
    std::fs::create_dir_all(folder.join("profiles")).unwrap();
    std::fs::copy(hub.data_dir().join("profiles/operator.json"), folder.join("profiles/operator.json")).unwrap();
    folder
}

fn url(hub: &TestHub) -> String {
    format!("http://{}", hub.address())
}

async fn remote(hub: &TestHub, folder: &Path, args: &[&str]) -> Output {
    let there = ["--hub", &url(hub), "--data-dir", folder.to_str().unwrap()];
    hub.cli(&[&["agent"], args, &there[..]].concat()).await
}

#[track_caller]
fn assert_done(output: &Output) -> &str {
    assert_eq!(output.code, Some(0), "{output:?}");
    output.stdout.trim_end()
}

#[track_caller]
fn assert_refused(output: &Output, code: i32, told: &str) {
    assert_eq!((output.code, output.stdout.as_str()), (Some(code), ""), "{output:?}");
    assert!(output.stderr.contains(told) && output.stderr.trim_end().lines().count() == 1, "{told}: {output:?}");
}

async fn agents_are_made_listed_and_changed_from_elsewhere_as_on_the_spot(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = elsewhere(&hub);
    let made = remote(&hub, &folder, &["add", "carol"]).await;
    let key = assert_done(&made).to_owned();
    assert!(made.stderr.starts_with("made agent carol: ") && !made.stderr.contains(&key), "{made:?}");
    let carol = TestAgent::login(hub.address(), "carol", &key).await;
    carol.inbox("").await;
    assert_done(&remote(&hub, &folder, &["add", "dave", "--role", "operator"]).await);
    for change in [&["disable", "dave"][..], &["enable", "dave"], &["role", "carol", "operator"], &["disable", "dave"]]
    {
        assert_done(&remote(&hub, &folder, change).await);
    }
    let (there, here) = (remote(&hub, &folder, &["list"]).await, hub.cli(&["agent", "list"]).await);
    assert_eq!(assert_done(&there), assert_done(&here));
    let words: Vec<Vec<_>> = there.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected =
        [["carol", "operator", "enabled"], ["dave", "operator", "disabled"], ["operator", "operator", "enabled"]];
    assert_eq!(words, expected);
    // On the spot a role is given in the same words.
    let (there, here) =
        (remote(&hub, &folder, &["role", "carol", "agent"]).await, hub.cli(&["agent", "role", "carol", "agent"]).await);
    assert_eq!((assert_done(&there), &there.stderr), (assert_done(&here), &here.stderr));
    carol.get("/admin/agents").await.refused(403, "forbidden");
    for (refused, told) in
        [(["rotate", "nobody"], "there is no agent nobody; "), (["disable", "nobody"], "there is no agent nobody; ")]
    {
        let output = remote(&hub, &folder, &refused).await;
        assert_refused(&output, 1, told);
        assert_eq!(hub.cli(&[&["agent"][..], &refused].concat()).await.stderr, output.stderr, "the same on the spot");
    }
    assert_refused(&hub.cli(&["agent", "add", "carol"]).await, 1, "there was an agent carol already");
    let files = std::fs::read_dir(hub.data_dir().join("profiles")).unwrap().flatten();
    let files: Vec<_> = files.map(|file| file.file_name()).collect();
    assert_eq!(files, ["operator.json"], "nothing is left of what was prepared for keys that there were not");
    let (there, here) = (remote(&hub, &folder, &["list", "--json"]).await, hub.cli(&["agent", "list", "--json"]).await);
    let rows = |output: &Output| -> Vec<Value> {
        assert_done(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let names: Vec<_> = rows(&there).iter().map(|row| (row["name"].clone(), row["disabled"].clone())).collect();
    assert_eq!(
        names,
        [(json!("carol"), json!(false)), (json!("dave"), json!(true)), (json!("operator"), json!(false))]
    );
    assert_eq!(rows(&here)[1], rows(&there)[1]);
}

async fn a_new_key_goes_into_the_profile_of_that_hub(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = elsewhere(&hub);
    let profile = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(format!("profiles/{name}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let first = assert_done(&remote(&hub, &folder, &["add", "carol"]).await).to_owned();
    assert_eq!(profile("carol"), json!({"agent": "carol", "api_key": first, "hub": url(&hub)}));
    let rotated = remote(&hub, &folder, &["rotate", "carol", "--overlap", "1h"]).await;
    let second = assert_done(&rotated).to_owned();
    assert!(rotated.stderr.contains("works for another 3600 s"), "{rotated:?}");
    assert_eq!(profile("carol")["api_key"], second);
    TestAgent::login(hub.address(), "carol", &first).await;
    let third = assert_done(&remote(&hub, &folder, &["rotate", "carol"]).await).to_owned();
    hub.send(&login_request("carol", &second)).await.refused(401, "unauthenticated");
    TestAgent::login(hub.address(), "carol", &third).await;
    // It is the profile of an agent of that hub, as any other.
    let sent = ["send", "--as", "carol", "--plain", "operator", "hi", "--data-dir", folder.to_str().unwrap()];
    assert_done(&hub.cli(&sent).await);
    // An operator that gives itself a new key goes on with it.
    assert_done(&remote(&hub, &folder, &["rotate", "operator"]).await);
    assert_done(&remote(&hub, &folder, &["list"]).await);
}

async fn no_key_is_asked_for_where_its_profile_cannot_be_written(db: Database) {
    let hub = TestHub::start(db).await;
    let key = assert_done(&hub.cli(&["agent", "add", "carol"]).await).to_owned();
    // Nothing can be written there, whoever tries.
    let profiles = hub.data_dir().join("profiles");
    std::fs::remove_dir_all(&profiles).unwrap();
    std::os::unix::fs::symlink("/proc/self", &profiles).unwrap();
    for args in [["rotate", "carol"], ["add", "dave"]] {
        let output = hub.cli(&[&["agent"][..], &args].concat()).await;
        assert!(output.code == Some(2) && output.stdout.is_empty(), "{output:?}");
        assert!(output.stderr.contains("profiles/"), "{output:?}");
    }
    assert_eq!(hub.count("agents").await, 2, "the name of dave is free");
    TestAgent::login(hub.address(), "carol", &key).await;
}

async fn a_key_whose_profile_was_not_written_after_all_is_printed(db: Database) {
    let hub = TestHub::start(db).await;
    let there = elsewhere(&hub);
    // What no file can take the place of.
    for folder in [&there, hub.data_dir()] {
        for name in ["carol", "dave"] {
            std::fs::create_dir_all(folder.join(format!("profiles/{name}.json/x"))).unwrap();
        }
    }
    for args in [["add", "carol"], ["rotate", "carol"]] {
        let output = remote(&hub, &there, &args).await;
        assert!(output.code == Some(1) && output.stderr.contains("the profile of carol was not written"), "{output:?}");
        TestAgent::login(hub.address(), "carol", output.stdout.trim_end()).await;
    }
    let output = hub.cli(&["agent", "add", "dave"]).await;
    assert!(output.code == Some(1) && output.stderr.contains("the key above is good"), "{output:?}");
    TestAgent::login(hub.address(), "dave", output.stdout.trim_end()).await;
}

async fn the_last_operator_stays_one_here_and_there(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = elsewhere(&hub);
    assert_refused(&remote(&hub, &folder, &["role", "operator", "agent"]).await, 1, "operator");
    assert_refused(&hub.cli(&["agent", "role", "operator", "agent"]).await, 1, "operator");
    assert_refused(&remote(&hub, &folder, &["role", "operator", "king"]).await, 2, "agent or operator");
}

async fn only_an_operator_of_that_hub_gets_anywhere(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = elsewhere(&hub);
    assert_done(&remote(&hub, &folder, &["add", "carol"]).await);
    assert_refused(&remote(&hub, &folder, &["list", "--as", "carol"]).await, 1, "operator");
    assert_refused(&remote(&hub, &folder, &["list", "--as", "nobody"]).await, 2, "agent-hub profile nobody --hub");
    let without = ["agent", "list", "--as", "carol"];
    assert_refused(&hub.cli(&without).await, 2, "--hub");
}

async fn a_key_goes_to_no_other_hub_and_not_in_the_clear(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = elsewhere(&hub);
    let at = |url: &'static str| ["agent", "list", "--hub", url, "--data-dir"];
    for (url, told) in [
        ("http://hub.example", "plain HTTP"),
        ("ftp://hub.example", "https://hub.example"),
        ("nonsense", "such as https"),
        ("https://hub.example", "is of the hub at"),
        ("http://127.0.0.1:1", "is of the hub at"),
    ] {
        let output = hub.cli(&[&at(url)[..], &[folder.to_str().unwrap()]].concat()).await;
        assert_refused(&output, 2, told);
    }
    // With --insecure it is another hub still.
    let insecure = [&at("http://hub.example")[..], &[folder.to_str().unwrap(), "--insecure"]].concat();
    assert_refused(&hub.cli(&insecure).await, 2, "is of the hub at");
    let nowhere = folder.join("nowhere");
    let missing = hub.cli(&["agent", "list", "--data-dir", nowhere.to_str().unwrap()]).await;
    if hub.data_dir().join("hub.db").exists() {
        assert_refused(&missing, 2, "--hub URL");
    }
}

async fn a_profile_that_is_in_the_way_is_kept(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = elsewhere(&hub);
    let profile = folder.join("profiles/carol.json");
    let other = json!({"agent": "carol", "api_key": "ahub_of-another-hub", "hub": "https://hub.example"}).to_string();
    std::fs::write(&profile, &other).unwrap();
    assert_refused(&remote(&hub, &folder, &["add", "carol"]).await, 1, "move it away first");
    hub.add_agent("carol").await;
    assert_refused(&remote(&hub, &folder, &["rotate", "carol"]).await, 1, "move it away first");
    assert_eq!(std::fs::read_to_string(&profile).unwrap(), other);
    assert_eq!(hub.count("agents").await, 2, "nothing was made for which there was no room");
}
