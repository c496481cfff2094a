//! Assembly: store, hub, router, listener; and the way down again, in the opposite order.

pub mod place;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, sync::Semaphore, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    auth::key,
    config::Config,
    error::Error,
    http::{
        self, Edge, Sockets,
        listener::{self, Caps},
    },
    hub::{Hub, registry::Registry},
    store::{FileLock, Store},
    ws,
};
use place::{OPERATOR, Place, StartError};

/// Bodies that may be read at a time, in KiB; small ones are not counted.
const BODY_ROOM_KIB: usize = 256 * 1024;
/// How long connections may take to end once they were told to, beyond the drain time.
const CONNECTIONS_LIMIT: Duration = Duration::from_secs(1);
/// How long the writer may take to finish what was accepted.
const WRITER_LIMIT: Duration = Duration::from_secs(6);

/// A hub that is ready to serve.
#[derive(Debug)]
pub struct App {
    hub: Arc<Hub>,
    store: Store,
    listener: TcpListener,
    edge: Arc<Edge>,
    caps: Caps,
    /// Sessions and connections.
    connections: TaskTracker,
    /// The writer and whatever else works for the hub.
    tasks: TaskTracker,
    /// No new connections; those there are end.
    closing: CancellationToken,
    /// The hub's own tasks finish what was accepted, and end.
    stop: CancellationToken,
    drain_time: Duration,
    _lock: Option<FileLock>,
    /// What the first start made, for the person who started it.
    pub made: Option<Made>,
}

/// What the first start made.
#[derive(Debug)]
pub struct Made {
    /// The operator's API key, to be shown once on a terminal and never in a log.
    pub operator_key: String,
    /// Where it was written.
    pub profile: PathBuf,
    /// The embedded database, if that is what is used.
    pub database: Option<PathBuf>,
}

impl App {
    /// Opens the database and the port.
    ///
    /// # Errors
    /// One sentence for the person who starts the hub.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let place = Place::find(&config.database)?;
        config.check_exposure().map_err(StartError::Setting)?;
        let lock = place.lock()?;
        let secrets = place.jwt_secrets(&config.access)?;
        let listener = TcpListener::bind(config.listen).await.map_err(|error| {
            StartError::Failure(format!(
                "cannot listen on {}: {error}; --listen 127.0.0.1:0 takes a free port",
                config.listen
            ))
        })?;
        let address = listener.local_addr().map_err(|error| StartError::Failure(error.to_string()))?;
        let store = place.open_store(config.limits.data_max_bytes).await?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let url = url_of(address);
        place.note_url(&url)?;
        let made = make_operator(&store, &place, &url).await?;
        let hub = Hub::start(store.clone(), config, &secrets, &tasks, &stop).await.map_err(failure)?;
        let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
        let sockets = Sockets {
            origins: config.origins(address),
            // One address gets a quarter of them at most.
            unauthenticated: Caps::new(
                config.limits.max_unauthenticated,
                config.limits.max_unauthenticated.div_ceil(4),
                config.access.trusted_proxy.clone(),
            ),
            tasks: connections.clone(),
            closing: closing.clone(),
        };
        let edge = Arc::new(Edge {
            body_room: Arc::new(Semaphore::new(BODY_ROOM_KIB)),
            body_max: hub.limits.data_max_bytes * 2 + 64 * 1024,
            hub: hub.clone(),
            sockets,
            trusted_proxies: config.access.trusted_proxy.clone(),
        });
        let caps = Caps::new(
            config.limits.max_connections,
            config.limits.max_connections_per_address,
            config.access.trusted_proxy.clone(),
        )
        .counted_by(&edge.hub.metrics.connections);
        let drain_time = config.times.drain_time;
        Ok(Self { hub, store, listener, edge, caps, connections, tasks, closing, stop, drain_time, _lock: lock, made })
    }

    /// The address that is served on.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown`, then sends the sockets away, spread over the drain time, finishes what was accepted, and
    /// closes the database.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let database = self.store.kind();
        let address = self.address().map(|address| address.to_string()).unwrap_or_default();
        tracing::info!(address, database, version = env!("CARGO_PKG_VERSION"), "serving");
        let router = http::router(self.edge, ws::router());
        let serving = listener::serve(self.listener, router, self.caps, self.connections.clone(), self.closing.clone());
        let serving = tokio::spawn(serving);
        shutdown.await;
        tracing::info!("shutting down");
        self.closing.cancel();
        drop(serving.await);
        self.connections.close();
        let sent_away = send_away(&self.hub.registry, self.drain_time, &self.connections);
        if tokio::time::timeout(self.drain_time + CONNECTIONS_LIMIT, sent_away).await.is_err() {
            tracing::warn!(left = self.connections.len(), "connections are cut off that did not end in time");
        }
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(WRITER_LIMIT.min(MOST - self.drain_time - CONNECTIONS_LIMIT), self.tasks.wait())
            .await
            .is_err()
        {
            tracing::error!("the writer did not finish in time; whoever waits for it was not answered");
        }
        self.store.close().await;
        tracing::info!("stopped");
    }
}

/// From the signal to the end.
const MOST: Duration = Duration::from_millis(9_500);

/// Tells the sessions one by one, so that they do not all come back at once; waits for everybody to be gone.
async fn send_away(registry: &Registry, over: Duration, connections: &TaskTracker) {
    let everybody = registry.close_all();
    let (begun, count) = (Instant::now(), u32::try_from(everybody.len().max(1)).unwrap_or(u32::MAX));
    for (told, listener) in (1_u32..).zip(everybody) {
        listener.close();
        // By the clock, not by a pause each: ten thousand pauses that are a millisecond too long never come to an end.
        // Whoever is alone need not be waited for.
        tokio::select! {
            () = tokio::time::sleep_until(begun + over.mul_f64(f64::from(told) / f64::from(count))) => {}
            () = connections.wait() => return,
        }
    }
    connections.wait().await;
}

/// How this machine reaches what listens on `address`.
fn url_of(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let loopback: IpAddr = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    format!("http://{address}")
}

fn failure(error: Error) -> StartError {
    StartError::Failure(error.to_string())
}

/// The first start makes an operator. The profile is written first: a key that nobody can read would be no use.
async fn make_operator(store: &Store, place: &Place, url: &str) -> Result<Option<Made>, StartError> {
    let settings = store.settings().await.map_err(|fault| failure(fault.into()))?;
    if settings.is_restored {
        tracing::warn!(epoch = settings.epoch, "a restored copy: it has a new epoch, and clients are told to resync");
    }
    if store.has_operator().await.map_err(|fault| failure(fault.into()))? {
        return Ok(None);
    }
    let operator_key = key::generate().map_err(failure)?;
    let kept = place.keep_operator()?;
    let profile = place.write_profile(OPERATOR, &operator_key, Some(url))?;
    let hash = key::sha256(operator_key.as_bytes());
    let made = store.create_first_operator(OPERATOR, &hash).await.map_err(|fault| failure(fault.into()))?;
    if made.is_none() {
        place.restore_operator(kept);
        if !store.has_operator().await.map_err(|fault| failure(fault.into()))? {
            tracing::warn!(
                "there is no operator, and the name `operator` is taken: agent-hub agent add NAME --role operator"
            );
        }
        return Ok(None);
    }
    Ok(Some(Made { operator_key, profile, database: place.database().map(Path::to_owned) }))
}
