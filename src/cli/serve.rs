//! `agent-hub serve`, and `agent-hub` alone.

use std::io::{IsTerminal, Write};

use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::{
    app::{App, Made},
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
    let app = App::start(config).await?;
    let address = app.address().map_err(|error| Failure::Other(error.to_string()))?;
    // Standard output may be closed; that stops no hub.
    drop(announce(&format!("http://{address}"), app.made.as_ref()));
    app.run(until_told()).await;
    Ok(())
}

/// What to do next, for the person who started it.
fn announce(url: &str, made: Option<&Made>) -> std::io::Result<()> {
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
    writeln!(out, "  be told:   agent-hub wait --as bob")?;
    writeln!(out, "  send:      agent-hub send --as alice bob \"hi\"")?;
    writeln!(
        out,
        "  programs:  REST at {url}, a WebSocket at {}/secure/ws; agent-hub agent add NAME prints a key",
        url.replace("http", "ws")
    )?;
    out.flush()
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
