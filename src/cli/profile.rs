//! `agent-hub profile`: an agent of a hub elsewhere.

use std::{
    io::{BufRead, IsTerminal, Read},
    path::Path,
};

use agent_hub_client::{Connect, Error, InboxQuery, Profile};
use agent_hub_protocol::error::ErrorCode;

use super::{
    Failure,
    desk::{
        SeatArgs,
        seat::{PATIENCE, check_exposure},
    },
    say,
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
// Whose profile it is stands behind the command already.
#[command(mut_arg("agent", |arg| arg.hide(true)))]
pub(super) struct Args {
    /// The agent
    name: String,

    /// Replace a profile that is there, whose key is gone then
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
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
    let url = url.trim_end_matches('/');
    check_key(&Profile::new(folder.clone(), &args.name, api_key, url)).await?;
    let path = Profile::write(&folder, &args.name, api_key, Some(url))?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}

/// Logs in once: a key that was mistyped, or is another agent's, is told now and not by the first command that needs it. A hub that is not
/// reached may be so later.
async fn check_key(profile: &Profile) -> Result<(), Failure> {
    let hub = Connect::with(profile.clone()).patience(PATIENCE).without_keys().open_as_is()?;
    match hub.inbox(&InboxQuery { limit: Some(1), ..InboxQuery::default() }).await {
        Err(error) if error.is(ErrorCode::Unauthenticated) => {
            let Profile { agent, url, .. } = profile;
            Err(Failure::Other(format!(
                "the hub at {url} does not take this as the key of {agent}; nothing was written"
            )))
        }
        Err(error @ Error::Unreachable { .. }) => {
            say(&format!("the key is not checked: {error}"));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
