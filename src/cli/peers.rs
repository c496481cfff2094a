//! `agent-hub peers`: who there is, who is online, and whose keys are known.

use agent_hub_client::seal::Pin;
use agent_hub_protocol::body::AgentAnswer;
use serde_json::json;

use super::{
    Failure,
    desk::{Seat, SeatArgs},
    print_line,
};

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
    for peer in seat.hub.peers().await?.iter().filter(|peer| peer.name != seat.me()) {
        print_peer(&seat, peer, args.json)?;
    }
    Ok(())
}

/// One line: who it is, whether it is there, and what is known of its keys.
pub(super) fn print_peer(seat: &Seat, peer: &AgentAnswer, as_json: bool) -> Result<(), Failure> {
    let keys = Keys::of(peer, seat.hub.keys().known(&peer.name)?.as_ref());
    if as_json {
        let AgentAnswer { name, online, last_seen, .. } = peer;
        let told = json!({"name": name, "online": online, "last_seen": last_seen, "keys": keys.word()});
        return print_line(&told.to_string());
    }
    // Whether it is there it knows better than the hub, which counts sockets.
    if peer.name == seat.me() {
        return print_line(&format!("{} you", peer.name));
    }
    let seen = peer.last_seen.map_or_else(|| "never seen".into(), |at| format!("seen {}", at.to_rfc3339()));
    let presence = if peer.online { "online".into() } else { seen };
    print_line(&format!("{} {presence}, {}", peer.name, keys.told()))
}

/// What is known of a peer's keys.
#[derive(Debug, Clone, Copy)]
enum Keys {
    /// It has published none.
    None,
    /// It has some that this agent has not used yet.
    New,
    /// Believed since they were first seen.
    Pinned,
    /// Compared by their words.
    Verified,
}

impl Keys {
    fn of(peer: &AgentAnswer, known: Option<&Pin>) -> Self {
        match known {
            Some(pin) if pin.verified => Self::Verified,
            Some(_) => Self::Pinned,
            None if peer.keys.is_some() => Self::New,
            None => Self::None,
        }
    }

    /// For programs.
    const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::New => "new",
            Self::Pinned => "pinned",
            Self::Verified => "verified",
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::None => "no keys",
            Self::New => "has keys",
            Self::Pinned => "keys known",
            Self::Verified => "keys verified",
        }
    }
}
