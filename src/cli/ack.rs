//! `agent-hub ack`: everything up to an entry is done with.

use agent_hub_protocol::{body::Cursor, error::ErrorCode};
use serde_json::json;

use super::{
    Failure,
    desk::{Memory, Reference, Seat, SeatArgs, own::past_own},
    print_line, say,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The entries: 42, or #channel/42; each with everything before it in its stream
    #[arg(required = true, value_name = "ENTRY")]
    entries: Vec<Reference>,

    /// Print JSON, one object an entry
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    for entry in &args.entries {
        let unseen = acknowledge(&seat, entry).await?;
        if args.json {
            print_line(&json!({"acked": entry.to_string(), "not_shown": unseen}).to_string())?;
        }
    }
    Ok(())
}

/// Acknowledges. Says so if that passes over entries that were never shown, since they stand in no inbox any more, and tells how many.
pub(super) async fn acknowledge(seat: &Seat, entry: &Reference) -> Result<i64, Failure> {
    let me = seat.me();
    let stream = entry.stream(me);
    let here = seat.here().await?;
    let cursor = here.streams.get(stream).ok_or_else(|| Failure::Other(entry.stray(me, &here)))?;
    // Numbers of before a restore must not acknowledge what has come since.
    let known = Memory::read(&seat.profile);
    let epoch = if known.epoch().is_empty() { &here.epoch } else { known.epoch() };
    // What it said itself right after that is done with too.
    let is_own = |seq| stream != me && known.is_own(me, &here.epoch, stream, seq);
    let upto = past_own(Cursor { acked: entry.seq, head: cursor.head }, is_own);
    seat.hub.ack_in(stream, upto, Some(epoch)).await.map_err(|error| match error.is(ErrorCode::BeyondHead) {
        true => entry.beyond(cursor.head),
        false => error.into(),
    })?;
    let unseen = Memory::change(&seat.profile, |memory| {
        memory.hold_to(&here.epoch);
        memory.acked(stream, cursor.acked, entry.seq)
    })?;
    let Some((first, count)) = unseen else { return Ok(0) };
    let before = Reference::to(me, stream, first - 1);
    say(&format!("passed over {count} not shown: inbox --after {before}"));
    Ok(count)
}
