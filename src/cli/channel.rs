//! `agent-hub channel`: join, leave, list, make; members.

use agent_hub_protocol::body::ChannelAnswer;
use clap::Subcommand;

use super::{Failure, desk::SeatArgs, print_line};

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
        name: String,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// Leave a channel
    Leave {
        /// The channel
        name: String,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// List the channels
    List {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// Make a channel, and be its owner and first member
    Make {
        /// Its name
        name: String,
        /// Its owner chooses the members, and only they publish
        #[arg(long)]
        closed: bool,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// List the members of a channel
    Members {
        /// The channel
        name: String,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// Make an agent a member of a channel that this agent owns
    Add {
        /// The channel
        name: String,
        /// The agent
        #[arg(value_name = "AGENT")]
        member: String,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// End an agent's membership of a channel that this agent owns
    Remove {
        /// The channel
        name: String,
        /// The agent
        #[arg(value_name = "AGENT")]
        member: String,
        #[command(flatten)]
        seat: SeatArgs,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.verb {
        Verb::Join { name, seat } => {
            let seat = seat.take().await?;
            // Whoever publishes there encrypts for its members.
            seat.make_keys().await?;
            let at = seat.hub.join(&name).await?;
            print_line(&format!("{} from {}", at.stream, at.acked + 1))
        }
        Verb::Leave { name, seat } => {
            seat.take().await?.hub.leave(&name).await?;
            print_line(&format!("left #{}", name.trim_start_matches('#')))
        }
        Verb::List { json, seat } => {
            for channel in seat.take().await?.hub.channels().await? {
                match json {
                    true => print_line(&serde_json::to_string(&channel).unwrap_or_default())?,
                    false => print_line(&describe(&channel))?,
                }
            }
            Ok(())
        }
        Verb::Make { name, closed, seat } => {
            let seat = seat.take().await?;
            seat.make_keys().await?;
            print_line(&describe(&seat.hub.create_channel(&name, closed).await?))
        }
        Verb::Members { name, seat } => {
            for member in seat.take().await?.hub.members(&name).await? {
                let presence = if member.online { "online" } else { "offline" };
                let keys = if member.keys.is_some() { "has keys" } else { "no keys" };
                print_line(&format!("{} {presence}, {keys}", member.name))?;
            }
            Ok(())
        }
        Verb::Add { name, member, seat } => {
            seat.take().await?.hub.add_member(&name, &member).await?;
            print_line(&format!("{member} is in #{}", name.trim_start_matches('#')))
        }
        Verb::Remove { name, member, seat } => {
            seat.take().await?.hub.remove_member(&name, &member).await?;
            print_line(&format!("{member} is not in #{}", name.trim_start_matches('#')))
        }
    }
}

fn describe(channel: &ChannelAnswer) -> String {
    let kind = if channel.closed { "closed" } else { "open" };
    let member = if channel.member { ", member" } else { "" };
    format!("{} {kind}, of {}{member}", channel.name, channel.owner)
}
