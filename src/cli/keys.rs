//! `agent-hub keys`: the agent's own keys, and those of its peers.

use agent_hub_client::seal::{Bundle, Suite};
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{
    Failure,
    desk::{Asked, Seat},
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
        asked: Asked,
    },
    /// Show this agent's six words, for its peers to compare
    Show {
        #[command(flatten)]
        asked: Asked,
    },
    /// Show a peer's six words; given the words that it showed, compare them and trust its keys
    Verify {
        /// The peer
        peer: String,
        /// The words, as the peer's `keys show` tells them
        words: Vec<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Replace this agent's keys by new ones, signed by the old; peers follow by themselves
    Rotate {
        /// What the encryption key is of
        #[arg(long, value_enum, default_value = "x25519")]
        suite: SuiteName,
        #[command(flatten)]
        asked: Asked,
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
        Verb::Init { replace, suite, asked } => {
            let keys = asked.seat.take_or_make().await?.hub.keys();
            let made = if replace { keys.replace(suite.into()).await? } else { keys.publish_as(suite.into()).await? };
            tell(&made, asked.json)
        }
        Verb::Show { asked } => {
            let seat = asked.seat.take().await?;
            seat.make_keys().await?;
            tell(&seat.hub.keys().bundle()?, asked.json)
        }
        Verb::Verify { peer, words, asked } => {
            verify(&asked.seat.take().await?, &peer, &words.join(" "), asked.json).await
        }
        Verb::Rotate { suite, asked } => {
            tell(&asked.seat.take().await?.hub.keys().rotate(suite.into()).await?, asked.json)
        }
    }
}

fn tell(bundle: &Bundle, as_json: bool) -> Result<(), Failure> {
    let Bundle { agent, version, .. } = bundle;
    let (suite, words) = (bundle.enc.suite().as_str(), bundle.words());
    match as_json {
        true => {
            let told = json!({"agent": agent, "version": version, "suite": suite, "words": words});
            print_line(&told.to_string())
        }
        false => print_line(&format!("{agent} version {version} {suite}: {words}")),
    }
}

async fn verify(seat: &Seat, peer: &str, words: &str, as_json: bool) -> Result<(), Failure> {
    let nobody = || Failure::unless_found(format!("there is no agent {peer}"));
    let is_asking = words.trim().is_empty();
    let pin = if is_asking {
        seat.hub.keys().of(peer).await.map_err(nobody())?
    } else {
        seat.hub.keys().verify(peer, &six(peer, words)?).await.map_err(nobody())?
    };
    let (version, words) = (pin.version, pin.words(peer));
    if as_json {
        let told = json!({"agent": peer, "version": version, "verified": pin.verified, "words": words});
        return print_line(&told.to_string());
    }
    match is_asking {
        true if pin.verified => print_line(&format!("{peer} version {version} verified: {words}")),
        true => print_line(&format!("{peer} version {version} not verified: {words}")),
        false => print_line(&format!("{peer} version {version} verified")),
    }
}

/// What `keys show` prints may be given as it is: the words come last.
fn six(peer: &str, words: &str) -> Result<String, Failure> {
    let words: Vec<&str> =
        words.rsplit(':').next().unwrap_or_default().split([' ', '-']).filter(|w| !w.is_empty()).collect();
    match words.len() {
        WORDS => Ok(words.join(" ")),
        other => Err(Failure::Usage(format!("expected the {WORDS} words that {peer} showed, not {other}"))),
    }
}
