//! The Rust client of agent-hub.
//!
//! - [`seal`]: what the hub must not read: keys, envelopes, trust. No I/O.

pub mod seal;
