//! The programs of the README's first screen and of `docs/clients.md`, run exactly as they are printed.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::{harness::*, ring::languages};

on_one! { limit = 120;
    the_three_commands_print_what_the_readme_says,
    the_agents_elsewhere_and_by_rest_come_after_those_of_the_three_commands,
    the_python_programs_are_told,
    the_javascript_programs_are_told,
    the_rust_programs_are_told,
    the_tour_of_the_rust_client_passes_every_sight,
}

const BINARY: &str = env!("CARGO_BIN_EXE_agent-hub");

/// The block of a document in a language that holds `part`.
fn block_with(document: &str, language: &str, part: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).expect("a document");
    let fence = format!("```{language}\n");
    let mut blocks = text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let found = blocks.find(|block| block.contains(part));
    found.unwrap_or_else(|| panic!("{document} has no {language} block with {part}")).to_owned()
}

async fn the_three_commands_print_what_the_readme_says(_: Database) {
    let home = tempfile::tempdir().unwrap();
    let programs = Path::new(BINARY).parent().unwrap().display();
    let commands = block_with("README.md", "sh", "agent-hub wait --as bob");
    // A shell of its own, in which the hub and the waiting are jobs; the port is a free one.
    let script = format!("{commands}\nwait %2; kill %1; wait");
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).env_clear().env("HOME", home.path()).current_dir(home.path()).kill_on_drop(true);
    shell.env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap())).env("AGENT_HUB_LISTEN", "127.0.0.1:0");
    let output = tokio::time::timeout(WAIT, shell.output()).await.expect("in time").unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in block_with("README.md", "text", "sent bob/1").lines() {
        assert!(printed.lines().any(|printed| printed == line), "`{line}` is not in:\n{printed}");
    }
}

/// Runs a block of the README at the hub of a test; a line that says so is run on another machine.
async fn run_block(hub: &TestHub, part: &str) -> String {
    let url = format!("http://{}", hub.address());
    let place = |line: &str| {
        let there = if line.contains("# there") { "AGENT_HUB_DATA_DIR=there " } else { "" };
        format!("{there}{line}\n").replace("https://hub.example.org", &url).replace("localhost:3000", &url)
    };
    let script: String = block_with("README.md", "sh", part).lines().map(place).collect();
    let mut shell = Command::new("bash");
    let environment = hub.command();
    shell.env_clear().envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let programs = Path::new(BINARY).parent().unwrap().display();
    shell.env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap())).current_dir(hub.data_dir());
    let output = shell.args(["-ec", &script]).kill_on_drop(true).output();
    let output = tokio::time::timeout(WAIT, output).await.expect("in time").unwrap();
    assert!(output.status.success(), "{script}{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The objects of a text, without what is drawn anew each time.
fn objects(text: &str) -> Vec<Value> {
    let read = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut objects: Vec<_> = read.map(|object| object.expect("JSON")).collect();
    for object in &mut objects {
        for field in ["/token", "/epoch", "/entries/0/token", "/entries/0/created_at"] {
            if let Some(drawn) = object.pointer_mut(field) {
                *drawn = Value::Null;
            }
        }
    }
    objects
}

async fn the_agents_elsewhere_and_by_rest_come_after_those_of_the_three_commands(db: Database) {
    let hub = TestHub::start(db).await;
    for agent in ["bob", "alice"] {
        assert_eq!(hub.cli(&["keys", "init", "--as", agent]).await.code, Some(0));
    }
    assert_eq!(run_block(&hub, "agent-hub profile carol").await, "sent bob/1\n");
    let printed = run_block(&hub, "agent-hub agent add dave").await;
    assert_eq!(objects(&printed), objects(&block_with("README.md", "text", "\"from\":\"dave\"")));
}

/// What the programs print of a message.
const PROGRAMS: [(&str, &str); 2] = [("README.md", "alice"), ("docs/clients.md", "alice message")];

/// What stops no program: an envelope that is none, and something from an agent that nobody can answer encrypted.
async fn trouble(hub: &TestHub) {
    let mallory = hub.add_agent("mallory").await;
    for data in ["YWhlbnYxAAAA", "no keys"] {
        mallory.publish(&json!({"name": "message", "data": data, "to": ["bob"]})).await;
    }
}

/// Starts a program that bob runs, sends him something, with trouble in between, and reads what it prints.
async fn assert_is_told(hub: &TestHub, mut program: Command, prints: &str) {
    assert_eq!(hub.cli(&["keys", "init", "--as", "bob"]).await.code, Some(0));
    program.env_remove("DATABASE_URL").env("AGENT_HUB_DATA_DIR", hub.data_dir());
    let mut child = program.stdout(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = tokio::time::timeout(WAIT, lines.next_line()).await.expect("a line in time");
        line.unwrap().expect("the program goes on")
    };
    assert_eq!(hub.cli(&["send", "--as", "alice", "bob", "hi"]).await.code, Some(0));
    assert_eq!(next().await, format!("{prints} hi"));
    trouble(hub).await;
    assert_eq!(hub.cli(&["send", "--as", "alice", "bob", "and again"]).await.code, Some(0));
    let first = next().await;
    assert!(first.starts_with("mallory ") && first.contains("well-formed envelope"), "{first}");
    let plain = next().await;
    assert_eq!(plain, format!("{} no keys", prints.replace("alice", "mallory")));
    let answer = next().await;
    match prints {
        "alice" => assert_eq!(answer, format!("{prints} and again")),
        _ => {
            assert!(answer.starts_with("mallory ") && answer.contains(" no keys"), "{answer}");
            assert_eq!(next().await, format!("{prints} and again"));
        }
    }
    eventually("all are acknowledged", WAIT, async || hub.cli(&["inbox", "--as", "bob"]).await.stdout.is_empty()).await;
    child.kill().await.unwrap();
}

async fn the_python_programs_are_told(db: Database) {
    for (document, prints) in PROGRAMS {
        let hub = TestHub::start(db).await;
        let mut program = Command::new(languages().0);
        program.env("PYTHONUNBUFFERED", "1").args(["-c", &block_with(document, "python", "agent_hub.connect")]);
        assert_is_told(&hub, program, prints).await;
    }
}

async fn the_javascript_programs_are_told(db: Database) {
    for (document, prints) in PROGRAMS {
        let hub = TestHub::start(db).await;
        let script = languages().1.join("program.js");
        std::fs::write(&script, block_with(document, "js", "agent-hub/node")).unwrap();
        let mut program = Command::new("node");
        program.arg(&script);
        assert_is_told(&hub, program, prints).await;
        std::fs::remove_file(script).unwrap();
    }
}

async fn the_rust_programs_are_told(db: Database) {
    for ((document, prints), example) in PROGRAMS.into_iter().zip(["told", "reply"]) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("clients/rust/examples/{example}.rs"));
        let source = std::fs::read_to_string(source).unwrap();
        assert!(
            source.ends_with(&block_with(document, "rust", "Hub::profile")),
            "{example} is not what {document} prints"
        );
        let hub = TestHub::start(db).await;
        assert_is_told(&hub, Command::new(example_binary(example)), prints).await;
    }
}

async fn the_tour_of_the_rust_client_passes_every_sight(db: Database) {
    let hub = TestHub::start(db).await;
    for agent in ["alice", "bob"] {
        assert_eq!(hub.cli(&["keys", "init", "--as", agent]).await.code, Some(0));
    }
    let mut tour = Command::new(example_binary("tour"));
    tour.env_remove("DATABASE_URL").env("AGENT_HUB_DATA_DIR", hub.data_dir()).kill_on_drop(true);
    let output = tokio::time::timeout(WAIT, tour.output()).await.expect("an end in time").unwrap();
    assert!(output.status.success() && output.stdout == b"done\n", "{output:?}");
}

fn example_binary(name: &str) -> PathBuf {
    let built = Path::new(BINARY).parent().unwrap().join("examples").join(name);
    assert!(built.exists(), "cargo test builds the examples: run it for the whole workspace");
    built
}
