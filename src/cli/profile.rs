//! `agent-hub profile`: an agent of a hub elsewhere.

use std::io::{BufRead, IsTerminal, Read};

use agent_hub_client::Profile;

use super::{Failure, desk::SeatArgs};
use crate::auth::key;

/// An API key is shorter.
const KEY_MAX: u64 = 1024;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The agent
    name: String,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let url = args.seat.url().ok_or_else(|| Failure::Usage("say where the hub is: --hub URL".into()))?;
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err(Failure::Usage("--hub is an address such as https://hub.example".into()));
    }
    if std::io::stdin().is_terminal() {
        eprint!("API key of {}: ", args.name);
    }
    let mut api_key = String::new();
    let read = std::io::stdin().lock().take(KEY_MAX).read_line(&mut api_key);
    read.map_err(|error| Failure::Other(format!("standard input: {error}")))?;
    let api_key = api_key.trim();
    if key::hash(api_key).is_none() {
        return Err(Failure::Usage(
            "standard input is no API key: it begins with ahub_ and was printed by `agent add`".into(),
        ));
    }
    let path = Profile::write(&args.seat.folder()?, &args.name, api_key, Some(url.trim_end_matches('/')))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
