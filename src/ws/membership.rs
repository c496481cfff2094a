//! Which streams a session follows: what it asked for itself, what others changed, and what has to be read anew when something
//! may have been missed.

use agent_hub_protocol::{
    body::Cursor,
    frame::{ClientFrame, HubFrame, Joined},
};
use futures::StreamExt;
use tokio::time::Instant;

use super::{
    session::{End, REPLAY_PAUSE, Session},
    socket::encode,
};
use crate::{
    error::{Error, ErrorCode},
    hub::traffic::Watch,
    store::{StreamId, subscriptions::SubscriptionRow},
};

impl Session {
    /// Frames that change the session itself: one at a time, after what was asked before.
    pub(super) async fn own(&mut self, id: Option<String>, frame: ClientFrame) -> std::result::Result<(), End> {
        while let Some(answer) = self.in_flight.next().await {
            self.socket.put(encode(&answer));
        }
        match frame {
            ClientFrame::Join(join) => match self.hub.join(&self.who, &join.channel).await {
                Ok(joined) => self.joined(&joined.stream, id).await,
                Err(error) => self.say_error("join", &error, id),
            },
            ClientFrame::Leave(leave) => match self.hub.leave(&self.who, &leave.channel).await {
                Ok(stream) => self.left(stream, id),
                Err(error) => self.say_error("leave", &error, id),
            },
            ClientFrame::Refresh(refresh) => return self.refresh(&refresh.token, id).await,
            ClientFrame::Watch(watch) if self.who.is_operator() => {
                let everything = watch.events.unwrap_or(false);
                self.ears.watch(if everything { Watch::Events } else { Watch::Publishes });
                self.say(HubFrame::Ok, id);
            }
            _ => {
                let error = Error::new(ErrorCode::Forbidden, "watching needs an operator");
                return Err(End::Error { id, asked: "watch", error });
            }
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
            Err(error) => self.say_error("refresh", &error, id),
        }
        Ok(())
    }

    async fn joined(&mut self, address: &str, id: Option<String>) {
        match self.hub.subscription(&self.who, Some(address)).await {
            Ok(row) if self.tracks.get(row.stream).is_some_and(|track| track.since == row.since) => {
                self.say_joined(&row, id);
            }
            Ok(row) => self.membership(row.stream, id).await,
            Err(error) => self.say_error("join", &error, id),
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
    pub(super) async fn membership(&mut self, stream: StreamId, id: Option<String>) {
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

    pub(super) fn compare_later(&mut self, error: &Error) {
        tracing::debug!(%error, "a session could not be compared with the store, and tries again");
        self.compare_at = Some(Instant::now() + REPLAY_PAUSE);
    }

    fn say_joined(&mut self, row: &SubscriptionRow, id: Option<String>) {
        let cursor = Cursor { acked: row.acked, head: row.head };
        self.say(HubFrame::Joined(Joined { stream: row.address(), cursor }), id);
    }

    /// Something may have been missed: who the agent is, what it is a member of, and how far each stream has got are read anew.
    pub(super) async fn compare(&mut self) -> std::result::Result<(), End> {
        self.compare_at = None;
        if !self.recheck().await? {
            return Ok(());
        }
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

    /// Whether the agent may still be here; `false`: it could not be found out, and is tried again.
    pub(super) async fn recheck(&mut self) -> std::result::Result<bool, End> {
        match self.hub.recheck(&self.who).await {
            Ok(who) if self.ears.is_watching() && !who.is_operator() => return Err(End::Close(ErrorCode::Forbidden)),
            Ok(who) => self.who = who,
            Err(error) if error.code() == ErrorCode::Unauthenticated => return Err(End::Close(error.code())),
            Err(error) => {
                self.compare_later(&error);
                return Ok(false);
            }
        }
        Ok(true)
    }
}
