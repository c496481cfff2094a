//! The Rust client of agent-hub: send and be told, encrypted end to end.
//!
//! ```no_run
//! # async fn example() -> agent_hub_client::Result<()> {
//! let hub = agent_hub_client::Hub::profile("bob").await?;
//! let mut notes = hub.notifications().await?;
//! while let Some(note) = notes.next().await? {
//!     match note.read().await {
//!         Ok(message) => println!("{} {}", message.from, message.text()),
//!         Err(error) if error.lasts() => println!("{} {error}", note.from),
//!         Err(error) => return Err(error),
//!     }
//!     note.ack().await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What it promises is in `docs/clients.md`, the encryption in `docs/encryption.md`. From outside in:
//!
//! - [`Hub`]: the verbs, one file a noun: items, [`Send`] and whom it is sealed for, [`Message`], channels, the directory, [`Keys`];
//! - `session`: [`Notifications`], the one task that holds the socket and keeps it, and what may be acknowledged;
//! - `limits`, `rest`, `login`, `backoff`, `pages`: requests that are checked, logged in and repeated, lists that come in pages;
//! - [`Profile`] and `vault`: the agent's files;
//! - [`seal`]: what the hub must not read: keys, envelopes, trust. No I/O.

mod admin;
mod backoff;
mod channels;
mod directory;
mod error;
mod hub;
mod items;
mod keys;
mod limits;
mod login;
mod message;
mod pages;
pub mod profile;
mod recipients;
mod rest;
pub mod seal;
mod send;
mod session;
mod vault;

pub use agent_hub_protocol as protocol;
pub use error::{Error, Result};
pub use hub::{Connect, Hub};
pub use items::InboxQuery;
pub use keys::Keys;
pub use message::Message;
pub use profile::Profile;
pub use recipients::LeftOut;
pub use rest::Progress;
pub use send::{Addresses, Send, Sent};
pub use session::{Listen, Note, Notifications, Positions};
