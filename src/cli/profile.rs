//! `agent-hub profile`: an agent of a hub elsewhere.

use std::{
    io::{BufRead, IsTerminal, Read},
    path::Path,
};

use agent_hub_client::Profile;

use super::{
    Failure,
    desk::{SeatArgs, seat::check_exposure},
};
use crate::auth::key;

/// The key of a profile stands nowhere else.
fn refuse_to_replace(folder: &Path, args: &Args) -> Result<(), Failure> {
    let is_there = Profile::find_in(folder, &args.name).is_ok_and(|found| found.is_some());
    if is_there && !args.replace {
        let (name, folder) = (&args.name, folder.display());
        return Err(Failure::Usage(format!(
            "there is a profile of {name} in {folder}; --replace puts this one in its place"
        )));
    }
    Ok(())
}

/// An API key is shorter.
const KEY_MAX: u64 = 1024;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The agent
    name: String,

    /// Replace a profile that is there, whose key is gone then
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let url = args.seat.url().ok_or_else(|| Failure::Usage("say where the hub is: --hub URL".into()))?;
    check_exposure(url, args.seat.is_insecure())?;
    let folder = args.seat.folder()?;
    refuse_to_replace(&folder, &args)?;
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
    let path = Profile::write(&folder, &args.name, api_key, Some(url.trim_end_matches('/')))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
