//! The handle that the verbs hang on.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agent_hub_protocol::frame::WelcomeLimits;
use uuid::Uuid;

use crate::{
    Listen, Profile, Result,
    profile::default_folder,
    recipients::KnownKeys,
    rest::{LIMIT, Progress, Rest},
    seal::Suite,
    vault::Vault,
};

/// One agent at its hub. Cheap to clone; all clones share one login.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    rest: Rest,
    vault: Option<Vault>,
    suite: Suite,
    known_keys: KnownKeys,
    /// What the hub takes, once it told a session.
    limits: Mutex<Option<WelcomeLimits>>,
    /// Tells this client's readings of one-time items from those of others.
    reader: String,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("agent", &self.agent()).field("url", &self.url()).finish_non_exhaustive()
    }
}

/// How to connect; [`Connect::open`] does.
#[derive(Clone)]
pub struct Connect {
    profile: Profile,
    keys: KeysIn,
    suite: Suite,
    patience: Duration,
    progress: Option<Progress>,
}

impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connect").field("profile", &self.profile).field("suite", &self.suite).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy)]
enum KeysIn {
    Files,
    Memory,
    Nowhere,
}

impl Connect {
    /// As the agent of a profile, with its keys in the profile's files.
    #[must_use]
    pub fn with(profile: Profile) -> Self {
        Self { profile, keys: KeysIn::Files, suite: Suite::X25519, patience: LIMIT, progress: None }
    }

    /// Keys that live and end with this process: for tests, and for agents that nobody will know again.
    #[must_use]
    pub fn keys_in_memory(mut self) -> Self {
        self.keys = KeysIn::Memory;
        self
    }

    /// No keys: nothing can be encrypted or opened.
    #[must_use]
    pub fn without_keys(mut self) -> Self {
        self.keys = KeysIn::Nowhere;
        self
    }

    /// The suite of an encryption key that has to be drawn.
    #[must_use]
    pub fn suite(mut self, suite: Suite) -> Self {
        self.suite = suite;
        self
    }

    /// How long a request is repeated while the hub is not reached or busy; 30 s if nothing is said.
    #[must_use]
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Is told of the way of large bodies, in both directions.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Logs in; makes and publishes the agent's keys if it has none.
    ///
    /// ```no_run
    /// # async fn example() -> agent_hub_client::Result<()> {
    /// use agent_hub_client::{Connect, Profile, seal::Suite};
    ///
    /// let hub = Connect::with(Profile::load("bob")?).suite(Suite::XWing).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The credentials are refused, the hub is not reached, or the directory has other keys of this agent
    /// ([`crate::Error::KeyConflict`]).
    pub async fn open(self) -> Result<Hub> {
        let has_keys = !matches!(self.keys, KeysIn::Nowhere);
        let hub = self.open_as_is()?;
        hub.rest().jwt().await?;
        if has_keys {
            hub.keys().publish().await?;
        }
        Ok(hub)
    }

    /// Without a word to the hub: keys are made, published and looked for only by the verbs that need them.
    ///
    /// # Errors
    /// The system has no TLS.
    pub fn open_as_is(self) -> Result<Hub> {
        let vault = match self.keys {
            KeysIn::Files => Some(Vault::files(&self.profile)),
            KeysIn::Memory => Some(Vault::memory(&self.profile.agent)),
            KeysIn::Nowhere => None,
        };
        let rest = Rest::new(&self.profile, self.patience, self.progress)?;
        let reader = Uuid::new_v4().simple().to_string();
        let (known_keys, limits) = (KnownKeys::default(), Mutex::default());
        let inner = Inner { rest, vault, suite: self.suite, known_keys, limits, reader };
        Ok(Hub { inner: Arc::new(inner) })
    }
}

impl Hub {
    /// Connects as the agent of a profile of this machine.
    ///
    /// ```no_run
    /// # async fn example() -> agent_hub_client::Result<()> {
    /// let hub = agent_hub_client::Hub::profile("bob").await?;
    /// println!("{} at {}", hub.agent(), hub.url());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Profile::load`] and [`Connect::open`].
    pub async fn profile(agent: &str) -> Result<Self> {
        Connect::with(Profile::load(agent)?).open().await
    }

    /// Connects with an address and credentials; the agent's keys are kept in the default folder.
    ///
    /// ```no_run
    /// # async fn example(api_key: &str) -> agent_hub_client::Result<()> {
    /// let hub = agent_hub_client::Hub::connect("https://hub.example", "bob", api_key).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Connect::open`].
    pub async fn connect(url: &str, agent: &str, api_key: &str) -> Result<Self> {
        let folder = default_folder().unwrap_or_else(|| ".agent-hub".into());
        Connect::with(Profile::new(folder, agent, api_key, url)).open().await
    }

    /// The agent's name.
    #[must_use]
    pub fn agent(&self) -> &str {
        self.rest().agent()
    }

    /// The hub's address. One on this machine may come back at another.
    #[must_use]
    pub fn url(&self) -> String {
        self.rest().url()
    }

    /// Everything that is told to this agent, from its durable cursors on; awaiting it begins.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let mut notes = hub.notifications().await?;
    /// while let Some(note) = notes.next().await? {
    ///     println!("{} {} {}", note.stream, note.seq, note.from);
    ///     note.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn notifications(&self) -> Listen {
        Listen::new(self.clone())
    }

    pub(crate) fn rest(&self) -> &Rest {
        &self.inner.rest
    }

    pub(crate) fn vault(&self) -> Option<&Vault> {
        self.inner.vault.as_ref()
    }

    pub(crate) fn suite(&self) -> Suite {
        self.inner.suite
    }

    pub(crate) fn known_keys(&self) -> &KnownKeys {
        &self.inner.known_keys
    }

    pub(crate) fn known_limits(&self) -> Option<WelcomeLimits> {
        *self.inner.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn learn_limits(&self, told: WelcomeLimits) {
        *self.inner.limits.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    /// The key with which this client reads an item: the same for each of its tries.
    pub(crate) fn reading_key(&self, token: &str) -> String {
        format!("{}-{token}", self.inner.reader)
    }
}
