//! `agent-hub withdraw`: what was sent is taken back.

use super::{
    Failure,
    desk::{Reference, SeatArgs},
    get::token_of,
    print_line,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What was sent, as `send` called it: bob/17
    entry: Reference,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    let token = token_of(&seat, &args.entry).await?;
    seat.hub.withdraw(&token).await?;
    print_line(&format!("withdrew {}", args.entry))
}
