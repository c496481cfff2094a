//! `agent-hub keys`: the agent's own keys, and those of its peers.

use agent_hub_client::seal::{Bundle, Suite};
use clap::{Subcommand, ValueEnum};

use super::{
    Failure,
    desk::{Seat, SeatArgs},
    print_line,
};

/// Words that stand for a bundle.
const WORDS: usize = 6;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make this agent's keys and publish them; nothing happens if it has some
    Init {
        /// Make new ones without a chain from the old, which every peer must verify
        #[arg(long)]
        replace: bool,
        /// What the encryption key is of
        #[arg(long, value_enum, default_value = "x25519")]
        suite: SuiteName,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// Show this agent's six words, for its peers to compare
    Show {
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// Show a peer's six words; given the words that it showed, compare them and trust its keys
    Verify {
        /// The peer
        peer: String,
        /// The words, as the peer's `keys show` tells them
        words: Vec<String>,
        #[command(flatten)]
        seat: SeatArgs,
    },
    /// Replace this agent's keys by new ones, signed by the old; peers follow by themselves
    Rotate {
        /// What the encryption key is of
        #[arg(long, value_enum, default_value = "x25519")]
        suite: SuiteName,
        #[command(flatten)]
        seat: SeatArgs,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SuiteName {
    /// Small and fast
    X25519,
    /// Also against quantum computers; 1.2 kB a recipient
    Xwing,
}

impl From<SuiteName> for Suite {
    fn from(name: SuiteName) -> Self {
        match name {
            SuiteName::X25519 => Self::X25519,
            SuiteName::Xwing => Self::XWing,
        }
    }
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.verb {
        Verb::Init { replace, suite, seat } => {
            let keys = seat.take().await?.hub.keys();
            tell(&if replace { keys.replace(suite.into()).await? } else { keys.publish_as(suite.into()).await? })
        }
        Verb::Show { seat } => {
            let seat = seat.take().await?;
            seat.make_keys().await?;
            tell(&seat.hub.keys().bundle()?)
        }
        Verb::Verify { peer, words, seat } => verify(&seat.take().await?, &peer, &words.join(" ")).await,
        Verb::Rotate { suite, seat } => tell(&seat.take().await?.hub.keys().rotate(suite.into()).await?),
    }
}

fn tell(bundle: &Bundle) -> Result<(), Failure> {
    print_line(&format!(
        "{} version {} {}: {}",
        bundle.agent,
        bundle.version,
        bundle.enc.suite().as_str(),
        bundle.words()
    ))
}

async fn verify(seat: &Seat, peer: &str, words: &str) -> Result<(), Failure> {
    if words.trim().is_empty() {
        let pin = seat.hub.keys().of(peer).await?;
        let state = if pin.verified { "verified" } else { "not verified" };
        return print_line(&format!("{peer} version {} {state}: {}", pin.version, pin.words(peer)));
    }
    // What `keys show` prints may be given as it is: the words come last.
    let words: Vec<&str> = words.rsplit(':').next().unwrap_or_default().split_whitespace().collect();
    if words.len() != WORDS {
        return Err(Failure::Usage(format!("expected the {WORDS} words that {peer} showed, not {}", words.len())));
    }
    let pin = seat.hub.keys().verify(peer, &words.join(" ")).await?;
    print_line(&format!("{peer} version {} verified", pin.version))
}
