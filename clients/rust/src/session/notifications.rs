//! What the caller holds of a session.

use std::{
    collections::BTreeMap,
    future::IntoFuture,
    ops::Deref,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use agent_hub_protocol::body::Notification;
use futures::{Stream, future::BoxFuture};
use tokio::sync::mpsc;

use super::{
    QUEUE, Session, Shared, Told,
    tracks::{Positions, Tracks},
};
use crate::{Error, Hub, Message, Result, Send, backoff::Backoff};

/// How to be told; awaiting it begins.
#[derive(Debug)]
#[must_use = "nothing is told before it is awaited"]
pub struct Listen {
    hub: Hub,
    own: bool,
    hold: bool,
    from: Positions,
    watch: Option<Watch>,
}

/// Is told the hub's address, and why it is away; `None`: it is back.
#[derive(Clone)]
pub(super) struct Watch(Arc<WatchFn>);

type WatchFn = dyn Fn(&str, Option<&Error>) + std::marker::Send + Sync;

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Watch {
    pub(super) fn tell(&self, url: &str, away: Option<&Error>) {
        (self.0)(url, away);
    }
}

impl Listen {
    pub(crate) fn new(hub: Hub) -> Self {
        Self { hub, own: false, hold: false, from: Positions::default(), watch: None }
    }

    /// Acknowledge nothing that the caller did not acknowledge, not even this agent's own entries.
    pub fn hold_acks(mut self) -> Self {
        self.hold = true;
        self
    }

    /// Also what this agent itself sent to a channel of its own, or to itself.
    pub fn own(mut self) -> Self {
        self.own = true;
        self
    }

    /// Is told once when the hub no longer answers, with its address and why, and once when it is back (`None`). Nothing is lost
    /// meanwhile: this is for whoever wonders why nothing comes.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let listen = hub.notifications().watch_hub(|url, away| match away {
    ///     Some(error) => eprintln!("waiting for {url}: {error}"),
    ///     None => eprintln!("{url} is back"),
    /// });
    /// let mut notes = listen.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_hub(mut self, told: impl Fn(&str, Option<&Error>) + std::marker::Send + Sync + 'static) -> Self {
        self.watch = Some(Watch(Arc::new(told)));
        self
    }

    /// From these numbers on, instead of the durable cursors: for a process that must see everything for itself. They
    /// belong to `epoch`; if that is over, the cursors hold again.
    pub fn after(mut self, epoch: impl Into<String>, after: BTreeMap<String, i64>) -> Self {
        self.from = Positions { epoch: epoch.into(), after };
        self
    }
}

impl IntoFuture for Listen {
    type Output = Result<Notifications>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { hub, own, hold, from, watch } = self;
            // Credentials that are refused are told here, and not by the first entry.
            hub.rest().jwt().await?;
            let shared = Arc::new(Shared { tracks: Mutex::new(Tracks::starting_at(from, hold)), ..Shared::default() });
            let (to_caller, told) = mpsc::channel(QUEUE);
            let backoff = Backoff::of_sessions();
            let (keeps, shares) = (hub.clone(), shared.clone());
            let session =
                Session { hub: keeps, shared: shares, to_caller, pending: None, own, backoff, watch, is_away: false };
            tokio::spawn(session.run());
            Ok(Notifications { hub, shared, told })
        })
    }
}

/// Everything that is told to this agent, once and in order; also a [`Stream`]. Dropping it ends its session.
#[derive(Debug)]
pub struct Notifications {
    hub: Hub,
    shared: Arc<Shared>,
    told: mpsc::Receiver<Result<Told>>,
}

impl Notifications {
    /// The next one; waits for it as long as it takes. `None` after an error.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let mut notes = hub.notifications().await?;
    /// if let Some(note) = notes.next().await? {
    ///     println!("{} {}", note.from, note.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What makes coming back useless: the credentials were refused, or the hub speaks another protocol.
    pub async fn next(&mut self) -> Result<Option<Note>> {
        std::future::poll_fn(|context| self.poll_note(context)).await.transpose()
    }

    /// Where this caller is: from here on, another process would be told what this one was not.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let here = hub.notifications().await?.positions();
    /// // Another process goes on from here, whatever is acknowledged.
    /// let mut notes = hub.notifications().after(here.epoch, here.after).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn positions(&self) -> Positions {
        self.shared.positions()
    }

    fn poll_note(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Note>>> {
        loop {
            let Told { entry, life } = match self.told.poll_recv(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(told))) => told,
            };
            self.shared.queued().pop_front();
            // One that became void on its way is told again, under the number that it has now.
            if !self.shared.tracks().is_void(life) {
                let (hub, shared) = (self.hub.clone(), self.shared.clone());
                return Poll::Ready(Some(Ok(Note { entry, life, hub, shared })));
            }
        }
    }
}

impl Stream for Notifications {
    type Item = Result<Note>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_note(context)
    }
}

/// One notification: its fields are those of [`Notification`].
#[derive(Debug, Clone)]
pub struct Note {
    entry: Notification,
    life: u64,
    hub: Hub,
    shared: Arc<Shared>,
}

impl Deref for Note {
    type Target = Notification;

    fn deref(&self) -> &Notification {
        &self.entry
    }
}

impl Note {
    /// Retrieves and opens the item.
    ///
    /// ```no_run
    /// # async fn example(note: agent_hub_client::Note) -> agent_hub_client::Result<()> {
    /// println!("{}", note.read().await?.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::read`].
    pub async fn read(&self) -> Result<Message> {
        self.hub.read_entry(&self.entry).await
    }

    /// The caller is done with this and with everything before it in its stream. Answered when the hub has it on disk.
    ///
    /// ```no_run
    /// # async fn example(note: agent_hub_client::Note) -> agent_hub_client::Result<()> {
    /// note.ack().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::ack`].
    pub async fn ack(&self) -> Result<()> {
        self.shared.done(&self.hub, &self.entry, self.life).await
    }

    /// An answer to its sender.
    ///
    /// ```no_run
    /// # async fn example(note: agent_hub_client::Note) -> agent_hub_client::Result<()> {
    /// note.reply("got it").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply(&self, body: impl Into<Vec<u8>>) -> Send {
        self.hub.send(self.from.as_str(), body).name(self.name.as_str()).reply_to(self.token.as_str())
    }
}
