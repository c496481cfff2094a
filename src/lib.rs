//! agent-hub.
pub mod auth;
pub mod clock;
pub mod config;
pub mod error;
pub mod hub;
pub mod store;
