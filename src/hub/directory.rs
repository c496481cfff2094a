//! What the hub remembers of agents, keys and channels, so that a request needs no database to know who asks. Only what was
//! found is kept; a change of the control stream takes it away; and when that stream could not be read for a while, nothing
//! is trusted.

use std::{
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use dashmap::DashMap;

use crate::{
    auth::key::KeyHash,
    error::{Error, ErrorCode, Result},
    store::{
        AgentId, Store, StreamId,
        agents::{KeyRow, Role},
    },
};

/// How long the memory is trusted after the control stream was last read.
const TRUST: Duration = Duration::from_secs(10);
/// Entries of one kind; beyond it that kind is forgotten and fetched again as needed.
const KEPT_MAX: usize = 100_000;

/// An agent, as remembered.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its id, and that of its own stream.
    pub id: AgentId,
    /// Its name, and its own stream's address.
    pub name: Arc<str>,
    /// What it may do.
    pub role: Role,
    /// Whether it is disabled.
    pub disabled: bool,
}

/// A channel, as remembered.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id, and that of its stream.
    pub id: StreamId,
    /// Its address, with `#`.
    pub name: Arc<str>,
    /// Who made it.
    pub owner: AgentId,
    /// Whether only members publish.
    pub closed: bool,
    /// Whether it is disabled.
    pub disabled: bool,
}

/// The memory.
#[derive(Debug)]
pub struct Directory {
    store: Store,
    agents: DashMap<AgentId, Arc<Agent>>,
    ids: DashMap<Box<str>, AgentId>,
    keys: DashMap<KeyHash, KeyRow>,
    channels: DashMap<Box<str>, Arc<Channel>>,
    addresses: DashMap<StreamId, Arc<str>>,
    /// Raised by each change: what was fetched before it and kept after it is taken away again.
    generation: AtomicU64,
    read_at: Mutex<Instant>,
}

impl Directory {
    /// An empty memory over `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            agents: DashMap::new(),
            ids: DashMap::new(),
            keys: DashMap::new(),
            channels: DashMap::new(),
            addresses: DashMap::new(),
            generation: AtomicU64::new(0),
            read_at: Mutex::new(Instant::now()),
        }
    }

    /// The agent with this id.
    ///
    /// # Errors
    /// Nothing can be trusted, or no answer.
    pub async fn agent(&self, id: AgentId) -> Result<Option<Arc<Agent>>> {
        self.check_trust()?;
        if let Some(known) = self.agents.get(&id) {
            return Ok(Some(known.clone()));
        }
        let generation = self.generation();
        let Some(row) = self.store.find_agent(id).await? else { return Ok(None) };
        let agent = Arc::new(Agent { id, name: row.name().into(), role: row.role(), disabled: row.is_disabled() });
        self.keep(&self.agents, id, agent.clone(), generation);
        Ok(Some(agent))
    }

    /// The agent with this name.
    ///
    /// # Errors
    /// As [`Directory::agent`].
    pub async fn agent_named(&self, name: &str) -> Result<Option<Arc<Agent>>> {
        self.check_trust()?;
        let known = self.ids.get(name).map(|id| *id);
        if let Some(id) = known {
            return self.agent(id).await;
        }
        let Some(row) = self.store.find_agent_named(name).await? else { return Ok(None) };
        // A name belongs to one id for ever: there is nothing here that a change could make wrong.
        self.keep(&self.ids, name.into(), row.id, self.generation());
        self.agent(row.id).await
    }

    /// The API key with this hash.
    ///
    /// # Errors
    /// As [`Directory::agent`].
    pub async fn key(&self, hash: &KeyHash) -> Result<Option<KeyRow>> {
        self.check_trust()?;
        if let Some(known) = self.keys.get(hash) {
            return Ok(Some(*known));
        }
        let generation = self.generation();
        let Some(row) = self.store.find_key(hash).await? else { return Ok(None) };
        self.keep(&self.keys, *hash, row, generation);
        Ok(Some(row))
    }

    /// The channel with this name (with `#`).
    ///
    /// # Errors
    /// As [`Directory::agent`].
    pub async fn channel(&self, name: &str) -> Result<Option<Arc<Channel>>> {
        self.check_trust()?;
        if let Some(known) = self.channels.get(name) {
            return Ok(Some(known.clone()));
        }
        let generation = self.generation();
        let Some(row) = self.store.find_channel(name, 0).await? else { return Ok(None) };
        let channel = Arc::new(Channel {
            id: row.id,
            name: row.name().into(),
            owner: row.owner,
            closed: row.is_closed(),
            disabled: row.is_disabled(),
        });
        self.keep(&self.channels, name.into(), channel.clone(), generation);
        Ok(Some(channel))
    }

    /// The address of a stream. It never changes.
    ///
    /// # Errors
    /// No answer.
    pub async fn address(&self, stream: StreamId) -> Result<Arc<str>> {
        if let Some(known) = self.addresses.get(&stream) {
            return Ok(known.clone());
        }
        let address: Arc<str> = self.store.find_address(stream).await?.unwrap_or_default().into();
        self.keep(&self.addresses, stream, address.clone(), self.generation());
        Ok(address)
    }

    /// The name of an agent, for a notification.
    ///
    /// # Errors
    /// As [`Directory::agent`].
    pub async fn name(&self, agent: AgentId) -> Result<Arc<str>> {
        Ok(self.agent(agent).await?.map_or_else(|| "".into(), |agent| agent.name.clone()))
    }

    /// Forgets an agent and its keys.
    pub fn forget_agent(&self, agent: AgentId) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.agents.remove(&agent);
        self.keys.retain(|_, key| key.agent != agent);
    }

    /// Forgets a channel.
    pub fn forget_channel(&self, channel: StreamId) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.channels.retain(|_, known| known.id != channel);
    }

    /// Forgets everything that a change can make wrong.
    pub fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.agents.clear();
        self.keys.clear();
        self.channels.clear();
    }

    /// Says that the control stream was read to its end, at this moment.
    pub fn trust(&self, read_at: Instant) {
        *self.read_at.lock().unwrap_or_else(PoisonError::into_inner) = read_at;
    }

    /// Whether what is remembered is recent enough.
    ///
    /// # Errors
    /// `unavailable`: it is not.
    pub fn check_trust(&self) -> Result<()> {
        let read_at = *self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        if read_at.elapsed() < TRUST { Ok(()) } else { Err(Error::of(ErrorCode::Unavailable)) }
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn keep<K: Eq + Hash + Clone, V>(&self, map: &DashMap<K, V>, key: K, value: V, fetched_in: u64) {
        if map.len() >= KEPT_MAX {
            map.clear();
        }
        map.insert(key.clone(), value);
        // A change that came between the fetch and this line has already removed what it made wrong.
        if self.generation() != fetched_in {
            map.remove(&key);
        }
    }
}
