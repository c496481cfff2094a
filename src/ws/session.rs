//! One task for each socket. It hears from the registry, from its peer and from the clock, reads the log where it is behind, and is
//! the only one that writes to its socket.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use agent_hub_protocol::{
    PROTOCOL,
    body::Cursor,
    frame::{self, ClientFrame, HubFrame, HubMessage, Joined, Welcome, WelcomeLimits},
    limits::{INLINE_MAX_BYTES, SOCKET_DATA_MAX_BYTES, SOCKET_MESSAGE_MAX_BYTES, TO_MAX},
};
use futures::{StreamExt, stream::FuturesOrdered};
use tokio::time::Instant;

use super::{
    dispatch::{self, Request, refusal},
    hello::Resume,
    pace::Pace,
    socket::{Heard, Socket, encode},
    tracks::Tracks,
};
use crate::{
    auth::principal::Principal,
    clock,
    error::{Error, ErrorCode, Result},
    http::Edge,
    hub::{
        Hub,
        registry::{Ear, Ears, Signal},
        replay::{Line, PAGE, Replay},
    },
    store::{StreamId, subscriptions::SubscriptionRow},
};

/// Requests of one session that may be under way.
const IN_FLIGHT: usize = 64;
/// Signals that are written out together.
const AT_ONCE: usize = 64;
/// Before the log is read again after it could not be.
const REPLAY_PAUSE: Duration = Duration::from_secs(1);

/// How long what was asked before a shutdown may take.
const FINISH_LIMIT: Duration = Duration::from_secs(1);

type Answer = Pin<Box<dyn Future<Output = HubMessage> + Send>>;
type Reading = Pin<Box<dyn Future<Output = (StreamId, Result<Replay>)> + Send>>;

/// Why a session ends.
#[derive(Debug)]
pub(super) enum End {
    /// The peer closed, or is gone.
    Gone,
    /// The peer broke the WebSocket protocol.
    Broken(u16),
    /// With a code of the table; a frame tells why before it if there is something to tell.
    Error(Option<String>, Error),
    /// With a code of the table, and no frame.
    Close(ErrorCode),
}

/// A live socket of an agent.
pub(super) struct Session {
    hub: Arc<Hub>,
    socket: Socket,
    who: Principal,
    ears: Ears,
    tracks: Tracks,
    inline_max: u32,
    pace: Pace,
    in_flight: FuturesOrdered<Answer>,
    reading: Option<Reading>,
    /// Something could not be read from the store: the comparison is due then.
    compare_at: Option<Instant>,
    heard_at: Instant,
    pinged_at: Instant,
}

impl Session {
    /// Takes its place in the registry, and says welcome. Listening comes before reading: what is committed between the two
    /// is heard.
    pub async fn open(
        edge: Arc<Edge>,
        socket: Socket,
        who: Principal,
        id: Option<String>,
        resume: &Resume,
        inline_max: u32,
    ) -> std::result::Result<Self, (Socket, Option<String>, Error)> {
        let hub = edge.hub.clone();
        let Some(ears) = hub.registry.open(who.agent, Ear::Session { inline_max }, hub.limits.sessions_per_agent)
        else {
            return Err((socket, id, Error::of(ErrorCode::TooManySessions)));
        };
        let now = Instant::now();
        let mut session = Self {
            hub,
            socket,
            who,
            ears,
            tracks: Tracks::new(inline_max),
            inline_max,
            pace: Pace::new(),
            in_flight: FuturesOrdered::new(),
            reading: None,
            compare_at: None,
            heard_at: now,
            pinged_at: now,
        };
        match session.welcome(id.clone(), resume).await {
            Ok(()) => Ok(session),
            Err(error) => Err((session.socket, id, error)),
        }
    }

    async fn welcome(&mut self, id: Option<String>, resume: &Resume) -> Result<()> {
        let mut rows = self.hub.subscriptions(&self.who).await?;
        if let Some(unknown) = resume.after.keys().find(|stream| !rows.iter().any(|row| row.address() == **stream)) {
            let told = format!("`after` names `{}`, which is not a stream of this agent", unknown.escape_debug());
            return Err(Error::new(ErrorCode::NotFound, told));
        }
        let written: Vec<_> = rows.iter().map(|row| self.ears.listen(row.stream)).collect();
        self.hub.refresh_heads(&mut rows).await?;
        let mut streams = BTreeMap::new();
        let mut void = Vec::new();
        for (row, written) in rows.iter().zip(written) {
            let durable = row.acked.max(row.since);
            let position = match resume.after.get(&row.address()) {
                Some(after) if resume.epoch == self.hub.settings.epoch && after.0 <= row.head => after.0,
                Some(_) => {
                    void.push(self.hub.position(row));
                    durable
                }
                None => durable,
            };
            streams.insert(row.address(), Cursor { acked: row.acked, head: row.head });
            self.tracks.follow(row, position, written);
        }
        let welcome = self.describe(streams);
        self.say(HubFrame::Welcome(Box::new(welcome)), id);
        for position in void {
            self.say(HubFrame::Resync(position), None);
        }
        Ok(())
    }

    fn describe(&self, streams: BTreeMap<String, Cursor>) -> Welcome {
        let limits = &self.hub.limits;
        Welcome {
            agent: self.who.name.to_string(),
            session: format!("{:x}", self.ears.id()),
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            hub: self.hub.settings.hub_id.clone(),
            epoch: self.hub.settings.epoch.clone(),
            limits: WelcomeLimits {
                data_max_bytes: limits.data_max_bytes as u64,
                socket_data_max_bytes: SOCKET_DATA_MAX_BYTES as u64,
                message_max_bytes: SOCKET_MESSAGE_MAX_BYTES as u64,
                inline_max_bytes: u64::from(INLINE_MAX_BYTES),
                to_max: TO_MAX as u64,
                ttl_max_s: limits.ttl_max_s,
            },
            streams,
            ping_interval_s: limits.ping_interval.as_secs(),
        }
    }

    /// Runs until either side has had enough.
    pub async fn run(mut self) {
        tracing::debug!(agent = %self.who.name, session = self.ears.id(), "a session opened");
        let end = self.serve().await;
        tracing::debug!(agent = %self.who.name, session = self.ears.id(), ?end, "a session ended");
        if matches!(end, End::Close(ErrorCode::ShuttingDown)) {
            self.finish_requests().await;
        }
        if let End::Error(id, error) = &end {
            self.say(refusal(error), id.clone());
        }
        // The place in the registry is free before the peer has read why.
        drop(self.ears);
        match end {
            End::Gone => self.socket.finish().await,
            End::Broken(code) => self.socket.close_with(code, "").await,
            End::Close(code) => self.socket.close(code, code.as_str()).await,
            End::Error(_, error) => self.socket.close(error.code(), error.code().as_str()).await,
        }
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
            if self.ears.has_missed()
                && let Err(end) = self.compare().await
            {
                return end;
            }
            self.read_on();
            let ended = tokio::select! {
                signal = self.ears.hear() => self.signals(signal).await,
                heard = self.socket.hear(), if self.in_flight.len() < IN_FLIGHT => self.heard(heard).await,
                Some(answer) = self.in_flight.next() => { self.socket.put(encode(&answer)); Ok(()) }
                (stream, replay) = read(&mut self.reading) => self.replayed(stream, replay).await,
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
        let deadline = Instant::now() + 2 * self.hub.limits.ping_interval;
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
                signal = self.ears.hear() => match signal {
                    Some(Signal::Close(code)) => return Err(End::Close(code)),
                    Some(Signal::Agent) => self.recheck().await?,
                    _ => dropped = true,
                },
                () = tokio::time::sleep_until(deadline.min(over_at)) => {
                    return Err(if self.is_over() { End::Close(ErrorCode::Unauthenticated) } else { End::Close(ErrorCode::Silent) });
                }
            }
        }
        self.tracks.publish_positions();
        if dropped { self.compare().await } else { Ok(()) }
    }

    async fn signals(&mut self, first: Option<Signal>) -> std::result::Result<(), End> {
        let mut next = first;
        let mut left = AT_ONCE;
        while let Some(signal) = next {
            match signal {
                Signal::Entry(entry) => {
                    if let Some(frame) = self.tracks.entry(&entry) {
                        self.socket.put(frame);
                    }
                }
                Signal::Head(stream, head) => self.tracks.head(stream, head),
                Signal::Traffic(frame) => self.socket.put(frame),
                Signal::Agent => self.compare().await?,
                Signal::Membership(stream) => self.membership(stream, None).await,
                Signal::Close(code) => return Err(End::Close(code)),
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
            own => return self.own(id, own).await,
        };
        let answer = dispatch::answer(self.hub.clone(), self.who.clone(), request);
        self.in_flight.push_back(Box::pin(async move { HubMessage { frame: answer.await, id } }));
        Ok(())
    }

    /// Frames that change the session itself: one at a time, after what was asked before.
    async fn own(&mut self, id: Option<String>, frame: ClientFrame) -> std::result::Result<(), End> {
        while let Some(answer) = self.in_flight.next().await {
            self.socket.put(encode(&answer));
        }
        match frame {
            ClientFrame::Join(join) => match self.hub.join(&self.who, &join.channel).await {
                Ok(joined) => self.joined(&joined.stream, id).await,
                Err(error) => self.say_error(&error, id),
            },
            ClientFrame::Leave(leave) => match self.hub.leave(&self.who, &leave.channel).await {
                Ok(stream) => self.left(stream, id),
                Err(error) => self.say_error(&error, id),
            },
            ClientFrame::Refresh(refresh) => return self.refresh(&refresh.token, id).await,
            _ if self.who.is_operator() => {
                self.ears.watch();
                self.say(HubFrame::Ok, id);
            }
            _ => return Err(End::Error(id, Error::new(ErrorCode::Forbidden, "watching needs an operator"))),
        }
        Ok(())
    }

    async fn refresh(&mut self, jwt: &str, id: Option<String>) -> std::result::Result<(), End> {
        match self.hub.authenticate_key(&self.who.key, jwt).await {
            Ok(who) => {
                self.who = who;
                self.say(HubFrame::Ok, id);
            }
            Err(error) if error.code() == ErrorCode::Unauthenticated => return Err(End::Close(error.code())),
            Err(error) => self.say_error(&error, id),
        }
        Ok(())
    }

    async fn joined(&mut self, address: &str, id: Option<String>) {
        match self.hub.subscription(&self.who, Some(address)).await {
            Ok(row) if self.tracks.get(row.stream).is_some_and(|track| track.since == row.since) => {
                self.say_joined(&row, id);
            }
            Ok(row) => self.membership(row.stream, id).await,
            Err(error) => self.say_error(&error, id),
        }
    }

    fn left(&mut self, address: String, id: Option<String>) {
        if let Some(stream) = self.tracks.find(&address) {
            self.ears.unlisten(stream);
            self.tracks.leave(stream);
        }
        self.say(HubFrame::Left { stream: address }, id);
    }

    /// Makes a stream's track what the store says of the membership, and tells if that changes anything.
    async fn membership(&mut self, stream: StreamId, id: Option<String>) {
        match self.hub.find_subscription(&self.who, stream).await {
            Ok(Some(row)) if self.tracks.get(stream).is_some_and(|track| track.since == row.since) => {}
            Ok(Some(row)) => {
                self.ears.unlisten(stream);
                let written = self.ears.listen(stream);
                let mut rows = [row];
                if let Err(error) = self.hub.refresh_heads(&mut rows).await {
                    self.compare_later(&error);
                }
                let [row] = rows;
                self.tracks.follow(&row, row.acked, written);
                self.say_joined(&row, id);
            }
            Ok(None) => {
                self.ears.unlisten(stream);
                if let Some(address) = self.tracks.leave(stream) {
                    self.say(HubFrame::Left { stream: address.to_string() }, id);
                }
            }
            Err(error) => self.compare_later(&error),
        }
    }

    fn compare_later(&mut self, error: &Error) {
        tracing::warn!(%error, "a session could not be compared with the store, and tries again");
        self.compare_at = Some(Instant::now() + REPLAY_PAUSE);
    }

    fn say_joined(&mut self, row: &SubscriptionRow, id: Option<String>) {
        let cursor = Cursor { acked: row.acked, head: row.head };
        self.say(HubFrame::Joined(Joined { stream: row.address(), cursor }), id);
    }

    /// Something may have been missed: who the agent is, what it is a member of, and how far each stream has got are read anew.
    async fn compare(&mut self) -> std::result::Result<(), End> {
        self.compare_at = None;
        self.recheck().await?;
        let rows = match self.hub.subscriptions(&self.who).await {
            Ok(rows) => rows,
            Err(error) => {
                self.compare_later(&error);
                return Ok(());
            }
        };
        let is_gone = |stream: &StreamId| rows.iter().all(|row| row.stream != *stream);
        for stream in self.tracks.streams().into_iter().filter(is_gone) {
            self.membership(stream, None).await;
        }
        for row in &rows {
            match self.tracks.get(row.stream) {
                Some(track) if track.since == row.since => self.tracks.head(row.stream, row.head),
                _ => self.membership(row.stream, None).await,
            }
        }
        Ok(())
    }

    async fn recheck(&mut self) -> std::result::Result<(), End> {
        match self.hub.recheck(&self.who).await {
            Ok(who) => self.who = who,
            Err(error) if error.code() == ErrorCode::Unauthenticated => return Err(End::Close(error.code())),
            // Not known just now: requests are answered 503 meanwhile, and the next change asks again.
            Err(error) => tracing::warn!(%error, "a session could not be checked"),
        }
        Ok(())
    }

    /// Starts to read the log where the session is behind.
    fn read_on(&mut self) {
        if self.reading.is_some() {
            return;
        }
        if let Some((stream, address, sent)) = self.tracks.behind() {
            let (hub, inline_max) =
                (self.hub.clone(), if self.inline_max == 0 { -1 } else { i64::from(self.inline_max) });
            self.reading = Some(Box::pin(async move {
                let replay = hub.replay(stream, &address, sent, PAGE, inline_max).await;
                if replay.is_err() {
                    tokio::time::sleep(REPLAY_PAUSE).await;
                }
                (stream, replay)
            }));
        }
    }

    async fn replayed(&mut self, stream: StreamId, replay: Result<Replay>) -> std::result::Result<(), End> {
        self.reading = None;
        match replay {
            // Left meanwhile, or joined anew from further on: what was read is not for this agent any more.
            Ok(replay) if self.tracks.get(stream).is_some_and(|track| replay.from == track.sent) => {
                for line in replay.lines {
                    let frame = match line {
                        Line::Entry(entry) => HubFrame::Notify(entry),
                        Line::Skipped(skipped) => HubFrame::Skipped(skipped),
                    };
                    self.say(frame, None);
                }
                self.tracks.caught_up(stream, replay.covered);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a session could not read its log, and tries again"),
        }
        Ok(())
    }

    async fn tick(&mut self) -> std::result::Result<(), End> {
        if self.is_over() {
            return Err(End::Close(ErrorCode::Unauthenticated));
        }
        if self.compare_at.is_some_and(|at| at <= Instant::now()) {
            self.compare().await?;
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

    /// The next moment at which something is due. Without any sign of life, silence is due half an interval after a ping.
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

    fn say(&mut self, frame: HubFrame, id: Option<String>) {
        self.socket.put(encode(&HubMessage { frame, id }));
    }

    fn say_error(&mut self, error: &Error, id: Option<String>) {
        self.say(refusal(error), id);
    }
}

fn bad_frame(id: Option<String>, told: impl Into<std::borrow::Cow<'static, str>>) -> End {
    End::Error(id, Error::new(ErrorCode::BadFrame, told))
}

/// The reading that is under way; without one, never ready.
async fn read(reading: &mut Option<Reading>) -> (StreamId, Result<Replay>) {
    match reading {
        Some(reading) => reading.as_mut().await,
        None => std::future::pending().await,
    }
}
