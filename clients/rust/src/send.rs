//! Sending: sealed for whoever it is for, then published.

use std::future::IntoFuture;

use agent_hub_protocol::{body::PublishBody, error::ErrorCode};
use futures::future::BoxFuture;

use crate::{
    Error, Hub, Result,
    recipients::LeftOut,
    seal::{self, Draft, system_random},
    vault::now_ms,
};

/// What an envelope for one recipient adds to its body, about, in bytes of data.
const ENVELOPE_BYTES: usize = 540;

/// Where something is sent: one address or several.
#[derive(Debug, Clone)]
pub struct Addresses(Vec<String>);

impl From<&str> for Addresses {
    fn from(address: &str) -> Self {
        Self(vec![address.into()])
    }
}

impl From<String> for Addresses {
    fn from(address: String) -> Self {
        Self(vec![address])
    }
}

impl<T: Into<String>> From<Vec<T>> for Addresses {
    fn from(addresses: Vec<T>) -> Self {
        Self(addresses.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for Addresses {
    fn from(addresses: [T; N]) -> Self {
        Self(addresses.into_iter().map(Into::into).collect())
    }
}

/// Something to be sent; awaiting it sends it.
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Send {
    hub: Hub,
    to: Vec<String>,
    body: Vec<u8>,
    name: String,
    ttl: Option<i64>,
    one_time: bool,
    reply_to: Option<String>,
    plain: bool,
    all_members: bool,
    idempotency_key: Option<String>,
    traceparent: Option<String>,
}

impl std::fmt::Debug for Send {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Send").field("to", &self.to).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Something that was sent, and is on the hub's disk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Its token: what [`Hub::status`] and [`Hub::withdraw`] take.
    pub token: String,
    /// Who can open it; nobody in particular if it is plain.
    pub sealed_for: Vec<String>,
    /// Members of the channels that it went to who cannot open it. Look at it: one whose keys changed may be under attack.
    pub left_out: Vec<LeftOut>,
}

impl Hub {
    /// Sends a body to agents and channels: encrypted for them and signed. To a channel it is encrypted for its members of now whose keys
    /// are good; [`Sent::left_out`] names the others. It is called `message` unless it is given a name.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let sent = hub.send("bob", "the report").name("report").ttl(3600).await?;
    /// println!("{}", sent.token);
    ///
    /// let sent = hub.send(["#team", "bob"], "for you all").await?;
    /// for left in &sent.left_out {
    ///     eprintln!("{} cannot open it: {}", left.agent, left.code);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(&self, to: impl Into<Addresses>, body: impl Into<Vec<u8>>) -> Send {
        Send {
            hub: self.clone(),
            to: to.into().0,
            body: body.into(),
            name: "message".into(),
            ttl: None,
            one_time: false,
            reply_to: None,
            plain: false,
            all_members: false,
            idempotency_key: None,
            traceparent: None,
        }
    }
}

impl Send {
    /// What it is called: the hub, and whoever watches it, sees that.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Seconds until it expires; left out: a day.
    pub fn ttl(mut self, seconds: i64) -> Self {
        self.ttl = Some(seconds);
        self
    }

    /// It can be read once only, by whoever comes first.
    pub fn one_time(mut self) -> Self {
        self.one_time = true;
        self
    }

    /// Token of the item that it answers.
    pub fn reply_to(mut self, token: impl Into<String>) -> Self {
        self.reply_to = Some(token.into());
        self
    }

    /// Neither encrypted nor signed: the hub can read and change it. The body must be UTF-8.
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Refused, instead of sent to the others, if it cannot be encrypted for each member of a channel.
    pub fn all_members(mut self) -> Self {
        self.all_members = true;
        self
    }

    /// The key under which the hub takes it for the same if it is sent again, byte for byte; drawn if it is left out.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The trace that it is sent in, as a W3C `traceparent`: whoever is told finds it in its notification.
    pub fn traceparent(mut self, traceparent: impl Into<String>) -> Self {
        self.traceparent = Some(traceparent.into());
        self
    }

    async fn run(self) -> Result<Sent> {
        let (data, sealed_for, left_out) = if self.plain {
            (self.as_text()?, Vec::new(), Vec::new())
        } else {
            // As base64url; with the rest of the envelope it is checked again.
            let data = self.body.len().div_ceil(3) * 4;
            if let Err(error) = self.hub.check_size(data, self.ttl).await {
                return Err(self.hub.with_what_fits(error, self.body.len(), data + ENVELOPE_BYTES).await);
            }
            self.sealed().await?
        };
        let (bytes, data_bytes) = (self.body.len(), data.len());
        let Self { hub, to, name, ttl, one_time, reply_to, idempotency_key, traceparent, .. } = self;
        let body = PublishBody { name, data, ttl, to: Some(to), one_time: one_time.then_some(true), reply_to };
        match hub.publish_in(traceparent.as_deref(), &body, idempotency_key.as_deref()).await {
            Ok(answer) => Ok(Sent { token: answer.token, sealed_for, left_out }),
            Err(error) => Err(hub.with_what_fits(error, bytes, data_bytes).await),
        }
    }

    fn as_text(&self) -> Result<String> {
        let told = "a plain body must be UTF-8 text; encrypted, it may be anything";
        String::from_utf8(self.body.clone()).map_err(|_| Error::refused(ErrorCode::Invalid, told))
    }

    /// The envelope, whom it is for, and who was left out.
    async fn sealed(&self) -> Result<(String, Vec<String>, Vec<LeftOut>)> {
        let hub = &self.hub;
        let keyring = match hub.vault() {
            Some(vault) => vault.keyring()?,
            None => None,
        };
        let keyring = keyring.ok_or_else(|| Error::NoKeys { agent: hub.agent().into() })?;
        let id = hub.hub_id().await?;
        let own = keyring.bundle().map_err(Error::seal(hub.agent()))?.enc;
        let recipients = hub.recipients(&self.to, &own, self.all_members).await?;
        let draft = Draft {
            hub: &id,
            to: &recipients.keys,
            name: &self.name,
            ts: now_ms(),
            reply_to: self.reply_to.as_deref(),
            body: &self.body,
        };
        let data = seal::seal(&draft, &keyring, &mut system_random()).map_err(Error::seal(hub.agent()))?;
        Ok((data, recipients.keys.into_keys().collect(), recipients.left_out))
    }
}

impl IntoFuture for Send {
    type Output = Result<Sent>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
