//! `agent-hub status`: what became of something sent, or where the agent is.

use agent_hub_client::InboxQuery;
use agent_hub_protocol::body::{AddressStatus, StatusAnswer};
use serde_json::json;

use super::{
    Failure,
    desk::{Reference, Seat, SeatArgs},
    get::token_of,
    print_line,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What was sent, as `send` called it: bob/17. Left out: where this agent is in its streams
    entry: Option<Reference>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    let Some(entry) = args.entry else { return here(&seat, args.json).await };
    let token = token_of(&seat, &entry).await?;
    let told = format!(
        "{entry} was not sent by {}, or was lost when the hub was restored: only its sender is told what became of it",
        seat.me()
    );
    let status = seat.hub.status(&token).await.map_err(Failure::unless_found(told))?;
    for to in &status.to {
        if args.json {
            let mut told = serde_json::to_value(to).unwrap_or_default();
            told["state"] = status.state.clone().into();
            told["ref"] = format!("{}/{}", to.address, to.seq).into();
            print_line(&told.to_string())?;
        } else {
            print_line(&describe(&status, to))?;
        }
    }
    Ok(())
}

/// The facts, one word each; what is not known, or has not happened, is left out.
fn describe(status: &StatusAnswer, to: &AddressStatus) -> String {
    let mut line = format!("{}/{} {}", to.address, to.seq, status.state);
    if let Some(recipient) = &to.recipient {
        let facts = [
            (recipient.pushed == Some(true), "pushed"),
            (recipient.read.is_some(), "read"),
            (recipient.acked, "acked"),
            (recipient.online, "online"),
        ];
        line.extend(facts.iter().filter(|(holds, _)| *holds).map(|(_, fact)| format!(" {fact}")));
    }
    if let Some(counts) = &to.counts {
        line.push_str(&format!(" members {} read {} acked {}", counts.members, counts.read, counts.acked));
    }
    if let Some(taker) = &status.taken_by {
        line.push_str(&format!(" by {taker}"));
    }
    line
}

async fn here(seat: &Seat, as_json: bool) -> Result<(), Failure> {
    let mut inbox = seat.hub.inbox(&InboxQuery::default()).await?;
    let memory = seat.memory(&inbox);
    seat.move_past_own(&mut inbox, &memory).await;
    if as_json {
        return print_line(
            &json!({"agent": seat.me(), "hub": seat.hub.url(), "epoch": inbox.epoch, "streams": inbox.streams})
                .to_string(),
        );
    }
    print_line(&format!("{} at {}", seat.me(), seat.hub.url()))?;
    for (stream, cursor) in &inbox.streams {
        print_line(&format!("{stream} acked {} of {}", cursor.acked, cursor.head))?;
    }
    Ok(())
}
