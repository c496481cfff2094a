//! The `agent-hub` command.
fn main() {}
