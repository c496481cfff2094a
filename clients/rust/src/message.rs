//! Reading: what an item holds, opened.

use std::borrow::Cow;

use agent_hub_protocol::{
    body::{ItemAnswer, Notification},
    error::ErrorCode,
    time::Timestamp,
};

use crate::{
    Error, Hub, Result,
    seal::{self, Opened, Said, SealError},
    vault::now_ms,
};

/// An item that was read.
#[derive(Clone)]
pub struct Message {
    /// Its token.
    pub token: String,
    /// Who sent it. Only of a sealed one is that more than the hub's word.
    pub from: String,
    /// What its sender called it.
    pub name: String,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it was encrypted and signed. Whatever is plain may be the hub's own invention.
    pub sealed: bool,
    /// The addresses that the hub says it was sent to.
    pub to: Vec<String>,
    /// Token of the item that it answers.
    pub reply_to: Option<String>,
    /// When the hub stored it, says the hub.
    pub created_at: Timestamp,
    /// When it was sealed, says its sender.
    pub sent_at: Option<Timestamp>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Message");
        shown.field("from", &self.from).field("name", &self.name).field("sealed", &self.sealed);
        shown.field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl Message {
    /// The body as text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl Hub {
    /// Retrieves an item and opens it. A sealed one is checked in every respect; a plain one is marked so.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub, token: &str) -> agent_hub_client::Result<()> {
    /// let message = hub.read(token).await?;
    /// println!("{} sealed: {}, {}", message.from, message.sealed, message.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::retrieve`], and [`Error::Seal`].
    pub async fn read(&self, token: &str) -> Result<Message> {
        self.read_with(token, &self.reading_key(token)).await
    }

    async fn read_with(&self, token: &str, idempotency_key: &str) -> Result<Message> {
        let item = self.retrieve_with(token, idempotency_key).await?;
        let opened = if seal::is_sealed(&item.data) { Some(self.open(&item).await?) } else { None };
        let sent_at = opened.as_ref().map(|opened| Timestamp(opened.ts));
        let sealed = opened.is_some();
        let ItemAnswer { token, name, data, created_at, from, to, reply_to, .. } = item;
        let body = opened.map_or_else(|| data.into_bytes(), |opened| opened.body);
        Ok(Message { token, from, name, body, sealed, to, reply_to, created_at, sent_at })
    }

    /// As [`Hub::read`], of an entry that was told: what it holds must be what was told of it, by whom and under which name.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::InboxQuery;
    ///
    /// for entry in hub.inbox(&InboxQuery::default()).await?.entries {
    ///     println!("{}", hub.read_entry(&entry).await?.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::read`]; [`Error::Seal`] if the hub says now that it is something else.
    pub async fn read_entry(&self, entry: &Notification) -> Result<Message> {
        self.read_entry_with(entry, &self.reading_key(&entry.token)).await
    }

    /// The same with an idempotency key of the caller's: with it, another process can have the same answer of a one-time item
    /// for 60 seconds.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub, entry: agent_hub_client::protocol::body::Notification) -> agent_hub_client::Result<()> {
    /// let message = hub.read_entry_with(&entry, "this-job-of-mine").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::read_entry`].
    pub async fn read_entry_with(&self, entry: &Notification, idempotency_key: &str) -> Result<Message> {
        let message = self.read_with(&entry.token, idempotency_key).await?;
        let checks = [
            (message.from == entry.from, SealError::WrongFrom),
            (message.name == entry.name, SealError::WrongName),
            (message.reply_to == entry.reply_to, SealError::WrongReplyTo),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, failed)) => Err(Error::seal(entry.from.clone())(failed)),
            None => Ok(message),
        }
    }

    async fn open(&self, item: &ItemAnswer) -> Result<Opened> {
        let opened = match self.open_with_known_keys(item).await {
            // Keys that are not known yet, or were rotated.
            Err(refused @ Error::Seal { error: SealError::UnknownSender | SealError::BadSignature, .. }) => {
                let sender = seal::envelope::claimed_sender(&item.data);
                match self.learn_keys(sender.as_deref().unwrap_or(&item.from)).await {
                    // The directory knows no more than we do.
                    Err(error)
                        if error.code() == "no_keys"
                            || error.is(ErrorCode::NotFound)
                            || error.is(ErrorCode::AddressDisabled) =>
                    {
                        return Err(refused);
                    }
                    learned => learned?,
                };
                self.open_with_known_keys(item).await?
            }
            done => done?,
        };
        let expires_at = item.created_at.0.saturating_add(item.ttl.saturating_mul(1000));
        if let Some(vault) = self.vault() {
            vault.note_opened(&opened, &item.token, expires_at)?;
        }
        Ok(opened)
    }

    async fn open_with_known_keys(&self, item: &ItemAnswer) -> Result<Opened> {
        let unopened = || Error::seal(item.from.clone())(SealError::UnknownKey);
        let vault = self.vault().ok_or_else(unopened)?;
        let keyring = vault.keyring()?.ok_or_else(unopened)?;
        self.hub_id().await?;
        let said = Said { from: &item.from, name: &item.name, reply_to: item.reply_to.as_deref(), token: &item.token };
        let opened = vault.trust(|trust| seal::open(&item.data, &keyring, &said, trust, now_ms()))?;
        opened.map_err(Error::seal(item.from.clone()))
    }
}
