//! The wire of agent-hub: what travels between the hub and its clients, and nothing that moves it.
//!
//! The hub, the Rust client and the tests share this crate, so that a field has one name and one meaning.
//! It does no I/O and knows no database.
//!
//! - [`name`]: what agents, channels and items may be called;
//! - [`limits`]: every size that both sides must agree on;
//! - [`time`]: how a moment is written, and [`trace`], which trace an item belongs to;
//! - [`body`]: the requests and answers of the REST routes, and [`problem`], what every refusal looks like;
//! - [`admin`]: the same of the `/admin` routes, for operators;
//! - [`frame`]: the frames of the socket, in both directions, and [`event`], what operators are told there;
//! - [`error`]: the one table of codes: HTTP status, close code, and whether to try again;
//! - [`parse`]: JSON in, with errors that name the field and never repeat its value;
//! - `schema`: all of it described, for OpenAPI and AsyncAPI (feature `openapi`).

pub mod admin;
pub mod body;
pub mod error;
pub mod event;
pub mod frame;
pub mod limits;
pub mod name;
pub mod parse;
pub mod problem;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod time;
pub mod trace;

/// The version of the socket protocol that this crate speaks, told in `welcome`.
pub const PROTOCOL: u32 = 1;
