//! Who is here, and who gets what. A verb of the wire is a method of [`Hub`], one file each; sockets and REST call the same.
//!
//! - [`publish`] → [`writer`] (commit, answer, push) → [`registry`] (live sessions);
//! - [`replay`] reads the log for whoever comes late or falls behind; [`inbox`] is the same for REST; [`heads`] finds what
//!   no push told;
//! - [`retrieve`], [`status`], [`ack`], [`channels`], [`agents`]: the other verbs; [`streams`]: where an agent stands;
//! - [`access`]: login, and who is asking, over what [`directory`] remembers and [`control`] keeps right;
//! - [`marks`] and [`audit`] are written behind, [`sweeper`] erases what is due, [`token`] names items;
//! - [`admin`]: what operators see and do; [`traffic`]: what those are told who watch; [`history`]: the last hour.

pub mod access;
pub mod ack;
pub mod admin;
pub mod agents;
pub mod audit;
pub mod channels;
pub mod control;
pub mod directory;
pub mod heads;
pub mod history;
pub mod inbox;
pub mod marks;
pub mod publish;
pub mod registry;
pub mod replay;
pub mod retrieve;
pub mod status;
pub mod streams;
pub mod sweeper;
pub mod token;
pub mod traffic;
pub mod writer;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use agent_hub_protocol::{
    frame::WelcomeLimits,
    limits::{INLINE_MAX_BYTES, SOCKET_DATA_MAX_BYTES, SOCKET_MESSAGE_MAX_BYTES, TO_MAX},
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    auth::{jwt::Signer, throttle::Throttle},
    clock,
    config::{Config, Secret},
    error::{Error, ErrorCode, Result},
    store::{AgentId, Settings, Store},
    telemetry::metrics::Metrics,
};
use admin::ranking::Ranking;
use audit::AuditQueue;
use control::Control;
use directory::Directory;
use history::History;
use marks::Marks;
use registry::Registry;
use token::TokenKey;
use writer::Writer;

/// What of the configuration the hub's verbs need.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest data of one item, in bytes.
    pub data_max_bytes: usize,
    /// Longest ttl, in seconds.
    pub ttl_max_s: i64,
    /// How long a tombstone stays, in milliseconds.
    pub tombstones_ms: i64,
    /// How long the audit log is kept, in milliseconds.
    pub audit_ms: i64,
    /// Live sessions of one agent.
    pub sessions_per_agent: usize,
    /// Between two pings.
    pub ping_interval: Duration,
    /// How long a socket may take to say hello.
    pub hello_timeout: Duration,
    /// Between two rounds of the sweeper.
    pub sweep_interval: Duration,
}

impl Limits {
    /// What clients are told of them.
    #[must_use]
    pub fn for_clients(&self) -> WelcomeLimits {
        WelcomeLimits {
            data_max_bytes: self.data_max_bytes as u64,
            socket_data_max_bytes: SOCKET_DATA_MAX_BYTES as u64,
            message_max_bytes: SOCKET_MESSAGE_MAX_BYTES as u64,
            inline_max_bytes: u64::from(INLINE_MAX_BYTES),
            to_max: TO_MAX as u64,
            ttl_max_s: self.ttl_max_s,
        }
    }

    fn of(config: &Config) -> Self {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        Self {
            data_max_bytes: usize::try_from(config.limits.data_max_bytes).unwrap_or(SOCKET_MESSAGE_MAX_BYTES),
            ttl_max_s: seconds(config.times.ttl_max),
            tombstones_ms: clock::millis(config.times.tombstones_for),
            audit_ms: clock::millis(config.times.audit_for),
            sessions_per_agent: config.limits.sessions_per_agent as usize,
            ping_interval: config.times.ping_interval,
            hello_timeout: config.times.hello_timeout,
            sweep_interval: config.times.sweep_interval,
        }
    }
}

/// The hub. Everything that a request or a session does goes through it.
#[derive(Debug)]
pub struct Hub {
    /// Hub id and epoch.
    pub settings: Settings,
    /// What the verbs need of the configuration.
    pub limits: Limits,
    /// Live sessions.
    pub registry: Arc<Registry>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    store: Store,
    directory: Directory,
    writer: Writer,
    tokens: Arc<TokenKey>,
    signer: Signer,
    throttle: Throttle,
    control: Control,
    marks: Marks,
    audit: AuditQueue,
    history: History,
    ranking: Ranking,
    reads_much: Arc<Semaphore>,
    started_at: i64,
    /// Asks for a comparison of the heads.
    compare: Arc<Notify>,
    /// The clock cannot be trusted: nothing is swept, and on a shared database the hub is not ready.
    clock_is_off: AtomicBool,
}

/// The secrets that JWTs are signed and checked with.
#[derive(Debug, Clone)]
pub struct JwtSecrets {
    /// Signs and checks.
    pub current: Secret,
    /// Still checks.
    pub previous: Option<Secret>,
}

impl Hub {
    /// A hub over `store`; its tasks run in `tasks` until `stop`, and then finish what was accepted.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn start(
        store: Store,
        config: &Config,
        secrets: &JwtSecrets,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Arc<Self>> {
        let settings = store.settings().await?;
        let metrics = Arc::new(Metrics::new(store.kind()));
        let registry = Arc::new(Registry::new(metrics.clone()));
        let tokens = Arc::new(TokenKey::new(&settings.token_key));
        let compare = Arc::new(Notify::new());
        let setting = writer::Setting {
            store: store.clone(),
            registry: registry.clone(),
            tokens: tokens.clone(),
            compare: compare.clone(),
            metrics: metrics.clone(),
        };
        // The writer stops last: what is written behind comes to it until then.
        let writer_stop = CancellationToken::new();
        let writer = Writer::start(setting, config.limits.writer_queue as usize, tasks, writer_stop.clone());
        let signer = Signer::new(&secrets.current, secrets.previous.as_ref(), &settings.hub_id, config.access.jwt_ttl);
        let hub = Arc::new(Self {
            control: Control::start(&store).await?,
            directory: Directory::new(store.clone()),
            limits: Limits::of(config),
            settings,
            registry: registry.clone(),
            metrics,
            store,
            writer,
            tokens,
            signer,
            throttle: Throttle::default(),
            marks: Marks::default(),
            audit: AuditQueue::new(config.audit),
            history: History::default(),
            ranking: Ranking::default(),
            reads_much: Arc::new(Semaphore::new(admin::READ_MUCH_MAX)),
            started_at: clock::now_ms(),
            compare,
            clock_is_off: AtomicBool::new(false),
        });
        let stopped = |task| stop.clone().run_until_cancelled_owned(task);
        tasks.spawn(stopped(control::follow(hub.clone())));
        tasks.spawn(traffic::tell(registry, stop.clone()));
        tasks.spawn(heads::compare(hub.clone(), stop.clone()));
        tasks.spawn(history::sample(hub.clone(), stop.clone()));
        tasks.spawn(history::ask(hub.clone(), stop.clone()));
        tasks.spawn(sweeper::sweep(hub.clone(), stop.clone()));
        tasks.spawn(marks::write_behind(hub.clone(), stop.clone(), writer_stop.drop_guard()));
        Ok(hub)
    }

    /// Whether the hub can do its work.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn check_ready(&self) -> Result<()> {
        self.directory.check_trust()?;
        self.new_id()?;
        if self.writer.is_dead() {
            return Err(Error::new(ErrorCode::Unavailable, "the writer has stopped"));
        }
        self.store.check().await?;
        if self.store.is_shared() && self.clock_is_off.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(Error::new(ErrorCode::Unavailable, "this machine's clock differs from the database's"));
        }
        Ok(())
    }

    /// Remembers that an agent was heard of.
    fn seen(&self, agent: AgentId) {
        self.marks.seen(agent, clock::now_ms());
    }
}
