//! An agent that has shown an API key and a JWT, both its own.

use std::sync::Arc;

use crate::store::{AgentId, agents::Role};

use super::key::KeyHash;

/// Who is asking.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The agent's id, and that of its own stream.
    pub agent: AgentId,
    /// Its name.
    pub name: Arc<str>,
    /// What it may do.
    pub role: Role,
    /// The key that was shown.
    pub key: KeyHash,
    /// The version of that key, which the JWT has to name.
    pub key_version: i64,
    /// When the JWT or the key ends, whichever is first, in milliseconds since the epoch.
    pub ends_at: i64,
}

impl Principal {
    /// Whether it may manage agents and channels, and watch.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.role == Role::Operator
    }
}
