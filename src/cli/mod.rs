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
mod get;
mod inbox;
mod keys;
mod peers;
mod profile;
mod send;
mod serve;
mod status;
mod wait;
mod withdraw;

use std::{io::Write, path::Path, process::ExitCode};

use agent_hub_client::seal::SealError;
use agent_hub_protocol::{error::ErrorCode, name::is_deceptive};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable, error::ErrorKind};

use crate::{
    app::place::{Place, StartError},
    config::{Config, DatabaseConfig},
    error::Error,
    store::Store,
};

const AFTER_HELP: &str = "\
Without a command the hub serves, as with `agent-hub serve`. No configuration is needed: the first start makes an \
embedded database, its secret and an operator.

  agent-hub                              serve on http://127.0.0.1:3000
  agent-hub wait --as bob                be told: prints `1 alice message 1k` when something comes
  agent-hub send --as alice bob \"hi\"     send, encrypted; agents are made on the way
  agent-hub get --as bob 1               read it; `ack 1` when done
  agent-hub demo                         three agents at work, and what the hub sees of it
  agent-hub serve --help                 every setting, its default and its environment variable

Settings of the hub come from flags, then the environment, then a file .env in the working folder. The commands of an agent read no .env: what \
lies in a folder must not say where a key goes.";

/// The commands of an agent: they know profiles, and nothing of the hub's settings.
const AGENT_COMMANDS: [&str; 12] =
    ["send", "wait", "inbox", "get", "ack", "withdraw", "status", "peers", "keys", "channel", "demo", "profile"];

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

/// Why a command failed, and with which exit code.
#[derive(Debug)]
enum Failure {
    /// A setting or an argument is wrong.
    Usage(String),
    /// Anything else.
    Other(String),
    /// Nothing came in time.
    TimedOut,
    /// Whoever read the output has read enough.
    Closed,
}

impl Failure {
    /// What to say of it.
    fn told(&self) -> &str {
        match self {
            Self::Usage(told) | Self::Other(told) => told,
            Self::TimedOut => "nothing came in time",
            Self::Closed => "standard output is closed",
        }
    }

    /// Standard output could not be written to.
    fn at_output(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Other(format!("standard output: {error}")),
        }
    }

    fn at(path: &Path, error: &std::io::Error) -> Self {
        Self::Other(format!("{}: {error}", path.display()))
    }
}

impl From<agent_hub_client::Error> for Failure {
    fn from(error: agent_hub_client::Error) -> Self {
        use agent_hub_client::Error as Client;
        Self::Other(match &error {
            Client::Unreachable { .. } => format!("{error}; is it running? `agent-hub` serves"),
            Client::NoKeys { agent } => {
                format!("{error}; `agent-hub keys init --as {agent}` makes them, --plain sends without encryption")
            }
            Client::KeyConflict { agent, .. } => format!(
                "{error}: copy {agent}+keys.json from where they were made, or make new ones, which its peers must verify: \
                 `agent-hub keys init --replace --as {agent}`"
            ),
            Client::Seal { from, error: SealError::KeyChanged | SealError::KeyRolledBack } => {
                format!("{error}: `agent-hub keys verify {from} WORDS`")
            }
            Client::OtherHub { place, .. } => {
                format!("{error}: if that is as it should be, remove {place} and learn the keys of your peers anew")
            }
            Client::Hub { code, .. } if code == ErrorCode::Unauthenticated.as_str() => {
                "the hub refused this agent's key: it was rotated or disabled, or its profile is of another hub; on the hub's machine \
                 `agent-hub agent rotate NAME` gives a new key"
                    .into()
            }
            _ => error.to_string(),
        })
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Setting(told) => Self::Usage(told),
            StartError::Failure(told) => Self::Other(told),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error.detail().to_owned())
    }
}

/// Runs one command; its exit code.
#[must_use]
pub fn run() -> ExitCode {
    let failed = match prepare().and_then(execute) {
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
    eprintln!("agent-hub: {}", one_line(&told));
    ExitCode::from(code)
}

/// Reads `.env` and the arguments. `.env` goes into the environment, where it does not override what is there; nothing else runs
/// yet that could read it meanwhile.
fn prepare() -> Result<Cli, Failure> {
    let is_agents = std::env::args().nth(1).is_some_and(|word| AGENT_COMMANDS.contains(&word.as_str()));
    // An agent works in folders that others wrote: what is in them must not say where its key goes.
    if !is_agents {
        read_dotenv()?;
    }
    // The settings are the same at the top, but shown where they belong: in `serve --help`. To the commands of an agent they are
    // nothing.
    let cli = Cli::command().mut_args(|setting| match is_agents {
        true => setting.hide(true).env(Resettable::Reset),
        false => setting.hide(true),
    });
    let matches = cli.try_get_matches();
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        if !error.use_stderr() {
            drop(error.print());
            std::process::exit(0);
        }
        if matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
            show_verbs(&error);
            std::process::exit(2);
        }
        Failure::Usage(wrong_usage(&error.to_string()))
    })
}

/// A group of commands without one of them: they are shown.
fn show_verbs(error: &clap::Error) {
    let word = std::env::args().nth(1).unwrap_or_default();
    match Cli::command().find_subcommand_mut(&word) {
        Some(group) => eprint!("{}", group.clone().bin_name(format!("agent-hub {word}")).render_help()),
        None => drop(error.print()),
    }
}

/// What clap says, in one line: what is wrong, what could be meant, and where to read on.
fn wrong_usage(told: &str) -> String {
    let mut parts = told.split("\n\n").map(str::trim);
    let wrong = parts.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let tips = parts.filter_map(|part| part.strip_prefix("tip: "));
    let told = tips.fold(wrong, |told, tip| format!("{told}; {tip}"));
    let word = std::env::args().nth(1).filter(|word| Cli::command().find_subcommand(word).is_some());
    let word = word.map(|word| format!("{word} ")).unwrap_or_default();
    // A shell takes `#team/42` for a comment, and the command never sees it.
    let hint = if told.contains("<ENTRY>") { "; a channel's entry needs quotes: '#channel/42'" } else { "" };
    format!("{told}{hint} (see agent-hub {word}--help)")
}

fn read_dotenv() -> Result<(), Failure> {
    match dotenvy::from_path(".env") {
        Ok(()) => {}
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        // The line itself may hold a secret.
        Err(dotenvy::Error::LineParse(_, at)) => {
            return Err(Failure::Usage(format!(".env has a line that is not NAME=VALUE, wrong at its character {at}")));
        }
        Err(error) => return Err(Failure::Usage(format!("cannot read .env: {error}"))),
    }
    Ok(())
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
        Some(Command::Profile(args)) => profile::run(args),
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
    if let Some(missing) = place.database().filter(|database| !database.exists()) {
        return Err(Failure::Usage(format!("there is no database {}", missing.display())));
    }
    let store = place.open_store(0).await?;
    store.settings().await.map_err(Error::from)?;
    Ok(store)
}

/// Writes a line to standard output at once: whoever reads it may be waiting for it. A reader that has gone ends the command.
fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", escape(line)).and_then(|()| out.flush());
    written.map_err(|error| Failure::at_output(&error))
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
