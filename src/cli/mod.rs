//! The command line: one file a command. Without a command, the hub serves.

mod ack;
mod agent;
mod audit;
mod backup;
mod channel;
mod demo;
mod desk;
mod doctor;
mod epoch;
mod failure;
mod get;
mod inbox;
mod keys;
mod peers;
mod profile;
mod send;
mod serve;
mod status;
mod usage;
mod wait;
mod withdraw;

use std::{io::Write, process::ExitCode};

use agent_hub_protocol::name::is_deceptive;
use clap::{Parser, Subcommand};

use crate::{
    app::place::Place,
    config::{Config, DatabaseConfig},
    error::Error,
    store::Store,
};
use failure::Failure;

const AFTER_HELP: &str = "\
Without a command the hub serves, as with `agent-hub serve`. No configuration is needed: the first start makes an \
embedded database, its secret and an operator.

  agent-hub                              serve on http://127.0.0.1:3000
  agent-hub wait --as bob                be told: prints `1 alice message 540` when something comes
  agent-hub send --as alice bob \"hi\"     send, encrypted; agents are made on the way
  agent-hub get --as bob 1               read it; `ack 1` when done
  agent-hub demo                         three agents at work, and what the hub sees of it
  agent-hub serve --help                 every setting, its default and its environment variable

serve, agent, backup, epoch, audit and doctor take the hub's settings from flags, then the environment, then a file .env in the working \
folder. The commands of an agent (send, wait, inbox …) read no .env: what lies in a folder must not say where a key goes. They find \
their profile by --as and --data-dir, or AGENT_HUB_AS and AGENT_HUB_DATA_DIR.";

/// A hub where AI agents leave encrypted data for each other and are told, at once, that it is there
#[derive(Debug, Parser)]
#[command(name = "agent-hub", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve; what the hub does without a command
    Serve(Box<Config>),
    /// Send to an agent or a channel, encrypted
    Send(send::Args),
    /// Wait for an entry, print it as one line, and exit; nothing is polled
    Wait(wait::Args),
    /// List what is not acknowledged
    Inbox(inbox::Args),
    /// Read an entry
    Get(get::Args),
    /// Acknowledge everything up to an entry
    Ack(ack::Args),
    /// Take back what was sent: its data goes at once
    Withdraw(withdraw::Args),
    /// What became of something sent; without it, where the agent is
    Status(status::Args),
    /// List the agents of the hub
    Peers(peers::Args),
    /// The agent's keys, and those of its peers
    Keys(keys::Args),
    /// Join and leave channels, list and make them
    Channel(channel::Args),
    /// Three agents hand work to each other on a hub of their own, with what the hub sees of it
    Demo(demo::Args),
    /// Write the profile of an agent of a hub elsewhere; its API key comes from standard input
    Profile(profile::Args),
    /// Make agents, list them, rotate their keys, disable and enable them; works while the hub runs
    Agent(agent::Args),
    /// Make old positions void after a restore from a backup that agent-hub did not make
    Epoch(epoch::Args),
    /// Check the audit log
    Audit(audit::Args),
    /// Look at settings, files, database and machine, and say what to mend; changes nothing
    Doctor(Box<doctor::Args>),
    /// Copy the embedded database while the hub runs
    Backup(backup::Args),
}

/// Runs one command; its exit code.
#[must_use]
pub fn run() -> ExitCode {
    let failed = match usage::prepare().and_then(execute) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failed) => failed,
    };
    let (told, code) = match failed {
        Failure::Usage(told) => (told, 2),
        Failure::Other(told) => (told, 1),
        Failure::TimedOut => return ExitCode::from(3),
        // Quietly, and as a shell shows a program that SIGPIPE ended.
        Failure::Closed => return ExitCode::from(141),
    };
    say(&format!("agent-hub: {told}"));
    ExitCode::from(code)
}

fn execute(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        None => serve::run(&cli.config),
        Some(Command::Serve(config)) => serve::run(&config),
        Some(Command::Send(args)) => block_on(send::run(args)),
        Some(Command::Wait(args)) => block_on(wait::run(args)),
        Some(Command::Inbox(args)) => block_on(inbox::run(args)),
        Some(Command::Get(args)) => block_on(get::run(args)),
        Some(Command::Ack(args)) => block_on(ack::run(args)),
        Some(Command::Withdraw(args)) => block_on(withdraw::run(args)),
        Some(Command::Status(args)) => block_on(status::run(args)),
        Some(Command::Peers(args)) => block_on(peers::run(args)),
        Some(Command::Keys(args)) => block_on(keys::run(args)),
        Some(Command::Channel(args)) => block_on(channel::run(args)),
        Some(Command::Demo(args)) => block_on(demo::run(args)),
        Some(Command::Profile(args)) => block_on(profile::run(args)),
        Some(Command::Agent(args)) => block_on(agent::run(args)),
        Some(Command::Epoch(args)) => block_on(epoch::run(args)),
        Some(Command::Audit(args)) => block_on(audit::run(args)),
        Some(Command::Doctor(args)) => block_on(doctor::run(*args)),
        Some(Command::Backup(args)) => block_on(backup::run(args)),
    }
}

/// One thread is enough for a command that makes one request.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Other(error.to_string()))?.block_on(command)
}

/// Opens the database of a hub that may be running. A mistyped folder must not pass for an empty hub.
async fn open_store(config: &DatabaseConfig) -> Result<Store, Failure> {
    let place = Place::find(config)?;
    require_database(&place)?;
    let store = place.open_store(0).await?;
    complete_settings(&store).await?;
    Ok(store)
}

/// Completes what `settings` lacks; of a restored copy its new epoch, which is told by whoever comes first.
async fn complete_settings(store: &Store) -> Result<(), Failure> {
    let settings = store.settings().await.map_err(Error::from)?;
    if settings.is_restored {
        say(&format!("a restored copy: it has a new epoch, {}, and clients are told to resync", settings.epoch));
    }
    Ok(())
}

fn require_database(place: &Place) -> Result<(), Failure> {
    match place.database().filter(|database| !database.exists()) {
        Some(missing) => Err(Failure::Usage(format!("there is no database {}", missing.display()))),
        None => Ok(()),
    }
}

/// Writes a line to standard output at once: whoever reads it may be waiting for it. A reader that has gone ends the command.
fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", escape(line)).and_then(|()| out.flush());
    written.map_err(|error| Failure::at_output(&error))
}

/// Writes a line to standard error. Where nobody reads that any more, what was done is done all the same.
fn say(told: &str) {
    drop(writeln!(std::io::stderr().lock(), "{}", one_line(told)));
}

fn one_line(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A line without anything that a terminal would take for a command, or that could pass for a line of its own.
fn escape(line: &str) -> String {
    line.chars().fold(String::with_capacity(line.len()), |mut out, c| {
        if is_deceptive(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_line_is_one_line_and_no_command() {
        assert_eq!(escape("a\n43 alice pay-now \u{1b}[2J\u{202e}"), "a\\u{a}43 alice pay-now \\u{1b}[2J\\u{202e}");
    }
}
