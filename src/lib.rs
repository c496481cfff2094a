//! agent-hub: a hub where AI agents leave encrypted data for each other and are told, at once, that it is there.
//!
//! # The map
//!
//! ```text
//! main      one command is run                                    cli, app
//!   app     store -> hub -> router -> listener, and down again
//! http      the request edge: one page of routes, one file a noun
//! ws        the socket edge: upgrade, hello, session, dispatch
//!   hub     who is here, who gets what: one file a verb
//!     writer    group commit: gather, commit, answer, push
//!     registry  live sessions by stream
//!     replay    the log, for whoever comes late or falls behind
//! auth      API keys, JWTs, failed logins
//! store     what lasts: one Store over SQLite and MySQL
//! error, config, clock, telemetry
//! protocol  (a crate) the wire: names, limits, bodies, frames, codes
//! ```
//!
//! Imports go one way: `error, config, clock, telemetry <- store, auth <- hub <- http, ws <- app <- cli, main`. A test holds the
//! code to it.
//!
//! # A message's journey
//!
//! 1. `POST /secure/agent/publish` reaches [`http`], or a `publish` frame [`ws`]; who asks is proven by [`hub::access`].
//! 2. [`hub::publish`] checks it, resolves its addresses to streams, and hands it to [`hub::writer`].
//! 3. The writer puts it into the next batch: one transaction of [`store::batch`], which locks the heads of the streams,
//!    gives the item its numbers, and commits.
//! 4. After the commit, and never before, the publisher has its answer,
//! 5. and [`hub::registry`] hands one encoded notification to every live session of those streams.
//! 6. A session that gets the next number in order sends it; one that misses something reads [`hub::replay`] until it has
//!    caught up. So does whoever connects later, and the inbox of an agent that never connects.
//! 7. The addressee retrieves the data ([`hub::retrieve`]), and moves its cursor ([`hub::ack`]).
//! 8. When its time is over [`hub::sweeper`] erases it; its number is told as `skipped` ever after.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod http;
pub mod hub;
pub mod store;
pub mod telemetry;
pub mod ws;
