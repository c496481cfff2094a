//! An agent in Python, one in JavaScript and one in Rust talk in a ring through one hub, encrypted: each opens what the others
//! sealed, with keys of both suites, and with files that another language wrote.

use std::{path::PathBuf, process::Stdio};

use tokio::process::{Child, Command};

use crate::harness::*;

on_both! { limit = 120; three_languages_talk_in_a_ring }

const LAPS: usize = 5;

/// The interpreter that has the Python package, and the folder that has the JavaScript one.
pub fn languages() -> (PathBuf, PathBuf) {
    let set =
        |name: &str| {
            let value = std::env::var_os(name);
            PathBuf::from(value.unwrap_or_else(|| {
                panic!("{name} is not set: run the tests with tests/run, which installs the packages")
            }))
        };
    (set("AGENT_HUB_TEST_PYTHON"), set("AGENT_HUB_TEST_JAVASCRIPT"))
}

fn spawn(hub: &TestHub, program: &str, before: &[&str], arguments: [&str; 2]) -> Child {
    let mut command = Command::new(program);
    command.env_remove("DATABASE_URL").env("AGENT_HUB_DATA_DIR", hub.data_dir()).kill_on_drop(true);
    command
        .args(before)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

async fn three_languages_talk_in_a_ring(db: Database) {
    let (python, javascript) = languages();
    let hub = TestHub::start(db).await;
    for (agent, suite) in [("rust", "x25519"), ("python", "xwing"), ("javascript", "x25519")] {
        assert_eq!(hub.cli(&["keys", "init", "--as", agent, "--suite", suite]).await.code, Some(0));
    }
    let profile = agent_hub_client::Profile::load_from(hub.data_dir(), "rust").unwrap();
    let rust = agent_hub_client::Connect::with(profile).open().await.unwrap();
    let mut notes = rust.notifications().await.unwrap();

    let ring = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ring");
    // A module finds packages from where it is, so it has to be where they are.
    let script = javascript.join(format!("ring-{db:?}.js"));
    std::fs::copy(format!("{ring}/agent.js"), &script).unwrap();
    let mut children = [
        spawn(&hub, python.to_str().unwrap(), &[&format!("{ring}/agent.py")], ["python", "javascript"]),
        spawn(&hub, "node", &[script.to_str().unwrap()], ["javascript", "rust"]),
    ];
    let mut text = "xylophone-canary".to_owned();
    for lap in 1..=LAPS {
        let name = format!("lap {lap}");
        rust.send("python", text.as_str()).name(&name).await.unwrap();
        let note = told(&mut notes).await;
        let message = note.read().await.unwrap();
        assert_eq!((message.sealed, note.from.as_str(), note.name.as_str()), (true, "javascript", name.as_str()));
        assert_eq!(message.text(), format!("{text} python javascript"));
        text = message.text().into_owned();
        note.ack().await.unwrap();
        if lap == 2 {
            // Both others follow the chain.
            rust.keys().rotate(agent_hub_client::seal::Suite::XWing).await.unwrap();
        }
    }
    rust.send(["python", "javascript"], "the end").name("end").await.unwrap();
    for child in &mut children {
        let ended = tokio::time::timeout(WAIT, child.wait()).await.expect("an end in time").unwrap();
        assert!(ended.success(), "{ended}");
    }
    std::fs::remove_file(script).unwrap();
}
