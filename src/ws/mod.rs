//! The socket edge.
//!
//! - [`upgrade`]: from a request to a socket: origin, credentials, caps;
//! - [`hello`]: who is there, and from where to go on;
//! - [`welcome`], [`session`]: one task for each socket: what is heard, what is asked, what is due;
//! - [`membership`]: which streams it follows; [`tracks`]: how far the session has been told of each stream, and what it still has to read from the log;
//! - [`account`]: what a session tells of itself, for metrics and for those who watch;
//! - [`dispatch`]: a frame, a verb of the hub, an answer;
//! - [`socket`]: frames out with a time limit, and endings that the peer gets to see;
//! - [`pace`]: how many frames a client may send.

mod account;
mod dispatch;
mod hello;
mod membership;
mod pace;
mod session;
mod socket;
mod tracks;
mod upgrade;
mod welcome;

use std::sync::Arc;

use axum::{Router, routing::get};

use crate::http::{Edge, only_allowed};

/// `GET /secure/ws`.
pub fn router() -> Router<Arc<Edge>> {
    let no_head = || async { only_allowed("GET") };
    Router::new().route("/secure/ws", get(upgrade::open).head(no_head).fallback(no_head))
}
