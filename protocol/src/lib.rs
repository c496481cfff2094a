//! The wire of agent-hub.
