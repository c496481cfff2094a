//! `agent-hub get`: what an entry holds, opened, on standard output or in a file.

use std::{
    fs::{File, OpenOptions},
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use agent_hub_client::{Error, InboxQuery, Message, seal::SealError};
use agent_hub_protocol::{body::Notification, error::ErrorCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Failure,
    ack::acknowledge,
    desk::{Memory, Reference, Seat, SeatArgs, Story, line},
    print_line, say,
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
    let found = find(&seat, &args.entry).await?;
    // What can fail here fails before a one-time item is used up.
    let mut out = Out::open(args.out.as_deref())?;
    let read = match &found {
        Found::Entry(entry) => read(&seat, entry).await?,
        Found::Sent(token) | Found::Gone(token) => seat.hub.read(token).await,
    };
    let message = read.map_err(|error| match error {
        Error::Seal { error: SealError::NotForMe, .. } if found.is_by(seat.me()) => {
            Failure::Other(format!("{} is sealed for others: senders cannot open it again", args.entry))
        }
        error => why(&args.entry, error),
    })?;
    if !message.sealed {
        say("plain: not encrypted, not signed");
    }
    let written = match args.json {
        true => print_line(&as_json(&args.entry, &message).to_string()),
        false => out.write(&message.body),
    };
    if let Found::Entry(entry) = &found {
        settle(&seat, entry, written.is_ok())?;
    }
    written?;
    if args.ack {
        acknowledge(&seat, &args.entry).await?;
    }
    Ok(())
}

/// What a reference names.
enum Found {
    /// An entry of one of this agent's streams.
    Entry(Box<Notification>),
    /// The token of something that was sent from here.
    Sent(String),
    /// The token of an entry that was told once, and has nothing left to give: the hub says why when it is read.
    Gone(String),
}

impl Found {
    fn is_by(&self, me: &str) -> bool {
        match self {
            Self::Entry(entry) => entry.from == me,
            Self::Sent(_) => true,
            Self::Gone(_) => false,
        }
    }
}

/// The token of an entry: of one that was sent from here, or of one in a stream of this agent.
pub(super) async fn token_of(seat: &Seat, reference: &Reference) -> Result<String, Failure> {
    Ok(match find(seat, reference).await? {
        Found::Entry(entry) => entry.token,
        Found::Sent(token) | Found::Gone(token) => token,
    })
}

async fn find(seat: &Seat, reference: &Reference) -> Result<Found, Failure> {
    let me = seat.me();
    let here = seat.here().await?;
    let memory: Memory = seat.memory(&here);
    let stream = reference.stream(me);
    let Some(cursor) = here.streams.get(stream) else {
        let sent = memory.token_of(&reference.to_string()).map(|token| Found::Sent(token.into()));
        return sent.ok_or_else(|| {
            let stray = reference.stray(me, &here);
            Failure::Other(match stream.starts_with('#') {
                true => format!("{reference} was not sent from here, and {stray}"),
                false => format!("{stray}, and was not sent from here"),
            })
        });
    };
    if reference.seq == 0 || reference.seq > cursor.head {
        return Err(reference.beyond(cursor.head));
    }
    let query = InboxQuery {
        stream: Some(stream.to_owned()),
        after: Some((reference.seq - 1, here.epoch.clone())),
        limit: Some(1),
    };
    let found = seat.hub.inbox(&query).await?.entries.into_iter().find(|entry| entry.seq == reference.seq);
    // What was used up by a reading that was cut off is no longer told.
    let Some(entry) = found.or_else(|| memory.reading(stream, reference.seq).map(|(entry, _)| entry.clone())) else {
        let told = "is gone: expired, withdrawn, a one-time item that was read, or from before this agent joined";
        let token = memory.told_token(stream, reference.seq).map(|token| Found::Gone(token.into()));
        return token.ok_or_else(|| Failure::Other(format!("{reference} {told}")));
    };
    match memory.story(me, &entry) {
        Story::Holds | Story::AlsoIn(_) => Ok(Found::Entry(Box::new(entry))),
        Story::CopyOf(other) => {
            Err(Failure::Other(format!("{reference} is a copy of {other}: the hub tells it twice")))
        }
        Story::Changed => {
            Err(Failure::Other(format!("the hub tells {reference} otherwise than before: it is not to be trusted")))
        }
    }
}

/// Why an entry that is there cannot be read, or is there no more.
pub(super) fn why(entry: &Reference, error: Error) -> Failure {
    let gone = |why: &str| Failure::Other(format!("{entry} is gone: {why}"));
    match &error {
        error if error.is(ErrorCode::Consumed) => gone("read already (one-time)"),
        error if error.is(ErrorCode::Withdrawn) => gone("withdrawn by its sender"),
        error if error.is(ErrorCode::Expired) => gone("expired"),
        error if error.is(ErrorCode::NotFound) => gone("the hub no longer has it"),
        _ => error.into(),
    }
}

/// Reads an entry. If that was cut off once, with the key of then: a one-time item is given again for 60 seconds.
async fn read(seat: &Seat, entry: &Notification) -> Result<Result<Message, Error>, Failure> {
    if entry.one_time {
        // Without keys or files of its own it could be used up, and not opened.
        seat.hub.keys().bundle()?;
    }
    let fresh = Uuid::new_v4().to_string();
    let key = Memory::change(&seat.profile, |memory| {
        memory.reading(&entry.stream, entry.seq).map_or(fresh, |(_, key)| key.clone())
    })?;
    let read = seat.hub.read_entry_with(entry, &key).await;
    // Also of one that succeeded: it is not written yet.
    Memory::change(&seat.profile, |memory| memory.note_reading(entry, Some(&key)))?;
    Ok(read)
}

/// The reading is done, or can be had again.
fn settle(seat: &Seat, entry: &Notification, is_written: bool) -> Result<(), Failure> {
    Memory::change(&seat.profile, |memory| {
        memory.note_told(entry);
        if is_written {
            memory.note_reading(entry, None);
        }
    })
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

/// Where the body goes.
enum Out {
    File(PathBuf, File),
    Standard,
}

impl Out {
    fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Standard) };
        // What is in it stays until there is something else.
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        file.map(|file| Self::File(path.into(), file)).map_err(|error| Failure::at(path, &error))
    }

    fn write(&mut self, body: &[u8]) -> Result<(), Failure> {
        match self {
            Self::File(path, file) => {
                let written = file.write_all(body).and_then(|()| cut(file, body.len() as u64));
                written.map_err(|error| Failure::at(path, &error))
            }
            Self::Standard => write_out(body).map_err(|error| Failure::at_output(&error)),
        }
    }
}

/// What was in a file before, and is longer, goes. A device has no length.
fn cut(file: &File, length: u64) -> std::io::Result<()> {
    if file.metadata()?.is_file() { file.set_len(length) } else { Ok(()) }
}

/// Byte for byte into a pipe; on a terminal without what could be a command to it, and with a last line that ends.
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
