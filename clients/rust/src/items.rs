//! Items and the inbox: publish, retrieve, withdraw, status, inbox, wait, ack.

use std::time::Duration;

use agent_hub_protocol::{
    body::{AckBody, InboxAnswer, ItemAnswer, Notification, OkAnswer, PublishAnswer, PublishBody, StatusAnswer},
    error::ErrorCode,
    limits::{INBOX_WAIT_MAX_S, SEQ_MAX},
    name::{Address, AgentName},
    trace::TraceParent,
};
use reqwest::Method;
use uuid::Uuid;

use crate::{
    Error, Hub, Result, limits,
    pages::{escape, with_query},
    rest::Call,
};

/// Characters of a token: 16 bytes in base64url.
const TOKEN_CHARS: usize = 22;

/// What of the inbox is asked for.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery {
    /// Only this stream.
    pub stream: Option<String>,
    /// From this number of `stream` on, instead of the durable cursor; it belongs to the epoch.
    pub after: Option<(i64, String)>,
    /// Most entries; left out: 100.
    pub limit: Option<u32>,
}

impl Hub {
    /// Publishes data as it is; [`Hub::send`] encrypts. Repeated until it is done, refused, or 30 s are over.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::protocol::body::PublishBody;
    ///
    /// let (name, data, to) = ("weather".into(), "rain".into(), Some(vec!["bob".into()]));
    /// let body = PublishBody { name, data, to, ttl: None, one_time: None, reply_to: None };
    /// let published = hub.publish(&body, Some("weather-of-monday")).await?;
    /// println!("{}", published.token);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the hub refuses, and what the limits refuse before it.
    pub async fn publish(&self, body: &PublishBody, idempotency_key: Option<&str>) -> Result<PublishAnswer> {
        self.publish_in(None, body, idempotency_key).await
    }

    /// As [`Hub::publish`], in the trace of a W3C `traceparent`: whoever is told finds it in its notification.
    ///
    /// # Errors
    /// As [`Hub::publish`]; `invalid`: it is no `traceparent`.
    pub async fn publish_in(
        &self,
        traceparent: Option<&str>,
        body: &PublishBody,
        idempotency_key: Option<&str>,
    ) -> Result<PublishAnswer> {
        limits::check(body)?;
        self.check_size(body.data.len(), body.ttl).await?;
        // The hub takes a malformed one for none.
        let malformed = || Error::refused(ErrorCode::Invalid, "the traceparent is not one of W3C Trace Context");
        let traceparent = traceparent.map(|text| TraceParent::parse(text).ok_or_else(malformed)).transpose()?;
        let key = idempotency_key.map_or_else(|| Uuid::new_v4().to_string(), Into::into);
        let call = Call::new(Method::POST, "/secure/agent/publish").json(body).key(&key);
        self.rest().call(call.traceparent(traceparent)).await
    }

    /// The item as the hub has it.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub, token: &str) -> agent_hub_client::Result<()> {
    /// let item = hub.retrieve(token).await?;
    /// println!("{} {} bytes", item.name, item.data.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`, `expired`, `withdrawn`, `consumed`.
    pub async fn retrieve(&self, token: &str) -> Result<ItemAnswer> {
        self.retrieve_with(token, &self.reading_key(token)).await
    }

    pub(crate) async fn retrieve_with(&self, token: &str, idempotency_key: &str) -> Result<ItemAnswer> {
        let item: ItemAnswer = self.rest().call(Call::get(path(token)).key(idempotency_key)).await?;
        // Another item in its place would be a copy that nobody notices.
        if item.token == token { Ok(item) } else { Err(self.rest().foreign()) }
    }

    /// Takes back an item that this agent published.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let sent = hub.send("bob", "not yet").await?;
    /// hub.withdraw(&sent.token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`, `expired`, `consumed`.
    pub async fn withdraw(&self, token: &str) -> Result<()> {
        let OkAnswer { .. } = self.rest().call(Call::new(Method::DELETE, path(token))).await?;
        Ok(())
    }

    /// What became of an item that this agent published: stored, pushed, acked, read, for each address.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let sent = hub.send("bob", "hi").await?;
    /// for to in hub.status(&sent.token).await?.to {
    ///     println!("{}/{} acknowledged: {:?}", to.address, to.seq, to.recipient.map(|bob| bob.acked));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`.
    pub async fn status(&self, token: &str) -> Result<StatusAnswer> {
        self.rest().call(Call::get(format!("/secure/status/{}", escape(token)))).await
    }

    /// What is after the durable cursors, now.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::InboxQuery;
    ///
    /// for entry in hub.inbox(&InboxQuery::default()).await?.entries {
    ///     println!("{} {} {}", entry.seq, entry.from, entry.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`: not a stream of this agent. `resync`: the position is void.
    pub async fn inbox(&self, query: &InboxQuery) -> Result<InboxAnswer> {
        let inbox = self.rest().call(Call::get(with_query("/secure/inbox", &pairs(query)))).await?;
        self.sound(inbox)
    }

    /// An inbox whose entries can be what they say.
    fn sound(&self, inbox: InboxAnswer) -> Result<InboxAnswer> {
        if inbox.entries.iter().all(is_sound) { Ok(inbox) } else { Err(self.rest().foreign()) }
    }

    /// As [`Hub::inbox`], but holds until there is an entry or `limit` is over; `None` then.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::InboxQuery;
    /// use std::time::Duration;
    ///
    /// if let Some(inbox) = hub.wait(&InboxQuery::default(), Duration::from_secs(30)).await? {
    ///     println!("{} came", inbox.entries.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::inbox`].
    pub async fn wait(&self, query: &InboxQuery, limit: Duration) -> Result<Option<InboxAnswer>> {
        let end = tokio::time::Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            let held = left.as_secs_f64().ceil().min(f64::from(INBOX_WAIT_MAX_S));
            let mut pairs = pairs(query);
            pairs.push(("wait", format!("{held:.0}")));
            let call = Call::get(with_query("/secure/inbox", &pairs)).held_for(Duration::from_secs_f64(held));
            let inbox: InboxAnswer =
                match tokio::time::timeout(left.max(Duration::from_millis(500)), self.rest().call(call)).await {
                    Ok(answer) => self.sound(answer?)?,
                    Err(_) => return Ok(None),
                };
            if !inbox.entries.is_empty() || inbox.more {
                return Ok(Some(inbox));
            }
            if tokio::time::Instant::now() >= end {
                return Ok(None);
            }
            // A hub that does not hold the request must not be asked without a pause.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Everything up to `seq` in this agent's own stream is done with. Below the cursor nothing moves.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.ack(42).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `beyond_head`.
    pub async fn ack(&self, seq: i64) -> Result<()> {
        self.ack_in(self.agent(), seq, None).await
    }

    /// The same in any stream of this agent's; given an epoch, refused with `resync` if it is over.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.ack_in("#team", 7, None).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `beyond_head`, `not_found`, `resync`.
    pub async fn ack_in(&self, stream: &str, seq: i64, epoch: Option<&str>) -> Result<()> {
        let body = AckBody { seq, stream: Some(stream.into()), epoch: epoch.map(Into::into) };
        let OkAnswer { .. } = self.rest().call(Call::new(Method::POST, "/secure/inbox/ack").json(&body)).await?;
        Ok(())
    }
}

/// Whether an entry can be one of a hub: what is in it ends up in files and on terminals.
pub(crate) fn is_sound(entry: &Notification) -> bool {
    let token = entry.token.as_bytes();
    let is_token =
        token.len() == TOKEN_CHARS && token.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'));
    is_token
        && (1..=SEQ_MAX).contains(&entry.seq)
        && (0..=SEQ_MAX).contains(&entry.size)
        && Address::parse(&entry.stream).is_ok()
        && AgentName::parse(&entry.from).is_ok()
}

fn path(token: &str) -> String {
    format!("/secure/retrieve/{}", escape(token))
}

fn pairs(query: &InboxQuery) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if let Some(stream) = &query.stream {
        pairs.push(("stream", stream.clone()));
    }
    if let Some((after, epoch)) = &query.after {
        pairs.extend([("after", after.to_string()), ("epoch", epoch.clone())]);
    }
    if let Some(limit) = query.limit {
        pairs.push(("limit", limit.to_string()));
    }
    pairs
}
