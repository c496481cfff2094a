//! `retrieve` and withdraw: who may read an item, and when it is read for the last time.

use agent_hub_protocol::{
    body::ItemAnswer,
    event::{Event, Happening},
    limits::REREAD_WINDOW_S,
    time::Timestamp,
};
use tracing::Instrument;

use super::{Hub, publish::check_idempotency_key, traffic::item_name, writer::Job};
use crate::{
    auth::principal::Principal,
    clock,
    error::{Error, ErrorCode, Result},
    store::{
        ItemId,
        batch::{Claim, ReadMark, Withdrawal},
        items::{Addressee, Gone, ItemRow},
    },
    telemetry::traces,
};

const REREAD_WINDOW_MS: i64 = REREAD_WINDOW_S * 1000;

/// What entitles an agent to an item.
enum Right {
    /// It is the publisher's own.
    Publisher,
    /// It was sent to this stream, which is or was joined by the agent in time.
    Addressee(Addressee),
    /// Nobody was addressed.
    Anyone,
}

fn not_found() -> Error {
    Error::of(ErrorCode::NotFound)
}

/// Why there is no data any more.
fn gone(gone: Gone) -> Error {
    Error::of(match gone {
        Gone::Withdrawn => ErrorCode::Withdrawn,
        Gone::Consumed => ErrorCode::Consumed,
        Gone::Expired | Gone::No => ErrorCode::Expired,
    })
}

impl Hub {
    /// The data of an item, unless it is larger than `size_max` bytes. A one-time item is thereby read; with a key, the
    /// same agent may ask again for a minute.
    ///
    /// # Errors
    /// `not_found`: no such item, or not for this agent. `expired`, `withdrawn`, `consumed`: told only to those it was for.
    pub async fn retrieve(&self, who: &Principal, token: &str, key: Option<&str>, size_max: i64) -> Result<ItemAnswer> {
        let span = traces::retrieve();
        let read = self.read(who, token, key, size_max).instrument(span.clone()).await;
        traces::refused(&span, read.as_ref().err().map(|error| error.code().as_str()));
        read
    }

    async fn read(&self, who: &Principal, token: &str, key: Option<&str>, size_max: i64) -> Result<ItemAnswer> {
        key.map(check_idempotency_key).transpose()?;
        let id = self.tokens.decode(token).ok_or_else(not_found)?;
        let item = self.store.find_item(id).await?.ok_or_else(not_found)?;
        let right = self.find_right(who, &item).await?.ok_or_else(not_found)?;
        if item.size > size_max {
            return Err(Error::of(ErrorCode::TooLargeForSocket));
        }
        let now = clock::now_ms();
        let data = match (item.gone(now), &right) {
            (Gone::No, Right::Publisher) => self.data(id).await?,
            (Gone::No, _) if item.is_one_time() => self.claim(who, &item, &right, key, now).await?,
            (Gone::No, _) => {
                let data = self.data(id).await?;
                self.mark_read(ReadMark { item: id, agent: who.agent, at: now });
                data
            }
            (Gone::Consumed, _) if may_reread(&item, who, key, now) => self.data(id).await?,
            (state, _) => return Err(gone(state)),
        };
        if !matches!(right, Right::Publisher) {
            self.metrics.read.inc();
            self.registry.traffic.happened(Happening::Read, |event| describe(who, &item, event));
        }
        self.audit_read(&who.name, &id);
        self.answer(&item, data).await
    }

    /// Takes an item back: its data goes at once. Again is the same.
    ///
    /// # Errors
    /// `not_found`: no such item of this agent. `expired`, `consumed`: it is gone already.
    pub async fn withdraw(&self, who: &Principal, token: &str) -> Result<()> {
        let id = self.tokens.decode(token).ok_or_else(not_found)?;
        let item = self.store.find_item(id).await?.filter(|item| item.publisher == who.agent).ok_or_else(not_found)?;
        let now = clock::now_ms();
        match item.gone(now) {
            Gone::No => {}
            Gone::Withdrawn => return Ok(()),
            state => return Err(gone(state)),
        }
        let due_at = now.saturating_add(self.limits.tombstones_ms);
        let audit = self.audit_note(&who.name, String::new);
        let withdrawal = Withdrawal { item: id, publisher: who.agent, now, due_at, audit };
        if self.writer.write(|done| Job::Withdraw(withdrawal, done)).await? {
            self.metrics.withdrawn.inc();
            self.registry.traffic.happened(Happening::Withdrawn, |event| describe(who, &item, event));
            return Ok(());
        }
        // Something else came first; say what.
        match self.store.find_item(id).await?.ok_or_else(not_found)?.gone(clock::now_ms()) {
            Gone::Withdrawn => Ok(()),
            state => Err(gone(state)),
        }
    }

    /// What entitles `who` to `item`, now.
    async fn find_right(&self, who: &Principal, item: &ItemRow) -> Result<Option<Right>> {
        if item.publisher == who.agent {
            return Ok(Some(Right::Publisher));
        }
        if !item.is_restricted() {
            return Ok(Some(Right::Anyone));
        }
        let addressees = item.addressees();
        if let Some(own) = addressees.iter().find(|addressee| addressee.stream == who.agent) {
            return Ok(Some(Right::Addressee(*own)));
        }
        let through = self.store.find_addressee(who.agent, &addressees).await?;
        Ok(through.map(Right::Addressee))
    }

    async fn data(&self, id: ItemId) -> Result<String> {
        match self.store.find_data(id).await? {
            Some(data) => Ok(data),
            // It went between the two reads.
            None => Err(gone(self.store.find_item(id).await?.ok_or_else(not_found)?.gone(clock::now_ms()))),
        }
    }

    async fn claim(
        &self,
        who: &Principal,
        item: &ItemRow,
        right: &Right,
        key: Option<&str>,
        now: i64,
    ) -> Result<String> {
        let through = match right {
            Right::Addressee(addressee) => Some(*addressee),
            Right::Publisher | Right::Anyone => None,
        };
        let keep = if key.is_some() { REREAD_WINDOW_MS } else { self.limits.tombstones_ms };
        let claim = Claim {
            item: item.id(),
            agent: who.agent,
            through,
            key: key.map(|key| key.as_bytes().into()),
            now,
            due_at: now.saturating_add(keep),
        };
        if let Some(data) = self.writer.write(|done| Job::Claim(Box::new(claim), done)).await? {
            self.mark_read(ReadMark { item: item.id(), agent: who.agent, at: now });
            return Ok(data);
        }
        // Somebody was first, or this agent's own first try was, whose answer got lost.
        let item = self.store.find_item(item.id()).await?.ok_or_else(not_found)?;
        match item.gone(now) {
            Gone::Consumed if may_reread(&item, who, key, now) => self.data(item.id()).await,
            Gone::No => Err(not_found()),
            state => Err(gone(state)),
        }
    }

    async fn answer(&self, item: &ItemRow, data: String) -> Result<ItemAnswer> {
        let mut to = Vec::new();
        for addressee in item.addressees() {
            to.push(self.directory.address(addressee.stream).await?.to_string());
        }
        Ok(ItemAnswer {
            token: self.tokens.encode(item.id()),
            name: item.name(),
            data,
            ttl: item.ttl,
            created_at: Timestamp(item.created_at),
            from: self.directory.name(item.publisher).await?.to_string(),
            to,
            reply_to: item.reply_to().map(|id| self.tokens.encode(id)),
            one_time: item.is_one_time(),
        })
    }
}

fn describe(who: &Principal, item: &ItemRow, event: &mut Event) {
    event.agent = Some(who.name.to_string());
    event.item = Some(item_name(&item.id()));
    event.name = Some(item.name());
    event.size = Some(item.size);
}

/// The same agent with the same key, within the minute, and before the item expires.
fn may_reread(item: &ItemRow, who: &Principal, key: Option<&str>, now: i64) -> bool {
    item.claimed_by == Some(who.agent)
        && key.is_some_and(|key| item.claim_key.as_deref() == Some(key.as_bytes()))
        && item.claimed_at.is_some_and(|at| now < at.saturating_add(REREAD_WINDOW_MS))
        && now < item.expires_at
        && !item.is_erased()
}
