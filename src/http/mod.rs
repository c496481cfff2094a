//! The request edge. The whole API is on this page; each noun has a file. A handler authorises in its signature, and calls one
//! verb of the hub.

mod admin;
mod agents;
mod channels;
mod describe;
pub mod extract;
pub mod framing;
mod health;
mod inbox;
mod items;
pub mod listener;
mod login;
mod pages;
mod problem;
mod wrap;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post, put},
};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::catch_panic::CatchPanicLayer;

pub use problem::only_allowed;

use crate::hub::Hub;

/// What every handler can reach.
#[derive(Debug)]
pub struct Edge {
    /// The hub.
    pub hub: Arc<Hub>,
    /// What opening a socket needs beyond it.
    pub sockets: Sockets,
    /// Most bytes of a request's body.
    pub body_max: usize,
    /// Room for large bodies that are being read, in KiB.
    pub body_room: Arc<Semaphore>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<crate::config::Network>,
}

/// What opening a socket needs beyond the hub.
#[derive(Debug)]
pub struct Sockets {
    /// Web origins whose pages may open sockets, as `scheme://host:port`.
    pub origins: Vec<String>,
    /// Caps on sockets that have not said who they are.
    pub unauthenticated: listener::Caps,
    /// Sessions run here.
    pub tasks: TaskTracker,
    /// No socket is opened any more.
    pub closing: CancellationToken,
}

/// Every route. Those of the socket edge come from there: `GET /secure/ws`.
pub fn router(edge: Arc<Edge>, sockets: Router<Arc<Edge>>) -> Router {
    let no_head = || async { only_allowed("GET,DELETE") };
    Router::new()
        .route("/login", post(login::log_in))
        .route("/secure/agent/publish", post(items::publish))
        // Reading is not safe to do in passing: a HEAD must not consume a one-time item.
        .route("/secure/retrieve/{token}", get(items::retrieve).delete(items::withdraw).head(no_head).fallback(no_head))
        .route("/secure/status/{token}", get(items::status))
        .route("/secure/inbox", get(inbox::read))
        .route("/secure/inbox/ack", post(inbox::ack))
        .route("/secure/agents", get(agents::list))
        .route("/secure/agents/{name}", get(agents::show))
        .route("/secure/agents/me/keys", put(agents::publish_keys))
        .route("/secure/channels", get(channels::list).post(channels::make))
        .route("/secure/channels/{name}/membership", put(channels::join).delete(channels::leave))
        .route("/secure/channels/{name}/members", get(channels::members))
        .route("/secure/channels/{name}/members/{agent}", put(channels::add_member).delete(channels::remove_member))
        .merge(sockets)
        .merge(admin::router())
        .merge(pages::router())
        .route("/openapi.json", get(describe::rest))
        .route("/asyncapi.json", get(describe::socket))
        .route("/health", get(health::live))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(edge.clone())
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(edge, wrap::wrap))
}
