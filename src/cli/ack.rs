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
    let here = seat.here().await?;
    // Numbers of before a restore must not acknowledge what has come since.
    let known = Memory::read(&seat.profile);
    let epoch = if known.epoch().is_empty() { &here.epoch } else { known.epoch() };
    seat.hub.ack_in(stream, entry.seq, Some(epoch)).await?;
    let acked = here.streams.get(stream).map_or(entry.seq, |cursor| cursor.acked);
    let unseen = Memory::change(&seat.profile, |memory| {
        memory.hold_to(&here.epoch);
        memory.acked(stream, acked, entry.seq)
    })?;
    if let Some((first, count)) = unseen {
        let before = Reference::to(me, stream, first - 1);
        eprintln!("passed over {count} not shown: inbox --after {before}");
    }
    Ok(())
}
