//! `agent-hub ack`: everything up to an entry is done with.

use super::{
    Failure,
    desk::{Memory, Reference, Seat, SeatArgs},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The entries: 42, or #channel/42; each with everything before it in its stream
    #[arg(required = true, value_name = "ENTRY")]
    entries: Vec<Reference>,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    for entry in &args.entries {
        acknowledge(&seat, entry).await?;
    }
    Ok(())
}

/// Acknowledges; says so if that passes over entries that were never shown, since they stand in no inbox any more.
pub(super) async fn acknowledge(seat: &Seat, entry: &Reference) -> Result<(), Failure> {
    let me = seat.me();
    let stream = entry.stream(me);
    seat.hub.ack_in(stream, entry.seq, None).await?;
    let unseen = Memory::change(&seat.profile, |memory| memory.acked(stream, entry.seq))?;
    if let Some(first) = unseen.first() {
        let before = Reference::to(me, stream, first - 1);
        eprintln!("passed over {} not shown: inbox --after {before}", unseen.len());
    }
    Ok(())
}
