//! Items: looked up by id alone.

use agent_hub_protocol::trace::TraceParent;
use sqlx::FromRow;

use super::{AgentId, ItemId, Store, StreamId, audit::Note, dialect::made, fault::Result, pool::on_read};

/// One addressee of an item: a stream, and the item's number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Addressee {
    /// The stream.
    pub stream: StreamId,
    /// The entry's number in it.
    pub seq: i64,
}

/// An item to be stored.
#[derive(Debug)]
pub struct NewItem {
    /// Time-ordered, drawn by the hub.
    pub id: ItemId,
    /// Who publishes.
    pub publisher: AgentId,
    /// What it is called.
    pub name: String,
    /// Opaque.
    pub data: String,
    /// Seconds, as published.
    pub ttl: i64,
    /// Whether it can be read once only.
    pub one_time: bool,
    /// What it answers.
    pub reply_to: Option<ItemId>,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    /// Milliseconds since the epoch.
    pub expires_at: i64,
    /// The streams that it is addressed to.
    pub streams: Vec<StreamId>,
    /// Whether only they may read it; else any agent with the token may.
    pub restricted: bool,
    /// To be stored once however often it is sent.
    pub idempotency: Option<IdempotencyKey>,
    /// For the audit log.
    pub audit: Option<Note>,
    /// The trace that its publisher works in.
    pub traceparent: Option<[u8; TraceParent::BYTES]>,
}

/// A publisher's key, and the hash of the request that it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// As the client wrote it.
    pub key: Box<[u8]>,
    /// Of everything in the request that makes an item.
    pub request_hash: [u8; 32],
}

/// Packs addressees as an item carries them: pairs of big-endian 64-bit integers.
#[must_use]
pub fn pack(addressees: &[Addressee]) -> Vec<u8> {
    addressees.iter().flat_map(|a| [a.stream.to_be_bytes(), a.seq.to_be_bytes()]).flatten().collect()
}

/// The inverse of [`pack`]; a torn tail is left out.
#[must_use]
pub fn unpack(packed: &[u8]) -> Vec<Addressee> {
    let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap_or_default());
    packed.chunks_exact(16).map(|pair| Addressee { stream: number(&pair[..8]), seq: number(&pair[8..]) }).collect()
}

/// Whether and why an item is gone, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It is there.
    No = 0,
    /// Its time was over when the sweeper came.
    Expired = 1,
    /// Its publisher withdrew it.
    Withdrawn = 2,
    /// It was read once.
    Consumed = 3,
}

/// An item without its data.
#[derive(Debug, Clone, FromRow)]
pub struct ItemRow {
    id: Vec<u8>,
    /// Who published it.
    pub publisher: AgentId,
    name: Vec<u8>,
    /// Bytes of data.
    pub size: i64,
    /// Seconds, as published.
    pub ttl: i64,
    one_time: i64,
    restricted: i64,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    /// Milliseconds since the epoch.
    pub expires_at: i64,
    gone: i64,
    erased: i64,
    /// Who took it.
    pub claimed_by: Option<AgentId>,
    /// When, in milliseconds since the epoch.
    pub claimed_at: Option<i64>,
    /// The key that its reader may ask again with.
    pub claim_key: Option<Vec<u8>>,
    reply_to: Option<Vec<u8>>,
    addressees: Vec<u8>,
}

/// The columns of [`ItemRow`].
pub(super) const COLUMNS: &str = "id, publisher, name, size, ttl, one_time, restricted, created_at, expires_at, gone, erased, \
    claimed_by, claimed_at, claim_key, reply_to, addressees";

impl ItemRow {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> ItemId {
        self.id[..].try_into().unwrap_or_default()
    }

    /// What its publisher called it.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// Whether it can be read once only.
    #[must_use]
    pub fn is_one_time(&self) -> bool {
        self.one_time != 0
    }

    /// Whether somebody was addressed.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        self.restricted != 0
    }

    /// Whether its data is erased.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.erased != 0
    }

    /// Whether and why it is gone at `now`: expiry holds at read time, not when the sweeper comes.
    #[must_use]
    pub fn gone(&self, now: i64) -> Gone {
        match self.gone {
            2 => Gone::Withdrawn,
            3 => Gone::Consumed,
            0 if self.expires_at > now => Gone::No,
            _ => Gone::Expired,
        }
    }

    /// What it answers.
    #[must_use]
    pub fn reply_to(&self) -> Option<ItemId> {
        self.reply_to.as_deref().and_then(|id| id.try_into().ok())
    }

    /// Its streams and its numbers in them.
    #[must_use]
    pub fn addressees(&self) -> Vec<Addressee> {
        unpack(&self.addressees)
    }
}

impl Store {
    /// The item with this id.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_item(&self, id: ItemId) -> Result<Option<ItemRow>> {
        let sql = format!("SELECT {COLUMNS} FROM items WHERE id = ?");
        on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(&id[..]).fetch_optional(conn).await)
    }

    /// The data of an item that is not erased.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_data(&self, id: ItemId) -> Result<Option<String>> {
        let data: Option<Vec<u8>> = on_read!(&self.pools, |conn| {
            sqlx::query_scalar("SELECT data FROM items WHERE id = ? AND erased = 0")
                .bind(&id[..])
                .fetch_optional(conn)
                .await
        })?;
        Ok(data.map(|data| String::from_utf8(data).unwrap_or_default()))
    }

    /// When `agent` first read the item.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_read(&self, item: ItemId, agent: AgentId) -> Result<Option<i64>> {
        on_read!(&self.pools, |conn| {
            sqlx::query_scalar("SELECT read_at FROM item_reads WHERE item = ? AND agent = ?")
                .bind(&item[..])
                .bind(agent)
                .fetch_optional(conn)
                .await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addressees_survive_packing() {
        let addressees = [Addressee { stream: 2, seq: 1 }, Addressee { stream: i64::MAX, seq: (1 << 53) - 1 }];
        assert_eq!(unpack(&pack(&addressees)), addressees);
        assert_eq!(unpack(&[1, 2, 3]), []);
    }
}
