//! One task for each socket. It hears from the registry, from its peer and from the clock, reads the log where it is behind, and is
//! the only one that writes to its socket.

use std::{sync::Arc, time::Duration};

use agent_hub_protocol::frame::{self, ClientFrame, HubFrame, HubMessage};
use futures::{StreamExt, stream::FuturesOrdered};
use tokio::{task::JoinError, time::Instant};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::task::AbortOnDropHandle;

use super::{
    account::Push,
    dispatch::{self, Answer, Request, refusal},
    pace::Pace,
    socket::{Heard, Socket, encode},
    tracks::Tracks,
};
use crate::{
    auth::principal::Principal,
    clock,
    error::{Error, ErrorCode, Result},
    http::listener::Slot,
    hub::{
        Hub,
        registry::{Ears, Signal},
        replay::{Line, PAGE, Replay},
    },
    store::StreamId,
};

/// Requests of one session that may be under way.
const IN_FLIGHT: usize = 16;
/// Signals that are written out together.
const AT_ONCE: usize = 64;
/// Before the log is read again after it could not be.
pub(super) const REPLAY_PAUSE: Duration = Duration::from_secs(1);

/// A write that took longer than this has kept the session from listening.
const BLOCKED: Duration = Duration::from_secs(1);
/// How long what was asked before a shutdown may take.
const FINISH_LIMIT: Duration = Duration::from_secs(1);

/// A task of its own: as a future of the session it would stand still, and keep its database connection, for as long as the
/// peer does not read.
type Reading = AbortOnDropHandle<(StreamId, Result<Replay>)>;

/// Why a session ends.
#[derive(Debug)]
pub(super) enum End {
    /// The peer closed, or is gone.
    Gone,
    /// The peer broke the WebSocket protocol.
    Broken(u16),
    /// With a code of the table, and a frame before it that tells why; `asked` is the type of frame that led to it, where it has one.
    Error { id: Option<String>, asked: &'static str, error: Error },
    /// With a code of the table, and no frame.
    Close(ErrorCode),
}

impl End {
    async fn tell(self, socket: Socket) {
        match self {
            Self::Gone => socket.finish().await,
            Self::Broken(code) => socket.close_with(code, "").await,
            Self::Close(code) => socket.close(code, code.as_str()).await,
            Self::Error { error, .. } => socket.close(error.code(), error.code().as_str()).await,
        }
    }
}

/// A live socket of an agent. What it rarely does is boxed, here and below: ten thousand of these are mostly idle.
pub(super) struct Session {
    pub(super) hub: Arc<Hub>,
    /// The connection's slot under the caps.
    pub(super) _slot: Option<Arc<Slot>>,
    pub(super) socket: Socket,
    pub(super) who: Principal,
    pub(super) ears: Ears,
    pub(super) tracks: Tracks,
    pub(super) inline_max: u32,
    pub(super) pace: Pace,
    pub(super) in_flight: FuturesOrdered<Answer>,
    pub(super) reading: Option<Reading>,
    /// Entries in the socket's outbox.
    pub(super) unwritten: Vec<Push>,
    /// Something could not be read from the store: the comparison is due then.
    pub(super) compare_at: Option<Instant>,
    pub(super) heard_at: Instant,
    pub(super) pinged_at: Instant,
}

impl Session {
    /// Runs until either side has had enough.
    pub async fn run(mut self) {
        tracing::debug!(agent = %self.who.name, session = self.ears.id(), "a session opened");
        self.opened();
        let end = self.serve().await;
        tracing::debug!(agent = %self.who.name, session = self.ears.id(), ?end, "a session ended");
        self.ended(&end);
        if matches!(end, End::Close(ErrorCode::ShuttingDown)) {
            Box::pin(self.finish_requests()).await;
        }
        if let End::Error { id, asked, error } = &end {
            self.say(refusal(&self.hub, Some(&self.who.name), asked, error), id.clone());
        }
        // The place in the registry is free before the peer has read why.
        drop(self.ears);
        Box::pin(end.tell(self.socket)).await;
    }

    /// What was asked before the hub shuts down is still answered.
    async fn finish_requests(&mut self) {
        let answers = async {
            while let Some(answer) = self.in_flight.next().await {
                self.socket.put(encode(&answer));
            }
        };
        drop(tokio::time::timeout(FINISH_LIMIT, answers).await);
    }

    async fn serve(&mut self) -> End {
        let timer = tokio::time::sleep_until(self.due_at());
        tokio::pin!(timer);
        loop {
            if let Err(end) = self.flush().await {
                return end;
            }
            if let Some(code) = self.ears.closing() {
                return End::Close(code);
            }
            if self.ears.has_missed()
                && let Err(end) = Box::pin(self.compare()).await
            {
                return end;
            }
            self.read_on();
            let ended = tokio::select! {
                signal = self.ears.hear() => self.signals(signal).await,
                heard = self.socket.hear(), if self.in_flight.len() < IN_FLIGHT => self.heard(heard).await,
                Some(answer) = self.in_flight.next() => { self.socket.put(encode(&answer)); Ok(()) }
                read = read(&mut self.reading) => self.replayed(read),
                () = &mut timer => self.tick().await,
            };
            if let Err(end) = ended {
                return end;
            }
            let due_at = self.due_at();
            if timer.deadline() != due_at {
                timer.as_mut().reset(due_at);
            }
        }
    }

    /// Writes the buffer out. A peer that does not read holds up nobody but itself: what is signalled meanwhile is dropped, to
    /// be found in the log, but the end of its credentials still ends it.
    async fn flush(&mut self) -> std::result::Result<(), End> {
        if !self.socket.is_unwritten() {
            return Ok(());
        }
        let begun = Instant::now();
        let deadline = begun + 2 * self.hub.limits.ping_interval;
        let mut dropped = false;
        loop {
            let over_at = self.ends_at();
            tokio::select! {
                biased;
                written = self.socket.write_out() => {
                    if !written {
                        return Err(End::Gone);
                    }
                    break;
                }
                signal = self.ears.hear() => {
                    if let Some(code) = self.ears.closing() {
                        return Err(End::Close(code));
                    }
                    match signal {
                        Some(Signal::Agent) => dropped |= !Box::pin(self.recheck()).await?,
                        Some(Signal::Traffic(_)) => {}
                        Some(Signal::Events(frame)) => self.ears.miss(&frame),
                        _ => dropped = true,
                    }
                }
                () = tokio::time::sleep_until(deadline.min(over_at)) => {
                    return Err(if self.is_over() { End::Close(ErrorCode::Unauthenticated) } else { End::Close(ErrorCode::Silent) });
                }
            }
        }
        self.tracks.publish_positions();
        self.account();
        if begun.elapsed() > BLOCKED {
            // It has read, so it lives; what it says could not be heard meanwhile.
            self.heard_at = Instant::now();
        }
        if dropped { Box::pin(self.compare()).await } else { Ok(()) }
    }

    async fn signals(&mut self, first: Option<Signal>) -> std::result::Result<(), End> {
        let mut next = first;
        let mut left = AT_ONCE;
        while let Some(signal) = next {
            match signal {
                Signal::Entry(entry) => {
                    if let Some(frame) = self.tracks.entry(&entry) {
                        self.socket.put(frame);
                        self.unwritten.push(Push::live(&entry));
                    }
                }
                Signal::Head(stream, head) => self.tracks.head(stream, head),
                Signal::Traffic(frame) => self.socket.put(Utf8Bytes::clone(&frame)),
                Signal::Events(frame) => self.socket.put(frame.text(self.ears.missed_events())),
                Signal::Agent => Box::pin(self.compare()).await?,
                Signal::Membership(stream) => Box::pin(self.membership(stream, None)).await,
                Signal::Close => {
                    return Err(End::Close(self.ears.closing().unwrap_or(ErrorCode::ShuttingDown)));
                }
            }
            left -= 1;
            next = if left > 0 { self.ears.try_hear() } else { None };
        }
        Ok(())
    }

    async fn heard(&mut self, heard: Heard) -> std::result::Result<(), End> {
        self.heard_at = Instant::now();
        let text = match heard {
            Heard::Text(text) => text,
            Heard::Ping | Heard::Pong => {
                return if self.pace.allows() { Ok(()) } else { Err(End::Close(ErrorCode::TooManyRequests)) };
            }
            Heard::Gone => return Err(End::Gone),
            Heard::Broken(code) => return Err(End::Broken(code)),
            Heard::Binary => return Err(bad_frame(None, "expected text, not binary")),
        };
        if !self.pace.allows() {
            return Err(End::Close(ErrorCode::TooManyRequests));
        }
        let (id, frame) =
            frame::read(&text).map_err(|unreadable| bad_frame(unreadable.id, unreadable.error.to_string()))?;
        let request = match frame {
            ClientFrame::Hello(_) => return Err(bad_frame(id, "a second hello")),
            ClientFrame::Ack(ack) => Request::Ack(ack),
            ClientFrame::Publish(publish) => Request::Publish(publish),
            ClientFrame::Retrieve(retrieve) => Request::Retrieve(retrieve),
            ClientFrame::Ping(_) => Request::Ping,
            own => return Box::pin(self.own(id, own)).await,
        };
        let answer = Box::pin(dispatch::ask(&self.hub, &self.who, request, id)).await;
        self.in_flight.push_back(answer);
        Ok(())
    }

    /// Starts to read the log where the session is behind.
    fn read_on(&mut self) {
        if self.reading.is_some() {
            return;
        }
        if let Some((stream, address, sent)) = self.tracks.behind() {
            let hub = self.hub.clone();
            // A page with data is shorter: what it holds at most is what a session may hold.
            let (inline_max, page) =
                if self.inline_max == 0 { (-1, PAGE) } else { (i64::from(self.inline_max), PAGE / 4) };
            self.reading = Some(AbortOnDropHandle::new(tokio::spawn(async move {
                let replay = hub.replay(stream, &address, sent, page, inline_max).await;
                // Nor is it read again at once if it does not go on: its head has fallen.
                if replay.as_ref().map_or(true, |replay| replay.covered <= sent) {
                    tokio::time::sleep(REPLAY_PAUSE).await;
                }
                (stream, replay)
            })));
        }
    }

    fn replayed(
        &mut self,
        read: std::result::Result<(StreamId, Result<Replay>), JoinError>,
    ) -> std::result::Result<(), End> {
        self.reading = None;
        let (stream, replay) = read.map_err(|bug| End::Error {
            id: None,
            asked: "frame",
            error: Error::of(ErrorCode::Internal).because(bug),
        })?;
        match replay {
            // Left meanwhile, or joined anew from further on: what was read is not for this agent any more.
            Ok(replay) if self.tracks.get(stream).is_some_and(|track| replay.from == track.sent) => {
                for line in replay.lines {
                    let frame = match line {
                        Line::Entry(entry) => {
                            self.unwritten.extend(
                                self.hub.item_of(&entry.token).map(|item| Push::replayed(stream, entry.seq, item)),
                            );
                            HubFrame::Notify(entry)
                        }
                        Line::Skipped(skipped) => HubFrame::Skipped(skipped),
                    };
                    self.say(frame, None);
                }
                self.tracks.caught_up(stream, replay.covered);
            }
            Ok(_) => {}
            // That the database is away is told by the hub, once; not by each of its sessions.
            Err(error) => tracing::debug!(%error, "a session could not read its log, and tries again"),
        }
        Ok(())
    }

    async fn tick(&mut self) -> std::result::Result<(), End> {
        if self.is_over() {
            return Err(End::Close(ErrorCode::Unauthenticated));
        }
        if self.compare_at.is_some_and(|at| at <= Instant::now()) {
            Box::pin(self.compare()).await?;
        }
        let interval = self.hub.limits.ping_interval;
        if self.heard_at.elapsed() >= 2 * interval {
            return Err(End::Close(ErrorCode::Silent));
        }
        if self.pinged_at.elapsed() >= interval {
            self.pinged_at = Instant::now();
            self.socket.put_ping();
        }
        Ok(())
    }

    /// The next moment at which something is due: a ping, the end of patience with a silent peer, the end of the credentials.
    fn due_at(&self) -> Instant {
        let interval = self.hub.limits.ping_interval;
        let due_at = (self.pinged_at + interval).min(self.heard_at + 2 * interval).min(self.ends_at());
        self.compare_at.map_or(due_at, |at| at.min(due_at))
    }

    /// When the credentials end, on the monotonic clock; looked at anew at least once an hour.
    fn ends_at(&self) -> Instant {
        let left = self.who.ends_at.saturating_sub(clock::now_ms()).clamp(0, 3_600_000);
        Instant::now() + Duration::from_millis(left.unsigned_abs())
    }

    fn is_over(&self) -> bool {
        self.who.ends_at <= clock::now_ms()
    }

    pub(super) fn say(&mut self, frame: HubFrame, id: Option<String>) {
        self.socket.put(encode(&HubMessage { frame, id }));
    }

    pub(super) fn say_error(&mut self, asked: &str, error: &Error, id: Option<String>) {
        self.say(refusal(&self.hub, Some(&self.who.name), asked, error), id);
    }
}

fn bad_frame(id: Option<String>, told: impl Into<std::borrow::Cow<'static, str>>) -> End {
    End::Error { id, asked: "frame", error: Error::new(ErrorCode::BadFrame, told) }
}

/// The reading that is under way; without one, never ready.
async fn read(reading: &mut Option<Reading>) -> std::result::Result<(StreamId, Result<Replay>), JoinError> {
    match reading {
        Some(reading) => reading.await,
        None => std::future::pending().await,
    }
}
