//! `agent-hub withdraw`: what was sent is taken back.

use agent_hub_protocol::error::ErrorCode;
use serde_json::json;

use super::{
    Failure,
    desk::{Reference, SeatArgs},
    get::{token_of, why},
    print_line,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What was sent, as `send` called it: bob/17
    entry: Reference,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    let token = token_of(&seat, &args.entry).await?;
    seat.hub.withdraw(&token).await.map_err(|error| match error.is(ErrorCode::NotFound) {
        true => Failure::Other(format!(
            "{} was not sent by {}, or was lost when the hub was restored",
            args.entry,
            seat.me()
        )),
        false => why(&args.entry, error),
    })?;
    match args.json {
        true => print_line(&json!({"withdrew": args.entry.to_string()}).to_string()),
        false => print_line(&format!("withdrew {}", args.entry)),
    }
}
