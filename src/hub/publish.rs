//! `publish`: check, resolve the addresses, hand to the writer.

use std::{sync::Arc, time::Instant};

use agent_hub_protocol::{
    body::PublishBody,
    limits::{IDEMPOTENCY_KEY_MAX_BYTES, TO_MAX, TO_MAX_AS_SENT, TTL_DEFAULT_S},
    name::{Address, AgentName, check_item_name},
    trace::TraceParent,
};
use uuid::Uuid;

use super::{
    Hub,
    agents::disabled,
    token::is_plausible,
    writer::{Job, Outcome, PublishJob},
};
use crate::{
    auth::{key::sha256, principal::Principal},
    clock,
    error::{Error, ErrorCode, Result},
    store::{
        ItemId, StreamId,
        audit::DETAIL_MAX_BYTES,
        batch::{IdempotencyKey, NewItem},
    },
    telemetry::traces,
};

/// What comes beside a body: by REST in headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The client's `Idempotency-Key`.
    pub key: Option<&'a str>,
    /// The trace that the publisher works in. No part of what makes two requests the same: a repeat is a span of its own.
    pub traceparent: Option<TraceParent>,
}

/// A resolved address.
type Target = (StreamId, Arc<str>);

impl Hub {
    /// Stores an item and tells its addressees. The answer is the item's token, after the commit.
    ///
    /// # Errors
    /// `invalid`, `too_large`, `unknown_address`, `address_disabled`, `not_member`: nothing is stored.
    /// `idempotency_mismatch`; `busy`; `outcome_unknown`: repeat with the same key.
    pub async fn publish(&self, who: &Principal, body: PublishBody, beside: Beside<'_>) -> Result<String> {
        self.begin_publish(who, body, beside).await?.token(self).await
    }

    /// The first part of [`Hub::publish`]: checks an item and queues it. Items that one caller queues one after the other
    /// are numbered in that order.
    ///
    /// # Errors
    /// As [`Hub::publish`].
    pub async fn begin_publish(&self, who: &Principal, body: PublishBody, beside: Beside<'_>) -> Result<Publishing> {
        let idempotency = beside.key.map(|key| idempotency_key(key, &body)).transpose()?;
        let ttl = body.ttl.unwrap_or(TTL_DEFAULT_S.min(self.limits.ttl_max_s));
        self.check(&body, ttl)?;
        let reply_to = body.reply_to.as_deref().map(|token| self.reply_to(token)).transpose()?;
        let targets = match self.resolve(who, &body).await {
            Ok(targets) => targets,
            Err(refusal) => {
                // A repeat is answered as the first time, even if an addressee was disabled meanwhile.
                let first = self.find_first(who, idempotency.as_ref()).await?.ok_or(refusal)?;
                return Ok(Publishing::Repeated(first));
            }
        };
        let (streams, addresses): (_, Vec<_>) = targets.into_iter().unzip();
        let audit = self.audit_note(&who.name, || join(&addresses));
        let created_at = clock::now_ms();
        let id = self.new_id()?;
        let item = NewItem {
            id,
            publisher: who.agent,
            name: body.name,
            data: body.data,
            ttl,
            one_time: body.one_time.unwrap_or(false),
            reply_to,
            created_at,
            expires_at: created_at.saturating_add(ttl.saturating_mul(1000)),
            streams,
            restricted: body.to.is_some(),
            idempotency,
            audit,
            traceparent: beside.traceparent.map(TraceParent::to_bytes),
        };
        let span = traces::publish(item.data.len(), item.streams.len());
        let from = who.name.clone();
        let queued_at = Instant::now();
        let room = self.writer.room(item.data.len())?;
        let job = |done| Job::Publish(Box::new(PublishJob { item, from, addresses, queued_at, room, span, done }));
        self.writer.queue(job).map(Publishing::Queued)
    }

    /// An id for a new item; none by a clock that is so wrong that its token would pass for forged.
    pub(super) fn new_id(&self) -> Result<ItemId> {
        let id = *Uuid::now_v7().as_bytes();
        if is_plausible(&id) {
            Ok(id)
        } else {
            Err(Error::new(ErrorCode::Unavailable, "the hub's clock is wrong by years"))
        }
    }

    fn check(&self, body: &PublishBody, ttl: i64) -> Result<()> {
        check_item_name(&body.name).map_err(|error| Error::invalid(format!("field `name` {error}")))?;
        if !(1..=self.limits.ttl_max_s).contains(&ttl) {
            return Err(Error::invalid(format!("field `ttl`: expected 1 to {} seconds", self.limits.ttl_max_s)));
        }
        if body.data.len() > self.limits.data_max_bytes {
            let most = self.limits.data_max_bytes;
            return Err(Error::new(ErrorCode::TooLarge, format!("field `data`: at most {most} bytes")));
        }
        Ok(())
    }

    fn reply_to(&self, token: &str) -> Result<ItemId> {
        self.tokens.decode(token).ok_or_else(|| Error::invalid("field `reply_to`: not a token of this hub"))
    }

    /// The streams of `to`, each once, in the order of their first mention.
    async fn resolve(&self, who: &Principal, body: &PublishBody) -> Result<Vec<Target>> {
        let Some(to) = &body.to else { return self.resolve_name(who, &body.name).await };
        if to.is_empty() || to.len() > TO_MAX_AS_SENT {
            return Err(Error::invalid(format!("field `to`: expected 1 to {TO_MAX} addresses")));
        }
        let mut targets: Vec<Target> = Vec::with_capacity(to.len().min(TO_MAX));
        for address in to {
            if targets.iter().any(|(_, known)| **known == **address) {
                continue;
            }
            let target = self.resolve_address(who, address).await?;
            if !targets.contains(&target) {
                targets.push(target);
            }
            if targets.len() > TO_MAX {
                return Err(Error::invalid(format!("field `to`: expected 1 to {TO_MAX} addresses")));
            }
        }
        Ok(targets)
    }

    /// Without `to`, an item that is called like another agent is for it.
    async fn resolve_name(&self, who: &Principal, name: &str) -> Result<Vec<Target>> {
        let Ok(name) = AgentName::parse(name) else { return Ok(Vec::new()) };
        let agent = self.directory.agent_named(name.as_str()).await?;
        let other = agent.filter(|agent| agent.id != who.agent && !agent.disabled);
        Ok(other.map(|agent| (agent.id, agent.name.clone())).into_iter().collect())
    }

    async fn resolve_address(&self, who: &Principal, address: &str) -> Result<Target> {
        let about = |code, told: &str| Error::new(code, format!("{told} `{}`", quoted(address)));
        let unknown = || about(ErrorCode::UnknownAddress, "there is no agent or channel");
        let disabled = || disabled(address);
        match Address::parse(address).map_err(|_| unknown())? {
            Address::Agent(name) => {
                let agent = self.directory.agent_named(name.as_str()).await?.ok_or_else(unknown)?;
                if agent.disabled {
                    return Err(disabled());
                }
                Ok((agent.id, agent.name.clone()))
            }
            Address::Channel(name) => {
                let channel = self.directory.channel(name.as_str()).await?.ok_or_else(unknown)?;
                if channel.disabled {
                    return Err(disabled());
                }
                if channel.closed && self.store.find_subscription(who.agent, channel.id).await?.is_none() {
                    return Err(about(ErrorCode::NotMember, "only members publish in"));
                }
                Ok((channel.id, channel.name.clone()))
            }
        }
    }

    async fn find_first(&self, who: &Principal, key: Option<&IdempotencyKey>) -> Result<Option<ItemId>> {
        match key {
            Some(key) => Ok(self.store.find_idempotent(who.agent, key).await?),
            None => Ok(None),
        }
    }
}

/// A publish that is under way.
#[derive(Debug)]
pub enum Publishing {
    /// It waits for the writer.
    Queued(Outcome<ItemId>),
    /// An equal request was stored before, as this item.
    Repeated(ItemId),
}

impl Publishing {
    /// The item's token, after the commit.
    ///
    /// # Errors
    /// As [`Hub::publish`].
    pub async fn token(self, hub: &Hub) -> Result<String> {
        match self {
            Self::Queued(outcome) => Ok(hub.tokens.encode(outcome.get().await?)),
            Self::Repeated(first) => Ok(hub.tokens.encode(first)),
        }
    }
}

/// A client's key, and a hash of the request it came with. Two requests are the same if every field is.
fn idempotency_key(key: &str, body: &PublishBody) -> Result<IdempotencyKey> {
    check_idempotency_key(key)?;
    // Every field is a string, a number, a flag or a list of strings: encoding cannot fail.
    let request_hash = sha256(&serde_json::to_vec(body).unwrap_or_default());
    Ok(IdempotencyKey { key: key.as_bytes().into(), request_hash })
}

/// Checks a client's `Idempotency-Key`: 1–128 visible ASCII characters.
///
/// # Errors
/// `bad_request`.
pub fn check_idempotency_key(key: &str) -> Result<()> {
    let visible = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && key.len() <= IDEMPOTENCY_KEY_MAX_BYTES {
        return Ok(());
    }
    let told = format!("an Idempotency-Key is 1 to {IDEMPOTENCY_KEY_MAX_BYTES} visible ASCII characters");
    Err(Error::new(ErrorCode::BadRequest, told))
}

/// The addresses for the audit log; those that do not fit into a line are counted.
fn join(addresses: &[Arc<str>]) -> String {
    const ROOM: usize = DETAIL_MAX_BYTES - " and 64 more".len();
    let mut told = String::new();
    for (index, address) in addresses.iter().enumerate() {
        if told.len() + 1 + address.len() > ROOM {
            return format!("{told} and {} more", addresses.len() - index);
        }
        if index > 0 {
            told.push(' ');
        }
        told.push_str(address);
    }
    told
}

/// What the client wrote, fit to be shown: short, and without control characters.
fn quoted(text: &str) -> String {
    text.chars().take(65).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
