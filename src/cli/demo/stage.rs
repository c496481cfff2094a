//! What the demo shows: two columns, the agents' side and the hub's.

use std::{
    io::{IsTerminal, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use agent_hub_client::{Hub, Message};
use agent_hub_protocol::body::ItemAnswer;
use clap::{CommandFactory, FromArgMatches, builder::Resettable};
use uuid::Uuid;

use crate::{
    auth::key,
    cli::{Cli, Command, Failure},
    config::Config,
};

/// Width of the agents' column; the hub's has what is left of a terminal of 100.
const LEFT: usize = 50;
const RIGHT: usize = 46;

/// A folder of its own that goes when the demo ends.
pub(super) struct TempFolder(PathBuf);

impl TempFolder {
    pub(super) fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("agent-hub-demo-{}", Uuid::new_v4().simple()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| Failure::at(&path, &error))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The settings of a hub that touches nothing else on this machine, whatever its environment says.
pub(super) fn config(folder: &Path) -> Result<Config, Failure> {
    let database = format!("sqlite:{}", folder.join("hub.db").display());
    let secret = key::generate()?;
    let arguments = ["agent-hub", "serve", "--listen=127.0.0.1:0", "--drain-time=1s", "--jwt-secret", &secret];
    let settings = Cli::command().mut_args(|setting| setting.env(Resettable::Reset));
    let settings = settings.mut_subcommand("serve", |serve| serve.mut_args(|setting| setting.env(Resettable::Reset)));
    let parsed = settings.try_get_matches_from(arguments.into_iter().chain(["--database-url", &database]));
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed.map(|cli| cli.command) {
        Ok(Some(Command::Serve(config))) => Ok(*config),
        Ok(_) => Err(Failure::Other("the demo's settings are none".into())),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

/// Standard output, in two columns.
pub(super) struct Stage {
    colours: bool,
    items: usize,
    told: Vec<String>,
}

impl Stage {
    pub(super) fn open(url: &str) -> Result<Self, Failure> {
        let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let stage = Self { colours, items: 0, told: Vec::new() };
        stage.line(&format!("A hub on {url}, and three agents with sockets: planner, researcher, writer."))?;
        stage.line("")?;
        stage.row(
            &stage.strong("what the agents see"),
            "what the agents see".len(),
            &stage.strong("what the hub sees"),
        )?;
        stage.row(&"─".repeat(LEFT), LEFT, &"─".repeat(RIGHT))?;
        Ok(stage)
    }

    /// One message, as its reader sees it, and as the hub does.
    pub(super) fn message(
        &mut self,
        reader: &str,
        message: &Message,
        stored: &ItemAnswer,
        after: Duration,
    ) -> Result<(), Failure> {
        let is_new = !self.told.contains(&message.token);
        let head = format!("{} → {reader}: {}", message.from, message.name);
        let mut left: Vec<(String, usize)> = vec![(self.strong(&head), head.chars().count())];
        if is_new {
            left.extend(
                wrap(&message.text(), LEFT - 2).into_iter().map(|line| (format!("  {line}"), line.chars().count() + 2)),
            );
            self.told.push(message.token.clone());
            self.items += 1;
        }
        let mut right = vec![format!("told {reader} {:.1} ms after it was sent", after.as_secs_f64() * 1000.0)];
        if is_new {
            let to = message.to.join(", ");
            right.insert(0, format!("{} → {to}: {}, {} bytes", message.from, message.name, stored.data.len()));
            right.extend(wrap(&stored.data[..RIGHT * 2 - 4], RIGHT).into_iter().map(|line| self.faint(&line)));
            right.last_mut().into_iter().for_each(|last| last.push('…'));
        }
        for index in 0..left.len().max(right.len()) {
            let (text, width) = left.get(index).cloned().unwrap_or_default();
            self.row(&text, width, right.get(index).map_or("", String::as_str))?;
        }
        Ok(())
    }

    /// What the sender learns of it.
    pub(super) async fn facts(&self, sender: &Hub, token: &str) -> Result<(), Failure> {
        let mut status = sender.status(token).await?;
        // The mark of a reading is written behind it.
        for _ in 0..50 {
            if status.taken_by.is_some() || status.to.iter().flat_map(|to| &to.recipient).all(|to| to.read.is_some()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            status = sender.status(token).await?;
        }
        let facts = status.to.iter().filter_map(|to| {
            let recipient = to.recipient.as_ref()?;
            let facts = [
                (true, "stored"),
                (recipient.pushed == Some(true), "pushed"),
                (recipient.read.is_some() || status.taken_by.is_some(), "read"),
                (recipient.acked, "acked"),
            ];
            let facts: Vec<_> = facts.into_iter().filter(|(holds, _)| *holds).map(|(_, fact)| fact).collect();
            Some(format!("{}/{} {}", to.address, to.seq, facts.join(" ")))
        });
        self.row("", 0, &self.faint(&facts.collect::<Vec<_>>().join(", ")))?;
        self.row("", 0, "")
    }

    /// Looks for what was said in everything that the hub wrote.
    pub(super) fn close(&self, folder: &Path, said: &[&str]) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for file in ["hub.db", "hub.db-wal"] {
            let path = folder.join(file);
            bytes.extend(std::fs::read(&path).map_err(|error| Failure::at(&path, &error))?);
        }
        let found = said.iter().flat_map(|text| text.split(' ')).filter(|word| word.len() > 6);
        let found = found.filter(|word| bytes.windows(word.len()).any(|window| window == word.as_bytes())).count();
        let searched = bytes.len() / 1024;
        self.line(&format!(
            "The hub kept {} items. Its database ({searched} KiB) was searched for their words: {found} found.",
            self.items
        ))?;
        self.line("Your own: `agent-hub`, then `agent-hub wait --as bob`, then `agent-hub send --as alice bob \"hi\"`.")
    }

    fn row(&self, left: &str, width: usize, right: &str) -> Result<(), Failure> {
        let space = " ".repeat(LEFT.saturating_sub(width));
        self.line(format!("{left}{space} │ {right}").trim_end())
    }

    fn line(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|error| Failure::Other(format!("standard output: {error}")))
    }

    fn strong(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.into() }
    }

    fn faint(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.into() }
    }
}

/// Lines of at most `width` characters; words that are longer are cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let last = lines.last_mut().map_or(0, |line| line.chars().count());
            let space = usize::from(last > 0);
            if last + space + word.len() > width && last > 0 {
                lines.push(String::new());
                continue;
            }
            let rest = word.split_off(word.len().min(width));
            if let Some(line) = lines.last_mut() {
                line.push_str(&" ".repeat(space));
                line.extend(word);
            }
            word = rest;
        }
    }
    lines
}
