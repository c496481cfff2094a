//! Logs: lines on standard error, for people on a terminal and as JSON otherwise. They never hold keys, JWTs, tokens or data.

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::traces::{self, Export, TARGET};
use crate::config::{Config, LogFormat};

/// Starts the logs, and what else listens to the hub: the export of its spans.
///
/// # Errors
/// A sentence for the person who typed the setting.
pub fn start(config: &Config) -> Result<Export, String> {
    let filter = EnvFilter::try_new(&config.log_level).map_err(|_| {
        "--log-level is error, warn, info, debug, or a filter such as info,agent_hub::ws=debug".to_owned()
    })?;
    // Libraries write whole frames and statements into their finest logs; secrets are in those. Spans that are exported are no
    // part of a line.
    let filter = filter.and(filter_fn(|meta| {
        let is_ours = meta.target().starts_with("agent_hub");
        (is_ours || *meta.level() <= Level::INFO) && meta.target() != TARGET
    }));
    let for_people = match config.log_format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let (spans, export) = traces::start()?;
    let listeners = tracing_subscriber::registry().with(spans);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if for_people {
        listeners.with(lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).with_filter(filter)).init();
    } else {
        listeners.with(lines.json().flatten_event(true).with_filter(filter)).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        // The text may hold a payload; the place does not.
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, "a bug: something panicked");
    }));
    Ok(export)
}
