//! agent-hub.
