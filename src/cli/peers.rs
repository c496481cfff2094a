//! `agent-hub peers`: who there is, who is online, and whose keys are known.

use agent_hub_client::seal::Pin;
use agent_hub_protocol::body::AgentAnswer;
use serde_json::json;

use super::{Failure, desk::SeatArgs, print_line};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    for peer in seat.hub.peers().await? {
        let keys = keys(&peer, seat.hub.keys().known(&peer.name)?.as_ref());
        if args.json {
            print_line(
                &json!({"name": peer.name, "online": peer.online, "last_seen": peer.last_seen, "keys": keys})
                    .to_string(),
            )?;
        } else {
            let seen = peer.last_seen.map_or_else(|| "never seen".into(), |at| format!("seen {}", at.to_rfc3339()));
            let presence = if peer.online { "online".into() } else { seen };
            print_line(&format!("{} {presence}, {keys}", peer.name))?;
        }
    }
    Ok(())
}

fn keys(peer: &AgentAnswer, known: Option<&Pin>) -> &'static str {
    match known {
        Some(pin) if pin.verified => "keys verified",
        Some(_) => "keys known",
        None if peer.keys.is_some() => "has keys",
        None => "no keys",
    }
}
