//! `agent-hub channel`: join, leave, list, make; members.

use agent_hub_client::Error;
use agent_hub_protocol::{body::ChannelAnswer, error::ErrorCode};
use clap::Subcommand;
use serde_json::json;

use super::{
    Failure,
    desk::{Asked, Seat},
    peers::print_peer,
    print_line,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Join a channel; what is published from now on is told
    Join {
        /// The channel, with or without #
        #[arg(value_name = "CHANNEL")]
        name: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Leave a channel
    Leave {
        /// The channel
        #[arg(value_name = "CHANNEL")]
        name: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// List the channels
    List {
        #[command(flatten)]
        asked: Asked,
    },
    /// Make a channel, and be its owner and first member
    Make {
        /// Its name
        #[arg(value_name = "CHANNEL")]
        name: String,
        /// Its owner chooses the members, and only they publish
        #[arg(long)]
        closed: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// List the members of a channel
    Members {
        /// The channel
        #[arg(value_name = "CHANNEL")]
        name: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Make an agent a member of a channel that this agent owns
    Add {
        /// The channel
        #[arg(value_name = "CHANNEL")]
        name: String,
        /// The agent
        #[arg(value_name = "AGENT")]
        member: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// End an agent's membership of a channel that this agent owns
    Remove {
        /// The channel
        #[arg(value_name = "CHANNEL")]
        name: String,
        /// The agent
        #[arg(value_name = "AGENT")]
        member: String,
        #[command(flatten)]
        asked: Asked,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.verb {
        Verb::Join { name, asked } => join(&asked.seat.take().await?, &name, asked.json).await,
        Verb::Leave { name, asked } => {
            let seat = asked.seat.take().await?;
            seat.hub.leave(&name).await.map_err(named(&name))?;
            print_membership(asked.json, &name, seat.me(), false, &format!("left {}", marked(&name)))
        }
        Verb::List { asked } => {
            let channels = asked.seat.take().await?.hub.channels().await?;
            channels.iter().try_for_each(|channel| print_channel(channel, asked.json))
        }
        Verb::Make { name, closed, asked } => {
            let seat = asked.seat.take().await?;
            seat.make_keys().await?;
            print_channel(&seat.hub.create_channel(&name, closed).await.map_err(named(&name))?, asked.json)
        }
        Verb::Members { name, asked } => {
            let seat = asked.seat.take().await?;
            let members = seat.hub.members(&name).await.map_err(named(&name))?;
            members.iter().try_for_each(|member| print_peer(&seat, member, asked.json))
        }
        Verb::Add { name, member, asked } => {
            let seat = asked.seat.take().await?;
            if let Err(error) = seat.hub.add_member(&name, &member).await {
                return Err(either(&seat, &name, &member, error).await);
            }
            print_membership(asked.json, &name, &member, true, &format!("{member} is in {}", marked(&name)))
        }
        Verb::Remove { name, member, asked } => {
            let seat = asked.seat.take().await?;
            if let Err(error) = seat.hub.remove_member(&name, &member).await {
                return Err(either(&seat, &name, &member, error).await);
            }
            print_membership(asked.json, &name, &member, false, &format!("{member} is not in {}", marked(&name)))
        }
    }
}

async fn join(seat: &Seat, name: &str, as_json: bool) -> Result<(), Failure> {
    // Whoever publishes there encrypts for its members.
    seat.make_keys().await?;
    let at = seat.hub.join(name).await.map_err(named(name))?;
    let first = at.acked + 1;
    match as_json {
        true => {
            print_line(&json!({"channel": at.stream, "agent": seat.me(), "member": true, "from": first}).to_string())
        }
        false => print_line(&format!("{} from {first}", at.stream)),
    }
}

fn print_membership(as_json: bool, channel: &str, agent: &str, is_member: bool, told: &str) -> Result<(), Failure> {
    match as_json {
        true => print_line(&json!({"channel": marked(channel), "agent": agent, "member": is_member}).to_string()),
        false => print_line(told),
    }
}

fn print_channel(channel: &ChannelAnswer, as_json: bool) -> Result<(), Failure> {
    match as_json {
        true => print_line(&serde_json::to_string(channel).unwrap_or_default()),
        false => {
            let kind = if channel.closed { "closed" } else { "open" };
            let member = if channel.member { ", member" } else { "" };
            print_line(&format!("{} {kind}, of {}{member}", channel.name, channel.owner))
        }
    }
}

/// What a hub says of a channel without its name, by this name.
fn named(name: &str) -> impl FnOnce(Error) -> Failure {
    let (marked, bare) = (marked(name), name.trim_start_matches('#').to_owned());
    move |error| {
        Failure::Other(if error.is(ErrorCode::NotFound) {
            format!("there is no channel {marked}; {}", ways_to_a_channel(&bare))
        } else if error.is(ErrorCode::NameTaken) {
            format!("there is a channel {marked} already; `agent-hub channel join {bare}` joins it, if it is open")
        } else if error.is(ErrorCode::AddressDisabled) {
            format!("{marked} is disabled: an operator can enable it")
        } else {
            return error.into();
        })
    }
}

/// What whoever named a channel that is not there can do.
pub(super) fn ways_to_a_channel(bare: &str) -> String {
    format!("`agent-hub channel list` lists them, `agent-hub channel make {bare}` makes it")
}

/// A hub says the same where the channel is not there and where the agent is not.
async fn either(seat: &Seat, name: &str, member: &str, error: Error) -> Failure {
    if !error.is(ErrorCode::NotFound) && !error.is(ErrorCode::AddressDisabled) {
        return error.into();
    }
    match seat.hub.peer(member).await {
        Err(of_agent) if of_agent.is(ErrorCode::NotFound) => {
            Failure::Other(format!("there is no agent {member}; `agent-hub peers` lists who there is"))
        }
        Err(of_agent) if of_agent.is(ErrorCode::AddressDisabled) => of_agent.into(),
        _ => named(name)(error),
    }
}

fn marked(name: &str) -> String {
    format!("#{}", name.trim_start_matches('#'))
}
