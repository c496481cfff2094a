//! `agent-hub serve`, and `agent-hub` alone.

use std::io::{IsTerminal, Write};

use agent_hub_client::profile::home_folder;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, doctor::settings::unknown};
use crate::{
    app::{App, Made, place::Place},
    config::Config,
    telemetry::logs,
};

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    let export = logs::start(config).map_err(Failure::Usage)?;
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Other(error.to_string()))?;
    let served = runtime.block_on(serve(config));
    export.finish();
    served
}

async fn serve(config: &Config) -> Result<(), Failure> {
    if let Some(told) = unknown() {
        tracing::warn!("{told}");
    }
    let app = App::start(config).await?;
    let address = app.address().map_err(|error| Failure::Other(error.to_string()))?;
    // Standard output may be closed; that stops no hub.
    drop(announce(&format!("http://{address}"), &there(config), app.made.as_ref()));
    app.run(until_told()).await;
    Ok(())
}

/// What to do next, for the person who started it.
fn announce(url: &str, there: &str, made: Option<&Made>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if let Some(Made { operator_key, profile, database }) = made {
        let database = database.as_ref().map(|path| format!("{}, and ", path.display())).unwrap_or_default();
        writeln!(out, "made {database}an operator whose key is in {}", profile.display())?;
        if out.is_terminal() {
            writeln!(out, "  and is shown this once: {operator_key}")?;
        }
    }
    writeln!(out, "agent-hub {} listens on {url}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  watch:     open {url} in a browser, and log in as an operator")?;
    writeln!(out, "  be told:   agent-hub wait --as bob{there}")?;
    writeln!(out, "  send:      agent-hub send --as alice bob \"hi\"{there}")?;
    writeln!(
        out,
        "  programs:  REST at {url}, a WebSocket at {}/secure/ws; agent-hub agent add NAME{there} prints a key",
        url.replace("http", "ws")
    )?;
    out.flush()
}

/// What an agent's command has to be told to find this hub, if it does not look here by itself. (A variable may be set here and not
/// where that is typed; `.env` is not read by it.)
fn there(config: &Config) -> String {
    let folder = Place::find(&config.database).ok().and_then(|place| std::path::absolute(place.folder()).ok());
    match folder {
        Some(folder) if home_folder().as_ref() != Some(&folder) => {
            format!(" --data-dir {}", for_shell(&folder.display().to_string()))
        }
        _ => String::new(),
    }
}

/// A word as a shell takes it.
fn for_shell(word: &str) -> String {
    if word.chars().all(|c| c.is_alphanumeric() || "/._-+,:=@%".contains(c)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Until SIGTERM or SIGINT. A second one means: now.
async fn until_told() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
}

/// Each socket is a file: as many as the system allows, not as many as a shell happens to set.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_word_to_a_shell() {
        for (word, quoted) in
            [("/srv/hub-1", "/srv/hub-1"), ("/my hub", "'/my hub'"), ("/it's", r"'/it'\''s'"), ("/$HOME", "'/$HOME'")]
        {
            assert_eq!(for_shell(word), quoted);
        }
    }
}
