//! The command line: one file a command. Without a command, the hub serves.

mod agent;
mod backup;
mod epoch;
mod serve;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    app::place::{Place, StartError},
    config::{Config, DatabaseConfig},
    error::Error,
    store::Store,
};

const AFTER_HELP: &str = "\
Without a command the hub serves, as with `agent-hub serve`. No configuration is needed: the first start makes an \
embedded database, its secret and an operator.

  agent-hub                          serve on http://127.0.0.1:3000
  agent-hub agent add alice          make an agent; prints its key
  agent-hub serve --help             every setting, its default and its environment variable

Settings come from flags, then the environment, then a file .env in the working folder.";

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
    /// Make agents, list them, rotate their keys, disable and enable them; works while the hub runs
    Agent(agent::Args),
    /// Make old positions void after a restore from a backup that agent-hub did not make
    Epoch(epoch::Args),
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
    };
    eprintln!("agent-hub: {}", one_line(&told));
    ExitCode::from(code)
}

/// Reads `.env` and the arguments. `.env` goes into the environment, where it does not override what is there; nothing else runs
/// yet that could read it meanwhile.
fn prepare() -> Result<Cli, Failure> {
    match dotenvy::from_path(".env") {
        Ok(()) => {}
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        // The line itself may hold a secret.
        Err(dotenvy::Error::LineParse(_, at)) => {
            return Err(Failure::Usage(format!(".env has a line that is not NAME=VALUE, wrong at its character {at}")));
        }
        Err(error) => return Err(Failure::Usage(format!("cannot read .env: {error}"))),
    }
    // The settings are the same at the top, but shown where they belong: in `serve --help`.
    let cli = Cli::command().mut_args(|setting| setting.hide(true));
    let matches = cli.try_get_matches();
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        if !error.use_stderr() {
            drop(error.print());
            std::process::exit(0);
        }
        let told = error.to_string();
        let told = told.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Failure::Usage(format!("{told} (see agent-hub --help)"))
    })
}

fn execute(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        None => serve::run(&cli.config),
        Some(Command::Serve(config)) => serve::run(&config),
        Some(Command::Agent(args)) => block_on(agent::run(args)),
        Some(Command::Epoch(args)) => block_on(epoch::run(args)),
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

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
