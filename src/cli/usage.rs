//! What was typed: the arguments and `.env`; and what is said, in one line, of what cannot be understood.

use std::env;

use clap::{CommandFactory, FromArgMatches, builder::Resettable, error::ErrorKind};

use super::{Cli, Failure};

/// The commands of an agent: they know profiles, and nothing of the hub's settings.
const AGENT_COMMANDS: [&str; 12] =
    ["send", "wait", "inbox", "get", "ack", "withdraw", "status", "peers", "keys", "channel", "demo", "profile"];

/// Reads `.env` and the arguments. `.env` goes into the environment, where it does not override what is there; nothing else runs
/// yet that could read it meanwhile.
pub(super) fn prepare() -> Result<Cli, Failure> {
    // An agent works in folders that others wrote: what is in them must not say where its key goes.
    if !is_agents() {
        read_dotenv()?;
    }
    // The settings are the same at the top, but shown where they belong: in `serve --help`. To the commands of an agent they are
    // nothing.
    let cli = Cli::command().mut_args(|setting| match is_agents() {
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
        Failure::Usage(wrong_usage(&error))
    })
}

fn is_agents() -> bool {
    env::args().nth(1).is_some_and(|word| is_of_agents(&word))
}

fn is_of_agents(command: &str) -> bool {
    AGENT_COMMANDS.contains(&command)
}

/// A group of commands without one of them: they are shown.
fn show_verbs(error: &clap::Error) {
    let word = env::args().nth(1).unwrap_or_default();
    match Cli::command().find_subcommand_mut(&word) {
        Some(group) => eprint!("{}", group.clone().bin_name(format!("agent-hub {word}")).render_help()),
        None => drop(error.print()),
    }
}

fn quote(example: &str) -> String {
    format!("; a shell takes # for a comment: quote it, '{example}'")
}

/// What clap says, in one line: what is wrong, what could be meant, and where to read on.
fn wrong_usage(error: &clap::Error) -> String {
    let told = error.to_string();
    let mut parts = told.split("\n\n").map(str::trim);
    let wrong = parts.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let word = env::args().nth(1).filter(|word| Cli::command().find_subcommand(word).is_some());
    let word = word.map(|word| format!("{word} ")).unwrap_or_default();
    let hint = match error.kind() {
        ErrorKind::UnknownArgument if wrong.contains("'--as'") && env::args().any(|word| is_of_agents(&word)) => {
            "; --as NAME goes behind the command, as in `agent-hub inbox --as bob`".to_owned()
        }
        // It may have been there, and begun with a #: the shell takes that for a comment, and the command never sees it.
        ErrorKind::MissingRequiredArgument if wrong.contains("<ENTRY>") => quote("#channel/42"),
        ErrorKind::MissingRequiredArgument if wrong.contains("<TO>") || wrong.contains("<CHANNEL>") => {
            quote("#channel")
        }
        _ => parts.filter_map(|part| part.strip_prefix("tip: ")).map(|tip| format!("; {tip}")).collect(),
    };
    format!("{wrong}{hint} (see agent-hub {word}--help)")
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

/// For an agent's command that does not find its hub or profile, in a folder whose `.env` says where a hub keeps its things, and nobody
/// else did: that it was not read. Nothing of it is used.
pub(super) fn unread_dotenv() -> String {
    let is_place = |name: &str| ["AGENT_HUB_DATA_DIR", "DATABASE_URL"].contains(&name);
    let is_said = env::var_os("AGENT_HUB_DATA_DIR").is_some() || env::args().any(|arg| arg.starts_with("--data-dir"));
    let lines = if is_agents() && !is_said { dotenvy::from_path_iter(".env").ok() } else { None };
    let mut lines = lines.into_iter().flatten().map_while(Result::ok);
    match lines.find(|(name, _)| is_place(name)) {
        Some((name, _)) => {
            format!("; .env here names {name}, but the commands of an agent do not read it: say --data-dir")
        }
        None => String::new(),
    }
}

/// How the agent was named on the command line, for a command that is to be said next.
pub(super) fn asking_as() -> String {
    let words: Vec<_> = env::args().collect();
    let name = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--as") {
        Some("") => words.get(at + 1).map(String::as_str),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    name.map(|name| format!(" --as {name}")).unwrap_or_default()
}
