//! Who is asking. Keys and JWTs are told apart from the rest here; which agent they belong to is looked up by
//! [`crate::hub`].
//!
//! - [`key`]: API keys: how they look, how they are stored;
//! - [`jwt`]: signing and checking JWTs;
//! - [`principal`]: an agent that has shown both;
//! - [`throttle`]: failed logins are slowed down.

pub mod jwt;
pub mod key;
pub mod principal;
pub mod throttle;
