//! Items, for operators: what was published last, and what became of it. Its id names an item here; its data is nobody's
//! business.

use agent_hub_protocol::{
    admin::{AddressLife, ItemLife, ItemLine, ItemsAnswer, Reader, RecipientLife},
    name::Address,
    time::Timestamp,
};
use uuid::Uuid;

use super::{page, sessions::session_name};
use crate::{
    clock,
    error::{Error, ErrorCode, Result},
    hub::{Hub, status::state, traffic::item_name},
    store::{
        AgentId, ItemId, StreamId,
        items::{Addressee, ItemRow},
    },
};

/// Recipients, readers and replies that are told of one item.
const TOLD_MAX: u32 = 100;
/// Items of a thread.
const THREAD_MAX: usize = 20;

fn not_found() -> Error {
    Error::new(ErrorCode::NotFound, "there is no such item")
}

impl Hub {
    /// What was published last, the newest first; at one address or everywhere.
    ///
    /// # Errors
    /// `invalid`: `before` is no item's id. `unknown_address`.
    pub async fn list_items(&self, address: Option<&str>, before: Option<&str>, limit: u32) -> Result<ItemsAnswer> {
        let wrong = || Error::invalid("parameter `before`: expected the id of an item");
        let before = before.map(|item| item_id(item).ok_or_else(wrong)).transpose()?;
        let rows = match address {
            None => self.store.latest_items(before, limit + 1).await?,
            Some(address) => {
                let stream = self.stream_at(address).await?;
                self.store.latest_items_of(stream, before, limit + 1).await?
            }
        };
        let (rows, more) = page(rows, limit);
        Ok(ItemsAnswer { items: self.lines(&rows).await?, more })
    }

    async fn stream_at(&self, address: &str) -> Result<StreamId> {
        let unknown = || Error::of(ErrorCode::UnknownAddress);
        match Address::parse(address).map_err(|_| unknown())? {
            Address::Agent(name) => self.directory.agent_named(name.as_str()).await?.map(|agent| agent.id),
            Address::Channel(name) => self.directory.channel(name.as_str()).await?.map(|channel| channel.id),
        }
        .ok_or_else(unknown)
    }

    /// The life of an item, named by its id or its token.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn item_life(&self, name: &str) -> Result<ItemLife> {
        let id = item_id(name).or_else(|| self.tokens.decode(name)).ok_or_else(not_found)?;
        let item = self.store.find_item(id).await?.ok_or_else(not_found)?;
        let mut addresses = Vec::new();
        for entry in item.addressees() {
            addresses.push(self.address_life(&item, entry).await?);
        }
        let told: Vec<&str> =
            addresses.iter().flat_map(|address| &address.recipients).map(|recipient| &*recipient.agent).collect();
        let mut readers = Vec::new();
        for (agent, read_at) in self.store.readers(id, TOLD_MAX).await? {
            let agent = self.directory.name(agent).await?.to_string();
            if !told.contains(&&*agent) {
                readers.push(Reader { agent, read: Timestamp(read_at) });
            }
        }
        let taken_by = match item.claimed_by {
            Some(agent) => Some(self.directory.name(agent).await?.to_string()),
            None => None,
        };
        Ok(ItemLife {
            line: self.line(&item).await?,
            taken_by,
            taken_at: item.claimed_at.map(Timestamp),
            addresses,
            readers,
            thread: self.thread(&item).await?,
            replies: self.lines(&self.store.replies(id, TOLD_MAX).await?).await?,
        })
    }

    async fn address_life(&self, item: &ItemRow, entry: Addressee) -> Result<AddressLife> {
        let address = self.directory.address(entry.stream).await?.to_string();
        let mut life = AddressLife { address, seq: entry.seq, recipients: Vec::new(), more: false };
        if !life.address.starts_with('#') {
            let row = self.store.find_subscription(entry.stream, entry.stream).await?;
            let cursor = row.map_or((0, None), |row| (row.acked, row.acked_at));
            let read = self.store.find_read(item.id(), entry.stream).await?;
            life.recipients.push(self.recipient_life(entry, entry.stream, cursor, read).await?);
            return Ok(life);
        }
        let rows = self.store.members(entry.stream, 0, TOLD_MAX + 1, Some((entry.seq, item.id()))).await?;
        let (rows, more) = page(rows, TOLD_MAX);
        life.more = more;
        for row in rows {
            let cursor = (row.acked, row.acked_at);
            life.recipients.push(self.recipient_life(entry, row.agent, cursor, row.read_at).await?);
        }
        Ok(life)
    }

    /// `cursor`: where it is, and since when.
    async fn recipient_life(
        &self,
        entry: Addressee,
        agent: AgentId,
        (acked, acked_at): (i64, Option<i64>),
        read: Option<i64>,
    ) -> Result<RecipientLife> {
        let acked = acked >= entry.seq;
        let pushed = self.registry.pushed_to(agent, entry.stream, entry.seq);
        Ok(RecipientLife {
            agent: self.directory.name(agent).await?.to_string(),
            pushed: pushed.into_iter().map(session_name).collect(),
            acked,
            acked_by: acked_at.filter(|_| acked).map(Timestamp),
            read: read.map(Timestamp),
            online: self.registry.is_online(agent),
        })
    }

    /// What an item answers, what that answers, and so on: the oldest first.
    async fn thread(&self, item: &ItemRow) -> Result<Vec<ItemLine>> {
        let mut thread = Vec::new();
        let mut above = item.reply_to();
        while let Some(id) = above
            && thread.len() < THREAD_MAX
            && let Some(row) = self.store.find_item(id).await?
        {
            thread.push(self.line(&row).await?);
            // An answer is younger than what it answers: a thread has no circles.
            above = row.reply_to().filter(|next| *next < id);
        }
        thread.reverse();
        Ok(thread)
    }

    async fn lines(&self, rows: &[ItemRow]) -> Result<Vec<ItemLine>> {
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            lines.push(self.line(row).await?);
        }
        Ok(lines)
    }

    async fn line(&self, row: &ItemRow) -> Result<ItemLine> {
        let mut to = Vec::new();
        for entry in row.addressees() {
            to.push(self.directory.address(entry.stream).await?.to_string());
        }
        Ok(ItemLine {
            item: item_name(&row.id()),
            from: self.directory.name(row.publisher).await?.to_string(),
            to,
            name: row.name(),
            size: row.size,
            ttl: row.ttl,
            one_time: row.is_one_time(),
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
            state: state(row.gone(clock::now_ms())).to_owned(),
            reply_to: row.reply_to().as_ref().map(item_name),
        })
    }
}

/// Reads an item's id, as [`item_name`] writes it.
fn item_id(name: &str) -> Option<ItemId> {
    let id = Uuid::try_parse(name).ok()?.into_bytes();
    (item_name(&id) == name).then_some(id)
}
