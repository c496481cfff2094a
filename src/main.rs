//! The `agent-hub` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    agent_hub::cli::run()
}
