//! `agent-hub audit verify`.

use agent_hub_protocol::time::Timestamp;
use clap::Subcommand;

use super::{Failure, open_store, print_line};
use crate::{config::DatabaseConfig, error::Error, store::audit::Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,

    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check that no line about administration was changed or taken out; prints the last hash, for a note elsewhere
    Verify,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Verb::Verify = args.verb;
    let store = open_store(&args.database).await?;
    let verdict = store.verify_audit().await.map_err(Error::from);
    store.close().await;
    match verdict? {
        Verdict::Whole { lines, since, last } => {
            let since = since.map(|at| format!(" since {}", Timestamp(at).to_rfc3339())).unwrap_or_default();
            print_line(&format!("whole: {lines} lines{since}, the last {last}"))
        }
        Verdict::BrokenAt(seq) => Err(Failure::Other(format!(
            "line {seq} of the audit log does not follow from the one before: one of them was changed, or a line between taken out"
        ))),
        Verdict::CutOff => Err(Failure::Other("the last lines of the audit log were changed or taken out".into())),
    }
}
