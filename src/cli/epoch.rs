//! `agent-hub epoch --new`: for a database that was restored by other means than `backup`.

use super::{Failure, open_store, print_line, require_database, say};
use crate::{app::place::Place, config::DatabaseConfig, error::Error};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Draw a new epoch: every position from before the restore is void, and clients are told so
    #[arg(long, required = true)]
    new: bool,

    #[command(flatten)]
    database: DatabaseConfig,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    debug_assert!(args.new, "clap asks for it");
    let place = Place::find(&args.database)?;
    // Also the folder of a mistyped one is not made.
    require_database(&place)?;
    // A running hub would go on with the old one.
    let _lock = place.lock()?;
    let store = open_store(&args.database).await?;
    let epoch = store.new_epoch("$command-line").await.map_err(Error::from)?;
    store.close().await;
    print_line(&epoch.to_string())?;
    say("positions from before are void; start the hub again on every node");
    Ok(())
}
