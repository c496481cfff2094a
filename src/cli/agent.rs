//! `agent-hub agent …`: works on the database, whether or not a hub runs on it. A running one follows the control stream, and
//! takes over within a second.

use std::time::Duration;

use agent_hub_client::Profile;
use clap::Subcommand;

use super::{Failure, open_store, print_line};
use crate::{
    app::place::{OPERATOR, Place},
    config::{DatabaseConfig, duration},
    error::Error,
    hub::agents::{add_agent, rotate_key, set_disabled},
    store::{Store, agents::Role},
};

/// Who did it, in the audit log.
const ACTOR: &str = "command-line";
/// Agents read at a time.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,

    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an agent, and its profile for this machine; its key, alone, goes to standard output, and is not shown again
    Add {
        /// 1 to 64 of a-z 0-9 . _ -, first a letter or digit
        name: String,
        /// agent or operator
        #[arg(long, default_value = "agent")]
        role: String,
    },
    /// List all agents
    List,
    /// Give an agent a new key, alone on standard output; the old one ends, with its JWTs and sockets
    Rotate {
        /// The agent
        name: String,
        /// How long the old key still works, such as 1h
        #[arg(long, value_name = "TIME", value_parser = duration)]
        overlap: Option<Duration>,
    },
    /// Disable an agent: its logins fail and its sockets are cut
    Disable {
        /// The agent
        name: String,
    },
    /// Enable an agent again
    Enable {
        /// The agent
        name: String,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    // The first agent may come before the first start.
    let place = Place::find(&args.database)?;
    let store = match &args.verb {
        Verb::Add { .. } => place.open_store(0).await?,
        _ => open_store(&args.database).await?,
    };
    store.settings().await.map_err(Error::from)?;
    let done = act(&store, &place, args.verb).await;
    store.close().await;
    done
}

async fn act(store: &Store, place: &Place, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Add { name, role } => {
            let role = Role::find(&role).ok_or_else(|| Failure::Usage("--role is agent or operator".into()))?;
            refuse_to_replace(place, &name)?;
            let key = add_agent(store, &name, role, ACTOR).await?;
            // First where it lasts.
            let profile = place.write_profile(&name, &key, None)?;
            print_line(&key)?;
            eprintln!("made {} {name}: {}; its key is not shown again", role.as_str(), profile.display());
        }
        Verb::List => list(store).await?,
        Verb::Rotate { name, overlap } => {
            refuse_to_replace(place, &name)?;
            let key = rotate_key(store, &name, overlap.unwrap_or_default(), ACTOR).await?;
            place.write_profile(&name, &key, None)?;
            print_line(&key)?;
            match overlap {
                Some(overlap) => {
                    eprintln!("{name} has a new key; the old one works for another {} s", overlap.as_secs())
                }
                None => eprintln!("{name} has a new key; the old one has ended"),
            }
        }
        Verb::Disable { name } => {
            set_disabled(store, &name, true, ACTOR).await?;
            eprintln!("{name} is disabled");
        }
        Verb::Enable { name } => {
            set_disabled(store, &name, false, ACTOR).await?;
            eprintln!("{name} is enabled");
        }
    }
    Ok(())
}

/// A profile of a hub elsewhere holds a key that stands nowhere else.
fn refuse_to_replace(place: &Place, name: &str) -> Result<(), Failure> {
    match Profile::find_in(place.folder(), name) {
        Ok(Some(profile)) if profile.is_elsewhere && name != OPERATOR => Err(Failure::Other(format!(
            "the profile of {name} in {} is of the hub at {}: move it away first",
            place.folder().display(),
            profile.url
        ))),
        _ => Ok(()),
    }
}

async fn list(store: &Store) -> Result<(), Failure> {
    let mut after = String::new();
    loop {
        let rows = store.agents(&after, PAGE, true).await.map_err(Error::from)?;
        for row in &rows {
            let state = if row.is_disabled() { "disabled" } else { "enabled" };
            print_line(&format!("{:<32} {:<8} {state}", row.name(), row.role().as_str()))?;
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE as usize => after = last.name(),
            _ => return Ok(()),
        }
    }
}
