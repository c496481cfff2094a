//! The accept loop. Our own, over hyper: it has a timer (so that a dripping head is cut off), it caps connections, and it hands
//! what was upgraded over together with its slot under the cap.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body};
use dashmap::DashMap;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::gauge::Gauge;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::framing::{Doubt, Watched};
use crate::config::Network;

/// How long the head of a request may take.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// Bytes that the head of a request may have.
const HEAD_MAX_BYTES: usize = 64 * 1024;
/// Headers that a request may have.
const HEADERS_MAX: usize = 100;
/// How long written data may stay without an answer from the peer's kernel: a pulled cable is noticed.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(30);

/// Caps on how many there may be, of connections or of whatever else, in all and from one address.
#[derive(Debug)]
pub struct Caps {
    all: Arc<Semaphore>,
    by_address: Arc<DashMap<IpAddr, u32>>,
    per_address: u32,
    exempt: Vec<Network>,
    gauge: Gauge,
}

/// A slot under the caps; held for as long as it is used.
#[derive(Debug)]
pub struct Slot {
    _all: OwnedSemaphorePermit,
    gauge: Gauge,
    counted: Option<(IpAddr, Arc<DashMap<IpAddr, u32>>)>,
}

impl Caps {
    /// `per_address` does not hold for this machine and for `exempt` networks: ten thousand agents may live on one host.
    #[must_use]
    pub fn new(all: u32, per_address: u32, exempt: Vec<Network>) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all as usize)),
            by_address: Arc::default(),
            per_address,
            exempt,
            gauge: Gauge::default(),
        }
    }

    /// Counts what is open in `gauge`.
    #[must_use]
    pub fn counted_by(self, gauge: &Gauge) -> Self {
        Self { gauge: gauge.clone(), ..self }
    }

    /// A slot for one more from `address`, if there is one.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> Option<Slot> {
        let all = self.all.clone().try_acquire_owned().ok()?;
        let address = address.to_canonical();
        if address.is_loopback() || self.exempt.iter().any(|network| network.contains(address)) {
            return Some(self.slot(all, None));
        }
        let mut open = self.by_address.entry(address).or_insert(0);
        if *open >= self.per_address {
            return None;
        }
        *open += 1;
        Some(self.slot(all, Some((address, self.by_address.clone()))))
    }

    fn slot(&self, all: OwnedSemaphorePermit, counted: Option<(IpAddr, Arc<DashMap<IpAddr, u32>>)>) -> Slot {
        self.gauge.inc();
        Slot { _all: all, gauge: self.gauge.clone(), counted }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.gauge.dec();
        if let Some((address, open)) = &self.counted
            && let dashmap::Entry::Occupied(mut slot) = open.entry(*address)
        {
            *slot.get_mut() -= 1;
            if *slot.get() == 0 {
                slot.remove();
            }
        }
    }
}

/// Accepts until `closing`, then lets what is under way finish.
pub async fn serve(listener: TcpListener, router: Router, caps: Caps, tasks: TaskTracker, closing: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Beyond a cap the connection is closed unread: an answer would cost what the cap saves.
                if let Some(slot) = caps.admit(peer.ip()) {
                    tasks.spawn(connection(stream, peer, slot, router.clone(), closing.clone()));
                }
            }
            Err(error) => {
                // Mostly: no file descriptors left. Those in use go on; accepting pauses.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, slot: Slot, router: Router, closing: CancellationToken) {
    let socket = socket2::SockRef::from(&stream);
    // Neither is vital; a kernel that refuses them still serves.
    drop(socket.set_tcp_nodelay(true));
    drop(socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_LIMIT)));
    let slot = Arc::new(slot);
    let doubt = Doubt::default();
    let stream = Watched::new(stream, doubt.clone());
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(slot.clone());
        request.extensions_mut().insert(doubt.clone());
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_MAX_BYTES).max_headers(HEADERS_MAX);
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The peer went away, or sent what is no HTTP; hyper has answered what could be answered.
        tracing::debug!(%error, "a connection ended early");
    }
}
