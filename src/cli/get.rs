//! `agent-hub get`: what an entry holds, opened, on standard output or in a file.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use agent_hub_client::{InboxQuery, Message};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Failure,
    ack::acknowledge,
    desk::{Memory, Reference, Seat, SeatArgs, line},
    print_line,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The entry: 42, or #channel/42
    entry: Reference,

    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Acknowledge it, and everything before it, once it was written
    #[arg(long)]
    ack: bool,

    /// Print JSON: who sent it, its name, and the body as `text`, or as `base64` if it is no text
    #[arg(long, conflicts_with = "out")]
    json: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let seat = args.seat.take().await?;
    let token = token_of(&seat, &args.entry).await?;
    let message = seat.hub.read(&token).await?;
    if !message.sealed {
        eprintln!("plain: not encrypted, not signed");
    }
    match &args.out {
        Some(path) => write_file(path, &message.body)?,
        None if args.json => print_line(&as_json(&args.entry, &message).to_string())?,
        None => write_out(&message.body).map_err(|error| Failure::Other(format!("standard output: {error}")))?,
    }
    if args.ack {
        acknowledge(&seat, &args.entry).await?;
    }
    Ok(())
}

/// The token of an entry: of one that was sent from here, or of one in a stream of this agent.
pub(super) async fn token_of(seat: &Seat, reference: &Reference) -> Result<String, Failure> {
    let me = seat.me();
    let here = seat.hub.inbox(&InboxQuery { limit: Some(1), ..InboxQuery::default() }).await?;
    let memory: Memory = seat.memory(&here);
    let stream = reference.stream(me);
    let gone = || Failure::Other(format!("{reference} is gone: expired, withdrawn, or read by another"));
    let Some(cursor) = here.streams.get(stream) else {
        let sent = memory.token_of(&reference.to_string()).map(str::to_owned);
        return sent.ok_or_else(|| Failure::Other(format!("{reference} was not sent from here")));
    };
    if reference.seq == 0 || reference.seq > cursor.head {
        return Err(Failure::Other(format!("there is no entry {reference}; the last is {}", cursor.head)));
    }
    let query = InboxQuery {
        stream: Some(stream.to_owned()),
        after: Some((reference.seq - 1, here.epoch.clone())),
        limit: Some(1),
    };
    let found = seat.hub.inbox(&query).await?.entries.into_iter().find(|entry| entry.seq == reference.seq);
    found.map(|entry| entry.token).ok_or_else(gone)
}

fn as_json(reference: &Reference, message: &Message) -> Value {
    let mut told = json!({
        "ref": reference.to_string(), "from": message.from, "name": message.name, "sealed": message.sealed,
        "created_at": message.created_at, "to": message.to,
    });
    match std::str::from_utf8(&message.body) {
        Ok(text) => told["text"] = text.into(),
        Err(_) => told["base64"] = STANDARD.encode(&message.body).into(),
    }
    told
}

/// Byte for byte into a pipe or a file; on a terminal without what could be a command to it, and with a last line that ends.
fn write_out(body: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        let text = line::for_terminal(&String::from_utf8_lossy(body));
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
    } else {
        out.write_all(body)?;
    }
    out.flush()
}

fn write_file(path: &Path, body: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, body).map_err(|error| Failure::at(path, &error))
}
