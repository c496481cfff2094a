//! `agent-hub backup FILE`.

use std::path::PathBuf;

use super::{Failure, open_store, say};
use crate::{app::place::StartError, config::DatabaseConfig};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The copy to write; it must not exist
    file: PathBuf,

    #[command(flatten)]
    database: DatabaseConfig,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let store = open_store(&args.database).await?;
    let done = store.back_up(&args.file).await.map_err(StartError::from);
    store.close().await;
    done?;
    say(&format!("wrote {}; the first start on it draws a new epoch", args.file.display()));
    Ok(())
}
