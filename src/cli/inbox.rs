//! `agent-hub inbox`: what is not acknowledged, one line an entry.

use agent_hub_client::InboxQuery;
use agent_hub_protocol::{
    body::{InboxAnswer, Skipped},
    limits::PAGE_LIMIT_MAX,
};
use serde_json::json;

use super::{
    Failure,
    desk::{Filter, Memory, Reference, Seat, SeatArgs, line},
    print_line, say,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Most entries
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,

    /// From behind this entry on, also what is acknowledged
    #[arg(long, value_name = "ENTRY")]
    after: Option<Reference>,

    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: Filter,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.clone().take().await?;
    // A filter is over what there is, not over a part of it.
    let limit = if args.filter.is_empty() { args.limit } else { PAGE_LIMIT_MAX };
    let mut query = InboxQuery { limit: Some(limit), ..InboxQuery::default() };
    if let Some(after) = &args.after {
        let here = seat.here().await?;
        if !here.streams.contains_key(after.stream(seat.me())) {
            return Err(Failure::Other(after.stray(seat.me(), &here)));
        }
        query.stream = Some(after.stream(seat.me()).to_owned());
        query.after = Some((after.seq, here.epoch));
    }
    let mut inbox = seat.hub.inbox(&query).await?;
    if args.after.is_none() {
        inbox = behind_own(&seat, &query, inbox).await?;
    }
    if !args.filter.is_empty() {
        args.filter.check_stream(seat.me(), &seat.here().await?)?;
    }
    let wanted = inbox.entries.iter().filter(|entry| args.filter.wants(entry) && seat.is_for_me(entry));
    let wanted: Vec<_> = wanted.take(args.limit as usize).collect();
    let memory = seat.memory(&inbox);
    for entry in &wanted {
        line::print_entry(args.json, seat.me(), entry, &memory)?;
    }
    let memory = Memory::change(&seat.profile, |memory| {
        memory.hold_to(&inbox.epoch);
        for entry in &inbox.entries {
            let is_shown = wanted.iter().any(|shown| (&shown.stream, shown.seq) == (&entry.stream, entry.seq))
                || !seat.is_for_me(entry);
            match args.after {
                // A look elsewhere says nothing of what lies between.
                Some(_) => memory.pass_again(entry, is_shown),
                None => memory.pass(entry, is_shown),
            }
        }
        memory.clone()
    })?;
    tell_the_rest(&args, seat.me(), &inbox)?;
    seat.move_past_own(&mut inbox, &memory).await;
    Ok(())
}

/// A page of nothing but what this agent said itself would hide what comes behind it.
async fn behind_own(seat: &Seat, query: &InboxQuery, mut inbox: InboxAnswer) -> Result<InboxAnswer, Failure> {
    let is_own_alone =
        |page: &InboxAnswer| page.skipped.is_empty() && page.entries.iter().all(|entry| !seat.is_for_me(entry));
    while inbox.more && is_own_alone(&inbox) {
        let memory = seat.memory(&inbox);
        if !seat.move_past_own(&mut inbox, &memory).await {
            break;
        }
        inbox = seat.hub.inbox(query).await?;
    }
    Ok(inbox)
}

/// What has nothing left to give, and whether there is more.
fn tell_the_rest(args: &Args, me: &str, inbox: &InboxAnswer) -> Result<(), Failure> {
    for Skipped { stream, from, to } in &inbox.skipped {
        let first = Reference::to(me, stream, *from);
        match args.json {
            true => print_line(&json!({"stream": stream, "gone": [from, to]}).to_string())?,
            false if from == to => print_line(&format!("{first} gone"))?,
            false => print_line(&format!("{first}-{to} gone"))?,
        }
    }
    if inbox.more {
        say("there is more: ack, or --limit 1000, or --after ENTRY");
    }
    Ok(())
}
