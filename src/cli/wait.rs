//! `agent-hub wait`: blocks on a socket until there is an entry that was not shown yet, prints it as one line, and exits. This is
//! how an idle agent is woken: its command ends.

use std::{collections::BTreeMap, time::Duration};

use agent_hub_client::{Error, Note};
use agent_hub_protocol::{
    body::{Cursor, InboxAnswer},
    error::ErrorCode,
};

use super::{
    Failure,
    desk::{Filter, Memory, Seat, SeatArgs, Story, line},
    say,
};
use crate::config::duration;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each entry is shown once on this machine, by `wait` or by `inbox`. Showing acknowledges nothing: `ack` does."
)]
pub(super) struct Args {
    /// Go on after the first, until interrupted
    #[arg(short, long)]
    follow: bool,

    /// Give up after this time, with exit code 3
    #[arg(short, long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: Filter,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.clone().take_or_make().await?;
    seat.make_keys().await?;
    check_senders(&args, &seat).await;
    let mut here = seat.here().await?;
    let after = positions(&args, &seat, &mut here).await?;
    // From here on the hub is there: what ends by the time limit is the waiting.
    let listening = listen(&args, &seat, here, after);
    match args.timeout {
        Some(limit) => tokio::time::timeout(limit, listening).await.map_err(|_| Failure::TimedOut)?,
        None => listening.await,
    }
}

/// A sender that nobody knows may be a slip, or is still to come: it is told, and waited for.
async fn check_senders(args: &Args, seat: &Seat) {
    for name in args.filter.senders() {
        match seat.hub.peer(name).await {
            Err(error) if error.is(ErrorCode::NotFound) => say(&format!("there is no agent {name} yet; waiting")),
            Err(error) if error.is(ErrorCode::AddressDisabled) => say(&format!("{error}; waiting")),
            _ => {}
        }
    }
}

async fn listen(args: &Args, seat: &Seat, mut here: InboxAnswer, after: BTreeMap<String, i64>) -> Result<(), Failure> {
    let listen = seat.hub.notifications().after(here.epoch.clone(), after).hold_acks().own().watch_hub(tell_of_hub);
    let mut notes = listen.await?;
    while let Some(note) = notes.next().await? {
        if tell(args, seat, &note, &notes.positions().epoch)? && !args.follow {
            return Ok(());
        }
        if !seat.is_for_me(&note) {
            pass_own(seat, &mut here, &note).await;
        }
    }
    Err(Failure::Other("the session ended".into()))
}

/// It said this itself, and is done with it where it was with everything before.
async fn pass_own(seat: &Seat, here: &mut InboxAnswer, note: &Note) {
    if let Some(cursor) = here.streams.get_mut(&note.stream) {
        cursor.head = cursor.head.max(note.seq);
    }
    seat.move_past_own(here, &Memory::read(&seat.profile)).await;
}

/// Whoever waits learns why nothing comes, and that it may again.
fn tell_of_hub(url: &str, away: Option<&Error>) {
    let told = match away {
        Some(Error::Unreachable { .. }) => format!("the hub at {url} does not answer; waiting"),
        Some(error) => format!("the hub at {url} gives no session: {error}; waiting"),
        None => format!("the hub at {url} is back"),
    };
    say(&told);
}

/// From where on there may be something that was not shown.
async fn positions(args: &Args, seat: &Seat, here: &mut InboxAnswer) -> Result<BTreeMap<String, i64>, Failure> {
    args.filter.check_stream(seat.me(), here)?;
    let memory = Memory::change(&seat.profile, |memory| {
        memory.hold_to(&here.epoch);
        memory.clone()
    })?;
    seat.move_past_own(here, &memory).await;
    let position =
        |(stream, cursor): (&String, &Cursor)| (stream.clone(), memory.position(stream, cursor.acked).min(cursor.head));
    Ok(here.streams.iter().map(position).collect())
}

/// Prints an entry if it is wanted and was not shown yet, and then remembers it: whoever is killed in between is told twice, and
/// not never.
fn tell(args: &Args, seat: &Seat, note: &Note, epoch: &str) -> Result<bool, Failure> {
    let mut memory = Memory::read(&seat.profile);
    if memory.epoch() != epoch {
        // The hub was restored meanwhile: what was shown under this number was something else.
        memory = Memory::change(&seat.profile, |memory| {
            memory.hold_to(epoch);
            memory.clone()
        })?;
    }
    // An item that is told once more, in another stream or as a copy, is no news.
    let is_told = memory.was_shown(&note.stream, note.seq) || memory.story(seat.me(), note) != Story::Holds;
    let is_news = args.filter.wants(note) && seat.is_for_me(note) && !is_told;
    if is_news {
        line::print_entry(args.json, seat.me(), note, &memory)?;
    }
    Memory::change(&seat.profile, |memory| memory.pass(note, args.filter.wants(note)))?;
    Ok(is_news)
}
