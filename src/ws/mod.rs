//! The socket edge.
//!
//! - [`upgrade`]: from a request to a socket: origin, credentials, caps;
//! - [`hello`]: who is there, and from where to go on;
//! - [`session`]: one task for each socket: what is heard, what is asked, what is due;
//! - [`tracks`]: how far the session has been told of each stream, and what it still has to read from the log;
//! - [`dispatch`]: a frame, a verb of the hub, an answer;
//! - [`socket`]: frames out with a time limit, and endings that the peer gets to see;
//! - [`pace`]: how many frames a client may send.

mod dispatch;
mod hello;
mod pace;
mod session;
mod socket;
mod tracks;
pub mod upgrade;

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What opening a socket needs beyond the hub.
#[derive(Debug)]
pub struct Sockets {
    /// Web origins whose pages may open sockets, as `scheme://host:port`.
    pub origins: Vec<String>,
    /// Places for sockets that have not said who they are.
    pub unauthenticated: Arc<Semaphore>,
    /// Sessions run here.
    pub tasks: TaskTracker,
    /// No socket is opened any more.
    pub closing: CancellationToken,
}
