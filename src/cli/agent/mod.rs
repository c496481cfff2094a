//! `agent-hub agent …`: works on the database of a hub on this machine, whether or not it runs; or, with `--hub URL`, on a hub
//! elsewhere, over REST. What is printed is the same.

mod here;
mod there;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use agent_hub_client::{Profile, profile::Draft};
use agent_hub_protocol::{error::ErrorCode, time::Timestamp};
use clap::Subcommand;

use super::{Failure, print_line, say};
use crate::{
    app::place::{OPERATOR, Place},
    config::{DatabaseConfig, duration},
    store::agents::Role,
};
use here::Here;
use there::There;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,

    /// Of a hub elsewhere, at this address
    #[arg(long, value_name = "URL", global = true)]
    hub: Option<String>,

    /// As which operator of it, who has a profile of that hub here
    #[arg(long = "as", value_name = "NAME", default_value = OPERATOR, requires = "hub", global = true)]
    operator: String,

    /// Send the operator's key over plain HTTP beyond this machine, whatever that lets others read
    #[arg(long = "insecure", id = "insecure-hub", requires = "hub", global = true)]
    is_insecure: bool,

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
        #[arg(long, default_value = "agent", value_parser = role)]
        role: Role,
    },
    /// List all agents
    List {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Give an agent a new key, alone on standard output; the old one ends, with its JWTs and sockets
    Rotate {
        /// The agent
        name: String,
        /// How long the old key still works, such as 1h
        #[arg(long, value_name = "TIME", value_parser = duration)]
        overlap: Option<Duration>,
    },
    /// Give an agent another role; the last operator stays one
    Role {
        /// The agent
        name: String,
        /// agent or operator
        #[arg(value_parser = role)]
        role: Role,
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

fn role(word: &str) -> Result<Role, String> {
    Role::find(word).ok_or_else(|| "a role is agent or operator".into())
}

/// What a hub says of an agent without its name, by this name; nothing of anything else.
fn about(name: &str, code: &str) -> Option<Failure> {
    let is = |known: ErrorCode| code == known.as_str();
    let told = if is(ErrorCode::NotFound) {
        format!("there is no agent {name}; `agent-hub agent list` lists them")
    } else if is(ErrorCode::NameTaken) {
        format!(
            "there was an agent {name} already, and names are never given again; `agent-hub agent rotate {name}` gives it a new key"
        )
    } else {
        return None;
    };
    Some(Failure::Other(told))
}

/// A line of the list; for programs with the fields of [`GET /admin/agents`](../../../docs/admin.md), as far as the database has them.
#[derive(serde::Serialize)]
struct Line {
    name: String,
    role: &'static str,
    #[serde(rename = "disabled")]
    is_disabled: bool,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<Timestamp>,
}

/// The hub whose agents these are.
enum Office {
    /// Its database is on this machine.
    Here(Here),
    /// It is reached over REST.
    There(There),
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let place = Place::find(&args.database)?;
    let office = match &args.hub {
        Some(url) => Office::There(There::open(place.folder(), url, &args.operator, args.is_insecure)?),
        // The first agent may come before the first start.
        None => Office::Here(Here::open(place, &args.database, matches!(args.verb, Verb::Add { .. })).await?),
    };
    let done = office.act(args.verb).await;
    office.close().await;
    done
}

impl Office {
    async fn act(&self, verb: Verb) -> Result<(), Failure> {
        match verb {
            Verb::Add { name, role } => {
                self.refuse_to_replace(&name, true)?;
                let draft = self.draft_profile(&name)?;
                let key = self.add(&name, role).await?;
                let profile = keep(draft, &name, &key)?;
                say(&format!("made {} {name}: {}; its key is not shown again", role.as_str(), profile.display()));
            }
            Verb::List { json } => self.list().await?.iter().try_for_each(|line| print(line, json))?,
            Verb::Rotate { name, overlap } => {
                self.refuse_to_replace(&name, false)?;
                let draft = self.draft_profile(&name)?;
                let key = self.rotate(&name, overlap.unwrap_or_default()).await?;
                keep(draft, &name, &key)?;
                match overlap {
                    Some(overlap) => {
                        say(&format!("{name} has a new key; the old one works for another {} s", overlap.as_secs()))
                    }
                    None => say(&format!("{name} has a new key; the old one has ended")),
                }
            }
            Verb::Role { name, role } => {
                self.set_role(&name, role).await?;
                say(&format!("{name} has the role {} now", role.as_str()));
            }
            Verb::Disable { name } => {
                self.set_disabled(&name, true).await?;
                say(&format!("{name} is disabled"));
            }
            Verb::Enable { name } => {
                self.set_disabled(&name, false).await?;
                say(&format!("{name} is enabled"));
            }
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Line>, Failure> {
        match self {
            Self::Here(here) => here.list().await,
            Self::There(there) => there.list().await,
        }
    }

    async fn add(&self, name: &str, role: Role) -> Result<String, Failure> {
        match self {
            Self::Here(here) => here.add(name, role).await,
            Self::There(there) => {
                let made = there.hub.create_agent_as(name, Some(role.as_str())).await;
                made.map_err(|error| there::named(name, error))
            }
        }
    }

    async fn rotate(&self, name: &str, overlap: Duration) -> Result<String, Failure> {
        match self {
            Self::Here(here) => here.rotate(name, overlap).await,
            Self::There(there) => {
                there.hub.rotate_key_of(name, overlap).await.map_err(|error| there::named(name, error))
            }
        }
    }

    async fn set_role(&self, name: &str, role: Role) -> Result<(), Failure> {
        match self {
            Self::Here(here) => here.set_role(name, role).await,
            Self::There(there) => {
                there.hub.set_role_of(name, role.as_str()).await.map_err(|error| there::named(name, error))
            }
        }
    }

    async fn set_disabled(&self, name: &str, is_disabled: bool) -> Result<(), Failure> {
        match self {
            Self::Here(here) => here.set_disabled(name, is_disabled).await,
            Self::There(there) => {
                there.hub.set_disabled(name, is_disabled).await.map_err(|error| there::named(name, error))
            }
        }
    }

    /// The key of a profile stands nowhere else: that of another hub's agent is not replaced, nor, by a new agent of a hub elsewhere,
    /// any.
    fn refuse_to_replace(&self, name: &str, is_new: bool) -> Result<(), Failure> {
        let folder = self.folder();
        let Ok(Some(profile)) = Profile::find_in(folder, name) else { return Ok(()) };
        let is_in_the_way = match self {
            Self::Here(_) => profile.is_elsewhere && name != OPERATOR,
            Self::There(there) => is_new || !there::is_same(&profile.url, &there.url),
        };
        if is_in_the_way {
            let (folder, url) = (folder.display(), &profile.url);
            return Err(Failure::Other(format!(
                "the profile of {name} in {folder} is of the hub at {url}: move it away first"
            )));
        }
        Ok(())
    }

    /// Prepared before a key is asked for: the hub tells it once, and the old one may end with that.
    fn draft_profile(&self, name: &str) -> Result<Draft, Failure> {
        Ok(match self {
            Self::Here(here) => here.place.draft_profile(name)?,
            Self::There(there) => Draft::open(&there.folder, name, Some(&there.url))?,
        })
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Here(here) => here.place.folder(),
            Self::There(there) => &there.folder,
        }
    }

    async fn close(&self) {
        if let Self::Here(here) = self {
            here.store.close().await;
        }
    }
}

fn print(line: &Line, as_json: bool) -> Result<(), Failure> {
    let Line { name, role, is_disabled, .. } = line;
    let state = if *is_disabled { "disabled" } else { "enabled" };
    match as_json {
        true => print_line(&serde_json::to_string(line).unwrap_or_default()),
        false => print_line(&format!("{name:<32} {role:<8} {state}")),
    }
}

/// A new key goes first where it lasts, then to standard output: also where it could not be written, since it stands nowhere else then.
fn keep(draft: Draft, name: &str, key: &str) -> Result<PathBuf, Failure> {
    let written = draft.write(key);
    print_line(key)?;
    written.map_err(|error| {
        Failure::Other(format!(
            "the profile of {name} was not written: {error}; the key above is good, and nowhere else"
        ))
    })
}
