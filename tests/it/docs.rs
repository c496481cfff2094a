//! What the documentation says is what the hub does, where a test can tell.

use std::{fs, path::Path, process::Command};

use agent_hub_protocol::error::ErrorCode;

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A code's line of `docs/errors.md`.
fn row(code: ErrorCode) -> String {
    let close = if code.close() == 0 { "–".to_owned() } else { code.close().to_string() };
    let (name, status, retry) = (code.as_str(), code.status(), code.retry().word());
    format!("| `{name}` | {status} | {close} | {retry} | {} |", code.title())
}

#[test]
fn errors_md_lists_exactly_the_codes_of_the_table() {
    let text = read("docs/errors.md");
    assert!(text.contains("| code | status | close | retry | meaning |"), "the table's head is missing");
    let got: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let expected: Vec<_> = ErrorCode::ALL.iter().copied().map(row).collect();
    assert!(got == expected, "docs/errors.md must hold these lines, in this order:\n{}", expected.join("\n"));
}

#[test]
fn the_changelog_names_this_version() {
    assert!(read("CHANGELOG.md").contains(env!("CARGO_PKG_VERSION")));
}

/// What `agent-hub COMMAND --help` names: (verbs, options). Commands are found by the head that `--help` gives them.
fn named_by_help(command: &[&str]) -> (Vec<String>, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_agent-hub")).args(command).arg("--help").env_clear().output();
    let help = String::from_utf8(output.expect("the binary runs").stdout).expect("text");
    let (before, options) = help.split_once("Options:").expect("options");
    let verbs = before.split_once("Commands:").map_or("", |(_, verbs)| verbs).lines();
    let verbs = verbs.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|word| !word.is_empty()));
    let flags = options.lines().filter_map(|line| {
        let flag = line.trim_start().trim_start_matches(|c: char| c != '-').split_once("--")?;
        let is_head = line.trim_start().starts_with('-');
        is_head.then(|| format!("--{}", flag.1.split([' ', ',', '=']).next().unwrap_or_default()))
    });
    (verbs.filter(|verb| *verb != "help").map(str::to_owned).collect(), flags.collect())
}

#[test]
fn commands_md_has_every_command_with_its_verbs_and_options() {
    let text = read("docs/commands.md");
    let (commands, _) = named_by_help(&[]);
    assert!(commands.len() > 15, "{commands:?}");
    for command in &commands {
        let section = text.split("\n### ").find(|section| section.split([' ', '\n']).next() == Some(command));
        // Those of the hub are described where operators read.
        let Some(section) = section else {
            assert!(text.contains(&format!("`{command}")), "docs/commands.md does not name {command}");
            continue;
        };
        let (verbs, mut options) = named_by_help(&[command]);
        for verb in &verbs {
            assert!(section.contains(&format!("`{verb}")), "docs/commands.md does not name {command} {verb}");
            options.extend(named_by_help(&[command, verb]).1);
        }
        for option in options.iter().filter(|option| !["--help", "--version"].contains(&option.as_str())) {
            let is_said =
                section.contains(option) || text.split("\n### ").next().is_some_and(|top| top.contains(option));
            assert!(is_said, "docs/commands.md does not name {command} {option}");
        }
    }
}

/// The verbs of the Rust client that a file has, each with the comment above it.
fn verbs(path: &str) -> Vec<(String, String)> {
    let (text, mut comment, mut verbs) = (read(path), String::new(), Vec::new());
    for line in text.lines() {
        let line = line.trim_start();
        let verb = line.strip_prefix("pub async fn ").or_else(|| line.strip_prefix("pub fn ")).and_then(|rest| {
            let (name, rest) = rest.split_once('(')?;
            rest.starts_with("&self").then(|| name.to_owned())
        });
        match verb {
            Some(verb) => verbs.push((verb, std::mem::take(&mut comment))),
            None if line.starts_with("///") || line.starts_with("#[") => comment.push_str(line),
            None => comment.clear(),
        }
    }
    verbs
}

#[test]
fn every_verb_of_the_rust_client_has_an_example_and_its_place_in_the_tour() {
    let tour = read("clients/rust/examples/tour.rs");
    // Of operators; and the same as another with one thing more said.
    let beside_the_way = ["create_agent", "publish_as", "read_entry_with"];
    let mut seen = 0;
    for file in ["channels", "directory", "items", "keys", "message", "send", "session/notifications"] {
        for (verb, comment) in verbs(&format!("clients/rust/src/{file}.rs")) {
            if ["fmt", "text"].contains(&verb.as_str()) {
                continue;
            }
            seen += 1;
            assert!(comment.contains("```"), "{file}: {verb} has no example");
            let is_toured = tour.contains(&format!(".{verb}(")) || beside_the_way.contains(&verb.as_str());
            assert!(is_toured, "{file}: {verb} is not in the tour");
        }
    }
    assert!(seen > 30, "only {seen} verbs were found");
}
