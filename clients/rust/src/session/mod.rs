//! Being told: one task holds the socket, keeps it, and hands every entry to the caller once and in order.
//!
//! - [`socket`]: one socket and what its end means;
//! - [`tracks`]: positions, and what may be acknowledged;
//! - [`notifications`]: what the caller holds.

mod notifications;
mod socket;
mod tracks;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use agent_hub_protocol::{
    body::{InboxAnswer, Notification},
    frame::{HubFrame, Welcome, WelcomeLimits},
    limits::SEQ_MAX,
};
use serde_json::json;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use notifications::Watch;
pub use notifications::{Listen, Note, Notifications};
use socket::{End, Socket, unreachable};
pub use tracks::Positions;
use tracks::{Tracks, Verdict};

use crate::{
    Error, Hub, Result,
    backoff::{Backoff, part_of},
    items,
    login::Jwt,
    rest::Call,
};

/// Entries between socket and caller; beyond them the socket is not read.
const QUEUE: usize = 256;
/// Over how long sessions come back after a restart of the hub.
const RESTART_SPREAD: Duration = Duration::from_secs(5);
/// A session that held so long was a good one.
const GOOD_AFTER: Duration = Duration::from_secs(60);
/// A hub that claims to ping more seldom is asked nevertheless, in seconds.
const PING_INTERVAL_MAX_S: u64 = 3600;
/// How often what was moved past silently is acknowledged.
const ACK_EVERY: Duration = Duration::from_secs(1);

/// What the task and the caller's notifications share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    tracks: Mutex<Tracks>,
    /// What was taken from the hub and not yet handed to the caller: (stream, number), in order.
    queued: Mutex<VecDeque<(String, i64)>>,
    /// One acknowledgement at a time: those that wait for it are told together.
    acking: tokio::sync::Mutex<()>,
}

/// An entry on its way to the caller, with the life of its track.
#[derive(Debug)]
struct Told {
    entry: Notification,
    life: u64,
}

impl Shared {
    fn tracks(&self) -> MutexGuard<'_, Tracks> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queued(&self) -> MutexGuard<'_, VecDeque<(String, i64)>> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the caller was handed, or was moved past before the next that it will be handed.
    fn positions(&self) -> Positions {
        let mut positions = self.tracks().positions();
        for (stream, seq) in self.queued().iter().rev() {
            positions.after.entry(stream.clone()).and_modify(|position| *position = (*position).min(seq - 1));
        }
        positions
    }

    /// The caller is done with everything up to an entry, and the hub is told.
    async fn done(&self, hub: &Hub, entry: &Notification, life: u64) -> Result<()> {
        self.tracks().done(&entry.stream, life, entry.seq, &entry.token);
        let _turn = self.acking.lock().await;
        self.tell(hub).await
    }

    /// Tells the hub what may be acknowledged now. The caller has the turn.
    async fn tell(&self, hub: &Hub) -> Result<()> {
        let (epoch, due) = {
            let mut tracks = self.tracks();
            (tracks.epoch().to_owned(), tracks.due())
        };
        let mut told = Ok(());
        for (stream, life, seq) in due {
            // A stream that the agent was taken out of must not hold up the others.
            match hub.ack_in(&stream, seq, Some(&epoch)).await {
                Ok(()) => self.tracks().acked(&stream, life, seq),
                Err(error) => told = Err(error),
            }
        }
        told
    }
}

/// What the hub takes: it tells that only to a session, so one is begun and ended. `None` where it does not come to be.
pub(crate) async fn ask_limits(hub: &Hub) -> Option<WelcomeLimits> {
    let jwt = hub.rest().jwt().await.ok()?;
    let (socket, welcome) = Socket::open(hub.rest(), &jwt, &Positions::default()).await.ok()?;
    socket.close().await;
    Some(welcome.limits)
}

/// The task of one session after the other.
struct Session {
    hub: Hub,
    shared: Arc<Shared>,
    to_caller: mpsc::Sender<Result<Told>>,
    /// Taken from the socket, and not yet with the caller.
    pending: Option<Told>,
    own: bool,
    backoff: Backoff,
    watch: Option<Watch>,
    /// The hub did not answer when it was last asked for a session.
    is_away: bool,
}

impl Session {
    /// Until the caller has gone, or coming back would not help.
    async fn run(mut self) {
        let caller = self.to_caller.clone();
        tokio::select! {
            () = caller.closed() => {}
            () = self.keep() => {}
        }
    }

    async fn keep(&mut self) {
        let error = loop {
            let end = self.session().await;
            if let Err(error) = self.pause(end).await {
                break error;
            }
        };
        if let Some(entry) = self.pending.take() {
            drop(self.to_caller.send(Ok(entry)).await);
        }
        drop(self.to_caller.send(Err(error)).await);
    }

    /// One session, from login to the end of its socket.
    async fn session(&mut self) -> End {
        let jwt = match self.hub.rest().jwt().await {
            Ok(jwt) => jwt,
            Err(error) if error.may_pass() => {
                self.reached(Some(&error));
                return End::Later(error);
            }
            Err(error) => return End::Final(error),
        };
        let positions = self.shared.tracks().positions();
        let (socket, welcome) = match Socket::open(self.hub.rest(), &jwt, &positions).await {
            Ok(opened) => opened,
            Err(End::LogIn) => {
                self.hub.rest().forget(&jwt).await;
                return End::LogIn;
            }
            Err(end) => {
                if let End::Later(error) = &end {
                    self.reached(Some(error));
                }
                return end;
            }
        };
        self.reached(None);
        self.hub.learn_limits(welcome.limits);
        self.shared.tracks().welcome(&welcome.epoch, &welcome.streams);
        let begun = Instant::now();
        let (end, told) = self.listen(socket, &welcome, jwt.clone()).await;
        if told || begun.elapsed() >= GOOD_AFTER {
            self.backoff.reset();
        }
        if matches!(end, End::LogIn) {
            self.hub.rest().forget(&jwt).await;
        }
        end
    }

    /// What comes before the next session.
    async fn pause(&mut self, end: End) -> Result<()> {
        match end {
            End::Final(error) => return Err(error),
            // Soon; but what happens again and again must not become a flood.
            End::Gap | End::LogIn => sleep(self.backoff.pause() / 10).await,
            End::Restart => sleep(part_of(RESTART_SPREAD)).await,
            End::Streams => {
                sleep(self.backoff.pause() / 10).await;
                let inbox: Result<InboxAnswer> = self.hub.rest().call(Call::get("/secure/inbox?limit=1")).await;
                match inbox {
                    Ok(inbox) => self.shared.tracks().keep(|stream| inbox.streams.contains_key(stream)),
                    // The next session will say the same again.
                    Err(error) if error.may_pass() => {}
                    Err(error) => return Err(error),
                }
            }
            End::Later(error) => {
                let pause = self.backoff.pause();
                tracing::debug!(%error, ?pause, "the session ended; coming back");
                sleep(pause).await;
                self.hub.rest().find_again();
            }
        }
        Ok(())
    }

    /// The hub was asked for a session, and why it gave none. What changes is told once.
    fn reached(&mut self, away: Option<&Error>) {
        if self.is_away != away.is_some() {
            self.is_away = away.is_some();
            if let Some(watch) = &self.watch {
                watch.tell(&self.hub.url(), away);
            }
        }
    }

    /// Reads the socket until it ends. While the caller has no room, it is not read: then the hub waits.
    async fn listen(&mut self, mut socket: Socket, welcome: &Welcome, mut jwt: Jwt) -> (End, bool) {
        let interval = Duration::from_secs(welcome.ping_interval_s.clamp(1, PING_INTERVAL_MAX_S));
        let (mut heard, mut pinged) = (Instant::now(), false);
        let mut ack_at = Instant::now() + ACK_EVERY;
        let mut told = false;
        loop {
            let silent_at = heard + if pinged { 2 * interval } else { interval };
            let (hub, to_caller) = (self.hub.clone(), self.to_caller.clone());
            tokio::select! {
                frame = socket.hear(hub.rest()), if self.pending.is_none() => {
                    (heard, pinged) = (Instant::now(), false);
                    match frame {
                        Ok(Some(frame)) => match self.take(frame) {
                            Ok(entry) => self.pending = entry,
                            Err(end) => { socket.close().await; return (end, told); }
                        },
                        Ok(None) => {}
                        Err(end) => return (end, told),
                    }
                }
                room = to_caller.reserve(), if self.pending.is_some() => {
                    if let (Ok(room), Some(entry)) = (room, self.pending.take()) {
                        room.send(Ok(entry));
                        told = true;
                    }
                    heard = Instant::now();
                }
                () = sleep_until(silent_at), if self.pending.is_none() => {
                    if pinged {
                        return (End::Later(unreachable(hub.rest(), "nothing is heard from it")), told);
                    }
                    pinged = true;
                    if let Err(error) = socket.say(&json!({"type": "ping"})).await {
                        return (End::Later(unreachable(hub.rest(), &error.to_string())), told);
                    }
                }
                () = sleep_until(jwt.renew_at) => match self.refresh(&mut socket, &jwt).await {
                    Ok(next) => jwt = next,
                    Err(end) => return (end, told),
                },
                () = sleep_until(ack_at) => {
                    ack_at = Instant::now() + ACK_EVERY;
                    self.ack_silently();
                }
            }
        }
    }

    /// What a frame means: an entry for the caller, or nothing more.
    fn take(&self, frame: HubFrame) -> std::result::Result<Option<Told>, End> {
        let is_sound = match &frame {
            HubFrame::Notify(entry) => items::is_sound(entry),
            HubFrame::Skipped(range) => 1 <= range.from && range.from <= range.to && range.to <= SEQ_MAX,
            _ => true,
        };
        if !is_sound {
            return Err(End::Later(self.hub.rest().foreign()));
        }
        let mut tracks = self.shared.tracks();
        let verdict = match &frame {
            HubFrame::Notify(entry) => tracks.notify(entry, !self.own && entry.from == self.hub.agent()),
            HubFrame::Skipped(range) => tracks.skip(&range.stream, range.from, range.to),
            HubFrame::Resync(at) => {
                tracks.resync(&at.stream, at.acked);
                Verdict::MovePast
            }
            HubFrame::Joined(joined) => {
                tracks.join(&joined.stream, joined.cursor.acked);
                Verdict::MovePast
            }
            HubFrame::Left { stream } => {
                tracks.leave(stream);
                Verdict::MovePast
            }
            _ => Verdict::MovePast,
        };
        match (verdict, frame) {
            (Verdict::HandOver(life), HubFrame::Notify(entry)) => {
                self.shared.queued().push_back((entry.stream.clone(), entry.seq));
                Ok(Some(Told { entry, life }))
            }
            (Verdict::Gap, _) => Err(End::Gap),
            _ => Ok(None),
        }
    }

    /// The next JWT, told to the socket before this one ends.
    async fn refresh(&self, socket: &mut Socket, old: &Jwt) -> std::result::Result<Jwt, End> {
        let rest = self.hub.rest();
        match rest.jwt().await {
            Ok(next) => {
                let said = socket.say(&json!({"type": "refresh", "token": next.text})).await;
                said.map(|()| next).map_err(|error| End::Later(unreachable(rest, &error.to_string())))
            }
            // The hub will end the session when it must; until then the old one is good.
            Err(error) if error.may_pass() => {
                Ok(Jwt { renew_at: Instant::now() + Duration::from_secs(5), ..old.clone() })
            }
            Err(error) => Err(End::Final(error)),
        }
    }

    /// Acknowledges what was moved past, beside the session: it must not wait for that.
    fn ack_silently(&self) {
        if self.shared.tracks().due().is_empty() {
            return;
        }
        let (shared, hub) = (self.shared.clone(), self.hub.clone());
        tokio::spawn(async move {
            let Ok(_turn) = shared.acking.try_lock() else { return };
            if let Err(error) = shared.tell(&hub).await {
                tracing::debug!(%error, "what was moved past could not be acknowledged; it will be later");
            }
        });
    }
}
