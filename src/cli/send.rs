//! `agent-hub send`: a body to agents and channels, encrypted.

use std::{
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use agent_hub_client::Sent;
use agent_hub_protocol::error::ErrorCode;
use serde_json::{Value, json};

use super::{
    Failure,
    channel::ways_to_a_channel,
    desk::{Memory, Reference, Seat, SeatArgs},
    print_line, say,
};
use crate::config::duration;

/// Largest body that is read from a file or standard input, in bytes. The hub's own limit is smaller unless it was raised.
const BODY_MAX: u64 = 64 * 1024 * 1024;
/// How long to wait for an addressee that is just being made on this machine.
const ADDRESSEE_WAIT: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Agents and channels, separated by commas
    #[arg(value_name = "TO")]
    to: String,

    /// The body; left out or -: standard input
    #[arg(allow_negative_numbers = true)]
    body: Option<String>,

    /// Read the body from a file, which also gives its name to the item
    #[arg(short, long, value_name = "FILE", conflicts_with = "body")]
    file: Option<PathBuf>,

    /// What the item is called; the hub sees that [default: message]
    #[arg(short, long)]
    name: Option<String>,

    /// How long it is kept, such as 1h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    ttl: Option<Duration>,

    /// It can be read once only, by whoever comes first
    #[arg(long)]
    once: bool,

    /// It answers this entry
    #[arg(long, value_name = "ENTRY")]
    re: Option<Reference>,

    /// Neither encrypted nor signed: the hub can read and change it
    #[arg(long)]
    plain: bool,

    /// Refuse, instead of leaving out the members of a channel that have no good keys
    #[arg(long, conflicts_with = "plain")]
    all_members: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    seat: SeatArgs,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let body = body(args.body.as_deref(), args.file.as_deref())?;
    let seat = args.seat.clone().take_or_make().await?;
    if !args.plain {
        seat.make_keys().await?;
    }
    let sent = send(&args, &seat, body).await?;
    if let Some(told) = left_out(&args.to, &sent) {
        say(&told);
    }
    // It is sent, whatever happens from here on: a failure now must not make anybody send it again.
    let told = match references(&seat, &sent).await {
        Ok(told) => told,
        Err(failed) => {
            say(&format!("sent, but its number is not known: {}", failed.told()));
            Vec::new()
        }
    };
    if args.json {
        return print_line(&as_json(&told, &sent).to_string());
    }
    print_line(format!("sent {}", told.join(" ")).trim_end())
}

async fn send(args: &Args, seat: &Seat, body: Vec<u8>) -> Result<Sent, Failure> {
    let of_file = args.file.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let mut send = seat.hub.send(args.to.split(',').map(str::trim).collect::<Vec<_>>(), body);
    send = send.name(args.name.clone().or(of_file).unwrap_or_else(|| "message".into()));
    if let Some(ttl) = args.ttl {
        send = send.ttl(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX));
    }
    if let Some(reference) = &args.re {
        send = send.reply_to(super::get::token_of(seat, reference).await?);
    }
    if args.once {
        send = send.one_time();
    }
    if args.plain {
        send = send.plain();
    }
    if args.all_members {
        send = send.all_members();
    }
    let end = tokio::time::Instant::now() + ADDRESSEE_WAIT;
    loop {
        match send.clone().await {
            // Perhaps its own first command, started together with this one, is just making it.
            Err(error) if may_come(seat, &error) && tokio::time::Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) if error.is(ErrorCode::UnknownAddress) => {
                return Err(unknown(args, seat, &error).await);
            }
            Err(error) => return Err(in_flags(error)),
            Ok(sent) => return Ok(sent),
        }
    }
}

/// What is wrong with a field, said of the flag that it came from: times were typed as `900d`, and not in seconds.
fn in_flags(error: agent_hub_client::Error) -> Failure {
    let told = error.to_string();
    let most = told.strip_prefix("`ttl` is at most ").and_then(|rest| rest.split_once(' ')?.0.parse::<u64>().ok());
    match most {
        Some(seconds) => Failure::Other(format!("--ttl: at most {} at this hub", time(seconds))),
        None => error.into(),
    }
}

/// Seconds, as they would be typed.
fn time(seconds: u64) -> String {
    let unit = [(86_400, "d"), (3_600, "h"), (60, "m")]
        .into_iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    unit.map_or(format!("{seconds}s"), |(unit, word)| format!("{}{word}", seconds / unit))
}

/// What whoever named an address that nobody has may have meant, or can do.
async fn unknown(args: &Args, seat: &Seat, error: &agent_hub_client::Error) -> Failure {
    let told = error.to_string();
    let name = args.to.split(',').map(str::trim).find(|name| told.contains(&format!("`{name}`"))).unwrap_or_default();
    let channels = seat.hub.channels().await.unwrap_or_default();
    let hint = if channels.iter().any(|channel| channel.name.strip_prefix('#') == Some(name)) {
        format!("for the channel say '#{name}'")
    } else if name.starts_with('#') {
        ways_to_a_channel(name.trim_start_matches('#'))
    } else if !name.is_empty() && is_made_here(seat) {
        format!(
            "`agent-hub wait --as {name}` or `agent-hub agent add {name}` makes it, `agent-hub peers` lists who there is"
        )
    } else {
        "`agent-hub peers` lists who there is".into()
    };
    Failure::Other(format!("{told}; {hint}"))
}

/// Whether this is the machine of the hub, where agents are made on the way.
fn is_made_here(seat: &Seat) -> bool {
    seat.profile.folder().join("profiles/operator.json").exists()
}

/// Whether an addressee may come to be in a moment: on the machine of the hub, where agents are made on the way.
fn may_come(seat: &Seat, error: &agent_hub_client::Error) -> bool {
    is_made_here(seat) && (error.is(ErrorCode::UnknownAddress) || error.code() == "no_keys")
}

/// Who cannot open what was sent, if there are such. Keys that are not believed may be an attacker's: they come first, and loudly.
fn left_out(to: &str, sent: &Sent) -> Option<String> {
    if sent.left_out.is_empty() {
        return None;
    }
    let (keyless, refused): (Vec<_>, Vec<_>) = sent.left_out.iter().partition(|left| left.code == "no_keys");
    let (sealed, all) = (sent.sealed_for.len(), sent.sealed_for.len() + sent.left_out.len());
    let whom = if to.contains(',') { format!("that {to} reach") } else { format!("members of {to}") };
    let mut told = format!("sealed for {sealed} of {all} {whom}");
    if !refused.is_empty() {
        let names: Vec<_> = refused.iter().map(|left| format!("{} ({})", left.agent, left.code)).collect();
        told.push_str(&format!("; KEYS NOT BELIEVED, compare words with `keys verify`: {}", names.join(", ")));
    }
    if !keyless.is_empty() {
        let names: Vec<_> = keyless.iter().map(|left| left.agent.as_str()).collect();
        told.push_str(&format!("; without keys: {}", names.join(", ")));
    }
    Some(told)
}

fn as_json(told: &[String], sent: &Sent) -> Value {
    let mut json = json!({ "sent": told });
    if !sent.left_out.is_empty() {
        let left_out = sent.left_out.iter().map(|left| json!({ "agent": left.agent, "code": left.code }));
        json["left_out"] = left_out.collect();
    }
    json
}

/// What the item is called from now on: its numbers in the streams that it went to.
async fn references(seat: &Seat, sent: &Sent) -> Result<Vec<String>, Failure> {
    let status = seat.hub.status(&sent.token).await?;
    let mut inbox = seat.here().await?;
    let told: Vec<_> = status.to.iter().map(|to| format!("{}/{}", to.address, to.seq)).collect();
    let memory = Memory::change(&seat.profile, |memory| {
        memory.hold_to(&inbox.epoch);
        for reference in &told {
            memory.note_sent(reference.clone(), &sent.token);
        }
        memory.clone()
    })?;
    seat.move_past_own(&mut inbox, &memory).await;
    Ok(told)
}

fn body(argument: Option<&str>, file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    match (argument, file) {
        (_, Some(path)) => {
            let file = std::fs::File::open(path).map_err(|error| Failure::at(path, &error))?;
            read(file, &path.display().to_string())
        }
        (Some(text), None) if text != "-" => Ok(text.as_bytes().to_vec()),
        (None, None) if std::io::stdin().is_terminal() => {
            Err(Failure::Usage("nothing to send: give a body, --file, or standard input".into()))
        }
        _ => read(std::io::stdin().lock(), "standard input"),
    }
}

fn read(from: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    from.take(BODY_MAX + 1).read_to_end(&mut body).map_err(|error| Failure::Other(format!("{name}: {error}")))?;
    if body.len() as u64 > BODY_MAX {
        return Err(Failure::Other(format!("{name} has more than {} MiB", BODY_MAX / 1024 / 1024)));
    }
    Ok(body)
}
